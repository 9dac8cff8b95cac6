"""Timers: when they are due, that they fire once, and that they go with their host."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.workflows.engine.diagrams import (
    boundary,
    call,
    end,
    flow,
    line,
    multi,
    node,
    process,
    reaction,
    service,
    start,
    timer,
    user,
    xor,
)
from tests.workflows.engine.running import NOW, Driver
from workflows.engine import Case, UnusableDiagram

Run = Callable[..., Driver]


def watched(*definition: str, interrupting: bool = True, host: str = "") -> bytes:
    """A task `a` with a timer that leads to `purr`, in a loop."""
    parts = host or user("a"), boundary("t", "a", *definition, interrupting=interrupting)
    flows = line("start", "m", "a", "m"), line("t", "purr", "m" if interrupting else "end")
    return process("p", start(), xor("m"), *parts, user("purr"), end(), *flows)


def due(case: Driver) -> list[datetime]:
    return [waiting.due_at for waiting in case.case.timers]


@pytest.mark.parametrize(
    ("definition", "variables", "at"),
    [
        (timer("P14D"), {}, NOW + timedelta(days=14)),
        (timer('"PT90M"'), {}, NOW + timedelta(minutes=90)),
        (timer("'P1M'"), {}, datetime(2026, 4, 2, 9, tzinfo=UTC)),
        (timer("frist"), {"frist": "P3D"}, NOW + timedelta(days=3)),
        (timer("=plan.frist"), {"plan": {"frist": "P3D"}}, NOW + timedelta(days=3)),
        (timer('duration("P2D")'), {}, NOW + timedelta(days=2)),
        (timer("2026-07-01", "timeDate"), {}, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        (timer("2026-07-01T10:00:00Z", "timeDate"), {}, datetime(2026, 7, 1, 10, tzinfo=UTC)),
        (
            timer("neste", "timeDate"),
            {"neste": "2026-12-01T08:00"},
            datetime(2026, 12, 1, 7, 0, tzinfo=UTC),
        ),
        (timer('date("2026-12-01")', "timeDate"), {}, datetime(2026, 11, 30, 23, tzinfo=UTC)),
        (timer("R3/P1W", "timeCycle"), {}, NOW + timedelta(days=7)),
        (timer("R/2026-05-01T00:00:00Z/P1W", "timeCycle"), {}, datetime(2026, 5, 1, tzinfo=UTC)),
    ],
)
def test_time_is_a_literal_or_a_variable(
    run: Run, definition: str, variables: Any, at: datetime
) -> None:
    """ISO 8601 with or without quotes, or an expression over variables; UTC comes out."""
    case = run(watched(definition), variables=variables)
    assert due(case) == [at]


@pytest.mark.parametrize("variables", [{}, {"frist": None}, {"frist": "i morgen"}, {"frist": 3}])
def test_time_that_is_none_is_a_fault(variables: Any) -> None:
    """A variable that holds no time says so by element, when the timer is to be set."""
    with pytest.raises(UnusableDiagram, match=r"t: .*ikke et tidspunkt"):
        Driver(watched(timer("frist")), variables=variables)


@pytest.mark.parametrize(
    "text", ["P14X", "2026-13-01", "R3/", "R/P0D", "R0/P1D", "R2/P1D/P1D", "2026-01-01Tx"]
)
def test_wrong_literal_is_refused_when_read(text: str) -> None:
    """A literal that is not ISO 8601 never becomes a definition."""
    with pytest.raises(UnusableDiagram, match="t: "):
        Driver(watched(timer(text)))


def test_calendar_decides_when_a_duration_ends() -> None:
    """Durations go through the caller's calendar, from the caller's now."""
    asked: list[Any] = []

    def calendar(now: datetime, duration: Any) -> datetime:
        asked.append((now, duration))
        return datetime(2040, 1, 1, tzinfo=UTC)

    definition = Driver(watched(timer("P14D"))).definition
    case = Case.start(definition, {}, operate=lambda *_: {}, calendar=calendar, now=NOW)
    assert [waiting.due_at.year for waiting in case.timers] == [2040]
    assert asked == [(NOW, timedelta(days=14))]


def test_interrupting_timer_takes_the_task(run: Run) -> None:
    """When the time is out the task is withdrawn and the flow goes on from the timer."""
    case = run(watched(timer("P14D")))
    for _ in range(3):
        assert case.wait(days=13) == 0
        assert case.open == ["a"]
        assert case.wait(days=1) == 1
        assert (case.open, due(case)) == (["purr"], [])
        case.do("purr")
    told = [event.kind for event in case.history if event.element == "a"]
    assert told == ["reached", "cancelled"] * 3 + ["reached"]


def test_non_interrupting_timer_fires_once_for_each_activation(run: Run) -> None:
    """A duration reminds once; the task stays, and is reminded of when it opens again."""
    case = run(watched(timer("P7D"), interrupting=False))
    for _ in range(3):
        assert case.wait(days=7) == 1
        assert case.open == ["a", "purr"]
        assert case.wait(days=100) == 0
        case.do("purr")
        case.do("a")


def test_cycle_fires_its_number_of_times(run: Run) -> None:
    """R3/P7D reminds three times, a week apart, and then no more."""
    case = run(watched(timer("R3/P7D", "timeCycle"), interrupting=False))
    assert [case.wait(days=7) for _ in range(5)] == [1, 1, 1, 0, 0]
    assert case.open == ["a", "purr", "purr", "purr"]


def test_late_sweep_reminds_once(run: Run) -> None:
    """An endless cycle found late fires once, and then counts from now."""
    case = run(watched(timer("R/P7D", "timeCycle"), interrupting=False))
    assert case.wait(days=365) == 1
    assert due(case) == [case.now + timedelta(days=7)]


def test_timer_disappears_with_its_task(run: Run) -> None:
    """A completed task has no timer any more; the new round has a new one."""
    case = run(watched(timer("P7D")))
    old = case.case.timers[0].id
    case.do("a")
    assert [waiting.id == old for waiting in case.case.timers] == [False]


def test_timer_may_be_fired_before_it_is_due(run: Run) -> None:
    """`fire` does what the caller says, now."""
    case = run(watched(timer("P7D")))
    case.step(lambda each: each.fire(each.timers[0].id))
    assert case.open == ["purr"]


def test_timers_due_fire_in_order(run: Run) -> None:
    """With both overdue the reminder goes first; then the limit takes the task."""
    limits = (
        boundary("t1", "a", timer("P1D"), interrupting=False),
        boundary("t2", "a", timer("P2D")),
    )
    parts = user("a"), *limits, service("s1", "minn"), service("s2", "frist"), end()
    flows = line("start", "a", "end"), line("t1", "s1", "end"), line("t2", "s2", "end")
    calls: list[str] = []
    late = process("p", start(), *parts, *flows)
    case = run(late, operate=lambda name, *_: calls.append(name) or {})
    assert case.wait(days=30) == 2
    assert (calls, case.case.ended) == (["minn", "frist"], True)


def test_interrupted_task_is_not_reminded(run: Run) -> None:
    """A limit that comes first takes the reminder away unfired."""
    limits = (
        boundary("t1", "a", timer("P3D"), interrupting=False),
        boundary("t2", "a", timer("P2D")),
    )
    flows = line("start", "a", "end"), line("t1", "b", "end"), line("t2", "c", "end")
    case = run(process("p", start(), user("a"), user("b"), user("c"), *limits, end(), *flows))
    assert case.wait(days=30) == 1
    assert case.open == ["c"]


def test_intermediate_timer_waits(run: Run) -> None:
    """The flow goes on when the date has come, also when it was past on arrival."""
    catch = node("intermediateCatchEvent", "t", timer("neste", "timeDate"))
    parts = start(), user("a"), catch, user("b"), end(), line("start", "a", "t", "b", "a")
    case = run(process("p", *parts))
    case.do("a", neste="2026-06-01")
    assert (case.open, case.wait(days=10)) == ([], 0)
    assert case.wait(days=120) == 1
    case.do("b")
    case.do("a", neste="2020-01-01")
    assert case.wait() == 1
    assert case.open == ["b"]


@pytest.mark.parametrize("sequential", [False, True])
def test_timer_on_a_multi_instance_subprocess(run: Run, sequential: bool) -> None:
    """It watches all instances together, and takes those that are left, with their reminders."""
    reminder = boundary("r", "a", timer("P1D"), interrupting=False)
    inner = start("s"), user("a"), reminder, service("o", "minn"), end("e1"), end("e2")
    flows = line("s", "a", "e1"), line("r", "o", "e2")
    inside = *inner, *flows, multi("tjenester", "t", sequential)
    parts = node("subProcess", "sub", *inside), boundary("t", "sub", timer("P9D")), user("b"), end()
    each = process("p", start(), *parts, line("start", "sub", "end"), line("t", "b", "end"))
    calls: list[Any] = []
    case = run(
        each,
        variables={"tjenester": ["x", "y", "z"]},
        operate=lambda name, _, __, where: calls.append(where.item) or {},
    )
    assert len(case.case.timers) == (2 if sequential else 4)
    case.do("a", "x")
    case.wait(days=1)
    assert calls == (["y"] if sequential else ["y", "z"])
    assert case.wait(days=8) >= 1
    assert (case.open, due(case)) == (["b"], [])


def test_timer_on_a_call_activity(run: Run) -> None:
    """The time is out for the whole called process, and nothing of it is left."""
    called = process("under", start(), user("u"), end(), line("start", "u", "end"))
    parts = call("c", "under"), boundary("t", "c", timer("P2D")), user("b"), end()
    flows = line("start", "c", "end"), line("t", "b", "end")
    case = run(process("p", start(), *parts, *flows), called)
    assert case.open == ["u"]
    assert case.wait(days=2) == 1
    assert case.open == ["b"]
    assert [e.element for e in case.history if e.kind == "cancelled"] == ["u", "c"]


def test_timer_starts_an_event_subprocess(run: Run) -> None:
    """A timer start counts from when the process began."""
    inner = service("o", "minn"), end("e"), line("r_start", "o", "e")
    calls: list[str] = []
    case = run(
        process(
            "p",
            start(),
            user("a"),
            end(),
            line("start", "a", "a"),
            reaction("r", timer("P5D"), *inner),
        ),
        operate=lambda name, *_: calls.append(name) or {},
    )
    case.do("a")
    assert case.wait(days=4) == 0
    assert case.wait(days=1) == 1
    assert (calls, case.wait(days=50)) == (["minn"], 0)


def test_overdue_round_is_stopped() -> None:
    """A ring of timers whose time is out already raises instead of hanging."""
    catch = node("intermediateCatchEvent", "t", timer("2020-01-01", "timeDate"))
    ring = process(
        "p", start(), xor("x"), catch, line("start", "x", "t", "x"), flow("x", "t", key="y")
    )
    ring = process("p", start(), catch, xor("x"), line("start", "t", "x", "t"))
    with pytest.raises(UnusableDiagram, match="Går i ring"):
        Driver(ring).wait()
