"""What runs in the processes that are killed: the product's own web server, jobs and worker.

They are forked from a process that has loaded everything, so that a restart is quick. One that is
armed kills itself at its k-th commit point: just before a transaction that has written something is
committed, or just after. Nothing of this is in the product.
"""

import os
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from waitress.server import create_server

from webapp import cli, jobs, logs
from webapp.jobs import Work
from webapp.worker import Worker
from workflows import database, halting, operation_catalogue, webhooks

operation_catalogue.register()
import_module("tests.crash.town")  # its operation

KEY = "crash" * 8
WRITES = ("INSERT", "UPDATE", "DELETE")
EVERY = 0.05
"""Seconds between two rounds of the jobs on SQLite."""


@dataclass(frozen=True)
class Task:
    """What a process is to do: on which database, at which port, and where it is to die."""

    url: str
    log: Path
    port: int = 0
    dies_at: int = 0
    """The commit point at which it kills itself; 0 for never."""


def web(task: Task) -> None:
    """The web server, with the jobs in it on SQLite."""
    from tests.crash import warm  # costly, and here already by the fork

    _begin(task)
    app = warm.on(task.url)
    engine = app.extensions["engine"]
    _arm(engine, task.dies_at)
    if engine.dialect.name == "sqlite":
        jobs.Jobs(app.extensions["sessions"], EVERY, _often(EVERY)).start()
    listening = socket.create_server(("127.0.0.1", task.port), backlog=128)
    create_server(app, sockets=[listening], threads=cli.THREADS).run()


def worker(task: Task) -> None:
    """`rodtrad worker`, which has its turns every second."""
    _begin(task)
    engine = database.connect(task.url)
    _arm(engine, task.dies_at)
    made = Worker(engine, _often(1))
    made.start()
    made.wait()


def guard(folder: Path) -> None:
    """End the PostgreSQL server in a folder when the suite is gone without having done so."""
    suite = parent_process()
    if suite is not None:
        suite.join()
    with suppress(OSError):
        os.kill(int((folder / "postmaster.pid").read_text().splitlines()[0]), signal.SIGQUIT)


def _often(every: float) -> tuple[Work, ...]:
    return tuple(replace(work, every=every) for work in jobs.WORKS)  # type: ignore[arg-type]


def _begin(task: Task) -> None:
    threading.Thread(target=_end_with_suite, daemon=True).start()
    logs.configure(task.log.open("a", encoding="utf-8", buffering=1))
    # What has failed is tried again at once, and as often as it takes.
    webhooks.LEASE = timedelta(seconds=1)
    os.environ["RODTRAD_WEBHOOKS_PRIVATE"] = "1"
    halting.WAITS = (timedelta(seconds=0.2),) * 1000


def _end_with_suite() -> None:
    """Nothing of the suite outlives it."""
    suite = parent_process()
    if suite is not None:
        suite.join()
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(engine: Engine, dies_at: int) -> None:
    if dies_at:
        _Points(engine, dies_at)


class _Points:
    """Counts the commit points of a process, and kills it at one of them."""

    def __init__(self, engine: Engine, dies_at: int) -> None:
        self._passed = 0
        self._dies_at = dies_at
        self._lock = threading.Lock()
        self._here = threading.local()
        self._commit = engine.dialect.do_commit
        engine.dialect.do_commit = self._committing  # type: ignore[method-assign]
        event.listen(engine, "after_cursor_execute", self._executed)
        event.listen(engine, "begin", self._beginning)

    def _beginning(self, _connection: Any) -> None:
        self._here.wrote = False

    def _executed(self, _connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        # A job that forgets what is old deletes nothing at all, again and again.
        if statement.lstrip().upper().startswith(WRITES) and cursor.rowcount != 0:
            self._here.wrote = True

    def _committing(self, connection: Any) -> None:
        wrote, self._here.wrote = getattr(self._here, "wrote", False), False
        self._point(wrote)
        self._commit(connection)
        self._point(wrote)

    def _point(self, wrote: bool) -> None:
        with self._lock:
            self._passed += wrote
            if wrote and self._passed == self._dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
