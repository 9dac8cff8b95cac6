"""Values as FEEL sees them: types, three-valued logic, order, arithmetic; every result bounded."""

import decimal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import isodate

MAX_TEXT = 20_000  # characters in a string made here
# Emax keeps every number printable in a line; the standard's own 6144 would not.
NUMBERS = decimal.Context(
    prec=34,
    Emax=40,
    Emin=-40,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)


@dataclass(frozen=True)
class Bounds:
    low: Any
    high: Any
    low_open: bool
    high_open: bool

    def hold(self, value: Any) -> bool | None:
        above = order(">" if self.low_open else ">=", value, self.low)
        below = order("<" if self.high_open else "<=", value, self.high)
        return all_of([above, below])


def kind(value: Any) -> str | None:
    """The FEEL type of a value; None for null and for what FEEL does not know."""
    for kind, types in _KINDS:
        if isinstance(value, types):
            return kind
    return None


_KINDS: tuple[tuple[str, Any], ...] = (
    ("boolean", bool),
    ("number", Decimal),
    ("string", str),
    ("date and time", datetime),
    ("date", date),
    ("duration", timedelta | isodate.Duration),
    ("list", list),
    ("context", Mapping),
    ("range", Bounds),
)


def all_of(values: Iterable[Any]) -> bool | None:
    """Ternary and: false wins, then null."""
    found: bool | None = True
    for value in values:
        if value is False:
            return False
        if value is not True:
            found = None
    return found


def any_of(values: Iterable[Any]) -> bool | None:
    """Ternary or: true wins, then null."""
    found: bool | None = False
    for value in values:
        if value is True:
            return True
        if value is not False:
            found = None
    return found


def order(op: str, left: Any, right: Any) -> bool | None:
    if kind(left) != kind(right) or isinstance(left, bool | list | Mapping | Bounds):
        return None
    left, right = _measured(left), _measured(right)
    try:
        less, equal = left < right, left == right
    except TypeError:  # null; months against days; a time with a zone against one without
        return None
    return bool({"<": less, "<=": less or equal, ">": not (less or equal), ">=": not less}[op])


def _measured(value: Any) -> Any:
    """A duration of years and months alone as its months, which can be compared."""
    if isinstance(value, isodate.Duration) and not value.tdelta:
        return value.years * 12 + value.months
    return value


def arithmetic(op: str, left: Any, right: Any) -> Any:
    kinds = (kind(left), kind(right))
    try:
        if kinds == ("number", "number"):
            return _OPERATIONS[op](left, right)
        if kinds == ("string", "string") and op == "+":
            return left + right if len(left) + len(right) <= MAX_TEXT else None
        if op in "+-" and kinds in _DATE_SUMS[op]:
            return _date_sum(op, left, right)
    except (decimal.DecimalException, ValueError, OverflowError, TypeError):
        return None
    return None


def _date_sum(op: str, left: Any, right: Any) -> Any:
    """A day moves from its midnight; years and months do not mix with days and hours."""
    if kind(left) == kind(right) == "duration" and type(left) is not type(right):
        return None
    if kind(left) == "duration" != kind(right):
        left, right = right, left
    if kind(left) == "date" and kind(right) == "duration":
        midnight = datetime.combine(left, time.min)
        return (midnight + right if op == "+" else midnight - right).date()
    return left + right if op == "+" else left - right


_OPERATIONS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
}
_DATE_SUMS = {
    "+": {
        ("date", "duration"),
        ("date and time", "duration"),
        ("duration", "date"),
        ("duration", "date and time"),
        ("duration", "duration"),
    },
    "-": {
        ("date", "duration"),
        ("date and time", "duration"),
        ("duration", "duration"),
        ("date", "date"),
        ("date and time", "date and time"),
    },
}


def number(value: float | Decimal) -> Decimal | None:
    try:
        made = NUMBERS.create_decimal(repr(value) if isinstance(value, float) else value)
    except decimal.DecimalException:
        return None
    return made if made.is_finite() else None


def give(value: Any) -> Any:
    """A result as plain Python: whole numbers as int, others as float."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [give(item) for item in value]
    return None if isinstance(value, Bounds) else value


def equal(left: Any, right: Any) -> bool | None:
    """Equality of two values of one type; null when the types differ. Null equals null."""
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right) or isinstance(left, Mapping | Bounds):
        return None
    if not isinstance(left, list):
        return bool(left == right)
    if len(left) != len(right):
        return False
    return all_of(equal(a, b) for a, b in zip(left, right, strict=True))
