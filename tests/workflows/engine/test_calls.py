"""Call activities and embedded subprocesses: variables in and back, nested, in loops."""

from collections.abc import Callable

import pytest

from tests.workflows.engine.diagrams import (
    call,
    end,
    line,
    node,
    parallel,
    process,
    start,
    user,
    xor,
)
from tests.workflows.engine.running import Driver
from workflows.engine import UnusableDiagram

Run = Callable[..., Driver]
UNDER = process("under", start(), user("u"), end("u_end"), line("start", "u", "u_end"))


def calling(*called: str) -> bytes:
    """The process `p`, which calls each in turn in a loop with the task `a`."""
    calls = [call(f"c_{key}", key) for key in called]
    names = [f"c_{key}" for key in called]
    return process("p", start(), xor("m"), *calls, user("a"), line("start", "m", *names, "a", "m"))


def test_variables_go_in_and_come_back(run: Run) -> None:
    """The called process sees the caller's variables, and the caller gets all it wrote."""
    case = run(calling("under"), UNDER, variables={"x": 1, "y": 1})
    assert case.find("u").data == {"x": 1, "y": 1}
    case.do("u", y=2, z=3)
    assert case.find("a").data == {"x": 1, "y": 2, "z": 3}


def test_task_tells_the_process_it_stands_in(run: Run) -> None:
    """Element ids are unique in a file only, so a task names its process."""
    case = run(calling("under"), UNDER)
    assert case.find("u").process == "under"
    case.do("u")
    assert case.find("a").process == "p"


def test_end_of_a_called_process_is_no_outcome(run: Run) -> None:
    """Only the top process's own end counts."""
    top = process("p", start(), call("c", "under"), end("ferdig"), line("start", "c", "ferdig"))
    case = run(top, UNDER)
    case.do("u")
    assert case.case.outcome == "ferdig"


def test_call_in_a_loop(run: Run) -> None:
    """Each round is a new run of the called process."""
    case = run(calling("under"), UNDER)
    for n in range(5):
        assert case.find("u").data == ({"n": n - 1} if n else {})
        case.do("u", n=n)
        case.do("a")


def test_nested_calls(run: Run) -> None:
    """A called process calls another; what the innermost wrote comes all the way back."""
    middle = process("mellom", start(), call("cc", "under"), end(), line("start", "cc", "end"))
    case = run(calling("mellom"), middle, UNDER, variables={"dypt": 0})
    case.do("u", dypt=1)
    assert case.find("a").data == {"dypt": 1}


def test_call_gives_back_only_what_it_wrote(run: Run) -> None:
    """A variable the other branch changed in the meantime is not overwritten by an old copy."""
    parts = parallel("s"), call("c", "under"), user("b"), parallel("j"), user("z"), end()
    flows = line("start", "s", "c", "j", "z", "end"), line("s", "b", "j")
    case = run(process("p", start(), *parts, *flows), UNDER, variables={"x": 1})
    case.do("b", x=2)
    case.do("u", y=3)
    assert case.find("z").data == {"x": 2, "y": 3}


def test_called_variables_are_its_own_until_it_ends(run: Run) -> None:
    """What a called process has written is not seen by the caller before it is back."""
    long = process("lang", start(), user("u"), user("v"), end(), line("start", "u", "v", "end"))
    parts = parallel("s"), call("c", "lang"), user("b"), end()
    flows = line("start", "s", "c", "end"), line("s", "b", "end")
    case = run(process("p", start(), *parts, *flows), long)
    case.do("u", x=1)
    assert (case.find("v").data, case.find("b").data) == ({"x": 1}, {})


def test_same_element_ids_in_two_files(run: Run) -> None:
    """Subprocesses of the same id in caller and called are kept apart."""

    def nested(key: str, *more: str) -> bytes:
        inner = start("s"), user(f"u_{key}"), end("e"), line("s", f"u_{key}", "e")
        flows = line("start", "sub", *(["c"] if more else []), "end")
        return process(key, start(), node("subProcess", "sub", *inner), *more, end(), flows)

    case = run(nested("p", call("c", "q")), nested("q"))
    assert case.open == ["u_p"]
    case.do("u_p")
    assert case.open == ["u_q"]


def test_process_that_calls_itself(run: Run) -> None:
    """A process may call itself; each level has its own variables until it is back."""
    parts = start(), user("a"), xor("x", "x-end"), call("c", "p"), end()
    more = node(
        "sequenceFlow",
        "f",
        "<bpmn:conditionExpression>dypere = true</bpmn:conditionExpression>",
        sourceRef="x",
        targetRef="c",
    )
    case = run(process("p", *parts, line("start", "a", "x", "end"), line("c", "end"), more))
    for _ in range(3):
        case.do("a", dypere=True)
    case.do("a", dypere=False)
    assert case.case.ended


def test_embedded_subprocess_shares_variables(run: Run) -> None:
    """An embedded subprocess has no variables of its own."""
    inner = start("s"), user("u"), user("v"), end("e"), line("s", "u", "v", "e")
    parts = parallel("g"), node("subProcess", "sub", *inner), user("b"), end()
    flows = line("start", "g", "sub", "end"), line("g", "b", "end")
    case = run(process("p", start(), *parts, *flows))
    case.do("u", x=1)
    assert (case.find("v").data, case.find("b").data) == ({"x": 1}, {"x": 1})


def test_called_process_must_be_there() -> None:
    """A call to a process that is not among the sources is refused by element."""
    with pytest.raises(UnusableDiagram, match="c_borte: Prosessen «borte» finnes ikke"):
        Driver(calling("borte"))


def test_endless_calls_are_stopped() -> None:
    """A process that always calls itself is a fault of the diagram, not a crash."""
    endless = process("p", start(), call("c", "p"), end(), line("start", "c", "end"))
    with pytest.raises(UnusableDiagram, match=r"c: .*uten ende"):
        Driver(endless)


def test_subprocesses_of_two_processes_may_have_one_id(run: Run) -> None:
    """Each is looked for in its own process."""
    one = node("subProcess", "runde", start("s"), user("a"), end("e"), line("s", "a", "e"))
    two = node("subProcess", "runde", start("s"), user("b"), end("e"), line("s", "b", "e"))
    parts = start(), one, call("c", "q"), end(), line("start", "runde", "c", "end")
    case = run(
        process("p", *parts), process("q", start(), two, end(), line("start", "runde", "end"))
    )
    case.do("a")
    assert case.open == ["b"]
    case.do("b")
    assert case.case.ended
