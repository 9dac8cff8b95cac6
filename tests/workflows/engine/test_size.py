"""A case is as large as what is open in it: round 50 as round 2, and 1,000 rounds run."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

import pytest

from tests.workflows.engine.diagrams import (
    boundary,
    call,
    end,
    flow,
    line,
    message,
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


def plan() -> tuple[bytes, bytes]:
    """A round with everything: split, join, instances, reminders, a limit, a call, reactions."""
    reminder = boundary("paminn", "status", timer("P7D"), interrupting=False)
    inside = (
        start("rs"),
        user("status"),
        reminder,
        service("si_fra", "notify", til="koordinator"),
        end("re"),
        end("pe"),
        line("rs", "status", "re"),
        line("paminn", "si_fra", "pe"),
        multi("tjenester", "tjeneste"),
    )
    withdrawn = reaction(
        "trukket",
        message("trukket"),
        user("avklar"),
        end("te"),
        line("trukket_start", "avklar", "te"),
    )
    plan = process(
        "plan",
        start(),
        xor("m"),
        parallel("del"),
        user("mal"),
        user("kart"),
        parallel("samle"),
        node("subProcess", "runde", *inside),
        boundary("tid", "runde", timer("P90D")),
        xor("etter"),
        call("evaluer", "evaluering"),
        xor("videre", "videre-end"),
        end(),
        line("start", "m", "del", "mal", "samle", "runde", "etter", "evaluer", "videre", "end"),
        line("del", "kart", "samle"),
        line("tid", "etter"),
        flow("videre", "m", 'konklusjon = "fortsett"'),
        withdrawn,
        messages=["trukket"],
    )
    hurry = boundary("purr", "mote", timer("R/P1D", "timeCycle"), interrupting=False)
    said = service("purret", "notify", til="person"), end("pe"), line("purr", "purret", "pe")
    flows = line("start", "person", "mote", "end")
    called = process(
        "evaluering", start(), user("person"), user("mote"), hurry, *said, end(), flows
    )
    return plan, called


def play_round(case: Driver, n: int) -> None:
    """One round: branches in changing order, a reminder, a limit every second round, a reaction."""
    for element in ("mal", "kart")[:: 1 if n % 2 else -1]:
        case.do(element, notat="kort")
    case.do("status", "a", status="i gang")
    assert case.deliver("trukket", tjeneste="b")
    assert case.wait(days=8) == 2
    if n % 2:
        assert case.wait(days=90) == 1
    else:
        case.do("status", "b")
        case.do("status", "c")
    assert case.deliver("trukket", tjeneste="c")
    case.do("avklar")
    case.do("avklar")
    case.do("person", ord="ja")
    assert case.wait(days=2) == 1
    case.do("mote", konklusjon="fortsett")


def played(rounds: int, at: tuple[int, ...]) -> tuple[Driver, dict[int, int], dict[int, int]]:
    """A case after so many rounds; bytes of state and number of tasks when round n was over."""
    case = Driver(*plan(), key="plan", variables={"tjenester": ["a", "b", "c"]}, saving=True)
    sizes, tasks = {}, {}
    for n in range(1, rounds + 1):
        play_round(case, n)
        if n in at:
            sizes[n] = len(case.case.dump())
            tasks[n] = nodes_in(case)
    return case, sizes, tasks


def test_round_fifty_is_no_larger_than_round_two() -> None:
    """With fired timers, reactions, calls and instances in every round."""
    case, sizes, tasks = played(50, (2, 50))
    assert sizes[50] <= 1.05 * sizes[2], sizes
    assert tasks[50] == tasks[2]
    assert case.open == ["kart", "mal"]


def test_state_is_small() -> None:
    """In the middle of a round, too, the state is a few lines."""
    case, sizes, tasks = played(3, (3,))
    assert sizes[3] < 1_000
    case.do("mal")
    case.do("kart")
    assert len(case.case.dump()) < 2_500
    assert tasks[3] <= 6


def nodes_in(case: Driver) -> int:
    """The tasks that are kept, of all scopes, with the root of each."""
    return sum(len(scope.tasks) for scope in case.case._root.scopes())


def calls_in(act: Callable[[], None]) -> int:
    """How many functions are called: the work, whatever the machine has else to do."""
    calls = 0

    def count(_frame: FrameType, kind: str, _what: Any) -> None:
        nonlocal calls
        calls += kind == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls


@pytest.fixture
def shallow() -> Iterator[None]:
    """Little room for functions that call themselves."""
    before, frame, depth = sys.getrecursionlimit(), sys._getframe(), 0
    while frame := frame.f_back:  # type: ignore[assignment]
        depth += 1
    sys.setrecursionlimit(depth + 120)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("shallow")
def test_thousand_rounds() -> None:
    """Nodes, bytes, events and calls are the same in every second round; nothing recurses."""
    case = Driver(*plan(), key="plan", variables={"tjenester": ["a", "b", "c"]})
    kept, work = set(), {}
    for n in range(1, 1_001):
        case.history.clear()
        if n in (4, 1_000):
            work[n] = calls_in(partial(play_round, case, n))
        else:
            play_round(case, n)
        if n > 1:
            kept.add((n % 2, nodes_in(case), len(case.case.dump()), len(case.history)))
    assert len(kept) == 2, kept
    assert max(nodes for _, nodes, *_ in kept) <= 4
    assert work[1_000] <= 1.01 * work[4], work


def test_one_branch_that_loops_while_another_waits() -> None:
    """Nothing is kept of a loop inside one branch, though the split is never joined."""
    case = Driver(
        process(
            "p",
            start(),
            parallel("s"),
            xor("m"),
            user("a"),
            user("b"),
            line("start", "s", "m", "a", "m"),
            line("s", "b"),
        )
    )
    sizes: list[Any] = []
    for n in range(60):
        case.do("a", n=n % 10)
        sizes.append(len(case.case.dump()))
    assert sizes[50] == sizes[2]


@pytest.mark.parametrize("what", ["a", "b", "c"])
def test_no_trace_of_what_is_past(what: str) -> None:
    """An item whose task is done is not in the state, but as a variable."""
    case = Driver(*plan(), key="plan", variables={"tjenester": ["a", "b", "c"]})
    case.do("mal")
    case.do("kart")
    assert case.case.dump().count(f'"item":"{what}"'.encode()) == 1
    case.do("status", what)
    assert f'"item":"{what}"'.encode() not in case.case.dump()
