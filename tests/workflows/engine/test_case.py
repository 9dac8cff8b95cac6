"""A case from start to end: what is open, what operations get, what a save keeps."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.workflows.engine.diagrams import (
    end,
    flow,
    line,
    multi,
    node,
    process,
    service,
    start,
    user,
    xor,
)
from tests.workflows.engine.running import NOW, Driver, add, nothing
from workflows.engine import Case, NotOpen, UnusableDiagram

Run = Callable[..., Driver]
TWO = process("p", start(), user("a"), user("b"), end("ferdig"), line("start", "a", "b", "ferdig"))
CHOICE = process(
    "p",
    start(),
    user("a"),
    xor("x", "x-nei"),
    end("ja"),
    end("nei"),
    line("start", "a", "x"),
    flow("x", "ja", 'svar = "ja"'),
    flow("x", "nei"),
)


def served(**parameters: str) -> bytes:
    """A user task, then a service task, then a user task."""
    parts = user("a"), service("s", "plan.open", **parameters), user("b")
    return process("p", start(), *parts, end(), line("start", "a", "s", "b", "end"))


def test_tasks_open_in_turn_until_the_end(run: Run) -> None:
    """Each completed task opens the next; the end event is the outcome."""
    case = run(TWO)
    assert case.open == ["a"]
    case.do("a")
    assert (case.open, case.case.ended, case.case.outcome) == (["b"], False, None)
    case.do("b")
    assert (case.open, case.case.ended, case.case.outcome) == ([], True, "ferdig")


def test_task_can_be_completed_once(run: Run) -> None:
    """A task that is done is not open."""
    case = run(TWO)
    done = case.find("a").id
    case.do("a")
    with pytest.raises(NotOpen):
        case.case.complete(done, {})


def test_unknown_task_is_not_open() -> None:
    """An id nobody has seen is not open, as a task or as a timer."""
    case = Driver(TWO).case
    with pytest.raises(NotOpen):
        case.complete(uuid4(), {})
    with pytest.raises(NotOpen):
        case.fire(uuid4())


@pytest.mark.parametrize(("answer", "outcome"), [("ja", "ja"), ("nei", "nei"), (None, "nei")])
def test_condition_chooses_the_way(run: Run, answer: str | None, outcome: str) -> None:
    """A condition that is true is followed, else the default flow, also when it is null."""
    case = run(CHOICE)
    case.do("a", svar=answer)
    assert case.case.outcome == outcome


def test_gateway_that_lets_nobody_past_is_a_fault() -> None:
    """No condition holds and there is no default: the diagram is to blame, by element."""
    ways = flow("x", "ja", "svar = 1"), flow("x", "nei", "svar = 2")
    broken = process("p", start(), xor("x"), end("ja"), end("nei"), line("start", "x"), *ways)
    with pytest.raises(UnusableDiagram, match="x: Ingen"):
        Driver(broken)


def test_operation_is_called_with_its_parameters(run: Run) -> None:
    """Text is passed as it stands, what starts with = is FEEL; the result becomes variables."""
    calls: list[Any] = []

    def operate(name: str, given: Any, seen: Any, where: Any) -> dict[str, Any]:
        calls.append((name, given, seen, where.process, where.element, where.item))
        return {"plan": "id-1", "frist": date(2026, 5, 1)}

    case = run(served(form="behov", antall="=n + 1"), operate=operate)
    case.do("a", n=2)
    assert calls == [("plan.open", {"form": "behov", "antall": 3}, {"n": 2}, "p", "s", None)]
    assert case.find("b").data == {"n": 2, "plan": "id-1", "frist": "2026-05-01"}


def test_error_of_an_operation_is_not_wrapped() -> None:
    """What the operation raises comes out as it is."""

    def operate(*_: Any) -> dict[str, Any]:
        raise LookupError("nobody there")

    case = Driver(served(), operate=operate)
    with pytest.raises(LookupError, match="nobody there"):
        case.do("a")


def test_variables_are_copies(run: Run) -> None:
    """Changing what was given or shown changes nothing in the case."""
    mine = {"liste": [1]}
    case = run(TWO, variables=mine)
    mine["liste"].append(2)
    shown: Any = case.find("a").data
    shown["liste"].append(3)
    assert case.find("a").data == {"liste": [1]}


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x"])
def test_variable_that_cannot_be_saved_is_refused(value: object) -> None:
    """Only what JSON can say is a variable."""
    with pytest.raises(TypeError, match="not a process variable"):
        Driver(TWO).do("a", x=value)


def test_history_is_handed_out(run: Run) -> None:
    """Every element reached and completed is told once, and the end of the case last."""
    case = run(CHOICE)
    case.do("a", svar="ja")
    told = [(event.kind, event.element) for event in case.history]
    each = [(kind, e) for e in ("start", "a", "x", "ja") for kind in ("reached", "completed")]
    assert told == [*each, ("ended", "ja")]
    assert {event.process for event in case.history} == {"p"}


def test_history_and_open_task_have_the_same_id(run: Run) -> None:
    """The reached and completed lines of a task carry the id it was open under."""
    case = run(TWO)
    task = case.find("a").id
    case.do("a")
    assert [e.kind for e in case.history if e.task_id == task] == ["reached", "completed"]


def test_events_start_empty_after_restoring() -> None:
    """A restored case tells only what happens from then on."""
    case = Driver(TWO)
    case.save()
    assert case.case.events == []


def test_state_of_an_unknown_element_is_refused() -> None:
    """A state that stands in an element the diagram does not have says which."""
    case = Driver(TWO)
    other = process("p", start(), user("c"), end(), line("start", "c", "end"))
    case.definition = Driver(other).definition
    with pytest.raises(UnusableDiagram, match="a: "):
        case.save()


def test_ended_case_can_be_restored(run: Run) -> None:
    """An ended case is still ended, with its outcome and variables, after a save."""
    case = run(CHOICE)
    case.do("a", svar="ja")
    case.save()
    assert (case.case.ended, case.case.outcome, case.open) == (True, "ja", [])


def test_today_is_the_day_the_caller_says() -> None:
    """`today()` in an expression is the date of `now`, in Norwegian time."""
    seen: list[Any] = []
    day = served(dag="=today()")
    case = Driver(day, operate=lambda _, given, *__: seen.append(given) or {})
    case.now = datetime(2031, 12, 31, 23, 30, tzinfo=UTC)
    case.save()
    case.do("a")
    assert seen == [{"dag": "2032-01-01"}]


def test_round_without_waiting_is_stopped() -> None:
    """A diagram that goes in a ring of automatic steps raises instead of hanging."""
    ring = process("p", start(), xor("x"), service("s", "o"), line("start", "x", "s", "x"))
    with pytest.raises(UnusableDiagram, match="Går i ring"):
        Driver(ring)


def test_case_that_nothing_can_move_is_a_fault() -> None:
    """A join that waits for a branch never taken is told at once, not left hanging."""
    dead = process(
        "p",
        start(),
        xor("x", "x-j"),
        node("parallelGateway", "j"),
        user("a"),
        end(),
        line("start", "x", "j", "end"),
        flow("x", "a", "false"),
        line("a", "j"),
    )
    with pytest.raises(UnusableDiagram, match="j: Venter"):
        Driver(dead)


@pytest.mark.parametrize("length", [10, 1_500])
def test_long_automatic_sequence(length: int) -> None:
    """A thousand and more service tasks in a row run to the end; none is skipped."""
    calls: list[str] = []
    keys = [f"s{n}" for n in range(length)]
    parts = [service(key, "o") for key in keys]
    long = process("p", start(), *parts, user("a"), end(), line("start", *keys, "a", "end"))
    case = Driver(long, operate=lambda name, *_: calls.append(name) or {})
    assert (len(calls), case.open, case.case.ended) == (length, ["a"], False)


def test_task_on_many_branches_at_once(run: Run) -> None:
    """An element may be open twice; each is completed by its own id."""
    twice = process(
        "p",
        start(),
        node("parallelGateway", "s"),
        xor("m1"),
        xor("m2"),
        user("a"),
        end(),
        line("start", "s", "m1", "a", "end"),
        line("s", "m2", "a"),
    )
    case = run(twice)
    assert case.open == ["a", "a"]
    case.do("a")
    assert (case.open, case.case.ended) == (["a"], False)
    case.do("a")
    assert case.case.ended


def test_multi_instance_service_task(run: Run) -> None:
    """A service task runs once for each item, and knows which."""
    items: list[Any] = []

    def operate(_: str, __: Any, seen: Any, where: Any) -> dict[str, Any]:
        items.append((seen["t"], where.item))
        return {}

    inner = multi("tjenester", "t")
    task = service("s", "o").replace("</bpmn:serviceTask>", f"{inner}</bpmn:serviceTask>")
    many = process("p", start(), task, user("a"), end(), line("start", "s", "a", "end"))
    case = run(many, variables={"tjenester": ["x", "y"]}, operate=operate)
    assert (items, case.open) == ([("x", "x"), ("y", "y")], ["a"])


def test_state_of_another_version_is_refused() -> None:
    """A state written in another form is not guessed at."""
    case = Driver(TWO)
    state = case.case.dump().replace(b'"v":1', b'"v":2')
    with pytest.raises(ValueError, match="version 2"):
        Case.restore(case.definition, state, operate=nothing, calendar=add, now=NOW)


def test_service_task_over_an_empty_list_calls_nothing() -> None:
    """No items, no calls."""
    calls: list[str] = []
    inner = multi("tjenester", "t")
    task = service("s", "o").replace("</bpmn:serviceTask>", f"{inner}</bpmn:serviceTask>")
    parts = start(), task, user("a"), end(), line("start", "s", "a", "end")
    case = Driver(
        process("p", *parts),
        variables={"tjenester": []},
        operate=lambda name, *_: calls.append(name) or {},
    )
    assert (case.open, calls) == (["a"], [])
