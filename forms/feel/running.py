"""Evaluates a tree over data, counting every step: no expression and no data can hold it up.

Comparing needs no count of its own: what is compared was read, and paid for, first.
"""

from collections import ChainMap
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from forms.feel.functions import FUNCTIONS
from forms.feel.tree import (
    Arithmetic,
    Call,
    Compare,
    FeelError,
    If,
    ListOf,
    Literal,
    Logic,
    Member,
    Name,
    Node,
    Quantified,
    Range,
    Within,
)
from forms.feel.values import Bounds, all_of, any_of, arithmetic, equal, kind, number, order


class Run:
    """One evaluation over one set of data."""

    def __init__(self, budget: int, today: date) -> None:
        self.left = budget
        self.today = today

    def pay(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise FeelError("Uttrykket tar for lang tid å regne ut.")

    def value(self, node: Node, scope: Mapping[str, Any]) -> Any:  # noqa: C901 - one case a kind
        self.pay()
        match node:
            case Literal(value):
                return value
            case Name(name):
                return self.known(scope.get(name))
            case Member(of, key):
                return self.member(self.value(of, scope), key)
            case ListOf(items):
                return [self.value(item, scope) for item in items]
            case Range(low, high, low_open, high_open):
                return Bounds(self.value(low, scope), self.value(high, scope), low_open, high_open)
            case Logic(op, items):
                values = (self.value(item, scope) for item in items)
                return all_of(values) if op == "and" else any_of(values)
            case Compare(op, left, right):
                return self.compare(op, self.value(left, scope), self.value(right, scope))
            case Within(value, tests):
                return self.within(self.value(value, scope), [self.value(t, scope) for t in tests])
            case Arithmetic(op, left, right):
                return arithmetic(op, self.value(left, scope), self.value(right, scope))
            case Call("today"):
                return self.today
            case Call(name, arguments):
                return FUNCTIONS[name][2](*[self.value(a, scope) for a in arguments])
            case If(test, then, otherwise):
                return self.value(then if self.value(test, scope) is True else otherwise, scope)
            case Quantified():
                return self.quantified(node, scope)

    def known(self, value: Any) -> Any:
        """A value from the data as FEEL sees it; what FEEL has no word for is null."""
        self.pay()
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return number(value)
        if isinstance(value, list | tuple):
            return [self.known(item) for item in value]
        return value if kind(value) else None

    def member(self, value: Any, key: str) -> Any:
        if isinstance(value, Mapping):
            return self.known(value.get(key))
        if isinstance(value, list):
            self.pay(len(value))
            return [self.member(item, key) for item in value]
        return None

    def compare(self, op: str, left: Any, right: Any) -> bool | None:
        if op in ("<", "<=", ">", ">="):
            return order(op, left, right)
        same = equal(left, right)
        return same if op == "=" or same is None else not same

    def within(self, value: Any, tests: list[Any]) -> bool | None:
        return any_of(self.passes(value, test) for test in tests)

    def passes(self, value: Any, test: Any) -> bool | None:
        if isinstance(test, Bounds):
            return test.hold(value)
        if not isinstance(test, list):
            return equal(value, test)
        if isinstance(value, list) and equal(value, test) is True:
            return True
        return any(self.passes(value, item) is True for item in test)

    def quantified(self, node: Quantified, scope: Mapping[str, Any]) -> bool | None:
        source = self.value(node.source, scope)
        if source is None:
            return None
        items = source if isinstance(source, list) else [source]
        values = (self.value(node.test, ChainMap({node.name: item}, scope)) for item in items)  # type: ignore[arg-type]
        return any_of(values) if node.word == "some" else all_of(values)
