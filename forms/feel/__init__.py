"""The subset of FEEL, the DMN standard's language, for conditions, parameters and due dates.

Nothing here runs code, reads attributes of objects or takes unbounded time. It does not do
contexts, filters, `for`, user functions or powers: what cannot be expressed cannot grow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any

from forms.dates import oslo_today
from forms.feel.reading import RESERVED, read, read_tests
from forms.feel.running import Run
from forms.feel.tree import INPUT, FeelError, Node, reads
from forms.feel.values import give

__all__ = ["RESERVED", "Expression", "FeelError", "Run", "parse", "parse_tests", "tested"]

BUDGET = 10_000  # steps in one evaluation


@dataclass(frozen=True)
class Expression:
    """An expression that was understood."""

    source: str
    tree: Node

    @cached_property
    def paths(self) -> frozenset[str]:
        """What it reads, as written: `plan.mal` and `svar`, without names bound by some/every."""
        return frozenset(reads(self.tree, frozenset({INPUT.name})))

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables it reads: the first part of every path."""
        return frozenset(path.split(".")[0] for path in self.paths)

    def evaluate(
        self, data: Mapping[str, Any], *, today: date | None = None, budget: int = BUDGET
    ) -> Any:
        """The value over this data. Raises FeelError over budget.

        None, bool, int, float, str, date, datetime, timedelta, isodate.Duration, list or dict.
        A missing name, a wrong type or a division by zero is None, as the standard says.
        """
        return self.evaluate_in(Run(budget, today or oslo_today()), data)

    def evaluate_in(self, run: Run, data: Mapping[str, Any]) -> Any:
        """The value, as a part of a run whose budget several expressions share."""
        try:
            return give(run.value(self.tree, data))
        except RecursionError as error:
            raise FeelError("Uttrykket eller verdiene er for dypt nøstet.") from error

    def holds(self, data: Mapping[str, Any], *, today: date | None = None) -> bool:
        """Whether a condition is taken: only when it is exactly true, never when it is null."""
        return self.evaluate(data, today=today) is True

    def as_lists(self) -> list[Any]:
        """The tree as nested lists for JSON, so that a page can hide fields as you type."""
        made: list[Any] = _lists(self.tree)
        return made


def parse(text: str) -> Expression:
    """Read an expression; a leading `=` is allowed. Raises FeelError, which says where."""
    return Expression(text, read(text))


def parse_tests(text: str) -> Expression:
    """Read an input cell of a decision table; over `tested` data it is true, false or null.

    Raises FeelError, which says where.
    """
    return Expression(text, read_tests(text))


def tested(value: Any, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The data an input cell is evaluated over: the value it tests, and the variables."""
    return {**data, INPUT.name: value}


def _lists(value: Any) -> Any:
    if isinstance(value, Node):
        name = type(value).__name__.lower()
        return [name, *(_lists(getattr(value, field.name)) for field in fields(value))]
    if isinstance(value, tuple):
        return [_lists(item) for item in value]
    return give(value)
