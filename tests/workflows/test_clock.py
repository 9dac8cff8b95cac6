"""A clock that travels."""

from datetime import UTC, date, datetime, timedelta

import pytest

from workflows import clock


@pytest.mark.parametrize(
    ("moment", "days", "day"),
    [
        (datetime(2026, 11, 22, 22, 30, tzinfo=UTC), 150, date(2027, 4, 21)),
        (datetime(2027, 6, 1, 22, 30, tzinfo=UTC), 183, date(2027, 12, 2)),
        (datetime(2027, 3, 27, 1, 30, tzinfo=UTC), 1, date(2027, 3, 28)),
    ],
)
def test_days_are_days_of_the_calendar(moment: datetime, days: int, day: date) -> None:
    """Half past eleven at night stays so, from winter time into summer time and back."""
    with clock.at(moment):
        clock.travel(clock.offset_in(days))
        assert clock.today() == day


def test_offset_is_left_alone() -> None:
    """Asking where it would be moves nothing."""
    assert clock.offset_in(7) > clock.offset() == timedelta(0)
