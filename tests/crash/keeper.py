"""Keeps the processes running, and kills them."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock, Thread

from tests.crash import processes
from tests.crash.processes import Task
from tests.crash.servers import PostgreSQLServer, SqliteFile

Database = SqliteFile | PostgreSQLServer
Run = Callable[[Task], None]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.crash.warm"])
PATIENCE, PAUSE = 20.0, 0.02
"""Seconds to wait for what must come, and between two looks."""


class Kept:
    """One process, started again whenever it is gone."""

    def __init__(self, name: str, run: Run, task: Task) -> None:
        self.name = name
        self.kills = 0
        self.ended_itself = 0
        self._run, self._task = run, task
        self._rests = False
        self._lock = Lock()
        self._start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._task.port

    def _start(self, dies_at: int = 0) -> None:
        task = replace(self._task, dies_at=dies_at)
        self._process = CONTEXT.Process(target=self._run, args=(task,), daemon=True)
        self._process.start()

    def _kill(self) -> None:
        if self._process.is_alive():
            os.kill(int(self._process.pid or 0), signal.SIGKILL)
        self._process.join()

    def rearm(self, dies_at: int) -> None:
        """Start it anew, to die at a commit point; 0 for never."""
        with self._lock:
            self._kill()
            self._rests = False
            self._start(dies_at)

    def kill(self, then_dies_at: int = 0) -> None:
        """SIGKILL, at whatever it is doing, and start it again."""
        with self._lock:
            self._kill()
            self.kills += 1
            self._start(then_dies_at)

    def revive(self) -> None:
        """Count it and start it again, if it is dead."""
        with self._lock:
            if self._process.exitcode is not None and not self._rests:
                killed = self._process.exitcode == -signal.SIGKILL
                self.kills += killed
                self.ended_itself += not killed
                self._start()

    def rest(self) -> None:
        """Kill it, until it is armed anew."""
        with self._lock:
            self._rests = True
            self._kill()


class Keeper:
    """All of them, on one database, watched by a thread."""

    def __init__(self, database: Database, folder: Path, ports: list[int]) -> None:
        self.database = database
        self.database_kills = 0
        if isinstance(database, PostgreSQLServer):
            CONTEXT.Process(target=processes.guard, args=(folder,), daemon=True).start()
        self.log = log = folder / "log.jsonl"
        web = [Kept("web", processes.web, Task(database.url, log, port)) for port in ports]
        worker = Task(database.url, log)
        workers = [Kept("worker", processes.worker, worker) for _each in range(database.workers)]
        self.webs, self.workers = web, workers
        self._stop = Event()
        self._watching = Thread(target=self._watch)
        self._watching.start()

    @property
    def ports(self) -> list[int]:
        """Where the web servers listen."""
        return [each.port for each in self.webs]

    @property
    def processes(self) -> list[Kept]:
        """The web servers and the workers."""
        return [*self.webs, *self.workers]

    @property
    def kills(self) -> dict[str, int]:
        """How many of each kind were killed."""
        counted = {"database": self.database_kills}
        for kept in self.processes:
            counted[kept.name] = counted.get(kept.name, 0) + kept.kills
        return counted

    def kill_database(self) -> None:
        """Kill the database server and start it again; the others live on."""
        assert isinstance(self.database, PostgreSQLServer)
        self.database.kill()
        self.database_kills += 1
        self.database.start()

    def stop(self) -> None:
        """Kill everything; that is how it is meant to be stopped here."""
        self._stop.set()
        self._watching.join()
        for kept in self.processes:
            kept.rest()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            for kept in self.processes:
                kept.revive()


def wait_until(true: Callable[[], bool], patience: float = PATIENCE, pause: float = PAUSE) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
