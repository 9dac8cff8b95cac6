"""Data to draw: a fresh form, a form again, a form with a row more or less. It writes no HTML."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms import values
from forms.checking import MAX_ROWS
from forms.definitions import Component, Form
from forms.posted import MARK, Data, PostedForm, mapping, mark, read, row_list
from forms.values import Options


@dataclass(frozen=True)
class Redrawn:
    """A form with a row more or less, and the HTML id of the row to move focus to."""

    data: Data
    focus: str


def empty(form: Form, prefill: Mapping[str, Any], options: Options) -> Data:
    """Data to draw a form that nobody has typed in yet."""
    return drawn(form.components, _fresh(form.components, prefill), options)


def _fresh(components: Sequence[Component], prefill: Mapping[str, Any]) -> Data:
    data: Data = {}
    for each in components:
        known = prefill.get(each.key)
        if each.is_input and each.readonly:
            data[each.key] = known
        elif each.is_input:
            data[each.key] = values.typed(each, each.default if known is None else known)
        elif each.type == "dynamiclist":
            data[each.key] = [
                {MARK: mark(each, row, at), **_fresh(each.components, row)}
                for at, row in enumerate(row_list(known))
            ]
        elif each.key:
            data[each.key] = _fresh(each.components, mapping(known))
        else:
            data |= _fresh(each.components, prefill)
    return data


def drawn(components: Sequence[Component], data: Data, options: Options) -> Data:
    """Typed data with what cannot be changed as text, and an empty list's first rows."""
    made: Data = {}
    for each in components:
        if each.is_input:
            value = data[each.key]
            made[each.key] = values.shown(each, value, options) if each.readonly else value
        elif each.type == "dynamiclist":
            found = data[each.key] or _first_rows(each)
            made[each.key] = [
                {MARK: row[MARK], **drawn(each.components, row, options)} for row in found
            ]
        elif each.key:
            made[each.key] = drawn(each.components, data[each.key], options)
        else:
            made |= drawn(each.components, data, options)
    return made


def _first_rows(component: Component) -> list[Data]:
    return (
        [_new_row(component) for _ in range(component.default_rows)]
        if component.allow_add_remove
        else []
    )


def _new_row(component: Component) -> Data:
    return {MARK: "", **_fresh(component.components, {})}


def rows(
    form: Form, posted: PostedForm, *, prefill: Mapping[str, Any], options: Options
) -> Redrawn | None:
    """The form after a button `add:<list>` or `remove:<list>:<index>`; None for other buttons."""
    button = next((n for n in posted if n.startswith(("add:", "remove:"))), None)
    if button is None:
        return None
    action, _colon, rest = button.partition(":")
    name, _colon, index = rest.partition(":")
    data = read(form, posted, prefill)
    focus = ""
    for at, component, found in _lists(form.components, data, ""):
        if at == name and component.allow_add_remove:
            focus = _add(component, found, at) if action == "add" else _remove(found, at, index)
    return Redrawn(drawn(form.components, data, options), focus)


def _lists(
    components: Sequence[Component], data: Data, prefix: str
) -> Iterator[tuple[str, Component, list[Data]]]:
    """Every list of rows with its HTML name, the innermost first."""
    for each in components:
        name = prefix + each.key
        if each.type == "dynamiclist":
            for at, row in enumerate(data[each.key]):
                yield from _lists(each.components, row, f"{name}-{at}-")
            yield name, each, data[each.key]
        elif each.type == "group":
            inner = data[each.key] if each.key else data
            yield from _lists(each.components, inner, f"{name}-" if each.key else prefix)


def _add(component: Component, found: list[Data], name: str) -> str:
    if len(found) < MAX_ROWS:
        found.append(_new_row(component))
    return f"{name}-{len(found) - 1}"


def _remove(found: list[Data], name: str, index: str) -> str:
    if index.isdecimal() and len(index) < 5 and int(index) < len(found):
        del found[int(index)]
        return f"{name}-{min(int(index), len(found) - 1)}" if found else name
    return name
