"""Norwegian working days: due dates and timers never end on a weekend or a public holiday.

It will not compute statutory deadlines: those are in the diagrams, this moves their last day.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays
import isodate
from isodate import Duration

from workflows.clock import OSLO

OFFICE_OPENS = time(8)


@lru_cache(maxsize=64)
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NO", years=year))


def is_working_day(day: date) -> bool:
    """True for Monday to Friday outside the public holidays of Norway."""
    return day.weekday() < 5 and day not in _public_holidays(day.year)


def next_working_day(day: date) -> date:
    """`day` itself when people work then, else the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def due_on(start: datetime, duration: str) -> date:
    """The last day of an ISO 8601 `duration` counted from `start`, in Norwegian local time."""
    return due_at(start, isodate.parse_duration(duration)).astimezone(OSLO).date()


def due_at(start: datetime, duration: timedelta | Duration) -> datetime:
    """The instant (UTC) when `duration` from `start` has passed.

    A duration of whole days counts in local calendar days and ends at 08:00 on a working day;
    a shorter one is counted to the second.
    """
    local = start.astimezone(OSLO)
    end = local + duration
    if isinstance(duration, timedelta) and duration < timedelta(days=1):
        return (start + duration).astimezone(UTC)
    return opening(next_working_day(end.date()))


def opening(day: date) -> datetime:
    """The instant (UTC) when the offices open on `day`."""
    return datetime.combine(day, OFFICE_OPENS, OSLO).astimezone(UTC)
