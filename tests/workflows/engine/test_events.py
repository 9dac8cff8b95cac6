"""Events inside a case: terminate, error, escalation, signal and link."""

from collections.abc import Callable

import pytest

from tests.workflows.engine.diagrams import (
    boundary,
    call,
    end,
    event,
    flow,
    line,
    multi,
    node,
    parallel,
    process,
    reaction,
    service,
    start,
    timer,
    user,
    xor,
)
from tests.workflows.engine.running import Driver

Run = Callable[..., Driver]
TERMINATE = event("terminate")
DECLARED = (
    '<bpmn:error id="err" name="Feil" errorCode="E1"/><bpmn:error id="annen" errorCode="E2"/>'
    '<bpmn:escalation id="esk" name="Eskalering" escalationCode="K1"/>'
    '<bpmn:signal id="sig" name="stopp"/>'
)


def failing(*catching: str, code: str = "err") -> tuple[bytes, bytes]:
    """A call whose process ends in an error after the task `u`, beside the task `b`."""
    inner = start(), parallel("s"), user("u"), user("v"), end("feil", event("error", code)), end()
    flows = line("start", "s", "u", "feil"), line("s", "v", "end")
    under = process("under", *inner, *flows, declared=DECLARED)
    outer = start(), parallel("s"), call("c", "under"), user("b"), user("h"), end("ferdig")
    around = line("start", "s", "c", "ferdig"), line("s", "b", "ferdig")
    return process("p", *outer, *around, *catching, declared=DECLARED), under


def test_terminate_ends_the_process(run: Run) -> None:
    """A terminate end cancels all other branches, and is the outcome."""
    parts = start(), parallel("s"), user("a"), user("b"), boundary("t", "b", timer("P1D")), end()
    flows = line("start", "s", "a", "stopp"), line("s", "b", "end"), line("t", "end")
    case = run(process("p", *parts, end("stopp", TERMINATE), *flows))
    case.do("a")
    assert (case.open, case.case.timers, case.case.ended, case.case.outcome) == (
        [],
        [],
        True,
        "stopp",
    )


def test_terminate_in_a_subprocess_ends_only_that(run: Run) -> None:
    """A terminate end inside a called process or subprocess lets the outer flow go on."""
    inner = start("s"), parallel("g"), user("u"), user("v"), end("stopp", TERMINATE), end("e")
    inside = *inner, line("s", "g", "u", "stopp"), line("g", "v", "e")
    parts = start(), node("subProcess", "sub", *inside), user("a"), end()
    case = run(process("p", *parts, line("start", "sub", "a", "end")))
    case.do("u")
    assert case.open == ["a"]


def test_error_is_caught_around_the_call(run: Run) -> None:
    """An error end cancels the called process and goes on from the boundary event."""
    catch = boundary("f", "c", event("error", "err")), line("f", "h", "ferdig")
    case = run(*failing(*catch))
    assert case.open == ["b", "u", "v"]
    case.do("u")
    assert case.open == ["b", "h"]


def test_error_prefers_its_own_code(run: Run) -> None:
    """An event for just this error goes before one for any error; another code does not catch."""
    any_error = boundary("alle", "c", event("error")), line("alle", "ferdig")
    other = boundary("g", "c", event("error", "annen")), line("g", "ferdig")
    own = boundary("f", "c", event("error", "err")), line("f", "h", "ferdig")
    case = run(*failing(*any_error, *other, *own))
    case.do("u")
    assert case.open == ["b", "h"]


def test_error_nobody_catches_ends_the_case(run: Run) -> None:
    """The process is over, and the error end is the outcome."""
    other = boundary("g", "c", event("error", "annen")), line("g", "h", "ferdig")
    case = run(*failing(*other))
    case.do("u")
    assert (case.open, case.case.ended, case.case.outcome) == ([], True, "feil")


def test_error_starts_an_event_subprocess(run: Run) -> None:
    """An error start in the process around takes over all of it."""
    inner = user("r"), end("re"), line("e_start", "r", "re")
    handler = reaction("e", event("error", "err"), *inner, interrupting=True)
    case = run(*failing(handler))
    case.do("u")
    assert case.open == ["r"]
    case.do("r")
    assert (case.case.ended, case.case.outcome) == (True, "re")


def test_error_in_one_instance_takes_all(run: Run) -> None:
    """A boundary event watches the multi-instance as a whole."""
    inner = start("s"), user("u"), xor("x", "x-e"), end("feil", event("error", "err")), end("e")
    inside = *inner, line("s", "u", "x", "e"), flow("x", "feil", "galt = true")
    sub = node("subProcess", "sub", *inside, multi("tjenester", "t"))
    parts = start(), sub, boundary("f", "sub", event("error", "err")), user("h"), end()
    flows = line("start", "sub", "end"), line("f", "h", "end")
    items = {"tjenester": ["x", "y", "z"]}
    case = run(process("p", *parts, *flows, declared=DECLARED), variables=items)
    case.do("u", "x", gjort=1)
    case.do("u", "y", galt=True)
    assert case.open == ["h"]
    assert case.find("h").data == {**items, "gjort": 1}


@pytest.mark.parametrize("interrupting", [True, False])
def test_escalation_is_caught_around(run: Run, interrupting: bool) -> None:
    """Non-interrupting lets the subprocess go on beside the escalation; interrupting does not."""
    throw = node("intermediateThrowEvent", "k", event("escalation", "esk"))
    inner = start("s"), user("u"), throw, user("v"), end("e"), line("s", "u", "k", "v", "e")
    catch = boundary("b", "sub", event("escalation", "esk"), interrupting=interrupting)
    parts = start(), node("subProcess", "sub", *inner), catch, user("h"), end("e1"), end("e2")
    flows = line("start", "sub", "e1"), line("b", "h", "e2")
    case = run(process("p", *parts, *flows, declared=DECLARED))
    case.do("u")
    assert case.open == (["h"] if interrupting else ["h", "v"])


def test_escalation_nobody_catches(run: Run) -> None:
    """It is no error: the flow goes on."""
    throw = node("intermediateThrowEvent", "k", event("escalation", "esk"))
    parts = start(), throw, user("a"), end(), line("start", "k", "a", "end")
    assert run(process("p", *parts, declared=DECLARED)).open == ["a"]


def test_signal_reaches_all_who_wait(run: Run) -> None:
    """A signal thrown in one branch is caught in others, in calls and event subprocesses."""
    catch = node("intermediateCatchEvent", "c", event("signal", "sig"))
    inner = start(), catch, user("u"), end(), line("start", "c", "u", "end")
    under = process("under", *inner, declared=DECLARED)
    throw = node("intermediateThrowEvent", "k", event("signal", "sig"))
    parts = start(), parallel("s"), call("ca", "under"), user("a"), throw, user("b"), end()
    flows = line("start", "s", "ca", "end"), line("s", "a", "k", "b", "end")
    seen = reaction("r", event("signal", "sig"), user("v"), end("re"), line("r_start", "v", "re"))
    case = run(process("p", *parts, *flows, seen, declared=DECLARED), under)
    case.do("a")
    assert case.open == ["b", "u", "v"]


def test_link_goes_on_at_its_target(run: Run) -> None:
    """A link is an arrow in two pieces, in a loop too."""
    link = '<bpmn:linkEventDefinition name="L"/>'
    throw, catch = (
        node("intermediateThrowEvent", "til", link),
        node("intermediateCatchEvent", "fra", link),
    )
    parts = start(), xor("m"), user("a"), throw, catch, user("b")
    case = run(process("p", *parts, line("start", "m", "a", "til"), line("fra", "b", "m")))
    for _ in range(2):
        case.do("a")
        case.do("b")
    assert case.open == ["a"]


def test_event_subprocess_of_a_subprocess(run: Run) -> None:
    """It listens only while its subprocess runs, and an interrupting one ends only that."""
    inner = start("s"), user("u"), end("e"), line("s", "u", "e")
    late = reaction(
        "r", timer("P1D"), user("v"), end("re"), line("r_start", "v", "re"), interrupting=True
    )
    parts = start(), xor("m"), node("subProcess", "sub", *inner, late), user("a")
    case = run(process("p", *parts, line("start", "m", "sub", "a", "m")))
    for _ in range(2):
        assert case.wait(days=1) == 1
        assert case.open == ["v"]
        case.do("v")
        assert (case.open, case.case.outcome) == (["a"], None)
        assert case.wait(days=5) == 0
        case.do("a")


def test_interrupted_multi_instance_keeps_what_was_done(run: Run) -> None:
    """Instances that were done when the time ran out have written; the others have not."""
    inner = start("s"), user("u"), user("v"), end("e"), line("s", "u", "v", "e")
    sub = node("subProcess", "sub", *inner, multi("tjenester", "t"))
    parts = start(), sub, boundary("b", "sub", timer("P1D")), user("a"), end()
    flows = line("start", "sub", "a", "end"), line("b", "a")
    case = run(process("p", *parts, *flows), variables={"tjenester": ["x", "y"]})
    case.do("u", "x", x=1)
    case.do("v", "x")
    case.do("u", "y", y=1)
    case.wait(days=1)
    assert case.find("a").data == {"tjenester": ["x", "y"], "x": 1}


def test_signal_may_interrupt_the_one_who_throws(run: Run) -> None:
    """The flow that threw it does not go on when an event subprocess takes over the process."""
    throw = node("intermediateThrowEvent", "k", event("signal", "sig"))
    inner = user("r"), end("re"), line("e_start", "r", "re")
    over = reaction("e", event("signal", "sig"), *inner, interrupting=True)
    parts = start(), user("a"), throw, user("b"), end(), line("start", "a", "k", "b", "end")
    case = run(process("p", *parts, over, declared=DECLARED))
    case.do("a")
    assert case.open == ["r"]


def test_what_was_about_to_run_is_cancelled_too(run: Run) -> None:
    """An operation on another branch is not called after the process was terminated."""
    calls: list[str] = []
    parts = start(), parallel("s"), end("stopp", TERMINATE), service("o", "si_fra"), end()
    flows = line("start", "s", "stopp"), line("s", "o", "end")
    case = run(process("p", *parts, *flows), operate=lambda name, *_: calls.append(name) or {})
    assert (case.case.ended, calls) == (True, [])


def test_event_at_the_call_is_nearer_than_that_around_it(run: Run) -> None:
    """An error or escalation goes first to what sits on the activity, then to the scope around."""
    catch = boundary("f", "c", event("error")), line("f", "h", "ferdig")
    inner = user("r"), end("re"), line("e_start", "r", "re")
    around = reaction("e", event("error", "err"), *inner, interrupting=True)
    case = run(*failing(*catch, around))
    case.do("u")
    assert case.open == ["b", "h"]
