"""The one place that says what time it is, so that the demo and the tests can travel.

It will not read the database: whoever keeps a journey in time over restarts calls `travel` again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
_offset = timedelta(0)


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC) + _offset


def today() -> date:
    """Today's date where the users are."""
    return now().astimezone(OSLO).date()


def age(born_on: date) -> int:
    """How old someone is today, in whole years."""
    day = today()
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def offset() -> timedelta:
    """How far from the wall clock we have travelled."""
    return _offset


def travel(by: timedelta) -> None:
    """Set how far from the wall clock `now` is, for every thread of this process."""
    global _offset
    _offset = by


def offset_in(days: int) -> timedelta:
    """The offset from which it is the same time of day in Oslo `days` days later.

    A day is not always 24 hours: a late evening in winter plus 24 hours for each day until summer
    is already the day after.
    """
    local = now().astimezone(OSLO)
    return _offset + ((local + timedelta(days=days)).astimezone(UTC) - local.astimezone(UTC))


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let `now` start at `moment` inside the block and come back afterwards."""
    before = _offset
    travel(moment - datetime.now(UTC))
    try:
        yield
    finally:
        travel(before)
