"""Workers on PostgreSQL: the same works as the thread's, shared by as many as there are."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from threading import Event
from uuid import UUID

import pytest
from databases import PostgreSQL, with_tables
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from webapp import cli, worker
from webapp.jobs import Work
from webapp.worker import Worker
from workflows import bulk_jobs, clock, database, job_queue, organisations
from workflows.actors import SYSTEM, Actor
from workflows.errors import Denied


@pytest.fixture(scope="module")
def shared(postgresql: PostgreSQL) -> Iterator[Engine]:
    """A database on PostgreSQL without rows."""
    url = with_tables(postgresql)
    made = database.connect(url)
    yield made
    made.dispose()
    postgresql.drop(url)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often, so that the tests are quick."""
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.05)


@pytest.fixture(autouse=True)
def unused(shared: Engine) -> Iterator[None]:
    """The queue is empty before and after."""
    yield
    with shared.begin() as connection:
        connection.execute(text("truncate procrastinate_jobs, procrastinate_workers cascade"))


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def standing(engine: Engine) -> job_queue.Queue:
    with database.sessions(engine).begin() as session:
        return job_queue.standing(session)


def test_a_work_comes_round_by_itself(shared: Engine) -> None:
    """Every second its turn comes, and a worker is seen to be alive."""
    turns: list[int] = []
    made = Worker(shared, (Work("count", lambda _sessions, _limit: turns.append(1) or 0, 1),))
    made.start()
    until(lambda: len(turns) >= 2)
    assert standing(shared).workers == 1
    made.stop()
    assert standing(shared).workers == 0


def test_many_due_are_shared_out_at_once(shared: Engine) -> None:
    """When there is more than one turn takes, the next do not wait for their time."""
    left = [worker.CHUNK * 5 + 7]

    def some(_sessions: sessionmaker[Session], limit: int) -> int:
        taken = min(limit, left[0])
        left[0] -= taken
        return taken

    made = Worker(shared, (Work("some", some, 59),))
    # its time may be nearly a minute off, so it is asked for by hand
    made.start()
    until(lambda: standing(shared).workers)
    defer(shared, "some")
    until(lambda: left == [0])
    made.stop()


def defer(engine: Engine, work: str, status: str = "todo") -> None:
    """A turn, as procrastinate writes it."""
    states = ["doing", status] if status == "failed" else [status]
    queued = text(
        "insert into procrastinate_jobs (queue_name, task_name, queueing_lock, args)"
        " values ('default', :work, :work, '{\"timestamp\": 1}') returning id"
    )
    changed = text(
        "update procrastinate_jobs set status = cast(:state as procrastinate_job_status)"
        " where id = :id"
    )
    with engine.begin() as connection:
        made = connection.execute(queued, {"work": work}).scalar_one()
        for state in states:
            connection.execute(changed, {"state": state, "id": made})


def test_stopping_finishes_what_is_under_way(shared: Engine) -> None:
    """A worker that is told to stop in the middle of a turn does the rest of it first."""
    begun, done = Event(), []

    def slow(_sessions: sessionmaker[Session], _limit: int) -> int:
        begun.set()
        time.sleep(0.5)
        done.append(1)
        return 0

    made = Worker(shared, (Work("slow", slow, 1),))
    made.start()
    assert begun.wait(10)
    made.stop()
    assert done
    left = standing(shared).states
    assert (left["doing"], left["failed"]) == (0, 0)


def test_what_fails_is_kept_and_told_of(shared: Engine, logged: StringIO) -> None:
    """A work that fails is in the operators' list and gets another turn when they say so."""

    def fails(_sessions: sessionmaker[Session], _limit: int) -> int:
        raise ValueError("Mia Testesen")

    made = Worker(shared, (Work("fails", fails, 1),))
    made.start()
    until(lambda: standing(shared).failed)
    made.stop()
    [failed] = standing(shared).failed
    assert failed.work == "fails"
    assert "Testesen" not in logged.getvalue()
    with database.sessions(shared).begin() as session:
        assert job_queue.retry_failed(session) == 1
    after = standing(shared)
    assert (after.failed, after.states["todo"]) == ([], 1)


def test_a_turn_that_waits_already_is_enough(shared: Engine) -> None:
    """Retrying a work that has a turn coming only takes it off the list."""
    defer(shared, "timers", "failed")
    defer(shared, "timers")
    with database.sessions(shared).begin() as session:
        assert job_queue.retry_failed(session) == 1
    after = standing(shared)
    assert (after.failed, after.states["todo"]) == ([], 1)


def test_the_turn_of_a_dead_worker_is_forgotten(
    shared: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed process was doing does not stand as being done for ever."""
    monkeypatch.setattr(worker, "CLEAR_UP", "* * * * * */1")
    defer(shared, "timers", "doing")
    assert standing(shared).states["doing"] == 1
    made = Worker(shared, ())
    made.start()
    until(lambda: standing(shared).states["doing"] == 0)
    made.stop()


def test_a_worker_begins_anew_when_the_database_was_away(shared: Engine) -> None:
    """Connections that are cut end no worker."""
    turns: list[int] = []
    made = Worker(shared, (Work("count", lambda _sessions, _limit: turns.append(1) or 0, 1),))
    made.start()
    until(lambda: turns)
    with shared.begin() as connection:
        connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        )
    before = len(turns)
    until(lambda: len(turns) > before + 1)
    made.stop()


def test_a_demo_may_have_travelled(shared: Engine) -> None:
    """A worker of its own lives in the time that the demo has come to."""
    with database.sessions(shared).begin() as session:
        organisations.add_municipality(session, "Prøvevik")
        organisations.keep_offset(session, timedelta(days=400))
    seen: list[float] = []

    def look(_sessions: sessionmaker[Session], _limit: int) -> int:
        seen.append(clock.offset().days)
        return 0

    made = Worker(shared, (Work("look", look, 1),), follow_clock=True)
    made.start()
    until(lambda: seen)
    made.stop()
    assert seen[0] == 400


@pytest.mark.parametrize(
    ("every", "words"),
    [(3, "* * * * * */3"), (120, "*/2 * * * *"), (3600, "17 */1 * * *"), (86400, "17 */24 * * *")],
)
def test_how_often_in_words_of_cron(every: int, words: str) -> None:
    """Seconds, minutes and hours; what comes by the hour does not come at the stroke."""
    assert worker._cron(every) == words


def test_only_operators_see_and_retry(shared: Engine) -> None:
    """The queue is for those who run the system."""
    nobody = Actor(account_id=None, name="")
    with database.sessions(shared).begin() as session:
        for act in (job_queue.show, job_queue.retry):
            with pytest.raises(Denied):
                act(session, nobody)


def test_a_server_on_postgresql_leaves_it_to_the_workers(shared: Engine) -> None:
    """It moves no case unless it is asked to be a worker too."""
    assert cli._background(shared, with_worker=False) is None


def test_two_workers_do_not_do_items_of_one_job(shared: Engine) -> None:
    """The second takes the next job, and nothing while there is no other."""
    sessions = database.sessions(shared)
    with sessions.begin() as session:
        place = organisations.add_municipality(session, "Delvik").id
        subjects = [UUID(int=n) for n in (1, 2)]
        jobs = [bulk_jobs.create(session, SYSTEM, place, "test", subjects, {}).id for _ in "ab"]
    with sessions() as one, sessions() as two, sessions() as three:
        taken = [{item.job_id for item in bulk_jobs.next_items(each, 5)} for each in (one, two)]
        assert taken == [{jobs[0]}, {jobs[1]}]
        assert bulk_jobs.next_item(three) is None
