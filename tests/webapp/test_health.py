"""What machines ask: does it live, can it serve, how does it go."""

import re
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from world import World

from tests.workflows import stories
from webapp import create_app, telemetry
from webapp.health import counted
from workflows import clock
from workflows.tables import HistoryEntry

ELSEWHERE = {"REMOTE_ADDR": "10.0.0.9"}


@pytest.fixture
def away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot be reached."""

    def refuse() -> None:
        raise OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(app.extensions["engine"], "connect", refuse)


def test_the_process_lives_whatever_the_database_does(stranger: FlaskClient, away: None) -> None:
    """Whoever restarts what is dead is not to restart it for a slow database."""
    assert (stranger.get("/healthz").status_code, stranger.get("/healthz").text) == (200, "ok\n")


def test_ready_when_the_database_has_these_tables(stranger: FlaskClient) -> None:
    """Requests may come."""
    assert stranger.get("/readyz").status_code == 200


def test_not_ready_without_a_database(stranger: FlaskClient, away: None) -> None:
    """Requests are to go to another server."""
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database\n")


@pytest.mark.parametrize("number", ["0001", "9999"])
def test_not_ready_for_another_version(app: Flask, stranger: FlaskClient, number: str) -> None:
    """While the tables are older or newer than the code, nobody is served."""
    with app.extensions["engine"].begin() as connection:
        connection.execute(text("update alembic_version set version_num = :n"), {"n": number})
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "version\n")


def value(page: str, name: str) -> float:
    """The value of a metric with its labels."""
    found = re.search(rf"(?m)^{re.escape(name)} (\S+)$", page)
    assert found, name
    return float(found[1])


def test_requests_are_counted_by_route(
    client_of: Callable[[str], FlaskClient], world: World
) -> None:
    """The route's rule and the status, never the address."""
    client = client_of("Kari")
    client.get(f"/personer/{world.persons['Mia'].id}?q=Testesen")
    shown = client.get("/metrics").text
    name = 'rodtrad_request_seconds_count{method="GET",route="/personer/<uuid:person_id>",status="'
    assert name in shown
    assert str(world.persons["Mia"].id) not in shown
    assert "Testesen" not in shown


def test_strange_methods_are_one(stranger: FlaskClient) -> None:
    """Nobody fills the memory of the numbers with words of their own."""
    stranger.open("/om", method="NONSENSE")
    assert "NONSENSE" not in stranger.get("/metrics").text


def test_due_timers_are_told_of(stranger: FlaskClient, world: World) -> None:
    """How many wait, and for how long."""
    world.start("Kari", "Mia", plantype="individuell_plan")
    world.session.commit()
    assert value(stranger.get("/metrics").text, "rodtrad_timers_due") == 0
    clock.travel(timedelta(days=60))
    shown = stranger.get("/metrics").text
    assert value(shown, "rodtrad_timers_due") > 0
    assert value(shown, "rodtrad_timers_overdue_seconds") > 86400


def test_completed_tasks_are_counted(world: World) -> None:
    """Whatever way a task is completed."""
    before = counted.get_sample_value("rodtrad_tasks_completed_total") or 0
    stories.to_measures(world)
    done = counted.get_sample_value("rodtrad_tasks_completed_total") or 0
    assert (
        done - before
        == world.session.query(HistoryEntry)
        .filter_by(kind="completed")
        .filter(HistoryEntry.form_key.is_not(None))
        .count()
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 403), ({"Authorization": "Bearer x"}, 403), ({"Authorization": "Bearer hemmelig"}, 200)],
)
def test_numbers_elsewhere_need_the_token(
    stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], status: int
) -> None:
    """From another machine only with the token."""
    monkeypatch.setenv("RODTRAD_METRICS_TOKEN", "hemmelig")
    answer = stranger.get("/metrics", headers=headers, environ_base=ELSEWHERE)
    assert answer.status_code == status


def test_no_token_opens_for_nobody(stranger: FlaskClient) -> None:
    """An empty token is none."""
    headers = {"Authorization": "Bearer "}
    assert stranger.get("/metrics", headers=headers, environ_base=ELSEWHERE).status_code == 403


def test_what_a_server_in_front_passes_on_is_not_from_here(stranger: FlaskClient) -> None:
    """Behind a server on the same machine everybody seems to come from it."""
    headers = {"X-Forwarded-For": "10.0.0.9"}
    assert stranger.get("/metrics", headers=headers).status_code == 403


def test_traces_that_cannot_be_made(town: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for and not installed: the start says what to install."""
    monkeypatch.setenv(telemetry.ENDPOINT, "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(RuntimeError, match=r"rodtrad\[otel\]"):
        create_app(town, testing=True)
