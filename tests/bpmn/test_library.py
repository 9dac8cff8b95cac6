"""The library's diagrams hold together, with one another and with the forms, and read well."""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from lxml import etree

import bpmn
import forms
from bpmn.checking import Library, check, check_library
from bpmn.decision_checking import check as check_decision
from bpmn.decision_reading import read as read_decision
from bpmn.decisions import Decision
from bpmn.diagrams import Diagram, Element
from bpmn.reading import read
from forms import feel
from forms.definitions import Component, Form
from forms.definitions import read as read_form
from workflows.cells import Feel

ROOM = Path(bpmn.__file__).parent / "library"
FORMS: dict[str, Form] = {
    path.stem: read_form(path.read_bytes(), path.name)
    for path in sorted((Path(forms.__file__).parent / "library").glob("*.form"))
}
DIAGRAMS: dict[str, Diagram] = {
    path.stem: read(path.read_bytes(), path.name) for path in sorted(ROOM.glob("*.bpmn"))
}
DECISIONS: dict[str, Decision] = {
    path.stem: read_decision(path.read_bytes(), path.name) for path in sorted(ROOM.glob("*.dmn"))
}
GIVEN_BY_OPERATIONS = {
    "samtykke_gitt",
    "tjenester",
    "tjeneste",
    "neste_evaluering",
    "evalueringsfrist",
    "beslutninger",
    "beslutningsfrist",
    "beslutning_paaminnelse",
    "medlemmer",
    "voksne",
    "barn",
    "spurte",
    "fornyes",
    "alder",
    "sprik",
    "trekker_mot",
    "maling_na",
    "tjenesten_kan_se",
}
NS = {
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
}

each_diagram = pytest.mark.parametrize("diagram", DIAGRAMS.values(), ids=DIAGRAMS)


def fault(text: str) -> str | None:
    try:
        feel.parse(text)
    except feel.FeelError as error:
        return str(error)
    return None


def elements(*kinds: str) -> Iterator[tuple[Diagram, Element]]:
    for diagram in DIAGRAMS.values():
        for element in diagram.elements.values():
            if element.kind in kinds:
                yield diagram, element


@pytest.mark.parametrize("table", DECISIONS.values(), ids=DECISIONS)
def test_every_table_checks_clean(table: Decision) -> None:
    """A library table has no fault that the checker knows, says what it is for, and why it says so.

    Its columns have headings, so that nobody needs to know the variables.
    """
    assert check_decision(table, Feel()) == []
    assert table.documentation
    assert all(rule.annotation for rule in table.rules), table.key
    assert all(column.label for column in (*table.inputs, *table.outputs)), table.key


@each_diagram
def test_every_diagram_checks_clean(diagram: Diagram) -> None:
    """A library diagram has no fault that the checker knows, and what it calls exists."""
    called = {e.properties["operation"]: e for _d, e in elements("serviceTask")}
    operations = {
        name: frozenset(f"{key}?" for _d, e in elements("serviceTask") for key in e.properties)
        for name in called
    }
    roles = frozenset(
        {
            "person",
            "koordinerende_enhet",
            "koordinator",
            "etterfolger",
            "tjeneste",
            "tjeneste:",
            "ansvarlig",
        }
    )
    tables = frozenset(DECISIONS)
    library = Library(frozenset(DIAGRAMS), frozenset(FORMS), operations, roles, tables)
    assert check(diagram, expression=fault, library=library) == []


def test_the_diagrams_run_together() -> None:
    """No two library diagrams share an id that the engine wants once, and none calls in a ring."""
    assert check_library(DIAGRAMS) == []


def test_every_form_is_asked_somewhere() -> None:
    """The library has no form that no diagram asks."""
    asked = {key for diagram in DIAGRAMS.values() for key in diagram.form_keys.values()}
    assert asked == set(FORMS)


def test_every_task_for_people_says_why() -> None:
    """Who gets a task can read in a sentence or two why, and what to do."""
    for _diagram, task in elements("userTask"):
        assert 1 <= len(re.findall(r"[.!?](?: |$)", task.documentation)) <= 3, task.id


def test_what_an_expression_reads_is_asked_or_given() -> None:
    """Every variable a diagram reads is a field of a form it asks, or an operation or table's."""
    for diagram in DIAGRAMS.values():
        known = set(GIVEN_BY_OPERATIONS).union(*(FORMS[key].field_keys for key in _asked(diagram)))
        tables = [DECISIONS[key] for key in diagram.decisions]
        known |= {output.name for table in tables for output in table.outputs}
        read = [(each.text, each) for each in diagram.expressions]
        read += [(each.expression.text, each) for table in tables for each in table.inputs]
        for text, where in read:
            assert feel.parse(text).names <= known, (diagram.key, where)


def test_an_answer_that_steers_is_asked_in_one_form() -> None:
    """No other form has a field that would overwrite the answer a choice is made by."""
    conditions = [e for d in DIAGRAMS.values() for e in d.expressions if e.use == "condition"]
    names = {name for each in conditions for name in feel.parse(each.text).names}
    by_tables = {output.name for table in DECISIONS.values() for output in table.outputs}
    for name in names - GIVEN_BY_OPERATIONS - by_tables:
        assert len([form.key for form in FORMS.values() if name in form.field_keys]) == 1, name
    for name in names & GIVEN_BY_OPERATIONS:
        assert not [form.key for form in FORMS.values() if name in form.field_keys], name


def _asked(diagram: Diagram) -> set[str]:
    """The forms of a diagram and of those it calls."""
    called = (_asked(DIAGRAMS[key]) for key in diagram.calls)
    return set(diagram.form_keys.values()).union(*called)


def test_every_choice_is_a_question() -> None:
    """A gateway that chooses asks a question, and each of its arrows carries the answer."""
    for diagram, gateway in elements("exclusiveGateway"):
        answers = [flow.name for flow in diagram.outgoing(gateway.id)]
        if len(answers) > 1:
            assert gateway.name.endswith("?"), gateway.id
            assert all(answers), gateway.id


def test_names_are_short() -> None:
    """No name in a diagram has more than five words, so that it can be read where it stands."""
    for diagram in DIAGRAMS.values():
        for element in diagram.elements.values():
            limit = 6 if element.kind == "subProcess" else 5
            assert len(element.name.split()) <= limit, element.id


def test_the_person_has_a_say_in_every_process() -> None:
    """Every process that concerns a person has a step for the person."""
    for diagram in DIAGRAMS.values():
        roles = {diagram.role_of(e.id) for e in diagram.elements.values() if e.kind == "userTask"}
        assert "person" in roles, diagram.key


def test_the_plans_contents_are_asked_once_and_shown_in_the_plan() -> None:
    """Each part a–i is asked in one form, where it arises, and stands in the plan's form."""
    open_in: dict[str, set[str]] = {}
    for form in FORMS.values():
        for field in _parts(form):
            if not field.readonly and field.allow_add_remove:
                open_in.setdefault(field.part or "", set()).add(form.key)
    assert set(open_in) == set("abcdefghi")
    asked = {part: keys - {"plan"} for part, keys in open_in.items()}
    assert all(len(asked[part]) == 1 for part in "abcdhi")
    assert all(asked[part] == set() for part in "efg")
    assert {field.part for field in _parts(FORMS["plan"])} == set("abcdefghi")


def _parts(form: Form) -> list[Component]:
    everything = (each for component in form.components for each in component.walk())
    return [each for each in everything if each.part]


@each_diagram
def test_nothing_lies_on_anything_else(diagram: Diagram) -> None:
    """No two steps overlap in the drawing; only events on a border touch what they sit on."""
    boxes = {key: box for key, box in _boxes(diagram).items() if key in diagram.elements}
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        overlap = a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        assert not overlap or _belong(diagram, one, other), (one, other)


@each_diagram
def test_every_step_stands_in_its_lane(diagram: Diagram) -> None:
    """Who does a step is seen from where it stands."""
    boxes = _boxes(diagram)
    for lane in diagram.lanes:
        left, top, right, bottom = boxes[lane.id]
        for member, _line in lane.members:
            x1, y1, x2, y2 = boxes[member]
            assert left < x1 < x2 < right, member
            assert top < y1 < y2 < bottom, member


@each_diagram
def test_arrows_run_straight_or_square(diagram: Diagram) -> None:
    """No arrow runs aslant."""
    for edge in _drawing(diagram).iterfind(".//bpmndi:BPMNEdge", NS):
        points = [(p.get("x"), p.get("y")) for p in edge.iterfind("di:waypoint", NS)]
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(points)), edge.get("id")


def _belong(diagram: Diagram, one: str, other: str) -> bool:
    """Whether one of them is drawn on or in the other."""

    def around(key: str | None) -> Iterator[str]:
        while key:
            element = diagram.elements[key]
            yield from filter(None, (element.attached_to, element.parent))
            key = element.parent

    return other in around(one) or one in around(other)


def _drawing(diagram: Diagram) -> etree._Element:
    return etree.fromstring((ROOM / diagram.name).read_bytes())


def _boxes(diagram: Diagram) -> dict[str, tuple[float, float, float, float]]:
    found = {}
    for shape in _drawing(diagram).iterfind(".//bpmndi:BPMNShape", NS):
        bounds = shape.find("dc:Bounds", NS)
        assert bounds is not None
        x, y, w, h = (float(bounds.get(name, "nan")) for name in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement", "")] = (x, y, x + w, y + h)
    return found
