"""How rows are stored: the declarative base, its types, and the engine for a database address.

It will not commit and holds no global session: the edge opens and closes transactions.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from psycopg.types.string import StrDumper
from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
    PendingRollbackError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7

R = TypeVar("R")


class WithoutNul(StrDumper):
    """PostgreSQL keeps no NUL in a text; nobody means to write one."""

    def dump(self, obj: str) -> Any:
        """The text as it can be kept."""
        return super().dump(obj.replace("\0", ""))


class Instant(TypeDecorator[datetime]):
    """A UTC instant. SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    """The parent of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_1_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: Instant,
        date: Date,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
    }


class TenantRow(Base):
    """A row of one municipality: its key starts with the municipality (design: tenancy)."""

    __abstract__ = True
    municipality_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


def belongs_to(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key from `column` to `table` that cannot cross a municipality."""
    return ForeignKeyConstraint(
        ["municipality_id", column], [f"{table}.municipality_id", f"{table}.id"]
    )


POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 10, "pool_timeout": 10}
"""Connections of one process: more than its threads, each of which needs one at a time. Seconds."""


def connect(url: str) -> Engine:
    """An engine for `url`, on which of two that change the same row one wins and one begins anew.

    SQLite gets WAL, foreign keys, and one writer at a time; PostgreSQL a snapshot for each
    transaction, which refuses to write over what another has changed since (see `lost_race`).
    """
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, **POOL)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    engine = create_engine(url, isolation_level="REPEATABLE READ", **POOL)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_see_if_there, engine.dialect))
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


SURELY_THERE = 1.0
"""Seconds after its last use in which nobody asks whether a connection holds."""
LOST = {"40001", "40P01", "23505"}
"""PostgreSQL: serialization failure, deadlock, and a unique value that another put in first."""


TRIES = 5
PAUSE = 0.02
"""Seconds at most before the first new try; twice as long before each that follows."""
LAST_TRY = "last_try"
"""In `Session.info` when whoever began anew so often will not do so once more."""


def lost_race(error: Exception) -> bool:
    """Whether another transaction came first: what was read is old, so begin again from there."""
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) in LOST or "UNIQUE" in str(error.orig)
    return isinstance(error, StaleDataError)


def anew(act: Callable[[bool], R]) -> R:
    """What `act` gives, which is done anew when it loses a race; it is told if it is the last try.

    Then an operation that is itself at fault makes an incident of what looked like a race so far.
    """
    for tries in range(TRIES - 1):
        try:
            return act(False)
        except (DBAPIError, StaleDataError) as error:
            if not lost_race(error):
                raise
            time.sleep(random.uniform(0, PAUSE * 2**tries))  # noqa: S311 - not a secret
    return act(True)


GONE = ("08", "57P", "53", "58")
"""PostgreSQL: the connection broke, the server stops or starts, has no room, or its disk fails."""
GONE_MEANWHILE = "8s2b"
"""SQLAlchemy, of a statement after one that broke the connection."""
NO_FILE = ("unable to open", "disk I/O error", "disk is full")
"""SQLite's words when the file cannot be used."""


def is_away(error: Exception) -> bool:
    """Whether the database cannot be used now. What was being committed then may be there or not.

    A server that is killed gives no code at all.
    """
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, PendingRollbackError):
        return error.code == GONE_MEANWHILE
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if "sqlite" in type(error.orig).__module__:
        return any(words in str(error.orig) for words in NO_FILE)
    state = getattr(error.orig, "sqlstate", "none of a server")
    return error.connection_invalidated or state is None or state.startswith(GONE)


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    connection.adapters.register_dumper(str, WithoutNul)
    # Until a transaction says whom it is for: see workflows.tenancy.
    connection.autocommit = True
    connection.execute("select set_config('app.system', 'on', false)")
    connection.autocommit = False


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _see_if_there(dialect: Dialect, connection: Any, record: Any, _taken: Any) -> None:
    """SQLAlchemy's pre-ping, left out of connections that were in use a moment ago."""
    used = record.info.get("used")
    if used is None or time.monotonic() - used < SURELY_THERE:
        return
    try:
        alive = dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        if not dialect.is_disconnect(error, connection, None):
            raise
        alive = False
    if not alive:
        raise InvalidatePoolError


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves
    for pragma in ("journal_mode=wal", "foreign_keys=on", "synchronous=normal"):
        connection.execute(f"pragma {pragma}")
    connection.execute("pragma busy_timeout=30000")


def _begin_immediate(connection: Any) -> None:
    # Every request leaves an audit line, so every transaction writes: asking for the lock first
    # avoids the deadlock of two readers who both want to become writers.
    connection.exec_driver_sql("begin immediate")


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A factory of sessions for `engine`; whoever opens one at the edge also commits it."""
    return sessionmaker(engine, expire_on_commit=False)
