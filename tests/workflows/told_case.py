"""A small process that can be told something by a form while it runs, for tests."""

from pathlib import Path

from world import World

from workflows import definitions
from workflows.tables import ProcessInstance

SOURCE = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="t">
<bpmn:message id="m_skjedde" name="noe_skjedde"/><bpmn:message id="m_trukket" name="uten_skjema"/>
<bpmn:process id="fortalt" name="Fortalt" isExecutable="true">
<bpmn:laneSet id="baner"><bpmn:lane id="bane" name="Koordinator">{lane}
<bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>vent</bpmn:flowNodeRef>
<bpmn:flowNodeRef>slutt</bpmn:flowNodeRef><bpmn:flowNodeRef>ved_skjedde</bpmn:flowNodeRef>
<bpmn:flowNodeRef>ved_trukket</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
<bpmn:startEvent id="start" name="Start">{start}</bpmn:startEvent>
<bpmn:userTask id="vent" name="Vent">{vent}</bpmn:userTask>
<bpmn:endEvent id="slutt" name="Ferdig"/>
<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="vent"/>
<bpmn:sequenceFlow id="f2" sourceRef="vent" targetRef="slutt"/>
<bpmn:subProcess id="ved_skjedde" name="Når noe skjer" triggeredByEvent="true">
<bpmn:startEvent id="noe_skjedde" name="Meld at noe skjedde" isInterrupting="false">
<bpmn:documentation>Bruk dette når noe har skjedd.</bpmn:documentation>{skjedde}
<bpmn:messageEventDefinition id="d1" messageRef="m_skjedde"/></bpmn:startEvent>
<bpmn:userTask id="folg_opp" name="Følg opp">{folg_opp}</bpmn:userTask>
<bpmn:endEvent id="fulgt_opp" name="Fulgt opp"/>
<bpmn:sequenceFlow id="f3" sourceRef="noe_skjedde" targetRef="folg_opp"/>
<bpmn:sequenceFlow id="f4" sourceRef="folg_opp" targetRef="fulgt_opp"/>
</bpmn:subProcess>
<bpmn:subProcess id="ved_trukket" name="Når systemet sier fra" triggeredByEvent="true">
<bpmn:startEvent id="uten_skjema" name="Sagt fra" isInterrupting="false">
<bpmn:messageEventDefinition id="d2" messageRef="m_trukket"/></bpmn:startEvent>
<bpmn:endEvent id="sagt_fra" name="Sagt"/>
<bpmn:sequenceFlow id="f5" sourceRef="uten_skjema" targetRef="sagt_fra"/>
</bpmn:subProcess></bpmn:process></bpmn:definitions>"""


def _properties(**values: str) -> str:
    inside = "".join(
        f'<spiffworkflow:property name="{name}" value="{value}"/>' for name, value in values.items()
    )
    return (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        f"{inside}</spiffworkflow:properties></bpmn:extensionElements>"
    )


def start(world: World, folder: Path, role: str = "koordinator") -> ProcessInstance:
    """A case of Mia's with Siri as coordinator; `role` is who may tell it."""
    source = SOURCE.format(
        lane=_properties(role="koordinator"),
        start=_properties(formKey="behov"),
        vent=_properties(formKey="oppfolging"),
        skjedde=_properties(formKey="avklar_samtykke", role=role),
        folg_opp=_properties(formKey="oppfolging"),
    )
    (folder / "fortalt.bpmn").write_text(source, encoding="utf-8")
    definitions.publish_library(world.session, world.municipality.id, folder)
    instance = world.start("Kari", "Mia", "fortalt")
    instance.coordinator_id = world.account_id("Siri")
    world.session.flush()
    return instance
