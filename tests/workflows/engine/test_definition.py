"""Definitions: what is refused, with the element and the reason, and that they hold no state."""

import pytest

from tests.workflows.engine.diagrams import (
    boundary,
    decide,
    end,
    event,
    flow,
    line,
    message,
    multi,
    node,
    process,
    reaction,
    service,
    start,
    timer,
    times,
    user,
    xor,
)
from tests.workflows.engine.running import Driver
from workflows.engine import Definition, UnusableDiagram

LOOP = "<bpmn:standardLoopCharacteristics/>"
OUTPUT = multi("l", "t").replace(
    "<bpmn:inputDataItem", "<bpmn:loopDataOutputRef>x</bpmn:loopDataOutputRef><bpmn:inputDataItem"
)
COUNTED = "<bpmn:loopCardinality>3</bpmn:loopCardinality>"
LISTED = "<bpmn:loopDataInputRef>liste</bpmn:loopDataInputRef>"
NO_ITEM = node("multiInstanceLoopCharacteristics", "m", LISTED)
BOTH = node("multiInstanceLoopCharacteristics", "m", LISTED, COUNTED)


def around(*parts: str) -> bytes:
    """A good process with these parts in it, and `a` to attach them to."""
    return process("p", start(), user("a"), end(), line("start", "a", "end"), *parts)


def refusal(source: bytes) -> UnusableDiagram:
    with pytest.raises(UnusableDiagram) as caught:
        Definition.parse({"p": source}, "p")
    return caught.value


@pytest.mark.parametrize(
    ("part", "element", "reason"),
    [
        (node("scriptTask", "x", "<bpmn:script>1</bpmn:script>"), "x", "kan ikke kjøre kode"),
        (node("task", "x"), "x", "ingen type"),
        (node("businessRuleTask", "x"), "x", "«decision»"),
        (decide("x", "borte"), "x", "Beslutningstabellen «borte» finnes ikke"),
        (node("sendTask", "x"), "x", "operasjon"),
        (node("complexGateway", "x"), "x", "Komplekse"),
        (node("adHocSubProcess", "x"), "x", "Ad hoc"),
        (node("transaction", "x"), "x", "Transaksjoner"),
        (user("x", LOOP), "x", "Løkkemarkør"),
        (user("x", OUTPUT), "x", "samle svar"),
        (user("x", NO_ITEM), "x", "loopDataInputRef"),
        (user("x", BOTH), "x", "loopDataInputRef"),
        (user("x", times("1 +")), "x", "ikke gyldig"),
        (user("x", multi("1 +", "t")), "x", "ikke gyldig"),
        (node("serviceTask", "x"), "x", "operation"),
        (service("x", "o", n="=1 +"), "x", "ikke gyldig"),
        (flow("start", "a", "import os", key="x"), "x", "ikke gyldig"),
        (flow("start", "a", "true", key="x"), "start", "gateway"),
        (flow("a", "borte", key="x"), "x", "mangler en ende"),
        (flow("borte", "a", key="x"), "x", "mangler en ende"),
        (start("x"), "p", "akkurat én start, men har 2"),
        (xor("x") + flow("a", "x") + flow("x", "a", key="f") + flow("x", "end"), "x", "betingelse"),
        (boundary("x", "a"), "x", "none støttes ikke"),
        (boundary("x", "a", "<bpmn:conditionalEventDefinition/>"), "x", "conditional støttes ikke"),
        (boundary("x", "a", event("compensate")), "x", "compensate støttes ikke"),
        (boundary("x", "a", timer("P1D"), event("signal")), "x", "multiple støttes ikke"),
        (boundary("x", "a", timer("")), "x", "Tidspunktet mangler"),
        (boundary("x", "a", "<bpmn:timerEventDefinition/>"), "x", "Tidspunktet mangler"),
        (boundary("x", "a", message("borte")), "x", "ikke har navn"),
        (boundary("x", "a", event("signal")), "x", "hvilket signal"),
        (node("receiveTask", "x"), "x", "hvilken melding"),
        (boundary("x", "a", event("error", "borte")), "x", "ikke har navn"),
        (boundary("x", "end", timer("P1D")), "x", "må sitte på"),
        (boundary("x", "borte", timer("P1D")), "x", "må sitte på"),
        (node("endEvent", "x", event("message", "m")), "x", "message støttes ikke"),
        (
            node("intermediateThrowEvent", "x", "<bpmn:linkEventDefinition name='L'/>"),
            "x",
            "Lenken",
        ),
        (node("eventBasedGateway", "x") + flow("x", "a", key="f"), "x", "bare stå hendelser"),
        (node("subProcess", "x"), "x", "akkurat én start, men har 0"),
        (
            node("subProcess", "x", start("s"), triggeredByEvent="true"),
            "x",
            "starte med en hendelse",
        ),
        (node("callActivity", "x"), "x", "finnes ikke"),
        (user("a"), "a", "brukt flere ganger"),
        ("<bpmn:transaction/>", "p_transaction", "Transaksjoner"),
        ('<bpmn:sequenceFlow sourceRef="borte" targetRef="a"/>', "Flow_borte_a", "mangler en ende"),
    ],
)
def test_what_cannot_run_is_refused(part: str, element: str, reason: str) -> None:
    """Each with the element it is about and the reason in words."""
    found = refusal(around(part))
    assert (found.element, reason in found.reason) == (element, True), str(found)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00\x01binary",
        b"<html/>",
        around()[:300],
        around().replace(b'id="p"', b'id="q"'),
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        ("<a>" * 5_000).encode(),
    ],
)
def test_what_is_no_diagram_is_refused(source: bytes) -> None:
    """Never an exception of the XML library or of SpiffWorkflow."""
    assert refusal(source).element == "p"


def test_process_that_is_not_among_the_sources() -> None:
    """The process asked for must be there."""
    with pytest.raises(UnusableDiagram, match="p: Prosessen «p» finnes ikke"):
        Definition.parse({}, "p")


@pytest.mark.parametrize("key", ["Start", "End", "Root", "p.EndJoin"])
def test_names_of_spiffworkflow_are_free(key: str) -> None:
    """An element may be called what SpiffWorkflow calls its own."""
    case = Driver(process("p", start(), user(key), end(), line("start", key, "end")))
    case.do(key)
    assert case.case.ended


def test_drawings_are_ignored() -> None:
    """Lanes, notes, data objects and stores, groups and DI say nothing to the engine."""
    drawn = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="L"/></bpmn:laneSet>',
        node("textAnnotation", "n", "<bpmn:text>hei</bpmn:text>"),
        node("association", "as", sourceRef="a", targetRef="n"),
        node("dataObject", "o") + node("dataObjectReference", "or", dataObjectRef="o"),
        node("dataStoreReference", "sr", dataStoreRef="store"),
        node("group", "g"),
    )
    store = '<bpmn:dataStore id="store" name="Arkiv"/>'
    source = around(*drawn).replace(b"<bpmn:process ", f"{store}<bpmn:process ".encode())
    assert Driver(source).open == ["a"]


def test_one_definition_serves_many_cases() -> None:
    """Cases of the same definition do not touch each other."""
    source = process(
        "p",
        start(),
        user("a", multi("l", "t")),
        end(),
        line("start", "a", "end"),
        reaction("r", event("signal", "s"), end("e"), line("r_start", "e")),
        declared='<bpmn:signal id="s" name="s"/>',
    )
    first = Driver(source, variables={"l": ["x", "y"]})
    second = Driver(source, variables={"l": ["z"]})
    second.definition = first.definition
    second.save()
    first.do("a", "x")
    assert (first.open, second.open) == (["a:y"], ["a:z"])


def test_diagram_with_thousands_of_elements() -> None:
    """Reading does not recurse along the flow."""
    keys = [f"u{n}" for n in range(3_000)]
    parts = [user(key) for key in keys]
    assert Driver(process("p", start(), *parts, end(), line("start", *keys, "end"))).open == ["u0"]


def test_no_script_engine_runs_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """What SpiffWorkflow would evaluate is FEEL, and it can execute nothing."""
    ran: list[str] = []
    monkeypatch.setattr("builtins.eval", lambda *_: ran.append("eval"))
    case = Driver(around())
    engine = case.case._root.script_engine
    task = next(case.case._root.everything(lambda _: True))
    assert engine.evaluate(task, "1 + 1 = 2") is True
    for run in (engine.execute, engine.call_service):
        with pytest.raises(UnusableDiagram):
            run(task, script="1")
    assert ran == []
