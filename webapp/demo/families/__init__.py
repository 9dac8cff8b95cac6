"""What the demo's families are and write: members, goals, measures and words, one file per family.

The files hold values and texts, nothing else. In a family's answers a service is told by its key
in the municipality, a member by first name, and a date as a number of days ahead.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from webapp.demo.municipality import MAIN
from webapp.demo.resident import Relative, Story

Given = Mapping[str, Any]
Said = Mapping[str, Sequence[Given]]
"""Form → what is written in it, the first time, the second …; the last is also what follows."""


@dataclass(frozen=True)
class Member:
    """Someone in a family; `part` is one of `workflows.families.PARTS`."""

    name: str
    age: int
    part: str
    home: str
    street: str
    login: bool = True
    relatives: tuple[Relative, ...] = ()
    joins: bool = True
    """Whether they say yes to taking part."""
    shows_to: tuple[str, ...] = ()
    """First names of those whom they let see what concerns them."""
    says: Said = field(default_factory=dict)
    town: str = MAIN
    language: str = "nb"

    @property
    def first_name(self) -> str:
        return self.name.split(maxsplit=1)[0]


@dataclass(frozen=True)
class Goal:
    """A goal of the family's plan, how each evaluation finds it, and what members say of it."""

    row: Given
    scores: tuple[int, ...]
    words: Mapping[str, Sequence[str]]
    """First name → their own words, evaluation by evaluation."""
    writing: int = 1
    """With which writing of the plan it comes."""

    @property
    def text(self) -> str:
        return str(self.row["mal"])


@dataclass(frozen=True)
class Measure:
    """A measure of the plan, or one that a service adds in the period `period` (from 0)."""

    row: Given
    writing: int = 1
    period: int | None = None
    done_in: int | None = None
    """The period in which it is finished."""
    why: str = ""
    """What the coordinator says when it pulls against the agreed order."""

    @property
    def text(self) -> str:
        return str(self.row["hva"])


@dataclass(frozen=True)
class Household:
    """A family: the first member is the one whom the case starts with."""

    members: tuple[Member, ...]
    services: tuple[str, ...]
    """The services that are asked, those who know the family first."""
    goals: tuple[Goal, ...]
    measures: tuple[Measure, ...]
    order: tuple[str, ...]
    """What the meeting puts in order, the first first."""
    weeks: int
    """The plan's interval between meetings."""
    says: Said


@cache
def household(name: str) -> Household:
    """The family of a file beside this one."""
    read = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
    return Household(
        members=tuple(_member(**each) for each in read["members"]),
        services=tuple(read["services"]),
        goals=tuple(_goal(**each) for each in read.get("goals", [])),
        measures=tuple(_measure(**each) for each in read.get("measures", [])),
        order=tuple(read.get("order", [])),
        weeks=read.get("weeks", 12),
        says=_said(read.get("says", {})),
    )


def _member(
    says: Mapping[str, Any] | None = None,
    relatives: Sequence[Mapping[str, Any]] = (),
    shows_to: Sequence[str] = (),
    **own: Any,
) -> Member:
    close = tuple(Relative(**each) for each in relatives)
    return Member(says=_said(says or {}), relatives=close, shows_to=tuple(shows_to), **own)


def _said(forms: Mapping[str, Any]) -> Said:
    return {key: each if isinstance(each, list) else [each] for key, each in forms.items()}


def _goal(
    scores: Sequence[int],
    words: Mapping[str, Sequence[str]] | None = None,
    writing: int = 1,
    **row: Any,
) -> Goal:
    return Goal(row, tuple(scores), words or {}, writing)


def _measure(
    writing: int = 1,
    period: int | None = None,
    done_in: int | None = None,
    why: str = "",
    **row: Any,
) -> Measure:
    return Measure(row, writing, period, done_in, why)


@dataclass(frozen=True)
class Family:
    """A family in a process; `coordinator` is the employee who becomes theirs."""

    key: str
    """The name of the file with what they are and write."""
    process: str
    story: Story
    coordinator: str
    town: str = MAIN

    @property
    def household(self) -> Household:
        return household(self.key)

    @property
    def name(self) -> str:
        """The name of the one whom the case starts with."""
        return self.household.members[0].name

    @property
    def first_name(self) -> str:
        return self.household.members[0].first_name
