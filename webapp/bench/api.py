"""Completing tasks over HTTP with all that belongs to it, beside requests that only insert a row.

Two server processes and as many clients as they have threads, each request on a case of its own:
a token, the access rule, the form's validation, the engine, the store, the history and the record.
The floor is the same servers and clients with nothing in between. Only on PostgreSQL.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from threading import local

from webapp.bench import town
from webapp.bench.measuring import Figure, Sizes, alone, compared
from webapp.bench.town import Town
from workflows import accounts, api_tokens

PROCESSES, CLIENTS = 2, 8
TURNS = 6
MEGABYTE = 1024
JSON = {"Content-Type": "application/json"}


class Refused(Exception):
    """An answer that is no 200: what was measured is not what was to be measured."""


@dataclass
class Server:
    """A server process, and how long it took before it answered."""

    process: subprocess.Popen[str]
    port: int
    seconds: float

    @property
    def megabytes(self) -> float | None:
        """What it holds in memory; None where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmRSS"].split()[0]) / MEGABYTE


@contextmanager
def served(kind: str, url: str) -> Iterator[Server]:
    """A server of a kind that `webapp.bench.serving` knows, until the block is left."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "webapp.bench.serving", kind, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            port = int(process.stdout.readline())
            yield Server(process, port, time.perf_counter() - began)
        finally:
            process.terminate()


@dataclass
class Clients:
    """Threads that send requests to the servers, each by connections of its own."""

    servers: Sequence[Server]
    headers: dict[str, str]
    body: str
    seconds: float = 0
    sent: int = 0
    _mine: local = field(default_factory=local)
    _opened: list[HTTPConnection] = field(default_factory=list)

    def send(self, pool: ThreadPoolExecutor, paths: Sequence[str]) -> None:
        """Send a request to each of the paths, and note the time it took altogether."""
        began = time.perf_counter()
        list(pool.map(self._send, range(len(paths)), paths))
        self.seconds += time.perf_counter() - began
        self.sent += len(paths)

    def _send(self, number: int, path: str) -> None:
        connection = self._connection(self.servers[number % len(self.servers)].port)
        connection.request("POST", path, self.body, self.headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Refused(f"{path}: {answer.status} {text[:300]!r}")

    def _connection(self, port: int) -> HTTPConnection:
        there: dict[int, HTTPConnection] = self._mine.__dict__.setdefault("there", {})
        if port not in there:
            there[port] = HTTPConnection("127.0.0.1", port)
            self._opened.append(there[port])
        return there[port]

    def close(self) -> None:
        """Let go of the servers."""
        for connection in self._opened:
            connection.close()

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.sent / self.seconds


def measure(place: Town, sizes: Sizes) -> Iterator[Figure]:
    """The figures, on PostgreSQL."""
    with place.engine.begin() as connection:
        connection.exec_driver_sql("create table bench_row (id uuid primary key, size int)")
    tasks = town.first_tasks(place, town.plant_cases(place, sizes.requests))
    paths = [f"/api/v1/tasks/{each}/complete" for each in tasks]
    url = place.engine.url.render_as_string(hide_password=False)
    with ExitStack() as running:
        apps = [running.enter_context(served("app", url)) for _ in range(PROCESSES)]
        bare = [running.enter_context(served("floor", url)) for _ in range(PROCESSES)]
        headers = JSON | {"Authorization": f"Bearer {_token(place)}"}
        body = json.dumps({"answers": town.ANSWERS})
        ours, floor = Clients(apps, headers, body), Clients(bare, headers, body)
        running.callback(ours.close)
        running.callback(floor.close)
        with ThreadPoolExecutor(CLIENTS) as pool:
            for turn in range(TURNS):
                floor.send(pool, paths[turn::TURNS])
                ours.send(pool, paths[turn::TURNS])
        unit = f"requests per second, {PROCESSES} processes, {CLIENTS} clients"
        yield compared("api_vs_floor", ours.rate, unit, floor.rate, ours.sent)
        held = [size for app in apps if (size := app.megabytes) is not None]
        if held:
            yield alone("server_memory", median(held), "MB resident, after the requests", len(held))


def _token(place: Town) -> str:
    """A token of a system that works where the employee does."""
    with place.sessions.begin() as session:
        account = accounts.find_account(session, town.USERNAME)
        _row, text = api_tokens.create_token(
            session, account, "bench", [api_tokens.TASKS_WRITE], timedelta(days=1)
        )
        return text


def starting(place: Town, sizes: Sizes) -> Iterator[Figure]:
    """How long a server takes before it answers, beside one that only has the libraries loaded."""
    url = place.engine.url.render_as_string(hide_password=False)
    seconds = []
    for _ in range(sizes.starts):
        with served("app", url) as server:
            seconds.append(server.seconds)
    yield alone("startup_time", median(seconds), "s until it listens, wall", len(seconds))
