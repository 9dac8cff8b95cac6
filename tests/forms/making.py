"""Small forms for the tests of this room."""

import json

from forms.definitions import read

COMPARING = ("unique_per", "scale", "lowest", "highest", "words_of")


def source(*components, **top):
    """The bytes of a form, one component a line."""
    body = {"type": "default", "id": "skjema", "title": "Skjema", "schemaVersion": 19, **top}
    lines = ",\n".join(json.dumps(each) for each in components)
    head = json.dumps(body)[:-1]
    return f'{head}, "components": [\n{lines}\n]}}'.encode()


def form(*components):
    return read(source(*components), "skjema.form")


def part(sort, key, **more):
    """One component; `required` and other rules of `validate` may be given directly."""
    rules = {
        name: more.pop(name)
        for name in ("required", "min", "max", "minLength", "maxLength")
        if name in more
    }
    known = ("kind", "source", "part", "autocomplete", "picture", "voice", *COMPARING)
    own = {name: more.pop(name) for name in known if name in more}
    made = {"type": sort, "id": f"id_{key}", "label": key.capitalize()}
    made |= {"path": key} if sort in ("group", "dynamiclist") else {"key": key}
    if "hide" in more:
        made["conditional"] = {"hide": more.pop("hide")}
    return (
        made | ({"validate": rules} if rules else {}) | ({"properties": own} if own else {}) | more
    )


def values(*names):
    return [{"value": name, "label": name.capitalize()} for name in names]
