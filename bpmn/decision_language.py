"""What the checker asks of the language that a decision table's cells are written in.

It knows no language itself: whoever checks brings one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Understood:
    """What is known of a text without any data.

    `names` are the variables it reads, `kinds` the FEEL types of its constants.
    """

    names: frozenset[str]
    kinds: frozenset[str] = frozenset()


class Language(Protocol):
    """How the texts of a table are understood. What cannot be read gives a message instead."""

    def expression(self, text: str) -> Understood | str:
        """An input, or a result."""

    def tests(self, text: str) -> Understood | str:
        """A cell that tests an input."""

    def passing(self, texts: Collection[str]) -> Mapping[str, frozenset[int]]:
        """Cell → which of some sample values it lets through; empty when it is too much work.

        The samples are the same for all the texts, which can all be read.
        """
