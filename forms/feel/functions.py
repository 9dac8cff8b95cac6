"""The functions an expression may call, and no others."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import isodate

from forms.dates import oslo_today
from forms.feel.values import arithmetic, equal, kind, order


def _not(value: Any) -> bool | None:
    return not value if isinstance(value, bool) else None


def _listed(value: Any) -> list[Any] | None:
    """The standard's coercion: one value where a list is asked for is a list of one."""
    return value if isinstance(value, list) or value is None else [value]


def _count(value: Any) -> Decimal | None:
    items = _listed(value)
    return None if items is None else Decimal(len(items))


def _list_contains(items: Any, value: Any) -> bool | None:
    found = _listed(items)
    return None if found is None else any(equal(item, value) is True for item in found)


def _values(arguments: tuple[Any, ...]) -> list[Any]:
    return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else [*arguments]


def _sum(*arguments: Any) -> Any:
    total: Any = None
    for item in _values(arguments):
        if not isinstance(item, Decimal):
            return None
        total = item if total is None else arithmetic("+", total, item)
    return total


def _extreme(op: str) -> Callable[..., Any]:
    def found(*arguments: Any) -> Any:
        best: Any = None
        for at, item in enumerate(_values(arguments)):
            better = True if at == 0 and kind(item) else order(op, item, best)
            if better is None:
                return None
            best = item if better else best
        return best

    return found


def _is_defined(value: Any) -> bool:
    return value is not None


def _string_length(value: Any) -> Decimal | None:
    return Decimal(len(value)) if isinstance(value, str) else None


def _contains(text: Any, part: Any) -> bool | None:
    return part in text if isinstance(text, str) and isinstance(part, str) else None


def _starts_with(text: Any, part: Any) -> bool | None:
    return text.startswith(part) if isinstance(text, str) and isinstance(part, str) else None


def _date(*parts: Any) -> date | None:
    first = parts[0]
    if isinstance(first, date):
        return first.date() if isinstance(first, datetime) else first
    try:
        if len(parts) == 3:
            return date(*map(_whole, parts))
        found = _DATE.match(first)
        return date.fromisoformat(found[1]) if found else None
    except (ValueError, TypeError, OverflowError):
        return None


def _whole(part: Any) -> int:
    if not isinstance(part, Decimal) or part != part.to_integral_value():
        raise ValueError(part)
    return int(part)


_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T|$)")
_DURATION = re.compile(r"-?P(?=[0-9T])(?:[0-9]{1,5}[YMWD])*(?:T(?:[0-9]{1,5}[HMS])+)?")


def _duration(text: Any) -> Any:
    if not isinstance(text, str) or len(text) > 60 or not _DURATION.fullmatch(text):
        return None
    try:
        return isodate.parse_duration(text)
    except ValueError:
        return None


FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Any]]] = {
    "not": (1, 1, _not),
    "count": (1, 1, _count),
    "list contains": (2, 2, _list_contains),
    "sum": (1, 50, _sum),
    "min": (1, 50, _extreme("<")),
    "max": (1, 50, _extreme(">")),
    "is defined": (1, 1, _is_defined),
    "string length": (1, 1, _string_length),
    "contains": (2, 2, _contains),
    "starts with": (2, 2, _starts_with),
    "date": (1, 3, _date),
    "duration": (1, 1, _duration),
    "today": (0, 0, oslo_today),
}
