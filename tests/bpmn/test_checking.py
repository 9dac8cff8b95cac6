"""The checker finds each kind of fault, once, where it stands, and says it in plain bokmål."""

from typing import NamedTuple

import pytest

from bpmn.checking import check_library
from bpmn.reading import Diagram, UnreadableDiagram, read
from tests.bpmn.samples import (
    HEAD,
    NOTIFY,
    ONSKE,
    PROCESS,
    document,
    flow,
    line_of,
    planted,
    problems_in,
    properties,
)


class Planted(NamedTuple):
    """`old` exchanged for `new` gives one problem: at `element`, on the line of `where`."""

    old: str
    new: str
    element: str
    where: str
    message: str


TASK = '<bpmn:userTask id="vurder" name="Vurder behov">'
REMINDER = "<bpmn:timeDuration>P7D</bpmn:timeDuration>"
TRUKKET = '<bpmn:startEvent id="trukket_start" isInterrupting="false">'
TRUKKET_NAMED = TRUKKET.replace(" id=", ' name="Trukket" id=')
SLUTT = '<bpmn:endEvent id="slutt" name="Avsluttet"/>'
SVAR = '<bpmn:messageEventDefinition id="m_2" messageRef="melding_2"/>'
LOOP = """<bpmn:loopDataInputRef>tjenester</bpmn:loopDataInputRef>
<bpmn:inputDataItem id="tjeneste_item" name="tjeneste"/>"""
NEI = flow("f_nei", "valg", "ingen", 'vurdering = "nei"')
MINN = '<bpmn:serviceTask id="minn" name="Minn om">'
MINN_ALL = f"{MINN}{NOTIFY}</bpmn:serviceTask>"
ONSKE_ALL = f'<bpmn:userTask id="onske" name="Hva ønsker du?">{ONSKE}</bpmn:userTask>'


TIMED_OUT = flow("f_tid", "evalueringstid", "moet")
LINK = '<bpmn:linkEventDefinition id="l_{0}" name="L"/>'
THROWN = f"""{flow("f_tid", "evalueringstid", "kast")}
<bpmn:intermediateThrowEvent id="kast">{LINK.format(1)}</bpmn:intermediateThrowEvent>"""
CAUGHT = f"""<bpmn:intermediateCatchEvent id="gripe">{LINK.format(2)}</bpmn:intermediateCatchEvent>
{flow("f_gripe", "gripe", "moet")}"""


def decided(name: str, decision: str, message: str) -> Planted:
    """The service task as a business rule task."""
    task = f'<bpmn:businessRuleTask id="minn" name="{name}">{properties(decision=decision)}'
    return Planted(MINN_ALL, f"{task}</bpmn:businessRuleTask>", "minn", 'id="minn"', message)


def swapped(kind: str, message: str) -> Planted:
    """The service task as another kind of node."""
    return Planted(MINN_ALL, f'<bpmn:{kind} id="minn" name="M"/>', "minn", 'id="minn"', message)


def event_in(element: str, old: str, event: str, message: str) -> Planted:
    """An event definition the engine does not run."""
    new = f'<bpmn:{event}EventDefinition id="ny"/>'
    return Planted(old, new, element, f'id="{element}"', message)


FAULTS = {
    # Starts and ends
    "no start": Planted(
        '<bpmn:startEvent id="runde_start"/>\n' + flow("f_runde_start", "runde_start", "status"),
        "",
        "runde",
        'id="runde"',
        "Delprosessen «Tiltak hos tjenesten» mangler starthendelse",
    ),
    "two starts": Planted(
        '<bpmn:exclusiveGateway id="flett"/>',
        '<bpmn:startEvent id="start_2"/>'
        + flow("f_2", "start_2", "flett")
        + '<bpmn:exclusiveGateway id="flett"/>',
        "start_2",
        "start_2",
        "Prosessen har flere starthendelser; det skal være én",
    ),
    "start by message": Planted(
        properties(formKey="behov") + "</bpmn:startEvent>",
        '<bpmn:messageEventDefinition id="ny" messageRef="melding_1"/></bpmn:startEvent>',
        "start",
        'id="start"',
        "Prosessen må starte med en tom starthendelse",
    ),
    "blank start of an event subprocess": Planted(
        '<bpmn:messageEventDefinition id="m_1" messageRef="melding_1"/>',
        "",
        "trukket_start",
        'id="trukket_start"',
        "Delprosessen «Samtykke trukket» må starte med for eksempel en melding",
    ),
    "no end": Planted(
        flow("f_avklar", "avklar", "avklart") + '\n<bpmn:endEvent id="avklart" name="Avklart"/>',
        flow("f_avklar", "avklar", "ny")
        + '<bpmn:exclusiveGateway id="ny"/>'
        + flow("f_ny", "ny", "avklar"),
        "trukket",
        'id="trukket"',
        "Delprosessen «Samtykke trukket» mangler sluttehendelse",
    ),
    "unreached": Planted(
        SLUTT,
        SLUTT + '<bpmn:exclusiveGateway id="glemt" name="Glemt"/>' + flow("f_ny", "glemt", "slutt"),
        "glemt",
        "glemt",
        "Ingen vei fra starten fører til «Glemt»",
    ),
    "dead end": Planted(
        flow("f_minn", "minn", "minnet") + '\n<bpmn:endEvent id="minnet" name="Minnet om"/>',
        "",
        "minn",
        'id="minn"',
        "Ingen vei går videre fra «Minn om», som ikke er en sluttehendelse",
    ),
    "ring": Planted(
        flow("f_minn", "minn", "minnet") + '\n<bpmn:endEvent id="minnet" name="Minnet om"/>',
        flow("f_minn", "minn", "minn"),
        "purring",
        'id="purring"',
        "Fra «Purring» går det i ring uten vei til en slutt",
    ),
    "unnamed end": Planted(
        SLUTT,
        '<bpmn:endEvent id="slutt"/>',
        "slutt",
        'id="slutt"',
        "Sluttehendelsen mangler navn; navnet er utfallet av saken",
    ),
    # Flows
    "flow from nothing": Planted(
        SLUTT,
        SLUTT + flow("f_ny", "borte", "slutt"),
        "f_ny",
        "f_ny",
        "Pilen kommer fra «borte», som ikke finnes",
    ),
    "flow to nothing": Planted(
        flow("f_minn", "minn", "minnet") + '\n<bpmn:endEvent id="minnet" name="Minnet om"/>',
        flow("f_minn", "minn", "borte"),
        "f_minn",
        "f_minn",
        "Pilen går til «borte», som ikke finnes",
    ),
    "flow to a start": Planted(
        flow("f_igjen", "igjen", "flett", "=fortsett = true"),
        flow("f_igjen", "igjen", "start", "=fortsett = true"),
        "start",
        'id="start"',
        "Ingen pil kan gå til en starthendelse, kanthendelse eller hendelsesdelprosess",
    ),
    "flow from an end": Planted(
        SLUTT,
        SLUTT + flow("f_ny", "slutt", "flett"),
        "slutt",
        'id="slutt"',
        "Ingen pil kan gå fra en sluttehendelse eller hendelsesdelprosess",
    ),
    "task that branches": Planted(
        flow("f_onske", "onske", "samle"),
        flow("f_onske", "onske", "samle") + flow("f_ny", "onske", "moet"),
        "onske",
        'id="onske"',
        "Flere piler går ut fra «Hva ønsker du?»; sett inn en port",
    ),
    "event gateway to a task": Planted(
        SVAR,
        '<bpmn:signalEventDefinition id="m_2"/>',
        "svar",
        'id="svar"',
        "«Svar kom» sier ikke navnet på signalet",
    ),
    # Conditions
    "no condition": Planted(
        NEI,
        flow("f_nei", "valg", "ingen"),
        "f_nei",
        "f_nei",
        "Veien ut av porten «Plan?» mangler betingelse",
    ),
    "condition outside a choice": Planted(
        flow("f_samle", "samle", "runde"),
        flow("f_samle", "samle", "runde", "x = 1"),
        "f_samle",
        "f_samle",
        "Bare veier ut av en eksklusiv eller inklusiv port kan ha betingelse",
    ),
    "condition on the only way": Planted(
        flow("f_flett", "flett", "vurder"),
        flow("f_flett", "flett", "vurder", "x = 1"),
        "f_flett",
        "f_flett",
        "Den eneste veien ut av en port kan ikke ha betingelse",
    ),
    "condition on the default": Planted(
        flow("f_ja", "valg", "del"),
        flow("f_ja", "valg", "del", "x = 1"),
        "f_ja",
        'id="f_ja"',
        "Standardveien kan ikke ha betingelse",
    ),
    "no default": Planted(
        '<bpmn:exclusiveGateway id="valg" name="Plan?" default="f_ja"/>\n'
        + NEI
        + '\n<bpmn:endEvent id="ingen" name="Ikke behov">\n'
        + '<bpmn:terminateEventDefinition id="t_1"/>\n</bpmn:endEvent>\n'
        + flow("f_ja", "valg", "del"),
        '<bpmn:exclusiveGateway id="valg" name="Plan?"/>'
        + NEI
        + '<bpmn:endEvent id="ingen" name="Ikke behov"/>'
        + flow("f_ja", "valg", "del", "x = 1"),
        "valg",
        'id="valg"',
        "Porten «Plan?» mangler standardvei for når ingen betingelse stemmer",
    ),
    "default from elsewhere": Planted(
        'id="flett"/>',
        'id="flett" default="f_ja"/>',
        "flett",
        'id="flett"',
        "Standardveien «f_ja» går ikke ut fra porten",
    ),
    "Python in a condition": Planted(
        NEI,
        flow("f_nei", "valg", "ingen", "a == 1 and __import__('os')"),
        "f_nei",
        "__import__",
        "Uttrykket «a == 1 and __import__('os')»: ukjent tegn",
    ),
    "endless condition": Planted(
        NEI,
        flow("f_nei", "valg", "ingen", "a" * 3000),
        "f_nei",
        'id="f_nei"',
        f"Uttrykket «{'a' * 79}…»: er for langt, høyst 2000 tegn",
    ),
    "empty condition": Planted(
        NEI,
        flow("f_nei", "valg", "ingen", ""),
        "f_nei",
        'id="f_nei"',
        "Veien ut av porten «Plan?» mangler betingelse",
    ),
    # Ids
    "duplicate id": Planted(
        '<bpmn:parallelGateway id="samle"/>',
        '<bpmn:parallelGateway id="samle"/>\n<bpmn:group id="samle"/>',
        "samle",
        "<bpmn:group",
        "Id-en «samle» er brukt flere ganger",
    ),
    "misplaced element": Planted(
        '<bpmn:parallelGateway id="samle"/>',
        '<bpmn:parallelGateway id="samle"/>\n<bpmn:group id="g"><bpmn:sequenceFlow '
        'id="f_x" sourceRef="samle" targetRef="runde"/></bpmn:group>',
        "f_x",
        "<bpmn:group",
        "Elementet (sequenceFlow) står ikke rett i en prosess eller delprosess",
    ),
    # Code
    "script task": swapped(
        "scriptTask", "Skriptoppgaver er ikke tillatt: diagrammer kjører ikke kode"
    ),
    "script before": Planted(
        ONSKE,
        ONSKE.replace(
            "<spiffworkflow:properties>",
            "<spiffworkflow:preScript>x = 1</spiffworkflow:preScript><spiffworkflow:properties>",
        ),
        "onske",
        'id="onske"',
        "Kode i utvidelser (preScript) er ikke tillatt: diagrammer kjører ikke kode",
    ),
    "script after": Planted(
        ONSKE,
        ONSKE.replace(
            "<spiffworkflow:properties>",
            "<spiffworkflow:postScript>x</spiffworkflow:postScript><spiffworkflow:properties>",
        ),
        "onske",
        'id="onske"',
        "Kode i utvidelser (postScript) er ikke tillatt: diagrammer kjører ikke kode",
    ),
    "Camunda's script": Planted(
        ONSKE,
        ONSKE.replace(
            "<spiffworkflow:properties>",
            "<camunda:script>x</camunda:script><spiffworkflow:properties>",
        ),
        "onske",
        'id="onske"',
        "Kode i utvidelser (script) er ikke tillatt: diagrammer kjører ikke kode",
    ),
    "Camunda's class": Planted(
        MINN,
        MINN.replace('id="minn"', 'id="minn" camunda:class="no.Ond"'),
        "minn",
        'id="minn"',
        "Kode i utvidelser (class) er ikke tillatt: diagrammer kjører ikke kode",
    ),
    # Kinds the engine does not run
    "plain task": swapped(
        "task", "Velg hva slags oppgave dette er: brukeroppgave eller tjenesteoppgave"
    ),
    "send task": swapped("sendTask", "Sendeoppgaver støttes ikke; bruk en tjenesteoppgave"),
    "rule task without a table": swapped(
        "businessRuleTask", "«M» mangler beslutningstabell (decision)"
    ),
    "rule task with an unknown table": decided(
        "Minn om", "borte", "Beslutningstabellen «borte» finnes ikke"
    ),
    "rule task without a name": decided("", "vei", "Oppgaven mangler navn"),
    "complex gateway": swapped(
        "complexGateway", "Komplekse porter støttes ikke; bruk eksklusiv, inklusiv eller parallell"
    ),
    "choreography task": swapped("choreographyTask", "Koreografi støttes ikke"),
    "ad hoc": Planted(
        MINN_ALL,
        '<bpmn:adHocSubProcess id="minn" name="M"><bpmn:startEvent id="a"/>'
        + flow("f_a", "a", "b")
        + '<bpmn:endEvent id="b"/></bpmn:adHocSubProcess>',
        "minn",
        'id="minn"',
        "Ad hoc-delprosesser støttes ikke",
    ),
    "transaction": Planted(
        MINN_ALL,
        '<bpmn:transaction id="minn" name="M"><bpmn:startEvent id="a"/>'
        + flow("f_a", "a", "b")
        + '<bpmn:endEvent id="b"/></bpmn:transaction>',
        "minn",
        'id="minn"',
        "Transaksjoner støttes ikke",
    ),
    "choreography": Planted(
        '<bpmn:signal id="signal_1" name="stopp"/>',
        '<bpmn:choreography id="koreografi"/>',
        "koreografi",
        "koreografi",
        "Koreografi støttes ikke",
    ),
    "data store": Planted(
        '<bpmn:signal id="signal_1" name="stopp"/>',
        '<bpmn:dataStore id="lager" name="Lager"/>',
        "lager",
        "lager",
        "Datalagre kan ikke kjøres; ta bort datalageret",
    ),
    "data association": Planted(
        ONSKE,
        ONSKE
        + '<bpmn:dataInputAssociation id="data"><bpmn:sourceRef>x</bpmn:sourceRef>'
        + "</bpmn:dataInputAssociation>",
        "data",
        'id="data"',
        "Piler fra data kan ikke kjøres; skjemaene holder på svarene",
    ),
    "standard loop": Planted(
        ONSKE,
        ONSKE + "<bpmn:standardLoopCharacteristics/>",
        "onske",
        'id="onske"',
        "Løkkemarkering støttes ikke; tegn løkken med en port",
    ),
    "anything else": Planted(
        ONSKE,
        ONSKE + "<bpmn:potentialOwner/>",
        "onske",
        'id="onske"',
        "Elementet potentialOwner støttes ikke",
    ),
    # Events
    "link": event_in(
        "svar", SVAR, "link", "Lenken «» nås av lenken med samme navn; ingen pil kan gå til den"
    ),
    "link without a target": Planted(
        TIMED_OUT,
        THROWN,
        "kast",
        'id="kast"',
        "Lenken «L» må ha akkurat ett mål, men har 0",
    ),
    "conditional": event_in(
        "svar",
        SVAR,
        "conditional",
        "Hendelsestypen «betingelse» støttes ikke her; bruk tid, melding, signal, lenke",
    ),
    "several definitions": Planted(
        SVAR,
        SVAR + '<bpmn:signalEventDefinition id="ny" signalRef="signal_1"/>',
        "svar",
        'id="svar"',
        "Hendelsestypen «flere» støttes ikke her; bruk tid, melding, signal, lenke",
    ),
    "blank catch": Planted(
        SVAR,
        "",
        "svar",
        'id="svar"',
        "Hendelsestypen «ingen» støttes ikke her; bruk tid, melding, signal, lenke",
    ),
    "message at the end": event_in(
        "ingen",
        '<bpmn:terminateEventDefinition id="t_1"/>',
        "compensate",
        "Hendelsestypen «kompensering» støttes ikke her; "
        "bruk ingen, avbryt alt, feil, eskalering, signal",
    ),
    "unnamed message": Planted(
        SVAR,
        SVAR.replace(' messageRef="melding_2"', ""),
        "svar",
        'id="svar"',
        "«Svar kom» sier ikke navnet på meldingen den venter på",
    ),
    "missing message": Planted(
        SVAR,
        SVAR.replace("melding_2", "borte"),
        "svar",
        'id="svar"',
        "«Svar kom» sier ikke navnet på meldingen den venter på",
    ),
    "missing error": Planted(
        '<bpmn:terminateEventDefinition id="t_1"/>',
        '<bpmn:errorEventDefinition id="t_1" errorRef="borte"/>',
        "ingen",
        'id="ingen"',
        "«Ikke behov» viser til en feil eller eskalering som ikke finnes",
    ),
    "boundary on nothing": Planted(
        'attachedToRef="vurder"',
        'attachedToRef="borte"',
        "purring",
        'id="purring"',
        "Kanthendelsen «Purring» er ikke festet til noe som finnes",
    ),
    "boundary on a gateway": Planted(
        'attachedToRef="vurder"',
        'attachedToRef="valg"',
        "purring",
        'id="purring"',
        "Kanthendelsen «Purring» må sitte på en oppgave eller delprosess",
    ),
    # Times
    "duration": Planted(
        REMINDER,
        REMINDER.replace("P7D", "7 dager"),
        "purring",
        'id="purring"',
        "Tiden «7 dager» følger ikke ISO 8601, for eksempel P14D",
    ),
    "date": Planted(
        "2027-03-01T09:00",
        '"2027-13-01"',
        "tiden",
        'id="tiden"',
        "Tiden «2027-13-01» følger ikke ISO 8601, for eksempel 2027-03-01T09:00",
    ),
    "cycle": Planted(
        REMINDER,
        "<bpmn:timeCycle>R3/PT0S</bpmn:timeCycle>",
        "purring",
        'id="purring"',
        "Tiden «R3/PT0S» følger ikke ISO 8601, for eksempel R3/P7D",
    ),
    "no time": Planted(
        REMINDER,
        "",
        "purring",
        'id="purring"',
        "Tidshendelsen «Purring» sier ikke når",
    ),
    "time in Python": Planted(
        "neste_evaluering",
        "neste_evaluering; import os",
        "evalueringstid",
        "neste_evaluering; import os",
        "Uttrykket «neste_evaluering; import os»: ukjent tegn",
    ),
    "due": Planted(
        'name="due" value="P14D"',
        'name="due" value="P14"',
        "vurder",
        'id="vurder"',
        "Fristen «P14» følger ikke ISO 8601, for eksempel P14D",
    ),
    # Multi-instance and calls
    "no collection": Planted(
        LOOP,
        '<bpmn:inputDataItem id="tjeneste"/>',
        "runde",
        'id="runde"',
        "«Tiltak hos tjenesten» gjentas, men uten gyldig samling (loopDataInputRef)",
    ),
    "no item": Planted(
        LOOP,
        "<bpmn:loopDataInputRef>tjenester</bpmn:loopDataInputRef>",
        "runde",
        'id="runde"',
        "«Tiltak hos tjenesten» gjentas, men uten gyldig navn på hver (inputDataItem)",
    ),
    "a collection and a number": Planted(
        LOOP,
        LOOP + "\n<bpmn:loopCardinality>3</bpmn:loopCardinality>",
        "runde",
        'id="runde"',
        "«Tiltak hos tjenesten» gjentas, men uten gyldig samling (loopDataInputRef)",
    ),
    "too many times": Planted(
        LOOP,
        "<bpmn:loopCardinality>1001</bpmn:loopCardinality>",
        "runde",
        'id="runde"',
        "«Tiltak hos tjenesten» gjentas for mange ganger, høyst 1000",
    ),
    "a number that cannot be read": Planted(
        LOOP,
        "<bpmn:loopCardinality>3 +</bpmn:loopCardinality>",
        "runde",
        'id="runde"',
        "Uttrykket «3 +»: ukjent tegn",
    ),
    "repeated service task": Planted(
        NOTIFY,
        NOTIFY
        + "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>x"
        + '</bpmn:loopDataInputRef><bpmn:inputDataItem id="y"/>'
        + "</bpmn:multiInstanceLoopCharacteristics>",
        "minn",
        'id="minn"',
        "Bare brukeroppgaver, delprosesser og kall kan gjentas for en samling",
    ),
    "call of nothing": Planted(
        ' calledElement="samtykke"',
        "",
        "samtykke",
        'id="samtykke"',
        "«Samtykke» sier ikke hvilken prosess den kaller",
    ),
    "unknown process": Planted(
        'calledElement="samtykke"',
        'calledElement="borte"',
        "samtykke",
        'id="samtykke"',
        "«Samtykke» kaller prosessen «borte», som ikke finnes",
    ),
    # Tasks, roles, lanes
    "unnamed task": Planted(
        ' name="Hva ønsker du?"', "", "onske", 'id="onske"', "Oppgaven mangler navn"
    ),
    "no form": Planted(
        ONSKE,
        properties(due="neste"),
        "onske",
        'id="onske"',
        "«Hva ønsker du?» mangler skjema (formKey)",
    ),
    "unknown form": Planted(
        'value="onske"', 'value="borte"', "onske", 'id="onske"', "Skjemaet «borte» finnes ikke"
    ),
    "unknown form at the start": Planted(
        'value="behov"', 'value="borte"', "start", 'id="start"', "Skjemaet «borte» finnes ikke"
    ),
    "nobody's task": Planted(
        "<bpmn:flowNodeRef>onske</bpmn:flowNodeRef>",
        "",
        "onske",
        'id="onske"',
        "«Hva ønsker du?» står ikke i noen bane, så ingen rolle får oppgaven",
    ),
    "message with a form and no name": Planted(
        TRUKKET,
        TRUKKET + properties(formKey="behov"),
        "trukket_start",
        "trukket_start",
        "Meldingen har skjema, men mangler navn",
    ),
    "message with a form that nobody can give": Planted(
        TRUKKET,
        TRUKKET_NAMED + properties(formKey="behov", role="tjeneste"),
        "trukket_start",
        "trukket_start",
        "«Trukket» har skjema; rollen må være en av koordinator, koordinerende_enhet, person",
    ),
    "lane without role": Planted(
        properties(role="person"), "", "bane_person", "bane_person", "Banen «Person» mangler rolle"
    ),
    "lane with unknown role": Planted(
        'value="person"',
        'value="nabo"',
        "bane_person",
        "bane_person",
        "Rollen «nabo» finnes ikke",
    ),
    "task with unknown role": Planted(
        'name="role" value="tjeneste"',
        'name="role" value="nabo"',
        "status",
        'id="status"',
        "Rollen «nabo» finnes ikke",
    ),
    "lane of nothing": Planted(
        "<bpmn:flowNodeRef>onske</bpmn:flowNodeRef>",
        "<bpmn:flowNodeRef>onske</bpmn:flowNodeRef>\n<bpmn:flowNodeRef>borte</bpmn:flowNodeRef>",
        "bane_person",
        "<bpmn:flowNodeRef>borte",
        "Banen «Person» viser til «borte», som ikke finnes",
    ),
    "a meeting that is no task": Planted(
        properties(formKey="behov"),
        properties(formKey="behov", meeting="ja"),
        "start",
        'id="start"',
        "Bare en brukeroppgave kan være et møte (meeting), ikke «Behov meldt»",
    ),
    "another mark of a meeting": Planted(
        ONSKE,
        properties(formKey="onske", meeting="kanskje"),
        "onske",
        'id="onske"',
        "«meeting» på «Hva ønsker du?» må være «ja»",
    ),
    # Operations
    "no operation": Planted(NOTIFY, "", "minn", 'id="minn"', "«Minn om» mangler operasjon"),
    "unknown operation": Planted(
        'value="notify"',
        'value="os.system"',
        "minn",
        'id="minn"',
        "Operasjonen «os.system» finnes ikke",
    ),
    "unknown parameter": Planted(
        NOTIFY,
        properties(operation="plan.suspend", hvor="her"),
        "minn",
        'id="minn"',
        "Operasjonen plan.suspend har ikke parameteren «hvor»",
    ),
    "missing parameter": Planted(
        '<spiffworkflow:property name="til" value="koordinator"/>',
        "",
        "minn",
        'id="minn"',
        "Operasjonen notify mangler parameteren «til»",
    ),
    "form of an operation": Planted(
        NOTIFY,
        properties(operation="notify", til="x", tekst="y", form="borte"),
        "minn",
        'id="minn"',
        "Skjemaet «borte» finnes ikke",
    ),
}


def test_a_link_is_a_way_on() -> None:
    """From where it is thrown to where it is caught, without an arrow."""
    assert not list(problems_in(planted(TIMED_OUT, f"{THROWN}\n{CAUGHT}")))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_the_one_problem_found(fault: Planted) -> None:
    """Each kind of fault gives one line, at its element, with its message, and nothing else."""
    text = planted(fault.old, fault.new)
    assert list(problems_in(text)) == [(line_of(text, fault.where), fault.element, fault.message)]


def test_a_sound_diagram_has_no_problems() -> None:
    """The sample, with something of everything that is supported, checks clean."""
    assert list(problems_in(document())) == []


def test_a_rule_task_with_a_table_is_sound() -> None:
    """A business rule task that names a table of the library may stand anywhere a task may."""
    task = f'<bpmn:businessRuleTask id="minn" name="Velg">{properties(decision="vei")}'
    text = planted(MINN_ALL, f"{task}</bpmn:businessRuleTask>")
    assert list(problems_in(text)) == []
    assert read(text.encode(), "plan.bpmn").decisions == {"vei"}


def test_without_a_library_what_is_named_is_taken_to_exist() -> None:
    """A diagram can be checked by itself, while it is being drawn."""
    text = planted('calledElement="samtykke"', 'calledElement="borte"')
    assert list(problems_in(text, library=None)) == []


@pytest.mark.parametrize("taken", ["Start", "End", "Root", "x.BoundaryEventSplit"])
def test_ids_of_the_engine_are_refused(taken: str) -> None:
    """An id that the engine uses itself would silently replace its step."""
    text = document(PROCESS.replace('"moet"', f'"{taken}"'))
    message = f"Id-en «{taken}» er opptatt av prosessmotoren; velg en annen"
    assert list(problems_in(text)) == [(line_of(text, f'id="{taken}"'), taken, message)]


def test_the_process_id_is_held_to_the_same() -> None:
    """The engine names the process's own end after it."""
    text = document(PROCESS.replace('id="plan"', 'id="Root"'))
    message = "Id-en «Root» er opptatt av prosessmotoren; velg en annen"
    assert list(problems_in(text)) == [(line_of(text, 'id="Root"'), "Root", message)]


def test_an_id_with_odd_characters_is_refused() -> None:
    """An id must do as a name in XML, in an address and in a style sheet."""
    text = document(PROCESS.replace('"moet"', '"møt her"'))
    message = "Id-en «møt her» er ikke gyldig: bruk bokstaver, tall, - og _"
    assert list(problems_in(text)) == [(line_of(text, 'id="møt her"'), "møt her", message)]


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("vurder", "«Vurder behov»"),
        ("f_onske", "Pilen «f_onske»"),
        ("bane_person", "Banen «Person»"),
    ],
)
def test_everything_must_be_drawn(key: str, shown: str) -> None:
    """Process owners must see every element, flow and lane."""
    text = document().replace(f'bpmnElement="{key}"', 'bpmnElement="annet"')
    message = f"{shown} er ikke tegnet"
    assert list(problems_in(text)) == [(line_of(text, f'id="{key}"'), key, message)]


def test_a_drawing_without_numbers_is_no_drawing() -> None:
    """The engine would stop at a coordinate that is no number."""
    bounds = 'bpmnElement="vurder">\n<dc:Bounds x='
    text = document().replace(f'{bounds}"1"', f'{bounds}"nan"')
    assert [message for _, _, message in problems_in(text)] == ["«Vurder behov» er ikke tegnet"]


def test_a_flow_must_not_cross_the_edge_of_a_subprocess() -> None:
    """A token cannot jump into a subprocess."""
    text = planted(flow("f_moet", "moet", "igjen"), flow("f_moet", "moet", "status"))
    assert "Pilen krysser kanten på en delprosess" in [m for _, _, m in problems_in(text)]


def test_an_event_gateway_must_lead_to_waiting() -> None:
    """A task straight after an event-based gateway would not wait for anything."""
    text = planted(flow("f_vent_1", "vent", "svar"), flow("f_vent_1", "vent", "moet"))
    message = "Etter en hendelsesport må det komme en hendelse som ventes på"
    assert (line_of(text, "f_vent_1"), "f_vent_1", message) in list(problems_in(text))


def test_a_second_executable_process_is_named() -> None:
    """One file holds one process that runs."""
    text = document(PROCESS + '<bpmn:process id="to" isExecutable="true"/>')
    message = "Filen har flere kjørbare prosesser; det skal være én"
    assert list(problems_in(text)) == [(line_of(text, 'id="to"'), "to", message)]


def test_a_bare_process_lacks_both_start_and_end() -> None:
    """An empty process is read, and told what it lacks."""
    text = document('<bpmn:process id="plan" isExecutable="true"/>')
    wanted = ["Prosessen mangler sluttehendelse", "Prosessen mangler starthendelse"]
    assert [message for _, _, message in problems_in(text)] == wanted


def test_a_problem_is_one_line() -> None:
    """Line breaks in an id do not break the report."""
    text = document(PROCESS.replace('id="moet"', 'id="a&#10;b"').replace('"moet"', '"a&#10;b"'))
    assert all("\n" not in element + message for _, element, message in problems_in(text))


# A library


def process(key: str, *calls: str, file: str | None = None, inside: str = "") -> Diagram:
    """A minimal diagram that calls others."""
    nodes = "".join(f'<bpmn:callActivity id="k_{c}" name="K" calledElement="{c}"/>' for c in calls)
    body = f'{HEAD}<bpmn:process id="{key}" isExecutable="true">{nodes}{inside}</bpmn:process>'
    return read(f"{body}</bpmn:definitions>".encode(), file or f"{key}.bpmn")


def found_in(*diagrams: Diagram) -> list[str]:
    """What the library check says, without lines."""
    problems = check_library({f"{n}": diagram for n, diagram in enumerate(diagrams)})
    return [f"{p.file} {p.element}: {p.message}" for p in problems]


def test_a_library_in_order_has_no_problems() -> None:
    """Calls that go one way are fine, also to a process called from two places."""
    assert found_in(process("a", "b", "c"), process("b", "c"), process("c")) == []


def test_calls_in_a_ring_are_shown_whole() -> None:
    """A process that calls itself by way of others would never end."""
    assert found_in(process("a", "b"), process("b", "c"), process("c", "b")) == [
        "b.bpmn k_c: «K» kaller i ring: b → c → b",
        "c.bpmn k_b: «K» kaller i ring: c → b → c",
    ]


def test_a_process_must_not_call_itself() -> None:
    """The shortest ring."""
    assert found_in(process("a", "a")) == ["a.bpmn k_a: «K» kaller i ring: a → a"]


def test_the_file_is_named_for_its_process() -> None:
    """A call activity finds the file by the process id."""
    assert found_in(process("a", file="bpmn/library/b.bpmn")) == [
        "bpmn/library/b.bpmn a: Filen må hete a.bpmn, som prosessen"
    ]


def test_a_process_id_is_used_once_in_a_library() -> None:
    """A call would not know which; what is inside a process may be called what it likes."""
    runde = '<bpmn:subProcess id="runde"/>'
    assert found_in(process("a", inside=runde), process("b", inside=runde)) == []
    assert found_in(process("a", file="en/a.bpmn"), process("a", file="to/a.bpmn")) == [
        "to/a.bpmn a: Id-en «a» er også brukt i en/a.bpmn"
    ]


def test_no_start_can_be_asked_of_a_diagram_without_one() -> None:
    """The blank start is there to be asked for only once a diagram has been checked."""
    with pytest.raises(LookupError):
        _ = process("a").start


def test_a_process_that_is_not_executable_is_no_process() -> None:
    """Black boxes in a collaboration are not run."""
    text = document(PROCESS.replace('isExecutable="true"', 'isExecutable="false"'))
    with pytest.raises(UnreadableDiagram, match="Ingen prosess i filen er merket som kjørbar"):
        read(text.encode(), "plan.bpmn")
