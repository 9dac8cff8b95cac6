"""A whole database as one file, taken while it is in use, and put back.

SQLite copies itself; on PostgreSQL pg_dump and pg_restore do it, which must be installed. Only the
database is in the file: the key that log-ins are signed with is not. It will not stop the server.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, inspect, text

from workflows import schema

PROGRAMS = "RODTRAD_PG_BIN"
"""The environment variable that names the folder of pg_dump and pg_restore."""
ASIDE = "before_restore"
"""What the schema that is replaced is called until the new one is whole."""


class BackupError(RuntimeError):
    """A copy could not be taken or put back. Its words are for whoever runs the system."""


def backup(engine: Engine, file: Path) -> None:
    """Write the database as it is at one instant to a file. Raises BackupError."""
    if engine.dialect.name == "sqlite":
        with _sqlite(engine.url.database or "") as here, closing(sqlite3.connect(file)) as copy:
            here.backup(copy)
            copy.execute("pragma journal_mode = delete")  # all of it in the one file
    else:
        _run("pg_dump", *_where(engine.url), "--format=custom", "--no-owner", "--no-privileges",
             "--enable-row-security", f"--file={file}", url=engine.url)  # fmt: skip
    inspect_file(engine, file)


def inspect_file(engine: Engine, file: Path) -> None:
    """Read all of a copy. Raises BackupError when it is damaged, or of the other kind."""
    if engine.dialect.name == "sqlite":
        with _sqlite(str(file)) as copy:
            found = copy.execute("pragma integrity_check").fetchone()[0]
            loose = copy.execute("pragma foreign_key_check").fetchall()
            if found != "ok" or loose:
                raise BackupError("Kopien er skadet.")
            copy.execute("select version_num from alembic_version")
    else:
        _run("pg_restore", "--file=/dev/null", str(file))


def has_rows(engine: Engine) -> bool:
    """Whether there is a municipality that a restore would replace."""
    if not inspect(engine).has_table("municipality"):
        return False
    with engine.connect() as connection:
        return connection.scalar(text("select 1 from municipality limit 1")) is not None


def restore(engine: Engine, file: Path, *, replace: bool = False) -> None:
    """Put a copy in the place of what is in the database, all or nothing.

    Raises BackupError when there is something and `replace` is not set, when the file is damaged,
    or when its tables are of a version that this one does not know.
    """
    inspect_file(engine, file)
    if has_rows(engine) and not replace:
        raise BackupError("Databasen er ikke tom. Med --replace blir det som er der, borte.")
    if engine.dialect.name == "sqlite":
        _restore_sqlite(engine, file)
    else:
        with _set_aside(engine):
            _run("pg_restore", *_where(engine.url), "--single-transaction", "--exit-on-error",
                 "--no-owner", "--no-privileges", str(file), url=engine.url)  # fmt: skip
            schema.version(engine)


def _restore_sqlite(engine: Engine, file: Path) -> None:
    with _sqlite(str(file)) as copy:
        found = copy.execute("select version_num from alembic_version").fetchone()
        if found is None or found[0] not in schema.known():
            raise schema.OutdatedDatabase(schema.NEWER)
        engine.dispose()
        with closing(sqlite3.connect(engine.url.database or "", timeout=30)) as here:
            copy.backup(here)  # in one transaction, also past what lies beside the file
            here.execute("pragma journal_mode = wal")


@contextmanager
def _sqlite(path: str) -> Iterator[sqlite3.Connection]:
    """A file to read. Raises BackupError for one that is no database of ours."""
    try:
        with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as read:
            yield read
    except sqlite3.Error as error:
        raise BackupError(f"SQLite kan ikke bruke {path}: {error}") from error


@contextmanager
def _set_aside(engine: Engine) -> Iterator[None]:
    """An empty schema; what was there is back when the block fails, and gone when it does not."""
    _run_sql(engine, f"alter schema public rename to {ASIDE}", "create schema public",
             "grant usage on schema public to public")  # fmt: skip
    try:
        yield
    except BaseException:
        _run_sql(engine, "drop schema public cascade", f"alter schema {ASIDE} rename to public")
        raise
    _run_sql(engine, f"drop schema {ASIDE} cascade")


def _run_sql(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        _execute(connection, statements)


def _execute(connection: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.execute(text(statement))


def _where(url: URL) -> list[str]:
    """The database for libpq, without the password: other users can read a command's arguments."""
    told = url.translate_connect_args(username="user", database="dbname") | dict(url.query)
    told.pop("password", None)
    return [f"--dbname={make_conninfo(**told)}"]


def _run(program: str, *arguments: str, url: URL | None = None) -> None:
    folder = os.environ.get(PROGRAMS)
    found = shutil.which(program, path=folder)
    if found is None:
        raise BackupError(f"Vi finner ikke {program}. Sett {PROGRAMS} til mappen det er i.")
    secret = {"PGPASSWORD": url.password} if url is not None and url.password else {}
    all_rows = {"PGOPTIONS": "-c app.system=on"}  # see workflows.tenancy
    done = subprocess.run(  # noqa: S603 - a fixed program
        [found, *arguments],
        env={**os.environ, **all_rows, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr.strip() or program).splitlines()[0]
        raise BackupError(f"{program} gikk ikke: {words}")
