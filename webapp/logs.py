"""Structured logs that say what happened and never to whom.

One line per request with the route's rule. Never a name, a query string, a form value, an address
with ids in it, or the message of an exception: all of those may hold what a person has told us.
"""

import logging
import sys
import time
from typing import Any, TextIO
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from workflows.errors import place

_log = structlog.get_logger("rodtrad")


def configure(stream: TextIO | None = None, *, readable: bool = False) -> None:
    """Send every log line to `stream` (standard error), as JSON or, for a person, readable."""
    out = stream or sys.stderr
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if readable:
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=10)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(
                fmt="%H:%M:%S" if readable else "iso", utc=not readable
            ),
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=out),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    logging.basicConfig(handlers=[_Library()], level=logging.WARNING, force=True)


class _Library(logging.Handler):
    """What the libraries say: their sentence without what they put into it."""

    def emit(self, record: logging.LogRecord) -> None:
        event = str(record.msg) if isinstance(record.msg, str) else type(record.msg).__name__
        _log.warning("library", logger=record.name, said=event, **_cause(record.exc_info))


def _cause(exc_info: Any) -> dict[str, Any]:
    return {"error": place(exc_info[1])} if exc_info and exc_info[1] else {}


def failure(what: str, error: BaseException, **ids: str) -> str:
    """Log something that went wrong; the reference the user is shown."""
    reference = uuid4().hex[:8]
    _log.error("failed", what=what, error=place(error), reference=reference, **ids)
    return reference


def event(name: str, **facts: str | int | float) -> None:
    """Log that something happened. `facts` are numbers, ids and names of ours."""
    _log.info(name, **facts)


def warning(name: str) -> None:
    """Log that something is not as it should be in earnest."""
    _log.warning(name)


def _begin() -> None:
    g.began = time.perf_counter()


def _line(response: Response) -> Response:
    actor = g.get("actor")
    _log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else "-",
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1) if "began" in g else None,
        account=str(actor.account_id) if actor else None,
    )
    return response


def init_app(app: Flask) -> None:
    """Give the app its line per request."""
    # Its own line would carry the username that was tried.
    logging.getLogger("flask-limiter").disabled = True
    app.before_request(_begin)
    app.after_request(_line)
