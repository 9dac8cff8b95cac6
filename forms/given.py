"""Typed answers out of JSON that another system sends, as if somebody had typed them in the form.

So the same rules are held to them, word for word. It judges nothing but the kind of each value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from forms import values
from forms.checking import KEY
from forms.definitions import Component, Form
from forms.posted import MARK, MAX_TYPED_ROWS, Data, mapping, mark, row_list
from forms.texts import _
from forms.values import storable

UNKNOWN = _("Feltet finnes ikke i skjemaet.")
ROW_UNKNOWN = _("Raden finnes ikke. Her kan rader ikke legges til.")
NEEDED = {
    "checkbox": _("Oppgi true eller false."),
    "checklist": _("Oppgi en liste av tekster."),
    "number": _("Oppgi et tall."),
    "dynamiclist": _("Oppgi en liste av objekter."),
    "group": _("Oppgi et objekt."),
    "date": _("Oppgi datoen som åååå-mm-dd."),
    "time": _("Oppgi klokkeslettet som tt:mm."),
}
TEXT_NEEDED = _("Oppgi en tekst.")


@dataclass(frozen=True)
class Misfit:
    """A value of the wrong kind, or for no field: where, as an HTML id, and a sentence."""

    id: str
    label: str
    message: str


@dataclass(frozen=True)
class Given:
    """What was sent, nested as typed data, and what does not fit the form at all."""

    typed: Data
    misfits: list[Misfit] = field(default_factory=list)


def read(form: Form, sent: Mapping[str, Any], prefill: Mapping[str, Any]) -> Given:
    """The sent answers as typed data; fields that cannot be changed have theirs from `prefill`."""
    given = Given({})
    given.typed.update(_Reader(given.misfits).read(form.components, "", sent, prefill))
    return given


class _Reader:
    """Walks the form beside the answers, and notes what does not fit."""

    def __init__(self, misfits: list[Misfit]) -> None:
        self.misfits = misfits

    def read(
        self,
        components: Sequence[Component],
        prefix: str,
        sent: Mapping[str, Any],
        prefill: Mapping[str, Any],
    ) -> Data:
        known = set(_names(components))
        for name in sent:
            if name not in known:
                place = prefix + name if KEY.fullmatch(name) else prefix.rstrip("-")
                self.misfits.append(Misfit(place, name, UNKNOWN))
        return self.fields(components, prefix, sent, prefill)

    def fields(
        self,
        components: Sequence[Component],
        prefix: str,
        sent: Mapping[str, Any],
        prefill: Mapping[str, Any],
    ) -> Data:
        data: Data = {}
        for each in components:
            name, value, known = prefix + each.key, sent.get(each.key), prefill.get(each.key)
            if each.is_input:
                data[each.key] = known if each.readonly else self.one(each, name, value)
            elif each.type == "dynamiclist":
                data[each.key] = self.rows(each, name, value, row_list(known))
            elif each.key:
                inner = self.fitting(each, name, value, Mapping, {})
                data[each.key] = self.read(each.components, f"{name}-", inner, mapping(known))
            else:
                data |= self.fields(each.components, prefix, sent, prefill)
        return data

    def fitting(self, component: Component, name: str, value: Any, kind: type, empty: Any) -> Any:
        """The value when it is of the kind; else `empty`, and a misfit unless nothing was sent."""
        if isinstance(value, kind):
            return value
        if value is not None:
            self.misfit(component, name)
        return empty

    def misfit(self, component: Component, name: str) -> None:
        kind = component.subtype if component.type == "datetime" else component.type
        self.misfits.append(Misfit(name, component.label, NEEDED.get(kind, TEXT_NEEDED)))

    def one(self, component: Component, name: str, value: Any) -> Any:
        if component.type == "checkbox":
            return self.fitting(component, name, value, bool, False)
        if component.type == "checklist":
            chosen = self.fitting(component, name, value, list, [])
            if not all(isinstance(each, str) for each in chosen):
                self.misfit(component, name)
                return []
            return [storable(each) for each in dict.fromkeys(chosen[: values.MAX_CHOSEN]) if each]
        text = _text(component, value)
        if text is None:
            self.misfit(component, name)
        return text or ""

    def rows(
        self, component: Component, name: str, value: Any, known: Sequence[Mapping[str, Any]]
    ) -> list[Data]:
        sent = self.fitting(component, name, value, list, [])
        if not all(isinstance(row, Mapping) for row in sent):
            self.misfit(component, name)
            return []
        marks = {mark(component, row, at): row for at, row in enumerate(known)}
        places = [(mark(component, row, at), at) for at, row in enumerate(sent)][:MAX_TYPED_ROWS]
        if not component.allow_add_remove:
            at_mark = dict(reversed(places))
            for place, at in places:
                if place not in marks:
                    self.misfits.append(Misfit(f"{name}-{at}", component.label, ROW_UNKNOWN))
            places = [(place, at_mark.get(place, -1)) for place in marks]
        return [
            self.row(component, f"{name}-{at}-", sent[at] if at >= 0 else {}, place, marks)
            for place, at in places
        ]

    def row(
        self,
        component: Component,
        prefix: str,
        sent: Mapping[str, Any],
        place: str,
        marks: dict[str, Mapping[str, Any]],
    ) -> Data:
        known = marks.pop(place, None)  # a second row that claims the same is a new one
        data = self.read(component.components, prefix, sent, known or {})
        return {MARK: place if known is not None else "", **data}


def _names(components: Sequence[Component]) -> Iterator[str]:
    """The names that answers may have at one level."""
    for each in components:
        if each.key:
            yield each.key
        else:
            yield from _names(each.components)


def _text(component: Component, value: Any) -> str | None:
    """What somebody would have typed for a value; None when it is of another kind."""
    if value is None:
        return ""
    if component.type == "number":
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return values.show_number(value) if fits else None
    if not isinstance(value, str):
        return None
    if component.type == "datetime" and value:
        return value if _is_iso(component, value) else None
    return storable(value)


def _is_iso(component: Component, value: str) -> bool:
    try:
        if component.subtype == "time":
            return time.fromisoformat(value).strftime("%H:%M") == value
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
