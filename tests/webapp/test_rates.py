"""The limiter's counters."""

import pytest

from webapp import rates
from webapp.rates import Counters


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(rates, "time", made)
    return made


def test_it_counts_until_the_time_is_over(hands: Hands) -> None:
    """From the first of them, and then from one again."""
    made = Counters()
    assert [made.incr("a", 10), made.incr("a", 10), made.incr("b", 10)] == [1, 2, 1]
    hands.now += 10
    assert made.incr("a", 10) == 1


def test_what_nobody_asks_for_is_thrown_away(hands: Hands) -> None:
    """Or each address that ever knocked would be kept for good."""
    made = Counters()
    for number in range(50):
        made.incr(str(number), 10)
    hands.now += rates.SWEPT_EVERY * 2
    made.incr("new", 10)
    assert (set(made.storage), set(made.expirations)) == ({"new"}, {"new"})


def test_counting_starts_no_thread(hands: Hands) -> None:
    """The library's own starts one for nearly every request."""
    made = Counters()
    made.timer.join()
    made.incr("a", 10)
    assert not made.timer.is_alive()
