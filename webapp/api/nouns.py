"""How an operation of the API is declared, and all that holds for every one of them.

Each names a permission and a scope. A request is one transaction: who asks, what the same request
was answered before, one command, the answer kept. The only place that knows flask-smorest.
"""

from collections.abc import Callable
from functools import partial, wraps
from hashlib import sha256
from typing import Any

import flask_smorest as smorest
import marshmallow as ma
from flask import Response, current_app, g, make_response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from webapp.edge import LogInNeeded, again_when_lost, begun, csrf, limiter
from workflows import api_tokens, idempotency, tenancy
from workflows.actors import Actor, load_actor
from workflows.errors import Denied, Invalid

PREFIX = "/api/v1"
LONGEST_KEY = 200
JSON, MULTIPART = "application/json", "multipart/form-data"
View = Callable[..., Any]

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Sendt igjen med samme nøkkel gir samme svar, og ingenting skjer to ganger.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}


class Parser(FlaskParser):
    """Reads JSON, and takes no harm from a hundred thousand brackets or digits."""

    def load_json(self, req: Any, schema: ma.Schema) -> Any:
        try:
            return super().load_json(req, schema)
        except (RecursionError, ValueError) as error:
            raise BadRequest from error


class Noun(smorest.Blueprint):
    """The operations about one thing, below its own address."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, noun: str, description: str) -> None:
        super().__init__(
            f"api_{noun}", __name__, url_prefix=f"{PREFIX}/{noun}", description=description
        )
        self.noun = noun
        csrf.exempt(self)  # only a bearer token lets anybody in here, and browsers do not add one

    def reads(
        self,
        rule: str,
        permission: str,
        scope: str,
        *,
        gives: type[ma.Schema] | str,
        query: type[ma.Schema] | None = None,
    ) -> Callable[[View], View]:
        """Declare a GET. The view takes (session, actor, query if any, **path).

        What it gives is shaped by a schema, or a whole response of a content type.
        """
        return self._declare("GET", rule, permission, scope, gives=gives, query=query)

    def does(
        self,
        rule: str,
        permission: str,
        scope: str,
        *,
        gives: type[ma.Schema] | None = None,
        takes: type[ma.Schema] | None = None,
        or_takes: str | None = None,
        status: int = 200,
        method: str = "POST",
    ) -> Callable[[View], View]:
        """Declare what changes something. The view takes (session, actor, body if any, **path).

        The body is None when it is of the other content type, which the view reads itself.
        """
        more: Any = {"takes": takes, "or_takes": or_takes, "status": status}
        return self._declare(method, rule, permission, scope, gives=gives, **more)

    def _declare(
        self,
        method: str,
        rule: str,
        permission: str,
        scope: str,
        *,
        gives: type[ma.Schema] | str | None = None,
        takes: type[ma.Schema] | None = None,
        or_takes: str | None = None,
        query: type[ma.Schema] | None = None,
        status: int = 200,
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            told = {"schema": {"type": "string"}, "content_type": gives}
            given = self.response(
                status, **(told if isinstance(gives, str) else {"schema": gives})
            )(view)
            called = given
            if query:
                called = self.arguments(query, location="query")(called)
            if takes:
                called = _either(self.arguments(takes)(called), given, or_takes)
            called = limiter.shared_limit(_rate, "api", key_func=_bearer)(_guarded(called, scope))
            called = self.doc(**_told(method, scope, view.__name__, or_takes))(called)
            called.permission, called.scope = permission, scope
            self.route(rule, methods=[method], tags=[self.noun], endpoint=view.__name__)(called)
            return view

        return declare


def _told(method: str, scope: str, name: str, or_takes: str | None) -> dict[str, Any]:
    """What the document says of an operation beside what it takes and gives."""
    told: dict[str, Any] = {"security": [{"token": [scope]}], "operationId": name}
    if method == "POST":
        told["parameters"] = [IDEMPOTENCY_KEY]
    if or_takes:
        files = {"type": "object", "additionalProperties": {"type": "string", "format": "binary"}}
        told["requestBody"] = {"content": {or_takes: {"schema": files}}}
    return told


def _either(of_json: View, given: View, other: str | None) -> View:
    """A view that takes JSON, or nothing of the library's when the content is of the other type."""

    @wraps(of_json)
    def called(session: Session, actor: Actor, **path: Any) -> Any:
        if other and request.mimetype == other:
            return given(session, actor, None, **path)
        if not request.is_json:
            raise UnsupportedMediaType
        return of_json(session, actor, **path)

    return called


def _rate() -> str:
    rate: str = current_app.config["API_RATE"]
    return rate


def _bearer() -> str:
    """What tells callers apart for the rate: their token, but never the token itself."""
    return sha256(request.headers.get("Authorization", "").encode("latin-1", "replace")).hexdigest()


def _guarded(view: View, scope: str) -> View:
    @wraps(view)
    def guarded(**path: Any) -> Response:
        # Who lost a race against the same request finds the other's answer at the next try.
        return again_when_lost(partial(_answered, view, scope, path))

    return guarded


def _answered(view: View, scope: str, path: dict[str, Any]) -> Response:
    with begun() as session:
        actor = _identified(session, scope)
        if request.method != "POST" or "Idempotency-Key" not in request.headers:
            return make_response(view(session, actor, **path))
        named = _named(actor)
        kept = idempotency.find(session, *named)
        if kept is not None:
            return _replayed(kept.status, kept.body, kept.location)
        answer = make_response(view(session, actor, **path))
        if answer.status_code < 400:
            told = (answer.status_code, answer.get_data(as_text=True), answer.location)
            idempotency.keep(session, *named, told)
        return answer


def _identified(session: Session, scope: str) -> Actor:
    """The service account whose token it is. Raises LogInNeeded, or Denied for want of scope."""
    g.actor = None
    sent = request.authorization
    bearer = sent.token if sent and sent.type == "bearer" else None
    grant = api_tokens.authenticate(session, bearer) if bearer else None
    if grant is None:
        raise LogInNeeded
    if scope not in grant.scopes:
        raise Denied(_("Tokenet gjelder ikke for dette. Det mangler «%(scope)s».", scope=scope))
    actor = load_actor(session, grant.account.id)
    tenancy.limit(session, actor.municipalities)
    g.actor = actor
    return actor


def _named(actor: Actor) -> tuple[Any, str, str, str]:
    """What the request calls itself: whose it is, its key, where it goes, and a hash of it."""
    key = request.headers["Idempotency-Key"]
    if not key.strip() or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(_("Nøkkelen i Idempotency-Key må være fra 1 til 200 vanlige tegn."))
    content = request.mimetype.encode() + b"\n" + request.get_data()
    return actor.account_id, key, f"{request.method} {request.path}", sha256(content).hexdigest()


def _replayed(status: int, body: str, location: str | None) -> Response:
    answer = Response(body, status, content_type=JSON)
    answer.headers["Idempotency-Replayed"] = "true"
    if location:
        answer.headers["Location"] = location
    return answer
