"""Operators see how it goes with what moves by itself."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from databases import PostgreSQL
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from world import World, full_world

from tests.webapp.conftest import Client, Reopened
from webapp import cli, create_app
from workflows import clock

Clients = Callable[[str], FlaskClient]
FAILED = (
    "insert into procrastinate_jobs (queue_name, task_name, queueing_lock, args)"
    " values ('default', 'consents', 'consents', '{\"timestamp\": 1}')",
    "update procrastinate_jobs set status = 'doing'",
    "update procrastinate_jobs set status = 'failed'",
)


@pytest.fixture
def operator(world: World, client_of: Clients) -> FlaskClient:
    """The browser of somebody who runs the system."""
    world.employee("Dag", "nav", "IT", "drift")
    return client_of("Dag")


def test_what_waits_is_shown(operator: FlaskClient, world: World) -> None:
    """How many are due, since when, and when the next is."""
    assert "0 frister venter på tur." in operator.get("/drift/jobber/").text
    world.start("Kari", "Mia", plantype="individuell_plan")
    world.session.commit()
    clock.travel(timedelta(days=60))
    shown = operator.get("/drift/jobber/").text
    assert "1 frist venter på tur." in shown
    assert "Den eldste har ventet siden" in shown


@pytest.fixture
def on_postgresql(postgresql: PostgreSQL) -> Iterator[Flask]:
    """The app on PostgreSQL, where a work has failed."""
    url = postgresql.empty()
    app = create_app(url, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Client
    with app.extensions["sessions"].begin() as session:
        full_world(session).employee("Dag", "nav", "IT", "drift")
        for statement in FAILED:
            session.execute(text(statement))
    yield app
    app.extensions["engine"].dispose()
    postgresql.drop(url)


def logged_in(app: Flask, world: World) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account"] = str(world.accounts["Dag"].id)
        cookie["generation"] = world.accounts["Dag"].generation
    return client


def test_what_has_failed_gets_a_new_turn(on_postgresql: Flask) -> None:
    """The page says what has failed and that nobody works; one button tries it again."""
    with on_postgresql.extensions["sessions"]() as session:
        client = logged_in(on_postgresql, Reopened(session))
    shown = client.get("/drift/jobber/").text
    assert "<code>consents</code>: 1 gang" in shown
    assert "Ingen arbeider er i gang" in shown
    answer = client.post("/drift/jobber/", follow_redirects=True).text
    assert "1 jobb prøves igjen." in answer
    assert "Jobber i kø: 1. I arbeid: 0. Feilet: 0." in answer


def test_the_same_at_the_terminal(
    on_postgresql: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`rodtrad jobs` shows it, and with --retry tries again."""
    monkeypatch.chdir(tmp_path)
    url = on_postgresql.extensions["engine"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("RODTRAD_DATABASE_URL", url)
    shown = CliRunner().invoke(cli.main, ["jobs"], catch_exceptions=False).output
    assert "Arbeidere: 0" in shown
    assert "Feilet: consents, 1 ganger" in shown
    again = CliRunner().invoke(cli.main, ["jobs", "--retry"], catch_exceptions=False).output
    assert "Prøves igjen: 1" in again
    assert "I kø: 1, i arbeid: 0" in again


def test_on_one_file_the_server_works_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """There is nothing to start, and a worker says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RODTRAD_DATABASE_URL", raising=False)
    assert "arbeider serveren selv" in CliRunner().invoke(cli.main, ["jobs"]).output
    refused = CliRunner().invoke(cli.main, ["worker"])
    assert (refused.exit_code, "rodtrad serve" in refused.stderr) == (1, True)
