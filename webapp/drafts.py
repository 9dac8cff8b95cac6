"""What someone has typed and not sent: kept as it was posted, whatever becomes of the form.

It will not judge the text: `forms.answers` does, when it is sent.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from forms import values
from forms.answers import Options, Posted
from forms.definitions import Component, Form

MOST_PAIRS = 5_000
MARK = "_"  # the name under which a form posts which row it is
_KEY = "posted"
_ROW = re.compile("-[0-9]{1,4}-")


def kept(form: Form, posted: MultiDict[str, str]) -> dict[str, Any]:
    """The posted names and values that belong to a form, to store."""
    known = _fields(form)
    pairs = [
        (name, values.storable(text))
        for name, text in posted.items(multi=True)
        if _path(name) in known or _is_mark(name, form)
    ]
    return {_KEY: pairs[:MOST_PAIRS]}


def posted(draft: Mapping[str, Any]) -> Posted:
    """A stored draft as the browser would post it."""
    return Posted((str(name), str(value)) for name, value in draft.get(_KEY, ()))


def own_words(form: Form, draft: Mapping[str, Any], options: Options) -> Iterator[tuple[str, str]]:
    """(label, text) of everything in a draft that somebody typed or chose, to be copied."""
    known = _fields(form)
    for name, value in draft.get(_KEY, ()):
        component = known.get(_path(name))
        if component is not None and value.strip():
            yield component.label, _shown(component, value, options)


def _fields(form: Form) -> dict[str, Component]:
    return {each.path: each for each in form.fields if each.is_input and not each.readonly}


def _path(name: str) -> str:
    """`maal-0-tekst` → `maal.tekst`."""
    return _ROW.sub("-", name).replace("-", ".")


def _is_mark(name: str, form: Form) -> bool:
    return name.endswith(f"-{MARK}") and name.split("-")[0] in form.field_keys


def _shown(component: Component, value: str, options: Options) -> str:
    if component.type == "checklist":
        return values.shown(component, [value], options)
    return values.shown(
        component, value == "on" if component.type == "checkbox" else value, options
    )
