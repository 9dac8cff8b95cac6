"""Due dates and timers in Norwegian working days."""

from datetime import UTC, date, datetime, timedelta

import isodate
import pytest

from workflows import calendar


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 21), date(2026, 11, 23)),
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2027, 3, 25), date(2027, 3, 30)),
        (date(2027, 5, 17), date(2027, 5, 18)),
    ],
)
def test_a_deadline_never_ends_on_a_weekend_or_public_holiday(day: date, expected: date) -> None:
    """Weekends, Christmas, Easter and 17 May move the last day to the next working day."""
    assert calendar.next_working_day(day) == expected


def test_days_are_counted_in_local_time() -> None:
    """Half past eleven at night in Oslo is still the same day there, though not in UTC."""
    late = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    assert calendar.due_on(late, "P14D") == date(2026, 6, 16)


def test_a_month_is_a_calendar_month() -> None:
    """One month from 31 January ends in February."""
    start = datetime(2028, 1, 31, 10, tzinfo=UTC)
    assert calendar.due_on(start, "P1M") == date(2028, 2, 29)


def test_the_last_day_starts_when_the_offices_open() -> None:
    """Whole days end at 08:00 local time, in summer and winter time alike."""
    summer = calendar.due_at(datetime(2026, 6, 1, 12, tzinfo=UTC), timedelta(days=7))
    winter = calendar.due_at(datetime(2026, 11, 2, 12, tzinfo=UTC), timedelta(days=7))
    assert (summer, winter) == (
        datetime(2026, 6, 8, 6, tzinfo=UTC),
        datetime(2026, 11, 9, 7, tzinfo=UTC),
    )


def test_hours_are_counted_to_the_second() -> None:
    """A duration below a day does not move to office hours."""
    start = datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert calendar.due_at(start, isodate.parse_duration("PT2H")) == start + timedelta(hours=2)
