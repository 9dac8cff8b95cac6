"""What the demo's plans are about: needs, goals, measures and words, one file per theme.

In what services write, `{navn}` is the person's first name. The files hold texts, nothing else.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Measure:
    """What one service does; `by` is its key in the municipality, or `skole` for the own school."""

    by: str
    what: str
    extent: str
    how: str


@dataclass(frozen=True)
class Goal:
    """What the person wants to reach, in which area of the plan, and what helps."""

    text: str
    area: str
    low: tuple[str, ...]
    middle: tuple[str, ...]
    high: tuple[str, ...]
    """The person's own words when it is far away, half way, near."""
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Arena:
    """A place in everyday life: what goes well there, and what is hard."""

    arena: str
    good: str
    hard: str


@dataclass(frozen=True)
class Theme:
    """Everything that is said and written around one kind of need."""

    need: str
    heard: str
    matters: str
    strengths: str
    help: str
    goals: tuple[Goal, ...]
    arenas: tuple[Arena, ...]
    today: str
    """The help that is there before the plan."""
    partners: str
    picture: str
    works: str
    fails: str
    wants: str
    other_view: str
    """What the person sees differently from the plan."""


@cache
def theme(name: str) -> Theme:
    """The theme of a file beside this one."""
    read = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
    goals = tuple(_goal(**each) for each in read.pop("goals"))
    arenas = tuple(Arena(**each) for each in read.pop("arenas"))
    return Theme(goals=goals, arenas=arenas, **read)


def _goal(
    low: list[str],
    middle: list[str],
    high: list[str],
    measures: list[dict[str, str]],
    **texts: str,
) -> Goal:
    steps = tuple(Measure(**each) for each in measures)
    return Goal(low=tuple(low), middle=tuple(middle), high=tuple(high), measures=steps, **texts)
