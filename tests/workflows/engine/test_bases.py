"""Times reckoned from the person and the plan follow when that is changed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.workflows.engine.diagrams import boundary, end, line, multi, process, start, timer, user
from tests.workflows.engine.running import NOW, Driver
from tests.workflows.engine.test_moving import move

Run = Callable[..., Driver]
OF_AGE_SOON = 'person.fodselsdato + duration("P17Y6M")'
BEFORE_THE_END = 'plan.slutt - duration("P30D")'


def watched(expression: str, tag: str = "timeDate", host: str = "") -> bytes:
    """A task `a` beside which something is reminded of."""
    reminder = boundary("t", "a", *timer(expression, tag), interrupting=False)
    flows = line("start", "a", "end"), line("t", "purr", "end")
    return process("p", start(), host or user("a"), reminder, user("purr"), end(), *flows)


class Told:
    """What the surroundings tell, to be changed."""

    def __init__(self, born: Any = None, until: Any = None) -> None:
        self.born, self.until = born, until

    def __call__(self, _item: str | None) -> dict[str, Any]:
        return {"person": {"fodselsdato": self.born}, "plan": {"slutt": self.until}}


def due(case: Driver) -> list[datetime]:
    return [waiting.due_at for waiting in case.case.timers]


def follow(case: Driver) -> None:
    case.step(lambda each: each.follow_bases())


@pytest.mark.parametrize(
    ("expression", "told", "at"),
    [
        (OF_AGE_SOON, Told(date(2009, 3, 15)), datetime(2026, 9, 14, 22, tzinfo=UTC)),
        (OF_AGE_SOON, Told(date(2008, 8, 31)), datetime(2026, 2, 27, 23, tzinfo=UTC)),
        (BEFORE_THE_END, Told(until=date(2026, 11, 10)), datetime(2026, 10, 10, 22, tzinfo=UTC)),
        (BEFORE_THE_END, Told(until=date(2026, 4, 28)), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (BEFORE_THE_END, Told(until=date(2026, 4, 29)), datetime(2026, 3, 29, 23, tzinfo=UTC)),
    ],
)
def test_the_day_begins_where_the_person_is(
    run: Run, expression: str, told: Told, at: datetime
) -> None:
    """17½ years and 30 days before the end, at midnight in Oslo, on both sides of summer time."""
    if at == datetime(2026, 3, 29, 23, tzinfo=UTC):
        at -= timedelta(hours=1)  # summer time began in the night before
    assert due(run(watched(expression), bases=told)) == [at]


def test_a_time_follows_its_base_both_ways(run: Run) -> None:
    """A corrected date moves the same timer, later and earlier, and there is still one."""
    told = Told(date(2009, 3, 15))
    case = run(watched(OF_AGE_SOON), bases=told)
    [before] = case.case.timers
    for born, month in ((date(2009, 5, 15), 11), (date(2009, 1, 15), 7)):
        told.born = born
        follow(case)
        [after] = case.case.timers
        assert (after.id, after.due_at.astimezone(UTC).month) == (before.id, month)


def test_a_time_that_has_come_to_lie_behind_fires_at_once(run: Run) -> None:
    """The next look finds it due, and it fires once."""
    told = Told(date(2009, 3, 15))
    case = run(watched(OF_AGE_SOON), bases=told)
    told.born = date(2005, 1, 1)
    follow(case)
    assert case.wait(days=0) == 1
    assert case.wait(days=400) == 0
    assert case.open == ["a", "purr"]


def test_a_base_that_is_not_known_is_waited_for(run: Run) -> None:
    """A child who is not born has no day of coming of age; when it is born it gets one."""
    told = Told()
    case = run(watched(OF_AGE_SOON), bases=told)
    assert (due(case), case.wait(days=9000)) == ([], 0)
    told.born = date(2026, 3, 1)
    follow(case)
    assert [at.year for at in due(case)] == [2043]
    told.born = None
    follow(case)
    assert due(case) == []


def test_waiting_for_nothing_else_is_waiting_too(run: Run) -> None:
    """A case with nothing but a time that is not known is no case that stands still."""
    catch = '<bpmn:intermediateCatchEvent id="t">' + "".join(timer(OF_AGE_SOON, "timeDate"))
    parts = start(), catch + "</bpmn:intermediateCatchEvent>", user("a"), end()
    told = Told()
    case = run(process("p", *parts, *line("start", "t", "a", "end")), bases=told)
    assert case.open == []
    told.born = date(2005, 1, 1)
    follow(case)
    assert case.wait(days=0) == 1
    assert case.open == ["a"]


def test_a_duration_is_counted_from_when_it_began(run: Run) -> None:
    """Half the time to the plan's end is from the day it was set, not from today."""
    told = Told(until=date(2026, 3, 22))
    case = run(watched("plan.slutt - today()", "timeDuration"), bases=told)
    assert due(case) == [NOW + timedelta(days=20)]
    case.wait(days=5)
    told.until = date(2026, 3, 27)
    follow(case)
    assert due(case) == [NOW + timedelta(days=25)]


def test_a_cycle_that_has_begun_keeps_its_own_time(run: Run) -> None:
    """Three times a week apart from a day: until the first the day may move, then no more."""
    told = Told(until="2026-04-01")
    case = run(watched('"R3/" + plan.slutt + "/P7D"', "timeCycle"), bases=told)
    told.until = "2026-04-02"
    follow(case)
    assert due(case) == [datetime(2026, 4, 1, 22, tzinfo=UTC)]
    assert case.wait(days=31) == 1
    [second] = due(case)
    told.until = "2026-06-01"
    follow(case)
    assert due(case) == [second]
    assert [case.wait(days=7) for _ in range(3)] == [1, 1, 0]


def test_each_of_several_has_their_own(run: Run) -> None:
    """In a step for each of a family's members the person is that member."""
    born = {"mor": date(1985, 1, 1), "barn": date(2010, 1, 1)}

    def bases(item: str | None) -> dict[str, Any]:
        return {"person": {"fodselsdato": born.get(item or "")}}

    inside = start("s"), user("b"), end("e"), *line("s", "b", "e")
    watch = boundary("t", "b", *timer(OF_AGE_SOON, "timeDate"), interrupting=False)
    more = watch, user("purr"), *line("t", "purr", "e")
    host = '<bpmn:subProcess id="a">' + multi("alle", "medlem") + "".join([*inside, *more])
    parts = start(), host + "</bpmn:subProcess>", end(), *line("start", "a", "end")
    case = run(process("p", *parts), variables={"alle": ["mor", "barn"]}, bases=bases)
    assert [at.year for at in due(case)] == [2002, 2027]


def test_other_times_stay(run: Run) -> None:
    """What is reckoned from process variables is set once, as ever."""
    case = run(watched("frist"), variables={"frist": "2026-05-01"})
    [before] = due(case)
    case.step(lambda each: each.deliver("none", {"frist": "2026-06-01"}))
    follow(case)
    assert due(case) == [before]


def test_the_base_is_no_process_variable(run: Run) -> None:
    """When somebody was born is seen by the timer and kept nowhere."""
    case = run(watched(OF_AGE_SOON), bases=Told(date(2009, 3, 15)))
    assert "fodselsdato" not in case.case.dump().decode()
    assert case.find("a").data == {}


@pytest.mark.parametrize("before", ["P10D", "plan.slutt"])
def test_a_case_moved_to_a_version_that_reckons_from_a_base(run: Run, before: str) -> None:
    """The same timer gets the new version's time when the case next is in its surroundings."""
    case = run(watched(before, "timeDuration"), bases=Told(date(2009, 3, 15), date(2027, 1, 1)))
    kept = case.case.timers[0].id
    assert move(case, watched(OF_AGE_SOON)) == [("retimed", "t")]
    follow(case)
    [timer_then] = case.case.timers
    assert (timer_then.id, timer_then.due_at) == (kept, datetime(2026, 9, 14, 22, tzinfo=UTC))


def test_a_case_moved_with_a_base_keeps_its_time(run: Run) -> None:
    """And follows it on the new version."""
    told = Told(date(2009, 3, 15))
    case = run(watched(OF_AGE_SOON), bases=told)
    before = due(case)
    assert move(case, watched(OF_AGE_SOON)) == []
    assert due(case) == before
    told.born = date(2009, 5, 15)
    follow(case)
    assert due(case) != before
