"""A process owner changes HOLF in the library's files alone: a question, an interval and a step."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from world import World

from tests.workflows import holf_stories, stories
from tests.workflows.own_library import OwnLibrary
from workflows import clock, operations
from workflows.tables import ProcessInstance

DIAGRAM = "bpmn/library/holf.bpmn"
MAPPING = "forms/library/holf_kartlegging.form"
QUESTION = """{
      "type": "radio",
      "id": "felt_fritid",
      "key": "fritid",
      "label": "Har barna noe fast å gå på i fritiden?",
      "values": [
        { "label": "Ja, alle", "value": "alle" },
        { "label": "Noen av dem", "value": "noen" },
        { "label": "Nei", "value": "nei" }
      ],
      "validate": { "required": true }
    },
    """
BEFORE = """{
      "type": "textarea",
      "id": "felt_samlet_vurdering","""
STEP = """<bpmn:userTask id="hjemmebesok" name="Besøk familien hjemme">
      <bpmn:documentation>Møt familien der de bor, før dere kartlegger.</bpmn:documentation>
      <bpmn:extensionElements>
        <spiffworkflow:properties>
          <spiffworkflow:property name="formKey" value="holf_hjemmebesok" />
          <spiffworkflow:property name="due" value="P14D" />
        </spiffworkflow:properties>
      </bpmn:extensionElements>
      <bpmn:incoming>Gw_kartlegg__kartlegging</bpmn:incoming>
      <bpmn:outgoing>hjemmebesok__kartlegging</bpmn:outgoing>
    </bpmn:userTask>
    """
TASK = '<bpmn:userTask id="kartlegging" '
DRAWN = """<bpmndi:BPMNShape id="hjemmebesok_di" bpmnElement="hjemmebesok">
        <dc:Bounds x="2015" y="860" width="120" height="80" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="hjemmebesok__kartlegging_di" bpmnElement="hjemmebesok__kartlegging">
        <di:waypoint x="2075" y="860" />
        <di:waypoint x="2075" y="780" />
      </bpmndi:BPMNEdge>
    """
FORM = """{
  "type": "default",
  "schemaVersion": 19,
  "id": "holf_hjemmebesok",
  "title": "Besøk familien hjemme",
  "components": [
    { "type": "textarea", "id": "felt_besok", "key": "besok", "label": "Hva fikk dere vite?" }
  ]
}
"""
HALF_A_YEAR = 183
CALENDAR = 14
"""Days that working days, and looking once a week, can add."""


@pytest.fixture
def library(tmp_path: Path) -> OwnLibrary:
    """The library, untouched, in folders of its own."""
    return OwnLibrary.copied(tmp_path)


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """The clock is back where it was afterwards."""
    yield
    clock.travel(timedelta(0))


def change(library: OwnLibrary) -> None:
    """All three changes, as text in files."""
    library.change(MAPPING, BEFORE, QUESTION + BEFORE)
    library.change(DIAGRAM, 'date(kartlagt) + duration("P1Y")', 'date(kartlagt) + duration("P6M")')
    insert_step(library)


def insert_step(library: OwnLibrary) -> None:
    """A step of the coordinator's between the family's yes and the mapping."""
    library.add("forms/library/holf_hjemmebesok.form", FORM)
    lane = "<bpmn:flowNodeRef>kartlegging</bpmn:flowNodeRef>"
    library.change(DIAGRAM, lane, f"{lane}{lane.replace('kartlegging', 'hjemmebesok')}")
    incoming = "<bpmn:incoming>Gw_kartlegg__kartlegging</bpmn:incoming>"
    library.change(DIAGRAM, incoming, incoming.replace("Gw_kartlegg", "hjemmebesok"))
    library.change(DIAGRAM, TASK, STEP + TASK)
    flow = 'id="Gw_kartlegg__kartlegging" sourceRef="Gw_kartlegg" targetRef="{}" />'
    new = '<bpmn:sequenceFlow id="hjemmebesok__kartlegging" sourceRef="hjemmebesok" '
    new += 'targetRef="kartlegging" />'
    library.change(DIAGRAM, flow.format("kartlegging"), flow.format("hjemmebesok") + new)
    library.change(DIAGRAM, "</bpmndi:BPMNPlane>", f"{DRAWN}</bpmndi:BPMNPlane>")


def map_areas(world: World, **more: str) -> None:
    """Nina maps the areas, with what the new question asks."""
    world.complete(
        "Nina",
        "kartlegging",
        kartlagt=clock.today().isoformat(),
        samlet_vurdering="Samlet.",
        **more,
    )


def days_until_mapped_again(world: World) -> int:
    """How many days pass before the areas are to be mapped again."""
    before = clock.today()
    holf_stories.until(world, "ny_kartlegging")
    return (clock.today() - before).days


def to_changed_mapping(world: World) -> ProcessInstance:
    """On through the new step to the mapping."""
    instance = holf_stories.to_mapping(world)
    holf_stories.hear_children(world)
    world.complete("Nina", "hjemmebesok", besok="De vil bo der de bor.")
    return instance


def follow_plan(world: World) -> None:
    """The plan is written, agreed and approved, and the services work by it."""
    holf_stories.write_plan(world)
    holf_stories.agree(world, holf_stories.SON, holf_stories.GIRLS, holf_stories.JOB)
    world.complete("Anne", "godkjenning", godkjenner="ja")


def test_the_changed_files_check_clean(library: OwnLibrary) -> None:
    """The checker finds nothing in HOLF with the three changes."""
    change(library)
    assert library.problems("holf") == []


def test_a_fault_in_a_change_is_found(library: OwnLibrary) -> None:
    """A step whose form was forgotten is told of before it is taken into use."""
    change(library)
    (library.forms / "holf_hjemmebesok.form").unlink()
    [line] = library.problems("holf")
    assert "«holf_hjemmebesok» finnes ikke" in line


def test_a_change_to_nothing_publishes_nothing(world: World, library: OwnLibrary) -> None:
    """The copy is the library itself: what differs in the tests below is the three changes."""
    assert library.publish(world) == 0


def test_a_new_case_meets_the_new_step(world: World, library: OwnLibrary) -> None:
    """The coordinator visits the family, and only then maps the areas."""
    change(library)
    library.publish(world)
    holf_stories.to_mapping(world)
    assert "hjemmebesok" in world.open_elements()
    assert "kartlegging" not in world.open_elements()
    world.complete("Nina", "hjemmebesok", besok="De vil bo der de bor.")
    assert "kartlegging" in world.open_elements()


def test_a_new_case_meets_the_new_question(world: World, library: OwnLibrary) -> None:
    """It is asked, and what is answered is kept."""
    change(library)
    library.publish(world)
    instance = to_changed_mapping(world)
    assert "fritid" in stories.form_of(world, "Nina", "kartlegging").form.field_keys
    map_areas(world, fritid="noen")
    kept = operations.latest_answers(world.session, instance, "holf_kartlegging")
    assert kept is not None
    assert kept.answers["fritid"] == "noen"


def test_a_new_case_meets_the_shorter_interval(world: World, library: OwnLibrary) -> None:
    """The areas are mapped again after half a year, and not after a whole one."""
    change(library)
    library.publish(world)
    to_changed_mapping(world)
    map_areas(world, fritid="noen")
    follow_plan(world)
    assert abs(days_until_mapped_again(world) - HALF_A_YEAR) <= CALENDAR


def test_a_running_case_keeps_its_diagram(world: World, library: OwnLibrary) -> None:
    """A family that was under way goes on without the step and with the year, but is asked."""
    holf_stories.to_mapping(world)
    holf_stories.hear_children(world)
    change(library)
    library.publish(world)
    assert world.open_elements() == ["kartlegging"]
    map_areas(world, fritid="alle")
    follow_plan(world)
    assert abs(days_until_mapped_again(world) - 2 * HALF_A_YEAR) <= CALENDAR
