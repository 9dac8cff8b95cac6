"""Compiles a form to a marshmallow schema, once per version: typed answers in, JSON-ready out."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import marshmallow as ma
from marshmallow.experimental.context import Context

from forms.checking import MAX_ROWS
from forms.definitions import Component, Form
from forms.texts import _
from forms.values import Around, Refused, read

Surroundings = Context[Around]


class Answer(ma.fields.Field[Any]):
    """One field of a form. Its faults are Refused values, so that the page can translate them."""

    def __init__(self, component: Component) -> None:
        super().__init__(allow_none=True)
        self.component = component

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        try:
            return read(self.component, value, Surroundings.get())
        except Refused as refused:
            raise ma.ValidationError([refused]) from None


class Rows(ma.fields.List[Any]):
    """A list of rows. More than can be kept is refused as a whole."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if len(value) > MAX_ROWS:
            refused = Refused(_("Høyst %(max)s rader. Ta bort noen."), max=str(MAX_ROWS))
            raise ma.ValidationError([refused])
        return super()._deserialize(value, attr, data, **kwargs)


@lru_cache(maxsize=256)
def compiled(form: Form) -> ma.Schema:
    """The schema of a form; safe to share between threads."""
    return _schema(form.components)


def _schema(components: Sequence[Component]) -> ma.Schema:
    return ma.Schema.from_dict(dict(_fields(components)))(unknown=ma.EXCLUDE)


def _fields(components: Sequence[Component]) -> Iterator[tuple[str, ma.fields.Field[Any]]]:
    for component in components:
        if component.is_input:
            yield component.key, Answer(component)
        elif component.type == "dynamiclist":
            yield component.key, Rows(ma.fields.Nested(_schema(component.components)))
        elif component.key:
            yield component.key, ma.fields.Nested(_schema(component.components))
        else:
            yield from _fields(component.components)
