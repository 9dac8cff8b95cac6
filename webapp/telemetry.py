"""Traces by OpenTelemetry, when OTEL_EXPORTER_OTLP_ENDPOINT says where to: of routes, not people.

The packages are an extra: `pip install rodtrad[otel]`. A span carries the route's rule and the
status, never an address: the ready-made instrumentation would send search words and ids.
"""

import os
from typing import Any

from flask import Flask, Response, g, request

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def init_app(app: Flask) -> None:
    """Trace the app's requests, if the environment asks. RuntimeError when it cannot be done."""
    if not os.environ.get(ENDPOINT):
        return
    tracer = _tracer()

    def begin() -> None:
        rule = request.url_rule.rule if request.url_rule else "-"
        g.span = tracer.start_span(f"{request.method} {rule}", attributes={"http.route": rule})

    def end(response: Response) -> Response:
        if "span" in g:
            g.span.set_attribute("http.response.status_code", response.status_code)
            g.pop("span").end()
        return response

    app.before_request(begin)
    app.after_request(end)


def _tracer() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise RuntimeError(
            f"{ENDPOINT} er satt, men OpenTelemetry er ikke installert. "
            "Installer med: pip install 'rodtrad[otel]'"
        ) from error
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("rodtrad")
