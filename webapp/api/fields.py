"""What the operations of the API take and give in common: texts that can be stored, and pages."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

import marshmallow as ma
from flask import request
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from workflows.errors import Invalid
from workflows.texts import _

LONGEST = 200
MOST, USUAL = 200, 50
NO_CURSOR = _("Cursor må være fra en side vi har gitt.")


class Text(ma.fields.String):
    """A short text that any database can carry."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=ma.validate.Length(0, LONGEST), **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        if not text.isprintable():
            raise ma.ValidationError(str(_l("Teksten har tegn som ikke kan brukes her.")))
        return text


class Answers(ma.fields.Dict):
    """Answers to a form, by the keys of its fields. The form's own rules judge them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(keys=ma.fields.String(), **more)


class PageQuery(ma.Schema):
    """How much of a list, and from where."""

    limit = ma.fields.Integer(
        load_default=USUAL, validate=ma.validate.Range(1, MOST), metadata={"default": USUAL}
    )
    cursor = ma.fields.String(
        load_default=None, metadata={"description": "Fra `next` i forrige side."}
    )


def cursor(place: list[Any]) -> str:
    """A place in a list as a text that says nothing to others."""
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place(text: str | None) -> list[Any] | None:
    """The place a cursor stands for; None for the beginning. Raises Invalid."""
    if not text:
        return None
    try:
        found = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not found:
        raise Invalid(NO_CURSOR, "cursor")
    return found


def next_link(text: str | None) -> str | None:
    """The address of the next page, with the same filters; None when there are no more."""
    if text is None:
        return None
    query = MultiDict(request.args)
    query["cursor"] = text
    return f"{request.path}?{_encoded(query)}"


def _encoded(query: MultiDict[str, str]) -> str:
    return urlencode(list(query.items(multi=True)), errors="replace")
