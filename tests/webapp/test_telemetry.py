"""Traces as a receiver gets them: of real processes, and of one in which things fail."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from databases import PostgreSQL, with_tables
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from world import full_world

from tests.webapp.test_machines import COMMAND, answers, free_port, until
from webapp import cli, create_app, telemetry
from workflows import api_tokens, database, organisations
from workflows.database import connect, sessions

ROOT = Path(cli.__file__).parents[1]
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy/gunicorn.conf.py"))
SECRET = ("Tuva", "Talende", "2010-05-17", "assignee", "rodtrad_", "FROM", "WHERE", "VALUES")
"""What the requests say about people and ask for, and what the statements do with it."""


@dataclass
class Receiver:
    """What takes spans over HTTP, as a collector does."""

    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> Any:
        """The first span of a name."""
        return next(span for span in self.spans if span.name == name)

    def within(self, name: str) -> set[str]:
        """The names of what was done within the spans of a name."""
        outer = {span.span_id for span in self.spans if span.name == name}
        return {span.name for span in self.spans if span.parent_span_id in outer}


@pytest.fixture(scope="module")
def receiver() -> Iterator[tuple[Receiver, str]]:
    """A receiver and its address."""
    made = Receiver()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    Thread(target=server.serve_forever, daemon=True).start()
    yield made, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def told(
    receiver: tuple[Receiver, str], postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Receiver]:
    """All that gunicorn and a worker have sent when they are stopped; until then they sent none."""
    url, token = town_with_token(postgresql)
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RODTRAD_DATABASE_URL": url,
        "RODTRAD_SECRET_KEY": "k" * 32,
        "RODTRAD_BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver[1],
        "OTEL_BSP_SCHEDULE_DELAY": "600000",
    }
    folder = tmp_path_factory.mktemp("run")
    commands = GUNICORN, (*COMMAND, "worker")
    made = [
        subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        until(lambda: answers(port))
        tell_of_people(port, token)
        until(lambda: worked(url))
        assert receiver[0].bodies == []
        for process in made:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(20) for process in made] == [0, 0]
        yield receiver[0]
    finally:
        for process in made:
            process.kill()
            process.wait()
        postgresql.drop(url)


def town_with_token(postgresql: PostgreSQL) -> tuple[str, str]:
    """A database with a municipality, for the app's own role, and the token of a system in it."""
    owned = with_tables(postgresql)
    engine = connect(owned)
    with sessions(engine).begin() as session:
        world = full_world(session)
        account = api_tokens.service_account(session, "system", "System")
        organisations.employ(session, account, world.services["koordinerende_enhet"], "System", ())
        granted = ("persons:read", "persons:write", "tasks:read")
        _row, token = api_tokens.create_token(session, account, "x", granted, timedelta(days=9))
    engine.dispose()
    url = postgresql.copy(owned)
    postgresql.drop(owned)
    return url, token


def tell_of_people(port: int, token: str) -> None:
    """Requests with a name, a date of birth and search words in them."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    person = '{"name": "Tuva Talende", "born_on": "2010-05-17"}'
    for asked, body in (("POST persons", person), ("GET tasks?assignee=unassigned", None)):
        method, path = asked.split()
        connection = HTTPConnection("127.0.0.1", port)
        connection.request(method, f"/api/v1/{path}", body, headers)
        assert connection.getresponse().status in (200, 201)
        connection.close()


def worked(url: str) -> bool:
    """Whether a worker has begun to take its turns."""
    engine = database.connect(url)
    with engine.begin() as connection:
        asked = text("select count(*) from procrastinate_periodic_defers where task_name='timers'")
        found = connection.scalar(asked)
    engine.dispose()
    return bool(found)


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_request_is_told_by_its_rule(told: Receiver) -> None:
    """Method, rule and status, sent at the latest when the process ends."""
    assert attributes(told.named("POST /api/v1/persons")) == {
        "http.request.method": "POST",
        "http.route": "/api/v1/persons",
        "http.response.status_code": 201,
    }
    assert "GET /api/v1/tasks" in {span.name for span in told.spans}


def test_a_statement_stands_within_its_request(told: Receiver) -> None:
    """What is done to which table is seen, and no statement stands alone."""
    assert {"INSERT person", "INSERT audit_entry"} <= told.within("POST /api/v1/persons")
    assert attributes(told.named("INSERT person")) == {
        "db.operation.name": "INSERT",
        "db.collection.name": "person",
        "db.system.name": "postgresql",
    }
    alone = {span.name.partition(" ")[0] for span in told.spans if not span.parent_span_id}
    assert alone == {"GET", "POST", "job"}


def test_a_turn_of_a_job_is_told(told: Receiver) -> None:
    """A worker's turns say what they looked for and how much they moved."""
    assert attributes(told.named("job timers")) == {"rodtrad.moved": 0}
    assert "SELECT timer" in told.within("job timers")


def test_nothing_is_told_of_people(told: Receiver) -> None:
    """No name, date, search word, id or text of a statement is in what was sent."""
    sent = b"".join(told.bodies)
    assert [word for word in SECRET if word.encode() in sent] == []
    told_of = {key for span in told.spans for key in attributes(span)}
    assert told_of == {
        *("http.request.method", "http.route", "http.response.status_code"),
        *("db.system.name", "db.operation.name", "db.collection.name", "rodtrad.moved"),
    }


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """The spans of this process."""
    made = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(made))
    monkeypatch.setenv(telemetry.ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setattr(telemetry, "_tracer", lambda: provider.get_tracer("test"))
    return made


def fail_in(engine: Engine) -> int:
    with engine.begin() as connection:
        connection.execute(text("select 'Tuva' from nowhere"))
    return 0


def test_what_fails_is_told_without_its_message(traced: InMemorySpanExporter, town: str) -> None:
    """A statement and a request that fail are marked, and an exception's words are nowhere."""
    app = create_app(town)
    engine = app.extensions["engine"]
    app.add_url_rule("/fails", view_func=lambda: str(fail_in(engine)))
    assert app.test_client().get("/fails").status_code == 500
    engine.dispose()
    statement, request = traced.get_finished_spans()[-2:]
    assert (statement.name, request.name) == ("SELECT", "GET /fails")
    assert statement.attributes["error.type"] in ("OperationalError", "UndefinedTable")
    for span in (statement, request):
        assert (span.status.is_ok, span.status.description, span.events) == (False, None, ())


def test_a_turn_that_fails_still_fails(traced: InMemorySpanExporter, town: str) -> None:
    """It is marked as failed, and hides nothing from whoever began it."""
    engine = connect(town)
    telemetry.follow(engine)
    with pytest.raises(SQLAlchemyError):
        telemetry.turn("timers", lambda: fail_in(engine))
    engine.dispose()
    *_statements, turn = traced.get_finished_spans()
    assert (turn.name, turn.status.is_ok, turn.events) == ("job timers", False, ())


def test_a_strange_method_is_not_told(traced: InMemorySpanExporter, app: Flask) -> None:
    """What a stranger writes in the request's first line is no name of a span."""
    app.test_client().open("/tuva", method="TUVA")
    assert traced.get_finished_spans()[-1].name == "_OTHER -"


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("select 1 from person join timer", "SELECT person"),
        ('INSERT INTO "position" (name) VALUES (?)', "INSERT position"),
        ("update tuva set x = 1", "UPDATE"),
        ("with x as (select * from timer) select * from x", "WITH timer"),
        ("/* tuva */ select 1", "OTHER"),
        ("", "OTHER"),
    ],
)
def test_a_statement_is_known_by_our_words(statement: str, name: str) -> None:
    """The first word and a table of ours, and nothing else of it."""
    assert " ".join(telemetry._subject(statement).values()) == name
