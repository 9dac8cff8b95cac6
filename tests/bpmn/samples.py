"""One diagram with something of everything in it, and the means to plant faults in it."""

import re
from collections.abc import Iterator

from bpmn.checking import Library, check
from bpmn.reading import read

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="definitions">
"""


def properties(**values: str) -> str:
    """Extension elements with spiffworkflow properties."""
    inside = "".join(
        f'<spiffworkflow:property name="{name}" value="{value}"/>' for name, value in values.items()
    )
    return (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        f"{inside}</spiffworkflow:properties></bpmn:extensionElements>"
    )


def flow(key: str, source: str, target: str, condition: str | None = None) -> str:
    """A sequence flow on one line."""
    inside = (
        ""
        if condition is None
        else f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>"
    )
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<bpmn:sequenceFlow id="{key}" {ends}>{inside}</bpmn:sequenceFlow>'


MESSAGES = """<bpmn:collaboration id="samarbeid">
<bpmn:participant id="pool" name="Plan" processRef="plan"/>
</bpmn:collaboration>
<bpmn:message id="melding_1" name="samtykke_trukket"/>
<bpmn:message id="melding_2" name="svar_kom"/>
<bpmn:signal id="signal_1" name="stopp"/>
<bpmn:error id="feil_1" name="avvist"/>
"""

NOTIFY = properties(operation="notify", til="koordinator", tekst="=frist")
ONSKE = properties(formKey="onske", due="neste")

PROCESS = f"""<bpmn:process id="plan" name="Plan" isExecutable="true">
<bpmn:documentation>Fra behov til plan.</bpmn:documentation>
<bpmn:laneSet id="baner">
<bpmn:lane id="bane_person" name="Person">{properties(role="person")}
<bpmn:flowNodeRef>onske</bpmn:flowNodeRef>
</bpmn:lane>
<bpmn:lane id="bane_kommune" name="Kommune">
<bpmn:childLaneSet id="underbaner">
<bpmn:lane id="bane_koordinator" name="Koordinator">{properties(role="koordinator")}
<bpmn:flowNodeRef>start</bpmn:flowNodeRef>
<bpmn:flowNodeRef>vurder</bpmn:flowNodeRef>
<bpmn:flowNodeRef>runde</bpmn:flowNodeRef>
<bpmn:flowNodeRef>trukket</bpmn:flowNodeRef>
</bpmn:lane>
</bpmn:childLaneSet>
</bpmn:lane>
</bpmn:laneSet>
<bpmn:startEvent id="start" name="Behov meldt">{properties(formKey="behov")}</bpmn:startEvent>
{flow("f_start", "start", "flett")}
<bpmn:exclusiveGateway id="flett"/>
{flow("f_flett", "flett", "vurder")}
<bpmn:userTask id="vurder" name="Vurder behov">
<bpmn:documentation>Vurder om personen trenger en plan.</bpmn:documentation>
{properties(formKey="vurder", due="P14D")}
</bpmn:userTask>
<bpmn:boundaryEvent id="purring" name="Purring" cancelActivity="false" attachedToRef="vurder">
<bpmn:timerEventDefinition id="tid_1">
<bpmn:timeDuration>P7D</bpmn:timeDuration>
</bpmn:timerEventDefinition>
</bpmn:boundaryEvent>
{flow("f_purring", "purring", "minn")}
<bpmn:serviceTask id="minn" name="Minn om">{NOTIFY}</bpmn:serviceTask>
{flow("f_minn", "minn", "minnet")}
<bpmn:endEvent id="minnet" name="Minnet om"/>
{flow("f_vurder", "vurder", "valg")}
<bpmn:exclusiveGateway id="valg" name="Plan?" default="f_ja"/>
{flow("f_nei", "valg", "ingen", 'vurdering = "nei"')}
<bpmn:endEvent id="ingen" name="Ikke behov">
<bpmn:terminateEventDefinition id="t_1"/>
</bpmn:endEvent>
{flow("f_ja", "valg", "del")}
<bpmn:parallelGateway id="del"/>
{flow("f_del_1", "del", "onske")}
<bpmn:userTask id="onske" name="Hva ønsker du?">{ONSKE}</bpmn:userTask>
{flow("f_onske", "onske", "samle")}
{flow("f_del_2", "del", "samtykke")}
<bpmn:callActivity id="samtykke" name="Samtykke" calledElement="samtykke"/>
{flow("f_samtykke", "samtykke", "samle")}
<bpmn:parallelGateway id="samle"/>
{flow("f_samle", "samle", "runde")}
<bpmn:subProcess id="runde" name="Tiltak hos tjenesten">
<bpmn:multiInstanceLoopCharacteristics isSequential="false">
<bpmn:loopDataInputRef>tjenester</bpmn:loopDataInputRef>
<bpmn:inputDataItem id="tjeneste_item" name="tjeneste"/>
</bpmn:multiInstanceLoopCharacteristics>
<bpmn:startEvent id="runde_start"/>
{flow("f_runde_start", "runde_start", "status")}
<bpmn:userTask id="status" name="Meld status">
{properties(formKey="status", role="tjeneste")}
</bpmn:userTask>
{flow("f_status", "status", "runde_slutt")}
<bpmn:endEvent id="runde_slutt"/>
</bpmn:subProcess>
<bpmn:boundaryEvent id="evalueringstid" name="Tid for evaluering" attachedToRef="runde">
<bpmn:timerEventDefinition id="tid_2">
<bpmn:timeDate>neste_evaluering</bpmn:timeDate>
</bpmn:timerEventDefinition>
</bpmn:boundaryEvent>
{flow("f_tid", "evalueringstid", "moet")}
{flow("f_runde", "runde", "vent")}
<bpmn:eventBasedGateway id="vent"/>
{flow("f_vent_1", "vent", "svar")}
<bpmn:intermediateCatchEvent id="svar" name="Svar kom">
<bpmn:messageEventDefinition id="m_2" messageRef="melding_2"/>
</bpmn:intermediateCatchEvent>
{flow("f_svar", "svar", "moet")}
{flow("f_vent_2", "vent", "tiden")}
<bpmn:intermediateCatchEvent id="tiden" name="Tiden er ute">
<bpmn:timerEventDefinition id="tid_3">
<bpmn:timeDate>2027-03-01T09:00</bpmn:timeDate>
</bpmn:timerEventDefinition>
</bpmn:intermediateCatchEvent>
{flow("f_tiden", "tiden", "moet")}
<bpmn:exclusiveGateway id="moet"/>
{flow("f_moet", "moet", "igjen")}
<bpmn:exclusiveGateway id="igjen" name="Videre?" default="f_slutt"/>
{flow("f_igjen", "igjen", "flett", "=fortsett = true")}
{flow("f_slutt", "igjen", "slutt")}
<bpmn:endEvent id="slutt" name="Avsluttet"/>
<bpmn:subProcess id="trukket" name="Samtykke trukket" triggeredByEvent="true">
<bpmn:startEvent id="trukket_start" isInterrupting="false">
<bpmn:messageEventDefinition id="m_1" messageRef="melding_1"/>
</bpmn:startEvent>
{flow("f_trukket", "trukket_start", "avklar")}
<bpmn:userTask id="avklar" name="Avklar samtykket" camunda:formKey="avklar"/>
{flow("f_avklar", "avklar", "avklart")}
<bpmn:endEvent id="avklart" name="Avklart"/>
</bpmn:subProcess>
</bpmn:process>
"""

LIBRARY = Library(
    processes=frozenset({"plan", "samtykke"}),
    forms=frozenset({"behov", "vurder", "onske", "status", "avklar"}),
    operations={"notify": frozenset({"til", "tekst", "form?"}), "plan.suspend": frozenset()},
    roles=frozenset({"person", "koordinator", "tjeneste"}),
    decisions=frozenset({"vei"}),
)

SHAPE = """<bpmndi:BPMNShape id="{0}_di" bpmnElement="{0}">
<dc:Bounds x="1" y="2" width="3" height="4"/></bpmndi:BPMNShape>"""
EDGE = """<bpmndi:BPMNEdge id="{0}_di" bpmnElement="{0}">
<di:waypoint x="1" y="2"/><di:waypoint x="3" y="4"/></bpmndi:BPMNEdge>"""
DRAWN = re.compile(r'<bpmn:(\w+) (?:[^>]* )?id="([^"]*)"')


def document(process: str = PROCESS, messages: str = MESSAGES) -> str:
    """A whole BPMN document around a process, with everything in it drawn."""
    seen = dict.fromkeys((tag, key) for tag, key in DRAWN.findall(process))
    shapes = (
        (EDGE if tag == "sequenceFlow" else SHAPE).format(key)
        for tag, key in seen
        if not tag.endswith(("Definition", "Set", "Item"))
    )
    plane = '<bpmndi:BPMNDiagram id="tegning"><bpmndi:BPMNPlane id="ark" bpmnElement="samarbeid">'
    return "\n".join(
        [
            HEAD + messages + process.rstrip(),
            plane,
            *shapes,
            "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>",
            "</bpmn:definitions>",
        ]
    )


def planted(old: str, new: str) -> str:
    """The sample with `old`, which it must have once, exchanged for `new`."""
    whole = MESSAGES + PROCESS
    assert whole.count(old) == 1, f"{whole.count(old)} × {old}"
    return document(whole.replace(old, new), messages="")


def line_of(text: str, part: str) -> int:
    """The line on which `part` first stands."""
    return text[: text.index(part)].count("\n") + 1


def simple_expression(text: str) -> str | None:
    """Stands in for the real reader of expressions: names, numbers, texts, = and the like."""
    return None if re.fullmatch(r'[\w\s"=<>().,]*', text) and "__" not in text else "ukjent tegn"


def problems_in(text: str, library: Library | None = LIBRARY) -> Iterator[tuple[int, str, str]]:
    """Line, element and message of every problem in a document."""
    for problem in check(
        read(text.encode(), "plan.bpmn"), expression=simple_expression, library=library
    ):
        yield problem.line, problem.element, problem.message
