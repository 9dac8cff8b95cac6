"""One decision table as values: what it reads, what it gives, and its rules in the order written.

Says what a file holds, right or wrong; whether it may run is `bpmn.decision_checking`'s business.
"""

from dataclasses import dataclass
from functools import cached_property

LISTS = frozenset({"COLLECT", "RULE ORDER"})
HIT_POLICIES = frozenset({"UNIQUE", "FIRST", "ANY"}) | LISTS
AGGREGATIONS = frozenset({"SUM", "MIN", "MAX", "COUNT"})
TYPES = {
    "string": "string",
    "boolean": "boolean",
    "number": "number",
    "integer": "number",
    "long": "number",
    "double": "number",
    "date": "date",
}
"""The type in the file → the type in FEEL. Any other is refused, but for those in UNTYPED."""
UNTYPED = frozenset({"", "Any"})


@dataclass(frozen=True)
class Cell:
    """What stands in one cell, as written."""

    text: str
    line: int


@dataclass(frozen=True)
class Input:
    """A column to the left. `allowed` are unary tests, empty when anything may be asked of."""

    label: str
    expression: Cell
    type: str
    allowed: Cell
    line: int

    @property
    def title(self) -> str:
        """What people know the column by."""
        return self.label or self.expression.text


@dataclass(frozen=True)
class Output:
    """A column to the right; `name` is the process variable it becomes."""

    name: str
    label: str
    type: str
    allowed: Cell
    line: int

    @property
    def title(self) -> str:
        """What people know the column by."""
        return self.label or self.name


@dataclass(frozen=True)
class Rule:
    """A row: a test for each input, a result for each output, and why."""

    id: str
    tests: tuple[Cell, ...]
    results: tuple[Cell, ...]
    annotation: str
    line: int


@dataclass(frozen=True)
class Foreign:
    """Something in the file that is not run: the element it stands in, its line and its name."""

    element: str
    line: int
    what: str


@dataclass(frozen=True, eq=False)
class Decision:
    """The one decision table of one file. `aggregation` is empty when results are listed."""

    name: str
    key: str
    title: str
    documentation: str
    line: int
    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    foreign: tuple[Foreign, ...] = ()

    @cached_property
    def annotated(self) -> bool:
        """Whether any rule says why."""
        return any(rule.annotation for rule in self.rules)
