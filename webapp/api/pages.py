"""What the API offers: the OpenAPI document for programs, and a page for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import problems
from webapp.edge import permission
from workflows.access import PUBLIC

IN_WORDS = frozenset({"summary", "description"})

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@dataclass(frozen=True)
class OperationLine:
    """An operation as a row of the page."""

    method: str
    path: str
    summary: str
    scope: str


@blueprint.get("/")
@permission(PUBLIC)
def index() -> ResponseReturnValue:
    """Every operation, by what it is about."""
    spec = document()
    nouns = {tag["name"]: (tag["description"], list(_lines(spec, tag["name"])))
             for tag in spec["tags"]}  # fmt: skip
    return render_template("api/index.html", nouns=nouns, problems=problems.KINDS)


def _lines(spec: Mapping[str, Any], noun: str) -> Iterator[OperationLine]:
    for path, methods in spec["paths"].items():
        for method in ("get", "post", "delete"):
            told = methods.get(method, {})
            if noun in told.get("tags", ()):
                [scope] = told["security"][0]["token"]
                yield OperationLine(method.upper(), path, told["summary"], scope)


@blueprint.get("/openapi.json")
@permission(PUBLIC)
def openapi() -> Response:
    """The OpenAPI document."""
    return jsonify(document())


def document() -> dict[str, Any]:
    """The OpenAPI document as data, made once for the app, in the reader's language."""
    told: dict[str, Any] = _told(current_app.extensions["openapi"])
    return told


def _told(part: Any, key: str = "") -> Any:
    if isinstance(part, dict):
        return {name: _told(value, name) for name, value in part.items()}
    if isinstance(part, list):
        return [_told(each) for each in part]
    return gettext(part) if key in IN_WORDS and part else part
