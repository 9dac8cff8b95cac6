"""Nested typed answers out of what a browser posted, and back. It reads; it judges nothing.

Data to draw is nested like the answers, with what people typed in place of values: str, list of
str (checklist) or bool (checkbox). A row has one name more, `_`: which prefilled row it is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from forms.definitions import Component, Form
from forms.values import MAX_CHOSEN, storable

MARK = "_"  # no key begins with an underscore
MAX_TYPED_ROWS = 200
_ROW = re.compile("-([0-9]{1,4})-")

Data = dict[str, Any]


class PostedForm(Protocol):
    """What werkzeug's MultiDict and our Posted have in common."""

    def get(self, name: str, /) -> Any: ...
    def getlist(self, name: str, /) -> list[Any]: ...
    def __iter__(self) -> Iterator[str]: ...


class Posted:
    """Names and values as a form posts them, from pairs: a draft, a test, a command line."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def get(self, name: str, /) -> str | None:
        return next(iter(self._values.get(name, ())), None)

    def getlist(self, name: str, /) -> list[str]:
        return self._values.get(name, [])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


def read(form: Form, posted: PostedForm, prefill: Mapping[str, Any]) -> Data:
    """What was typed, nested; fields that cannot be changed have their value from `prefill`."""
    return _Reader(posted).read(form.components, "", prefill)


class _Reader:
    """Takes nested typed answers out of flat posted names, each name looked at once."""

    def __init__(self, posted: PostedForm) -> None:
        self.posted = posted
        self.indexes: dict[str, set[int]] = {}
        for name in posted:
            for found in _ROW.finditer(name[:300]):
                self.indexes.setdefault(name[: found.start()], set()).add(int(found[1]))

    def read(
        self, components: Sequence[Component], prefix: str, prefill: Mapping[str, Any]
    ) -> Data:
        data: Data = {}
        for each in components:
            name = prefix + each.key
            if each.is_input:
                data[each.key] = self.one(each, name, prefill)
            elif each.type == "dynamiclist":
                data[each.key] = self.rows(each, name, row_list(prefill.get(each.key)))
            elif each.key:
                inner = mapping(prefill.get(each.key))
                data[each.key] = self.read(each.components, f"{name}-", inner)
            else:
                data |= self.read(each.components, prefix, prefill)
        return data

    def one(self, component: Component, name: str, prefill: Mapping[str, Any]) -> Any:
        if component.readonly:
            return prefill.get(component.key)
        if component.type == "checkbox":
            return self.posted.get(name) is not None
        if component.type == "checklist":
            chosen = self.posted.getlist(name)[:MAX_CHOSEN]
            return [storable(str(each)) for each in dict.fromkeys(chosen) if each]
        return storable(str(self.posted.get(name) or ""))

    def rows(
        self, component: Component, name: str, known: Sequence[Mapping[str, Any]]
    ) -> list[Data]:
        marks = {mark(component, row, at): row for at, row in enumerate(known)}
        found = sorted(self.indexes.get(name, ()))[:MAX_TYPED_ROWS]
        # A row without a mark was not posted by our page: it is taken to stand where it stood.
        in_order = dict(enumerate(marks))
        posted = [(self.posted.get(f"{name}-{at}-{MARK}"), at) for at in found]
        places = [(in_order.get(at, "") if mark is None else str(mark), at) for mark, at in posted]
        if not component.allow_add_remove:
            at_mark = dict(reversed(places))
            places = [(mark, at_mark.get(mark, -1)) for mark in marks]
        return [self.row(component, f"{name}-{at}-", mark, marks) for mark, at in places]

    def row(
        self, component: Component, prefix: str, mark: str, marks: dict[str, Mapping[str, Any]]
    ) -> Data:
        known = marks.pop(mark, None)  # a second row that claims the same is a new one
        data = self.read(component.components, prefix, known or {})
        return {MARK: mark if known is not None else "", **data}


def mark(component: Component, row: Mapping[str, Any], at: int) -> str:
    """What ties a row to its prefilled one: its id, if any, so that changes cannot mix rows."""
    ids = (row.get(each.key) for each in component.components if each.kind == "id")
    found = next(ids, None)
    return f"id.{found}" if found else f"nr.{at}"


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def row_list(value: Any) -> Sequence[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def without_blank_rows(components: Sequence[Component], data: Data) -> Data:
    """Typed data or answers, without rows that were added and left empty."""
    kept = dict(data)
    for each in components:
        if each.key and each.key not in data:  # hidden by its condition
            continue
        if each.type == "dynamiclist":
            inner = [without_blank_rows(each.components, row) for row in data[each.key]]
            kept[each.key] = [r for r in inner if not each.allow_add_remove or _has_content(r)]
        elif each.type == "group":
            inside = data[each.key] if each.key else kept
            pruned = without_blank_rows(each.components, inside)
            kept |= {each.key: pruned} if each.key else pruned
    return kept


def _has_content(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_content(item) for name, item in value.items() if name != MARK)
    return not (value is None or value is False or value == "" or value == [])


def as_posted(form: Form, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a browser would post for drawn data; with Posted, a draft to check or draw again."""
    return list(_pairs(form.components, data, ""))


def _pairs(
    components: Sequence[Component], data: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str]]:
    for each in components:
        name = prefix + each.key
        if each.is_input:
            yield from () if each.readonly else _pair(name, data[each.key])
        elif each.type == "dynamiclist":
            for at, row in enumerate(data[each.key]):
                yield f"{name}-{at}-{MARK}", row[MARK]
                yield from _pairs(each.components, row, f"{name}-{at}-")
        elif each.key:
            yield from _pairs(each.components, data[each.key], f"{name}-")
        else:
            yield from _pairs(each.components, data, prefix)


def _pair(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        yield from ((name, each) for each in value)
    elif isinstance(value, str):
        yield name, value
    elif value:
        yield name, "on"
