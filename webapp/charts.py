"""Small charts as geometry: numbers in, places in an SVG out, for templates to draw with classes.

Each is drawn beside a table with the same numbers. It knows no persons and makes no markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 320, 150
LOW = 110
"""The height of a chart that stands among several."""
LEFT, RIGHT, TOP, BOTTOM = 26, 12, 10, 24
MOST_LABELS = 8


@dataclass(frozen=True)
class Dot:
    """One value and where it stands."""

    x: float
    y: float
    value: int


@dataclass(frozen=True)
class Label:
    """A text at an axis: `at` along x for the bottom axis, along y for the one to the left."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Trend:
    """Values over rounds or dates. A round without a value breaks the line."""

    width: int
    height: int
    left: int
    right: int
    base: int
    lines: Sequence[str]
    """The points of each unbroken line, as SVG writes them."""
    dots: Sequence[Dot]
    scale: Sequence[Label]
    rounds: Sequence[Label]


def trend(
    values: Sequence[int | None],
    names: Sequence[str],
    top: int = 10,
    *,
    bottom: int = 0,
    height: int = HEIGHT,
) -> Trend | None:
    """The line through `values` (`bottom` to `top`), one per round in `names`.

    None when fewer than two are known: one point shows no way.
    """
    if sum(value is not None for value in values) < 2:
        return None
    xs = [_x(at, len(values)) for at in range(len(values))]
    places = [
        None if value is None else Dot(x, _y(value, bottom, top, height), value)
        for x, value in zip(xs, values, strict=True)
    ]
    return _trend(places, (bottom, top), _named(xs, names), height)


def over_time(
    taken: Sequence[tuple[date, int]], ends: tuple[int, int], names: tuple[str, str]
) -> Trend | None:
    """The line through values at dates, the oldest first, on a scale between `ends`.

    `names` are what stands under the first and the last. None when there is only one.
    """
    if len(taken) < 2:
        return None
    first, days = taken[0][0], max((taken[-1][0] - taken[0][0]).days, 1)
    places = [Dot(_x((on - first).days, days + 1), _y(v, *ends, HEIGHT), v) for on, v in taken]
    labels = [
        Label(LEFT, names[0], anchor="start"),
        Label(WIDTH - RIGHT, names[1], anchor="end"),
    ]
    return _trend(places, ends, labels, HEIGHT)


def _trend(
    places: Sequence[Dot | None], ends: tuple[int, int], named: Sequence[Label], height: int
) -> Trend:
    low, top = ends
    return Trend(
        width=WIDTH,
        height=height,
        left=LEFT,
        right=WIDTH - RIGHT,
        base=height - BOTTOM,
        lines=[_points(run) for run in _runs(places) if len(run) > 1],
        dots=[place for place in places if place],
        scale=[
            Label(_y(at, low, top, height), _signed(at, low))
            for at in sorted({low, (low + top) // 2, top})
        ],
        rounds=named,
    )


def _x(at: int, count: int) -> float:
    room = WIDTH - LEFT - RIGHT - 16
    return round(LEFT + 8 + room * at / max(count - 1, 1), 1)


def _y(value: int, low: int, top: int, height: int) -> float:
    held = min(max(value, low), top)
    return round(height - BOTTOM - (height - BOTTOM - TOP) * (held - low) / (top - low), 1)


def _signed(value: int, bottom: int) -> str:
    """A scale that goes below nothing says which side of it a value is on."""
    return signed(value) if bottom < 0 else str(value)


def signed(value: int) -> str:
    """«+1», «0» or «−2», with a proper minus."""
    return f"{value:+d}".replace("-", "−") if value else "0"


def _runs(places: Sequence[Dot | None]) -> list[list[Dot]]:
    runs: list[list[Dot]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return runs


def _points(run: Sequence[Dot]) -> str:
    return " ".join(f"{dot.x:g},{dot.y:g}" for dot in run)


def _named(xs: Sequence[float], names: Sequence[str]) -> list[Label]:
    """A label under each round, or under the first and last when there is no room for all."""
    labels = [Label(x, name) for x, name in zip(xs, names, strict=True)]
    return labels if len(labels) <= MOST_LABELS else [labels[0], labels[-1]]
