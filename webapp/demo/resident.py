"""Who a resident of the demo is, and which story is theirs. Values only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webapp.demo.municipality import MAIN
from webapp.demo.themes import Theme


@dataclass(frozen=True)
class Story:
    """What happens to a resident until today, and the stages one can see in it."""

    stages: frozenset[str]
    play: Callable[[Any], None]
    """What happens, told to the player of a resident or a family."""


@dataclass(frozen=True)
class Relative:
    """Someone close; `kind` is one of `workflows.relation_kinds`."""

    kind: str
    name: str
    login: bool = False
    acts_for: bool = True


@dataclass(frozen=True)
class Resident:
    """An invented person: `coordinator` is the name of the employee who becomes theirs."""

    name: str
    age: int
    theme: Theme
    story: Story
    coordinator: str
    relatives: tuple[Relative, ...] = ()
    login: bool = True
    plan: str = "individuell_plan"
    town: str = MAIN
    language: str = "nb"
    street: str | None = None

    @property
    def first_name(self) -> str:
        return self.name.split(maxsplit=1)[0]
