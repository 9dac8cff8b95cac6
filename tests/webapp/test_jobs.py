"""Due timers are fired by the thread, one transaction each."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from world import World

from tests.workflows import stories
from tests.workflows.breaking import Broken, Clashing
from webapp import jobs
from workflows import bulk_jobs, clock, consents, incidents, timers
from workflows.actors import SYSTEM, Actor
from workflows.tables import BulkJob, Incident, Notice, Timer

Sessions = sessionmaker[Session]
DETAILS = {"plantype": "individuell_plan"}


@pytest.fixture
def sessions(app: Flask) -> Sessions:
    found: Sessions = app.extensions["sessions"]
    return found


@pytest.fixture
def waiting(world: World) -> World:
    """A case in which something is to happen by itself within a month."""
    world.start("Kari", "Mia", **DETAILS)
    world.session.commit()
    assert world.session.scalar(select(Timer.id).limit(1))
    world.session.commit()
    return world


def begin_another(world: World) -> None:
    world.person("Per")
    world.start("Kari", "Per", **DETAILS)
    world.session.commit()


def test_nothing_is_due(sessions: Sessions, waiting: World) -> None:
    """What is not due yet is left alone."""
    assert jobs.run_due(sessions) == 0


def test_due_timers_fire_and_are_consumed(sessions: Sessions, waiting: World) -> None:
    """After a month the reminder has been sent, and its timer is gone."""
    clock.travel(timedelta(days=30))
    assert jobs.run_due(sessions) >= 1
    assert jobs.run_due(sessions) == 0
    assert waiting.session.scalar(select(Notice.id).limit(1))


def test_limit_is_kept(sessions: Sessions, waiting: World) -> None:
    """No more than the limit are fired at once."""
    begin_another(waiting)
    clock.travel(timedelta(days=30))
    assert jobs.run_due(sessions, limit=1) == 1
    assert jobs.run_due(sessions, limit=1) == 1


def test_failing_timer_is_put_aside(
    sessions: Sessions,
    waiting: World,
    monkeypatch: pytest.MonkeyPatch,
    logged: StringIO,
) -> None:
    """A case that cannot move is undone, noted without the message, and others go on."""
    begin_another(waiting)
    fire, failing = timers.fire, []

    def fails_once(session: Session, *due: Timer) -> None:
        fire(session, *due)
        failing[:] = failing or [due[0].id]
        if failing[0] in {timer.id for timer in due}:
            raise ValueError("Mia Testesen")

    monkeypatch.setattr(timers, "fire", fails_once)
    clock.travel(timedelta(days=30))
    jobs.run_due(sessions)
    kept = waiting.session.scalars(select(Incident)).one()
    assert (kept.task_id, kept.kind) == (failing[0], "case")
    assert kept.error.startswith("ValueError < ")
    assert waiting.session.scalar(select(Notice.id).limit(1))
    assert "Testesen" not in kept.error + logged.getvalue()


def test_cases_that_are_due_go_on_together(
    sessions: Sessions, waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several cases share a transaction, each of them once however much in it is due."""
    begin_another(waiting)
    fire, together = timers.fire, []

    def counted(session: Session, *due: Timer) -> None:
        together.append({timer.instance_id for timer in due})
        assert len(together[-1]) == len(due)
        fire(session, *due)

    monkeypatch.setattr(timers, "fire", counted)
    clock.travel(timedelta(days=30))
    jobs.fire_timers(sessions, 10)
    assert len(together[0]) == 2


def test_failed_timer_is_tried_again(
    sessions: Sessions, waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute later a timer that failed gets another chance."""

    def fails(session: Session, timer: Timer) -> None:
        raise ValueError

    clock.travel(timedelta(days=30))
    with monkeypatch.context() as broken:
        broken.setattr(timers, "fire", fails)
        assert jobs.run_due(sessions) == 0
    assert jobs.run_due(sessions) == 0
    clock.travel(timedelta(days=30, minutes=2))
    assert jobs.run_due(sessions) >= 1
    assert waiting.session.scalars(select(Incident.status)).one() == "retried"


def test_step_that_failed_is_tried_again(
    sessions: Sessions, waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reminder that could not be sent lets its case go on, and is sent when it can be."""
    broken = Broken(monkeypatch, "notify", ValueError())
    clock.travel(timedelta(days=30))
    assert jobs.run_due(sessions) >= 1
    assert waiting.session.scalar(select(Notice.id).limit(1)) is None
    waiting.session.commit()
    broken.mend()
    clock.travel(timedelta(days=30, minutes=2))
    assert jobs.run_due(sessions) == 1
    assert waiting.session.scalar(select(Notice.id).limit(1))


def test_step_whose_case_cannot_be_saved_is_put_aside(
    sessions: Sessions, waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails outside the step itself is not tried over and over."""
    Broken(monkeypatch, "notify", ValueError())
    clock.travel(timedelta(days=30))
    jobs.run_due(sessions)

    def fails(session: Session, incident: Incident) -> None:
        raise ValueError

    monkeypatch.setattr(incidents, "retry_due", fails)
    clock.travel(timedelta(days=30, minutes=2))
    assert jobs.run_due(sessions) == 0
    kept = waiting.session.scalars(select(Incident)).one()
    assert kept.next_retry_at is not None
    assert kept.next_retry_at > clock.now() + timedelta(hours=23)


def test_timer_that_stays_due_is_put_aside(
    sessions: Sessions, waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timer that is due after it was fired would be fired for ever: it is put aside instead."""
    clock.travel(timedelta(days=30))
    monkeypatch.setattr(timers, "fire", lambda session, timer: None)
    assert jobs.run_due(sessions) == 0
    assert "NotConsumed" in (waiting.session.scalar(select(Incident.error)) or "")


@pytest.mark.database
def test_an_operation_that_clashes_every_time_stops_nobody_else(
    sessions: Sessions, waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer has fired, once, and the step that comes of it stands still."""
    begin_another(waiting)
    clashing = Clashing(monkeypatch, "notify")
    clock.travel(timedelta(days=30))
    jobs.run_due(sessions)
    found = waiting.session.scalars(select(Incident)).all()
    assert {row.kind for row in found} == {"operation"}
    assert {row.error.partition(" ")[0] for row in found} == {"IntegrityError"}
    assert len({row.instance_id for row in found}) == 2
    waiting.session.commit()
    calls = clashing.calls
    assert jobs.run_due(sessions) == 0
    assert clashing.calls == calls


def test_what_was_due_when_the_database_went_away_is_not_put_aside(
    sessions: Sessions, waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is nobody's fault, so it is done at the next look and no incident tells of it."""

    def away(*_due: object) -> None:
        raise OperationalError("", {}, sqlite3.OperationalError("unable to open database file"))

    with monkeypatch.context() as patch:
        patch.setattr(timers, "fire", away)
        clock.travel(timedelta(days=30))
        with pytest.raises(OperationalError):
            jobs.run_due(sessions)
    assert waiting.session.scalars(select(Incident)).all() == []
    waiting.session.commit()
    assert jobs.run_due(sessions) > 0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_thread_fires_what_becomes_due(sessions: Sessions, waiting: World) -> None:
    """The thread does it by itself and stops within a second."""
    thread = jobs.Jobs(sessions, every=0.02, works=(jobs.Work("timers", jobs.fire_timers, 1),))
    thread.start()
    try:
        clock.travel(timedelta(days=30))

        def sent() -> bool:
            with sessions.begin() as session:
                return session.scalar(select(Notice.id).limit(1)) is not None

        until(sent)
    finally:
        began = time.monotonic()
        thread.stop()
    assert time.monotonic() - began < 1


def test_thread_outlives_a_database_that_is_away(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One failed look does not end the thread, nor keep it from its other works."""
    looks: list[int] = []
    seen = Event()

    def away(session: Session) -> None:
        looks.append(1)
        if len(looks) > 1:
            seen.set()
        raise OSError("away")

    def other(_sessions: Sessions, _limit: int) -> int:
        others.append(1)
        return 0

    others: list[int] = []
    monkeypatch.setattr(timers, "next_due", away)
    works = jobs.Work("timers", jobs.fire_timers, 1), jobs.Work("other", other, 1)
    thread = jobs.Jobs(sessions, every=0.01, works=works)
    thread.start()
    assert seen.wait(10)
    thread.stop()
    assert others


def test_a_work_is_done_once_in_its_time(sessions: Sessions) -> None:
    """An hourly work is done at the first look and again when an hour has passed, not between."""
    done: list[int] = []

    def count(_sessions: Sessions, _limit: int) -> int:
        done.append(1)
        return 0

    thread = jobs.Jobs(sessions, works=())
    work = jobs.Work("hourly", count, 3600)
    thread._tend(work)
    thread._tend(work)
    assert len(done) == 1
    clock.travel(timedelta(hours=1))
    thread._tend(work)
    assert len(done) == 2


def test_the_thread_goes_on_while_there_is_more(sessions: Sessions) -> None:
    """A thousand due at once do not wait for the next look, a few each time."""
    left = [95]

    def some(_sessions: Sessions, limit: int) -> int:
        taken = min(limit, left[0])
        left[0] -= taken
        return taken

    jobs.Jobs(sessions, works=())._tend(jobs.Work("some", some, 3))
    assert left == [0]


def test_consents_that_end_are_asked_for_again_and_then_stop(app: Flask, world: World) -> None:
    """The job thread asks thirty days before the end, and tells the case when it has come."""
    instance = stories.to_measures(world)
    world.session.commit()
    clock.travel(clock.offset_in(104 * 7 - 29))
    jobs.run_due(app.extensions["sessions"], limit=1000)
    assert world.open_elements().count("samtykke_forslag") == 1
    world.session.commit()
    clock.travel(clock.offset_in(31))
    jobs.run_due(app.extensions["sessions"], limit=1000)
    world.session.expire_all()
    assert consents.live_services(world.session, instance) == set()


@pytest.fixture
def many(world: World) -> Iterator[BulkJob]:
    """A bulk job of three items, the second of which goes wrong."""

    def act(session: Session, _actor: Actor, _job: BulkJob, subject_id: UUID) -> None:
        session.add(Notice(**notice_of(world, f"Nummer {subject_id.int}")))
        session.flush()
        if subject_id.int == 2:
            raise RuntimeError("a secret")

    bulk_jobs.bulk_kind("test")(act)
    subjects = [UUID(int=n) for n in (1, 2, 3)]
    yield bulk_jobs.create(world.session, SYSTEM, world.municipality.id, "test", subjects, {})
    del bulk_jobs.KINDS["test"]


def notice_of(world: World, text: str) -> dict[str, Any]:
    """The columns of a notice to Kari."""
    return {
        "municipality_id": world.municipality.id,
        "account_id": world.account_id("Kari"),
        "text": text,
        "sent_at": clock.now(),
    }


def test_items_of_bulk_jobs_are_done_in_steps(
    sessions: Sessions, world: World, many: BulkJob, logged: StringIO
) -> None:
    """What goes wrong undoes its own work, is counted and logged, and the others go on."""
    world.session.commit()
    assert jobs.run_some(sessions, limit=2) == 2
    assert jobs.run_some(sessions) == 1
    assert jobs.run_some(sessions) == 0
    world.session.refresh(many)
    assert (many.done, many.failed, many.status) == (2, 1, "finished")
    said = world.session.scalars(select(Notice.text)).all()
    assert sorted(said) == ["Nummer 1", "Nummer 3"]
    assert "RuntimeError" in logged.getvalue()
    assert "a secret" not in logged.getvalue()
