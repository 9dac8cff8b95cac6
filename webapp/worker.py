"""Jobs on PostgreSQL: any number of processes on any machines share the works of `webapp.jobs`.

The only place that knows procrastinate, which gives out the turns and knows who lives. A job says
no more than whose turn it is: what is due stands in our own rows, and whoever does it locks them.
So a machine that dies holds nothing back, and a turn that is lost is nothing: the next comes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from threading import Event, Thread

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from webapp import logs, telemetry
from webapp.jobs import POLL_SECONDS, STOP_SECONDS, WORKS, Sessions, Work
from workflows import clock, database, organisations
from workflows.job_queue import ALIVE_SECONDS

CHUNK = 50
"""How many things one turn does: long enough to be worth it, short enough to stop after."""
MOST_WAITING = 4
"""Turns of one work that wait at the same time, when there is more than one can do."""
CONCURRENCY = 2
HEARTBEAT_SECONDS = 5.0
CLEAR_UP = "* * * * * */15"
KEEP_FAILED_HOURS = 7 * 24

Turn = Callable[[int], Awaitable[None]]


class Worker:
    """A thread with procrastinate's worker in it; begins anew when the database has been away."""

    def __init__(
        self, engine: Engine, works: tuple[Work, ...] = WORKS, *, follow_clock: bool = False
    ) -> None:
        self._engine = engine
        self._works = works
        self._follow_clock = follow_clock
        self._stop = Event()
        self._wake: Callable[[], object] = self._stop.set
        self._thread = Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self) -> None:
        """Until it is stopped."""
        self._thread.join()

    def stop(self) -> None:
        """Finish what is under way and end."""
        self._stop.set()
        self._wake()
        self._thread.join(STOP_SECONDS + POLL_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                asyncio.run(self._until_stopped())
            except Exception as error:
                logs.failure("worker", error)
            self._stop.wait(POLL_SECONDS)

    async def _until_stopped(self) -> None:
        sessions = database.sessions(self._engine)
        app = _application(self._engine, sessions, self._works, follow_clock=self._follow_clock)
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(
                    concurrency=CONCURRENCY,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=POLL_SECONDS,
                    shutdown_graceful_timeout=STOP_SECONDS,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=ALIVE_SECONDS,
                )
            )
            loop = asyncio.get_running_loop()
            self._wake = lambda: loop.call_soon_threadsafe(working.cancel)
            if self._stop.is_set():
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            self._wake = self._stop.set


def _application(
    engine: Engine, sessions: Sessions, works: tuple[Work, ...], *, follow_clock: bool
) -> App:
    """Procrastinate with each work as a task that comes round by itself."""
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=4))
    for work in works:
        turn = _turn(app, sessions, work, follow_clock=follow_clock)
        task = app.task(name=work.name, queueing_lock=work.name)(turn)
        app.periodic(cron=_cron(work.every))(task)

    async def clear_up(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
        await _clear_up(app)

    app.periodic(cron=CLEAR_UP)(app.task(name="clear_up", queueing_lock="clear_up")(clear_up))
    return app


def _turn(app: App, sessions: Sessions, work: Work, *, follow_clock: bool) -> Turn:
    def run() -> int:
        if follow_clock:
            _follow_clock(sessions)
        return telemetry.turn(work.name, partial(work.run, sessions, CHUNK))

    async def turn(timestamp: int) -> None:
        moved = await asyncio.to_thread(run)
        if moved:
            logs.event(work.name, moved=moved)
        if moved >= CHUNK:  # there is more: let all who are idle take part
            for place in range(MOST_WAITING):
                more = app.configure_task(work.name, queueing_lock=f"{work.name}:{place}")
                with suppress(AlreadyEnqueued):
                    await more.defer_async(timestamp=timestamp)

    return turn


def _follow_clock(sessions: sessionmaker) -> None:  # type: ignore[type-arg]
    """A demo may have travelled in time in another process."""
    with sessions.begin() as session:
        clock.travel(organisations.kept_offset(session))


async def _clear_up(app: App) -> None:
    """Forget the turns of processes that died, and failures that nobody has looked at for long."""
    jobs = app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=ALIVE_SECONDS):
        logs.event("turn_lost", task=job.task_name)
        await jobs.finish_job(job, status=Status.FAILED, delete_job=True)
    await jobs.prune_stalled_workers(seconds_since_heartbeat=ALIVE_SECONDS)
    await jobs.delete_old_jobs(nb_hours=KEEP_FAILED_HOURS, include_failed=True)


def _cron(every: int) -> str:
    """Procrastinate's cron words, with seconds last; the hours not at the stroke."""
    if every < 60:
        return f"* * * * * */{every}"
    return f"*/{every // 60} * * * *" if every < 3600 else f"17 */{every // 3600} * * *"
