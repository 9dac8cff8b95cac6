"""What can be known of a decision table's cells without any data. It runs constants alone."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from forms.dates import oslo_today
from forms.feel import BUDGET, Expression, FeelError, Run, parse_tests, tested
from forms.feel.tree import (
    ANYTHING,
    INPUT,
    Call,
    Compare,
    ListOf,
    Literal,
    Logic,
    Node,
    Range,
    Within,
    reads,
)
from forms.feel.values import kind

MOST_TRIED = 50_000  # samples × constants they are held against


def kinds(expression: Expression) -> frozenset[str]:
    """The types of the constants that an input cell compares with, or that a result is.

    A constant that has no value, such as a date that does not exist, is of type «null».
    """
    null = Literal(None)
    constants = (node for node in _operands(expression.tree) if node != null and not _reads(node))
    return frozenset(kind(_value(node)) or "null" for node in constants)


def passing(cells: Collection[str]) -> Mapping[str, frozenset[int]]:
    """Cell → which of the sample values, taken from all the cells, it lets through.

    Empty when it is too much to try. Raises FeelError for a cell that cannot be read.
    """
    tests = {cell: parse_tests(cell) for cell in cells}
    constants = [value for test in tests.values() for value in _constants(test)]
    found = (sample for value in (None, *constants) for sample in _samples(value))
    samples = list({(kind(each), str(each)): each for each in found}.values())
    if len(samples) * (len(tests) + len(constants)) > MOST_TRIED:
        return {}
    return {
        cell: frozenset(at for at, sample in enumerate(samples) if _passes(test, sample))
        for cell, test in tests.items()
    }


def _passes(test: Expression, sample: Any) -> bool:
    return test.evaluate(tested(sample, {})) is True


def _samples(value: Any) -> Iterator[Any]:
    """A constant and what lies beside it."""
    yield value
    if isinstance(value, Decimal):
        yield from (value - 1, value + 1)
    if isinstance(value, date) and not isinstance(value, datetime):
        yield from _days_beside(value)


def _days_beside(day: date) -> Iterator[date]:
    if date.min < day < date.max:
        yield from (day - timedelta(days=1), day + timedelta(days=1))


def _constants(test: Expression) -> list[Any]:
    return [_value(node) for node in _operands(test.tree) if not _reads(node)]


def _operands(node: Node) -> Iterator[Node]:
    """What an input cell holds its input against; a result by itself."""
    match node:
        case Logic(_, items) | Call("not", items) | ListOf(items):
            for item in items:
                yield from _operands(item)
        case Compare(_, left, right) if left is INPUT:
            yield right
        case Within(value, tests) if value is INPUT:
            for test in tests:
                yield from _operands(test)
        case Range(low, high):
            yield from (low, high)
        case _ if node is not ANYTHING:
            yield node


def _reads(node: Node) -> bool:
    return any(True for _ in reads(node, frozenset()))


def _value(node: Node) -> Any:
    if isinstance(node, Literal):
        return node.value
    try:
        return Run(BUDGET, oslo_today()).value(node, {})
    except FeelError:
        return None
