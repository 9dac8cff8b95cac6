"""Charts are geometry that stays inside the picture and tells what is not known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import charts


def test_trend_rises_when_values_rise() -> None:
    """A higher value stands higher in the picture and later rounds further to the right."""
    found = charts.trend([2, 5, 8], ["1", "2", "3"])
    assert found is not None
    assert [dot.value for dot in found.dots] == [2, 5, 8]
    assert [dot.x for dot in found.dots] == sorted(dot.x for dot in found.dots)
    assert [dot.y for dot in found.dots] == sorted((dot.y for dot in found.dots), reverse=True)


def test_round_without_answer_breaks_the_line() -> None:
    """A round where the person did not answer leaves a gap, not a guess."""
    found = charts.trend([4, 5, None, 6, 7], list("12345"))
    assert found is not None
    assert len(found.lines) == 2
    assert len(found.dots) == 4


@pytest.mark.parametrize("values", [[], [3], [None, None], [None, 3]])
def test_one_point_is_no_trend(values: list[int | None]) -> None:
    """Fewer than two known values make no chart."""
    assert charts.trend(values, [str(at) for at, _ in enumerate(values)]) is None


def test_many_rounds_are_named_at_the_ends() -> None:
    """Forty rounds do not write forty labels on top of each other."""
    found = charts.trend([5] * 40, [str(at) for at in range(40)])
    assert found is not None
    assert [label.text for label in found.rounds] == ["0", "39"]


def test_a_scale_around_nothing_says_which_side() -> None:
    """From −2 to +2, with 0 in the middle."""
    found = charts.trend([-1, 0, 2], list("123"), 2, bottom=-2, height=charts.LOW)
    assert found is not None
    assert [label.text for label in found.scale] == ["−2", "0", "+2"]
    assert found.dots[1].y == found.scale[1].at
    assert found.height == charts.LOW


@given(st.lists(st.none() | st.integers(-5, 20), min_size=2, max_size=60))
def test_everything_stays_inside_the_picture(values: list[int | None]) -> None:
    """Whatever the values, nothing is drawn outside."""
    found = charts.trend(values, [str(at) for at, _ in enumerate(values)])
    for dot in found.dots if found else []:
        assert charts.LEFT <= dot.x <= charts.WIDTH - charts.RIGHT
        assert charts.TOP <= dot.y <= charts.HEIGHT - charts.BOTTOM


def test_over_time_stands_by_date() -> None:
    """A year and a half a year lie apart as they did, and the ends are named."""
    taken = [(date(2026, 1, 1), 1), (date(2026, 12, 31), 4), (date(2027, 7, 1), 6)]
    found = charts.over_time(taken, (1, 6), ("først", "sist"))
    assert found is not None
    first, middle, last = found.dots
    assert (middle.x - first.x) / (last.x - middle.x) == pytest.approx(2, abs=0.05)
    assert (first.y, last.y) == (charts.HEIGHT - charts.BOTTOM, charts.TOP)
    assert [label.text for label in found.scale] == ["1", "3", "6"]
    assert [(label.text, label.anchor) for label in found.rounds] == [
        ("først", "start"),
        ("sist", "end"),
    ]


def test_once_is_no_time() -> None:
    """One answer makes no line."""
    assert charts.over_time([(date(2026, 1, 1), 1)], (0, 10), ("a", "a")) is None


@given(
    st.lists(st.tuples(st.dates(), st.integers(-5, 20)), min_size=2, max_size=20),
    st.integers(-3, 3),
    st.integers(1, 10),
)
def test_over_time_stays_inside_the_picture(
    taken: list[tuple[date, int]], low: int, span: int
) -> None:
    """Also on one day alone, and with answers beyond the ends."""
    found = charts.over_time(sorted(taken), (low, low + span), ("a", "b"))
    for dot in found.dots if found else []:
        assert charts.LEFT <= dot.x <= charts.WIDTH - charts.RIGHT
        assert charts.TOP <= dot.y <= charts.HEIGHT - charts.BOTTOM
