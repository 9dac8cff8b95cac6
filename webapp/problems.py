"""Errors as `application/problem+json` (RFC 9457), for whoever asks from a program.

It will not decide what is wrong: the edge and the API do.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

PLACE = "/api/"
FRONT = "/api/v1/"
"""The page for people that tells what there is."""
KINDS = {
    400: (_l("Forespørselen kan ikke leses"), _l("Innholdet er ikke gyldig JSON.")),
    401: (_l("Tokenet mangler eller gjelder ikke"), _l("Send et gyldig token som Bearer.")),
    403: (_l("Ikke tilgang"), _l("Tokenet eller grunnlaget strekker ikke til for dette.")),
    404: (_l("Finnes ikke"), _l("Det er ikke noe her, eller det er ikke deres å se.")),
    405: (_l("Metoden finnes ikke her"), _l("Denne adressen tar ikke imot denne metoden.")),
    409: (_l("Noen andre var raskere"), _l("Hent det på nytt og se hva som står.")),
    413: (_l("For stort"), _l("Innholdet er større enn vi tar imot.")),
    415: (_l("Feil slags innhold"), _l("Send application/json.")),
    422: (_l("Noe stemmer ikke"), _l("Innholdet er lest, men det følger ikke reglene.")),
    429: (_l("For mange forespørsler"), _l("Vent litt og prøv igjen.")),
    500: (_l("Noe gikk galt hos oss"), _l("Feilen er notert. Prøv igjen om litt.")),
    503: (
        _l("Databasen svarer ikke"),
        _l("Det som var i gang, kan være gjort. Vent litt, og send det igjen med samme nøkkel."),
    ),
}
"""HTTP status → what such a problem is called, and the words when nobody has better ones."""

LIBRARY_WORDS = {
    "Missing data for required field.": _l("Dette må være med."),
    "Field may not be null.": _l("Dette kan ikke være null."),
    "Unknown field.": _l("Feltet finnes ikke."),
    "Not a valid string.": _l("Oppgi en tekst."),
    "Not a valid integer.": _l("Oppgi et helt tall."),
    "Not a valid UUID.": _l("Oppgi en id (UUID)."),
    "Not a valid date.": _l("Oppgi datoen som åååå-mm-dd."),
    "Not a valid list.": _l("Oppgi en liste."),
    "Not a valid mapping type.": _l("Oppgi et objekt."),
    "Invalid input type.": _l("Oppgi et objekt."),
    "Invalid JSON body.": _l("Innholdet er ikke gyldig JSON."),
}
"""What marshmallow says → the same in our words."""

Fault = Mapping[str, str | int]


class Rejected(Exception):
    """What was sent breaks rules at known places: the `errors` of the problem."""

    def __init__(self, errors: Sequence[Fault], reason: str | None = None) -> None:
        super().__init__("rejected")
        self.errors, self.reason = errors, reason


def asked_for() -> bool:
    """True when a program asks and a page would be of no use."""
    return request.path.startswith(PLACE) and request.path != FRONT


def problem(
    status: int, detail: str | None = None, errors: Sequence[Fault] = (), **more: Any
) -> Response:
    """The answer for a problem; `detail` is a sentence for people, in their language."""
    title, words = KINDS.get(status, KINDS[400 if status < 500 else 500])
    body: dict[str, Any] = {
        "type": f"{FRONT}#problem-{status}",
        "title": str(title),
        "status": status,
        "detail": detail or str(words),
        "instance": request.path,
    }
    body |= {"errors": list(errors)} if errors else {}
    body |= {name: value for name, value in more.items() if value}
    answer = Response(json.dumps(body), status, content_type="application/problem+json")
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="rodtrad"'
    return answer


def rejected(error: Rejected) -> Response:
    """The answer when what was sent breaks rules at known places."""
    detail = gettext(error.reason) if error.reason else None
    return problem(422, detail, errors=error.errors)


def with_headers(answer: Response, error: HTTPException) -> Response:
    """The answer with what a program acts on: which methods there are, and when to try again."""
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def places(error: HTTPException) -> list[Fault]:
    """Where in the request the library found what it could not take."""
    found = getattr(error, "data", None) or {}
    return [
        fault
        for location, messages in (found.get("messages") or {}).items()
        for fault in _faults(messages, "", location)
    ]


def _faults(messages: Any, pointer: str, location: str) -> Iterator[Fault]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            step = "" if name == "_schema" else "/" + escaped(str(name))
            yield from _faults(inner, pointer + step, location)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        words = str(LIBRARY_WORDS.get(str(message)) or gettext(str(message)))
        place = "pointer" if location == "json" else "parameter"
        yield {place: pointer if location == "json" else pointer.lstrip("/"), "detail": words}


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
