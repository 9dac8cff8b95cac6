"""A database that goes away and comes back: users are told, and nothing has to be started again."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from databases import PostgreSQL, with_tables
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from world import World, full_world

from webapp import cli, create_app, edge, jobs
from workflows import clock, database, task_pages
from workflows.access import PUBLIC
from workflows.tables import OpenTask, Timer


@pytest.fixture
def address(postgresql: PostgreSQL) -> Iterator[str]:
    """The address of a database with the small municipality and Mia's case, on PostgreSQL."""
    url = with_tables(postgresql)
    engine = database.connect(url)
    with database.sessions(engine).begin() as session:
        full_world(session).start("Kari", "Mia", plantype="individuell_plan")
    engine.dispose()
    yield url
    postgresql.drop(url)


@pytest.fixture
def far(address: str) -> Iterator[Flask]:
    """The app on it."""
    made = create_app(address, testing=True)
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    made.extensions["engine"].dispose()


def cut(postgresql: PostgreSQL, engine: Engine) -> None:
    """What a restart of the server does to everyone who is connected."""
    theirs = f"from pg_stat_activity where datname = '{engine.url.database}'"
    postgresql.run(f"select pg_terminate_backend(pid) {theirs}")


def kari(app: Flask) -> FlaskClient:
    """A browser in which she is logged in."""
    with app.extensions["sessions"]() as session:
        account = session.execute(text("select id, generation from account where name = 'Kari'"))
        row = account.one()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account"], cookie["generation"] = str(row.id), row.generation
    return client


def test_a_torn_connection_is_told_with_what_was_typed(
    far: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 in words, with a time to come back; the next request is answered as always."""
    client = kari(far)
    with far.extensions["sessions"]() as session:
        task = session.scalars(select(OpenTask.id)).first()

    def torn(session: Session, *_given: object) -> None:
        session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as patch:
        patch.setattr(task_pages, "task_form", torn)
        answer = client.post(f"/oppgaver/{task}", data={"oppsummering": "Mia vil svømme"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "Databasen svarer ikke" in answer.text
    assert "Mia vil svømme" in answer.text
    assert client.get(f"/oppgaver/{task}").status_code == 200


def test_what_comes_after_a_torn_statement_is_told_alike(
    far: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where something went on after the statement that found the connection torn."""
    client = kari(far)

    def goes_on(session: Session, *_given: object) -> None:
        with suppress(OperationalError), session.begin_nested():
            session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        session.execute(text("select 1"))

    monkeypatch.setattr(task_pages, "open_task", goes_on)
    assert client.get(f"/oppgaver/{uuid4()}").status_code == 503


def test_a_connection_that_lay_unused_is_tried_first(
    far: Flask, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart of the server in a quiet hour nobody sees that it was away."""
    client = kari(far)
    assert client.get("/oppgaver/").status_code == 200
    monkeypatch.setattr(database, "SURELY_THERE", 0)
    cut(postgresql, far.extensions["engine"])
    assert client.get("/oppgaver/").status_code == 200


def test_a_server_that_is_away_is_told(address: str, far: Flask) -> None:
    """Nobody at the address is 503 too, not an error of ours."""
    client = kari(far)
    engine = far.extensions["engine"]
    away = engine.url.set(query={"host": "/nowhere"}, host=None)
    far.extensions["sessions"].configure(bind=create_engine(away))
    assert client.get("/oppgaver/").status_code == 503


def test_the_jobs_go_on_when_the_database_is_back(
    far: Flask, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The round in which it was away fails, and the next fires what is due."""
    monkeypatch.setattr(database, "SURELY_THERE", 0)  # the test itself asks at once
    engine, sessions = far.extensions["engine"], far.extensions["sessions"]
    with sessions() as session:
        waiting = session.scalar(select(func.count()).select_from(Timer))
        due = session.scalars(select(Timer.due_at)).first()
    assert waiting
    assert due
    cut(postgresql, engine)
    clock.travel(due - clock.now() + timedelta(minutes=1))
    thread = jobs.Jobs(sessions, every=0.01)
    thread.start()
    with engine.connect() as looking:
        for _turn in range(200):
            if looking.scalar(select(func.count()).where(Timer.due_at <= clock.now())) == 0:
                break
            looking.rollback()
            thread._stop.wait(0.02)
        else:
            pytest.fail("what is due was not fired")
    thread.stop()


def test_no_free_connection_is_told(app: Flask, stranger: FlaskClient, world: World) -> None:
    """More requests than connections is 503 in words."""

    def view() -> str:
        raise PoolTimeout

    app.add_url_rule("/uten", "without", edge.permission(PUBLIC)(view))
    answer = stranger.get("/uten")
    assert answer.status_code == 503
    assert "Databasen svarer ikke" in answer.text


def test_every_thread_has_its_connection(app: Flask, world: World) -> None:
    """The pool is larger than the server's threads and the jobs together."""
    pool = app.extensions["engine"].pool
    assert pool.size() + pool._max_overflow > cli.THREADS + 1
