"""Multi-instance over a list: all at once or one by one, on tasks, subprocesses and calls."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from tests.workflows.engine.diagrams import (
    call,
    end,
    flow,
    line,
    multi,
    node,
    process,
    start,
    times,
    user,
    xor,
)
from tests.workflows.engine.running import Driver
from workflows.engine import UnusableDiagram

Run = Callable[..., Driver]
UNDER = process("under", start(), user("u"), end(), line("start", "u", "end"))


def each(kind: str, sequential: bool = False, until: str = "") -> bytes:
    """A loop over a multi-instance activity whose task is `u`, and the task `a`."""
    many = multi("tjenester", "t", sequential, until)
    inside = start("s"), user("u"), end("e"), line("s", "u", "e"), many
    activity = {
        "task": user("u", many),
        "subprocess": node("subProcess", "sub", *inside),
        "call": call("sub", "under", many),
    }[kind]
    host = "u" if kind == "task" else "sub"
    return process("p", start(), xor("m"), activity, user("a"), line("start", "m", host, "a", "m"))


KINDS = pytest.mark.parametrize("kind", ["task", "subprocess", "call"])


@KINDS
@pytest.mark.parametrize("order", [*permutations("xyz")])
def test_parallel_instances_in_any_order(run: Run, kind: str, order: tuple[str, ...]) -> None:
    """One task for each item; all must be done before the flow goes on, in every round."""
    case = run(each(kind), UNDER, variables={"tjenester": ["x", "y", "z"]})
    for _ in range(2):
        left = {"x", "y", "z"}
        for item in order:
            assert case.open == [f"u:{one}" for one in sorted(left)]
            assert case.find("u", item).data["t"] == item
            case.do("u", item)
            left.remove(item)
        assert case.open == ["a"]
        case.do("a")


@KINDS
def test_sequential_instances(run: Run, kind: str) -> None:
    """One by one in the list's order; each sees what the one before wrote."""
    case = run(each(kind, sequential=True), UNDER, variables={"tjenester": ["x", "y"], "n": 0})
    for n, item in enumerate(["x", "y"]):
        assert case.open == [f"u:{item}"]
        assert case.find("u").data == {"tjenester": ["x", "y"], "n": n, "t": item}
        case.do("u", n=n + 1)
    assert case.find("a").data == {"tjenester": ["x", "y"], "n": 2}


@KINDS
@pytest.mark.parametrize("sequential", [False, True])
def test_empty_list_passes_straight_through(run: Run, kind: str, sequential: bool) -> None:
    """No items: nothing opens and the flow goes on."""
    case = run(each(kind, sequential), UNDER, variables={"tjenester": []})
    assert case.open == ["a"]


@pytest.mark.parametrize("value", [None, "x", 3, {"a": 1}])
def test_what_is_no_list_is_a_fault(value: Any) -> None:
    """The element is told when its collection is not a list."""
    with pytest.raises(UnusableDiagram, match="u: «tjenester» er ikke en liste"):
        Driver(each("task"), variables={"tjenester": value})


@KINDS
def test_instances_do_not_see_each_other(run: Run, kind: str) -> None:
    """What one instance wrote is seen outside when all are done; the last writer of a name wins."""
    case = run(each(kind), UNDER, variables={"tjenester": ["x", "y", "z"], "svar": "", "urort": 1})
    case.do("u", "y", svar="y", y=1)
    assert case.find("u", "x").data == {
        "tjenester": ["x", "y", "z"],
        "svar": "",
        "urort": 1,
        "t": "x",
    }
    case.do("u", "z", svar="z", z=1)
    case.do("u", "x", x=1)
    data = dict(case.find("a").data)
    assert data.pop("tjenester") == ["x", "y", "z"]
    assert data == {"svar": "z", "urort": 1, "x": 1, "y": 1, "z": 1}


@KINDS
def test_item_does_not_leak(run: Run, kind: str) -> None:
    """The item variable hides an outer one of the same name and is gone afterwards."""
    case = run(each(kind), UNDER, variables={"tjenester": ["x"], "t": "ytre"})
    case.do("u", t="endret")
    assert case.find("a").data["t"] == "ytre"


def test_same_item_twice(run: Run) -> None:
    """Two equal items are two instances."""
    case = run(each("task"), variables={"tjenester": ["x", "x"]})
    assert case.open == ["u:x", "u:x"]
    case.do("u")
    assert case.open == ["u:x"]


def test_list_is_read_when_the_activity_starts(run: Run) -> None:
    """A new list counts from the next round."""
    case = run(each("subprocess"), variables={"tjenester": ["x", "y"]})
    case.do("u", "x", tjenester=["z"])
    assert case.open == ["u:y"]
    case.do("u", "y")
    case.do("a")
    assert case.open == ["u:z"]


def counted(number: str) -> bytes:
    """A number of tasks `u`, and then `a`."""
    return process("p", start(), user("u", times(number)), user("a"), line("start", "u", "a"))


@pytest.mark.parametrize(
    ("number", "wanted"), [("2", 2), ("0", 0), ("n", 3), ("n - 1", 2), ("${n}", 3), ("#{2}", 2)]
)
def test_a_number_of_times(run: Run, number: str, wanted: int) -> None:
    """As many tasks, each told which it is and about nothing."""
    case = run(counted(number), variables={"n": 3})
    tasks = case.case.open_tasks if wanted else ()
    told = [(task.item, task.data["loopCounter"]) for task in tasks]
    assert told == [(None, n) for n in range(1, wanted + 1)]
    for _ in range(wanted):
        case.do("u")
    assert case.open == ["a"]
    assert "loopCounter" not in case.find("a").data


@pytest.mark.parametrize("value", [None, "3", True, 1.5, -1, 1_001, [1]])
def test_what_is_no_number_of_times_is_a_fault(value: Any) -> None:
    """Whole, and not so many that nobody could do them."""
    with pytest.raises(UnusableDiagram, match="u: «n» er ikke et antall fra 0 til 1000"):
        Driver(counted("n"), variables={"n": value})


def test_a_number_of_times_inside_an_instance(run: Run) -> None:
    """The item is still the one around: what is done is about that."""
    inside = start("s"), user("u", times("2", sequential=True)), end("f"), line("s", "u", "f")
    sub = node("subProcess", "sub", *inside, multi("tjenester", "t"))
    case = run(
        process("p", start(), sub, end(), line("start", "sub", "end")),
        variables={"tjenester": ["x", "y"]},
    )
    assert case.open == ["u:x", "u:y"]
    case.do("u", "x")
    assert (case.open, case.find("u", "x").data["loopCounter"]) == (["u:x", "u:y"], 2)


@pytest.mark.parametrize("sequential", [False, True])
def test_completion_condition(run: Run, sequential: bool) -> None:
    """When the condition holds the remaining instances are not waited for."""
    start_with = {"tjenester": ["x", "y", "z"]}
    case = run(each("subprocess", sequential, until="nok = true"), variables=start_with)
    case.do("u", "x")
    assert case.open != ["a"]
    case.do("u", "y", nok=True)
    assert case.open == ["a"]


def test_nested_multi_instance(run: Run) -> None:
    """Inside an instance a list of lists opens; the nearest item is the task's."""
    inner = start("s"), user("u", multi("t.liste", "e")), end("f"), line("s", "u", "f")
    sub = node("subProcess", "sub", *inner, multi("ytre", "t"))
    lists = [{"liste": ["a", "b"]}, {"liste": ["c"]}]
    case = run(
        process("p", start(), sub, end(), line("start", "sub", "end")), variables={"ytre": lists}
    )
    assert case.open == ["u:a", "u:b", "u:c"]
    for item in "bca":
        case.do("u", item)
    assert case.case.ended


def test_condition_inside_an_instance(run: Run) -> None:
    """A gateway inside an instance follows its own answer, not another's."""
    inside = (
        start("s"),
        user("u"),
        xor("x", "x-e"),
        user("mer"),
        end("e"),
        line("s", "u", "x", "e"),
        flow("x", "mer", "mer = true"),
        line("mer", "e"),
        multi("tjenester", "t"),
    )
    sub = node("subProcess", "sub", *inside)
    case = run(
        process("p", start(), sub, end(), line("start", "sub", "end")),
        variables={"tjenester": ["x", "y"]},
    )
    case.do("u", "x", mer=True)
    case.do("u", "y")
    assert case.open == ["mer:x"]


def test_history_tells_the_item(run: Run) -> None:
    """Each instance has its own lines; the activity as a whole has none."""
    case = run(each("task"), variables={"tjenester": ["x", "y"]})
    case.do("u", "y")
    told = [(event.kind, event.item) for event in case.history if event.element == "u"]
    assert told == [("reached", "x"), ("reached", "y"), ("completed", "y")]
