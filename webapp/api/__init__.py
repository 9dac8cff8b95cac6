"""The API for other systems: the commands of the pages, for service accounts with tokens.

It has no rules of its own: a token narrows what its account may, and the same access and the same
record hold as on the pages. The modules are one per noun.
"""

from http import HTTPStatus
from typing import Any

import flask_smorest as smorest
from flask import Flask

from webapp.api import definitions, messages, pages, persons, tasks, upgrades, webhooks
from webapp.api.nouns import Noun
from workflows.texts import _

NOUNS = (definitions, upgrades, tasks, messages, persons, webhooks)
"""Instances come with `upgrades`, which adds to them."""
DESCRIPTION = _(
    "Forløp, oppgaver og meldinger for andre systemer. Hvert kall gjøres av en tjenestekonto med "
    "et token, og har det grunnlaget kontoens tjeneste har. Se docs/api.md."
)
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "reference": {"type": "string", "description": "Koden å oppgi når en feil er vår."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Hvor i JSON (RFC 6901)"},
                    "parameter": {"type": "string"},
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class Document(smorest.Api):
    """Gathers the operations into the document; the error pages stay the edge's."""

    DEFAULT_ERROR_RESPONSE_NAME = "Problem"

    def _register_error_handlers(self) -> None:
        """The edge has them."""

    def _register_pagination_header(self) -> None:
        """Lists have a link to their next page instead."""

    def _register_responses(self) -> None:
        self.spec.components.schema("Problem", PROBLEM)
        told = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        problem = {"description": "Hva som er galt (RFC 9457)", "content": told}
        self.spec.components.response("Problem", problem)
        for status in HTTPStatus:  # the library names some of them
            self.spec.components.response(status.name, problem, lazy=True)

    def add(self, app: Flask, noun: Noun) -> None:
        """Register a noun's operations under its own name."""
        app.register_blueprint(noun)
        noun.register_views_in_doc(self, app, self.spec, name=noun.name, parameters=None)
        self.spec.tag({"name": noun.noun, "description": noun.description})


def init_app(app: Flask) -> None:
    """Give the app its API."""
    app.config.update(API_TITLE="Rød tråd", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    document = Document(app, spec_kwargs={"info": {"description": DESCRIPTION}})
    token: dict[str, Any] = {"type": "http", "scheme": "bearer", "bearerFormat": "rodtrad_…"}
    document.spec.components.security_scheme("token", token)
    for module in NOUNS:
        document.add(app, module.noun)
    app.register_blueprint(pages.blueprint)
    app.extensions["openapi"] = document.spec.to_dict()
