"""For those who run it and their machines: does the process live, can it serve, how does it go.

Numbers and words only, never a person, a case or an id.
"""

import hmac
import os
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from webapp import edge, logs
from webapp.edge import permission
from workflows import clock, job_queue, schema
from workflows.access import PUBLIC
from workflows.tables import HistoryEntry

blueprint = Blueprint("health", __name__)

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
LOOPBACK = {"127.0.0.1", "::1"}

counted = CollectorRegistry()
"""What this process has counted; with PROMETHEUS_MULTIPROC_DIR all processes of a machine's."""
_requests = Histogram(
    "rodtrad_request_seconds",
    "Requests by the route's rule, method and status, and how long they took.",
    ("route", "method", "status"),
    registry=counted,
)
_completed = Counter(
    "rodtrad_tasks_completed", "Tasks that somebody has completed here.", registry=counted
)


@blueprint.get("/healthz")
@permission(PUBLIC)
def healthz() -> ResponseReturnValue:
    """The process lives. It asks nobody, so that a slow database does not get it killed."""
    return "ok\n", 200, PLAIN


@blueprint.get("/readyz")
@permission(PUBLIC)
def readyz() -> ResponseReturnValue:
    """The database is there, with this version's tables."""
    try:
        there = schema.version(current_app.extensions["engine"])
    except schema.OutdatedDatabase:
        there = None
    except SQLAlchemyError as error:
        logs.failure("readyz", error)
        return "database\n", 503, PLAIN
    return ("ok\n", 200, PLAIN) if there == schema.head() else ("version\n", 503, PLAIN)


@blueprint.get("/metrics")
@permission(PUBLIC)
def metrics() -> ResponseReturnValue:
    """Numbers for Prometheus, to the machine itself and whoever has the token."""
    if not _may_read():
        return "\n", 403, PLAIN
    now = CollectorRegistry()
    with edge.sessions().begin() as session:
        now.register(_Standing(job_queue.standing(session)))
    return _counted() + generate_latest(now), 200, {"Content-Type": CONTENT_TYPE_LATEST}


def _may_read() -> bool:
    """By the token, or from here and not by way of a server in front, whom everybody comes by."""
    token = os.environ.get("RODTRAD_METRICS_TOKEN", "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    passed_on = any(name.startswith(("X-Forwarded", "Forwarded")) for name, _ in request.headers)
    return request.remote_addr in LOOPBACK and not passed_on


def _counted() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(counted)
    every = CollectorRegistry()
    multiprocess.MultiProcessCollector(every)  # type: ignore[no-untyped-call]
    return generate_latest(every)


class _Standing(Collector):
    """What stands in the database, the same whichever process is asked."""

    def __init__(self, queue: job_queue.Queue) -> None:
        self._queue = queue

    def collect(self) -> Iterator[GaugeMetricFamily]:
        queue, since = self._queue, self._queue.overdue_since
        overdue = (clock.now() - since).total_seconds() if since else 0
        yield _gauge("timers_due", "Timers whose time has come and that wait.", queue.due)
        yield _gauge("timers_overdue_seconds", "How long the oldest of them has waited.", overdue)
        yield _gauge("incidents_open", "Steps that stand still after a failure.", queue.incidents)
        if queue.workers is not None:
            yield _gauge("workers", "Worker processes alive.", queue.workers)
        jobs = GaugeMetricFamily("rodtrad_jobs", "Turns of the workers by state.", labels=["state"])
        for state, number in queue.states.items():
            jobs.add_metric([state], number)
        yield jobs


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"rodtrad_{name}", words, value=value)


def _begin() -> None:
    g.request_began = time.perf_counter()


def _count(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "-"
    taken = time.perf_counter() - g.get("request_began", time.perf_counter())
    method = request.method if request.method in {"GET", "POST", "PUT", "PATCH", "DELETE"} else "-"
    _requests.labels(route, method, str(response.status_code)).observe(taken)
    return response


@event.listens_for(HistoryEntry, "after_insert")
def _count_task(_mapper: object, _connection: object, entry: HistoryEntry) -> None:
    if entry.kind == "completed" and entry.form_key is not None:
        _completed.inc()


def init_app(app: Flask) -> None:
    """Count the app's requests."""
    app.before_request(_begin)
    app.after_request(_count)
