"""Several processes on one PostgreSQL, as on several machines: killed, stopped, and still right.

Where the system lets us, the machines that die are in network namespaces of their own: the database
is all that they share.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from databases import PostgreSQL, with_tables
from sqlalchemy import Engine, func, select, text
from world import full_world

from webapp import cli
from workflows import clock, database
from workflows.tables import HistoryEntry, Timer

APART = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
COMMAND = (sys.executable, "-c", "from webapp.cli import main; main(prog_name='rodtrad')")
CASES = 30
Process = subprocess.Popen[str]


@pytest.fixture(scope="module")
def overdue(postgresql: PostgreSQL) -> Iterator[str]:
    """A database in which every case has had a reminder to send since two weeks ago."""
    url = with_tables(postgresql)
    engine = database.connect(url)
    with clock.at(datetime.now(UTC) - timedelta(days=30)), database.sessions(engine).begin() as it:
        world = full_world(it)
        for number in range(CASES):
            world.person(f"Person {number}")
            world.start("Kari", f"Person {number}", plantype="individuell_plan")
    engine.dispose()
    yield url
    postgresql.drop(url)


@pytest.fixture
def engine(postgresql: PostgreSQL, overdue: str) -> Iterator[Engine]:
    """A copy of it, for one test."""
    url = postgresql.copy(overdue)
    made = database.connect(url)
    yield made
    made.dispose()
    postgresql.drop(url)


def apart() -> tuple[str, ...]:
    """What puts a process into a network namespace of its own, where that is possible."""
    with suppress(OSError):
        if subprocess.run([*APART, "true"], capture_output=True).returncode == 0:
            return APART
    return ()


@contextmanager
def running(
    engine: Engine, folder: Path, *commands: tuple[str, ...], within: tuple[str, ...] = ()
) -> Iterator[list[Process]]:
    """Processes of ours on the database; whichever is still there afterwards is killed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(cli.__file__).parents[1]),
        "RODTRAD_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "RODTRAD_SECRET_KEY": "k" * 32,
    }
    made = [
        subprocess.Popen(
            [*within, *COMMAND, *command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    try:
        yield made
    finally:
        for process in made:
            process.kill()
            process.communicate()


def web(port: int) -> tuple[str, ...]:
    return ("serve", "--port", str(port))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(port: int, path: str = "/readyz") -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return bool(answer.status == 200)
    return False


def answers_inside(process: Process, within: tuple[str, ...], port: int) -> bool:
    """Whether a server answers, asked from where it is."""
    if not within:
        return answers(port)
    there = ("nsenter", f"--net=/proc/{process.pid}/ns/net", sys.executable, "-c")
    asking = f"from urllib.request import urlopen as o; o('http://127.0.0.1:{port}/readyz')"
    return subprocess.run([*there, asking], capture_output=True).returncode == 0


def due(engine: Engine) -> int:
    with engine.begin() as connection:
        now = datetime.now(UTC)
        found = connection.scalar(select(func.count(Timer.id)).where(Timer.due_at <= now))
    return found or 0


def fired(engine: Engine) -> list[int]:
    """How many times each reminder of each case has been sent."""
    times = select(func.count()).where(HistoryEntry.kind == "fired")
    with engine.begin() as connection:
        return list(
            connection.scalars(times.group_by(HistoryEntry.instance_id, HistoryEntry.element))
        )


def test_work_goes_on_when_machines_die(engine: Engine, tmp_path: Path) -> None:
    """Of two workers and two web processes one each is killed: every reminder is sent once."""
    ports = free_port(), free_port()
    within = () if engine.url.host else apart()  # a socket file is reached from everywhere
    commands = ("worker",), ("worker",), web(ports[0]), web(ports[1])
    with running(engine, tmp_path, *commands, within=within) as processes:
        until(lambda: due(engine) < CASES)
        processes[0].kill()
        until(lambda: answers_inside(processes[2], within, ports[0]))
        processes[2].kill()
        until(lambda: answers_inside(processes[3], within, ports[1]))
        until(lambda: due(engine) == 0)
        assert processes[1].poll() is None
    assert fired(engine) == [1] * CASES


def test_sigterm_lets_what_is_under_way_be_finished(engine: Engine, tmp_path: Path) -> None:
    """A request gets its answer and a reminder is sent, and then the processes end."""
    port = free_port()
    with (
        running(engine, tmp_path, web(port), ("worker",)) as processes,
        ThreadPoolExecutor() as pool,
    ):
        until(lambda: answers(port))
        with engine.begin() as connection:
            connection.execute(text("lock table timer in access exclusive mode"))
            request = pool.submit(answers, port, "/metrics")
            until(lambda: waiting(engine) >= 2)
            for process in processes:
                process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        assert request.result(20)
        for process in processes:
            _out, err = process.communicate(timeout=20)
            assert (process.returncode, "Traceback" in err) == (0, False), err
    assert fired(engine)


def waiting(engine: Engine) -> int:
    """How many wait for the table that is locked."""
    asked = text(
        "select count(distinct pid) from pg_locks where not granted"
        " and relation = 'timer'::regclass"
    )
    with engine.begin() as connection:
        return int(connection.scalar(asked) or 0)


def test_one_process_can_do_it_all(engine: Engine, tmp_path: Path) -> None:
    """On one machine the server can be the worker too, and stops with what it has begun done."""
    port = free_port()
    with running(engine, tmp_path, (*web(port), "--with-worker")) as [process]:
        until(lambda: due(engine) == 0)
        process.send_signal(signal.SIGTERM)
        _out, err = process.communicate(timeout=40)
        assert (process.returncode, "Traceback" in err) == (0, False), err
    assert fired(engine) == [1] * CASES
