"""Traces by OpenTelemetry, when OTEL_EXPORTER_OTLP_ENDPOINT says where to: of work, not of people.

A span is a request, a turn of a job, or one statement to the database within either. It says the
route's rule, the work's name or the table, how it went and how long it took: never an address, a
statement's text, its values or an error's message, which the ready-made instrumentation would send.
The packages are an extra: `pip install rodtrad[otel]`.
"""

import os
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy import Engine, event

from workflows.database import Base

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
UNLESS_SET = {"OTEL_SERVICE_NAME": "rodtrad", "OTEL_EXPORTER_OTLP_TIMEOUT": "3"}
"""Seconds for all tries to send something: a receiver that is away delays every stop by some."""
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
UNTOLD: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
"""The message of an exception may hold what a person has told us."""
WORD = re.compile(r"\s*([A-Za-z]+)\b")
TABLE = re.compile(r'(?i)\b(?:from|into|update)\s+"?(\w+)')


def init_app(app: Flask) -> None:
    """Trace the app's requests, if the environment asks. RuntimeError when it cannot be done."""
    tracer = _asked_for()
    if tracer is None:
        return
    from opentelemetry import trace

    def begin() -> None:
        method = request.method if request.method in METHODS else "_OTHER"
        rule = request.url_rule.rule if request.url_rule else "-"
        facts = {"http.request.method": method, "http.route": rule}
        g.span = tracer.start_as_current_span(
            f"{method} {rule}", kind=trace.SpanKind.SERVER, attributes=facts, **UNTOLD
        )
        g.span.__enter__()

    def tell(response: Response) -> Response:
        span = trace.get_current_span()
        span.set_attribute("http.response.status_code", response.status_code)
        if response.status_code >= 500:
            span.set_status(trace.StatusCode.ERROR)
        return response

    def end(_error: BaseException | None) -> None:
        if "span" in g:
            g.pop("span").__exit__(None, None, None)

    app.before_request(begin)
    app.after_request(tell)
    app.teardown_request(end)


def follow(engine: Engine) -> None:
    """Trace the statements of requests and jobs on a database, if the environment asks."""
    tracer = _asked_for()
    if tracer is None:
        return
    from opentelemetry import trace

    def begin(connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if trace.get_current_span().is_recording():
            facts = _subject(statement)
            name, facts["db.system.name"] = " ".join(facts.values()), engine.dialect.name
            connection.info["span"] = tracer.start_span(
                name, kind=trace.SpanKind.CLIENT, attributes=facts
            )

    def end(connection: Any, *_more: Any) -> None:
        if "span" in connection.info:
            connection.info.pop("span").end()

    def fail(context: Any) -> None:
        span = context.connection and context.connection.info.pop("span", None)
        if span:
            _mark(span, context.original_exception)
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


def turn(name: str, act: Callable[[], int]) -> int:
    """A turn of a work, which says how much it moved: as a span, if the environment asks."""
    tracer = _asked_for()
    if tracer is None:
        return act()
    with tracer.start_as_current_span(f"job {name}", **UNTOLD) as span:
        try:
            moved = act()
        except Exception as error:
            _mark(span, error)
            raise
        span.set_attribute("rodtrad.moved", moved)
    return moved


def _mark(span: Any, error: BaseException) -> None:
    """A span as failed, by the error's kind."""
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", type(error).__name__)
    span.set_status(StatusCode.ERROR)


def _subject(statement: str) -> dict[str, str]:
    """What is done to which table of ours."""
    word = WORD.match(statement)
    facts = {"db.operation.name": word[1].upper() if word else "OTHER"}
    for name in TABLE.findall(statement):
        if name in Base.metadata.tables:
            return {**facts, "db.collection.name": name}
    return facts


def _asked_for() -> Any:
    return _tracer() if os.environ.get(ENDPOINT) else None


@cache
def _tracer() -> Any:
    """The process's one. What has ended is sent when the process ends, too."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise RuntimeError(
            f"{ENDPOINT} er satt, men OpenTelemetry er ikke installert. "
            "Installer med: pip install 'rodtrad[otel]'"
        ) from error
    for name, value in UNLESS_SET.items():
        os.environ.setdefault(name, value)
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("rodtrad")
