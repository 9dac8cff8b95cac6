"""The database's tables and their version: made, brought up to date, taken back.

The steps are Alembic migrations in `workflows/migrations`. After each, on PostgreSQL, every table
with a municipality has its policies (`workflows.tenancy`), so no migration need remember them.

It opens its own transaction, since the tables of a database change for everybody at once; it will
not touch rows but through a migration.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, inspect, text

from workflows import tenancy
from workflows.texts import _

MIGRATIONS = Path(__file__).parent / "migrations"
DROP_QUEUE = MIGRATIONS / "sql" / "drop-procrastinate.sql"
BASELINE = "0001"
UNNUMBERED = "family_sight"
"""The last table that came before databases were numbered: with it a database is the baseline."""
NEWER = _("Databasen er laget av en nyere versjon av Rød tråd.")
LOCK = 7_263_001
"""PostgreSQL's advisory lock that lets one process at a time change the tables."""


class OutdatedDatabase(RuntimeError):
    """The tables are of a version that this one cannot use as they are."""


def head() -> str:
    """The version of the tables that this code uses."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def version(engine: Engine) -> str | None:
    """The version of a database's tables; None when there are none."""
    with engine.connect() as connection:
        return _version(connection)


def prepare(engine: Engine) -> None:
    """Make sure that the tables are this version's.

    An empty database is filled, and a SQLite file brought up to date, since nobody else uses it. On
    PostgreSQL an upgrade is a decision: OutdatedDatabase says which command to run. It is also
    raised for tables of a version we do not know.
    """
    there = version(engine)
    if there == head():
        return
    if there is not None and engine.dialect.name != "sqlite":
        raise OutdatedDatabase(_("Databasen må oppgraderes. Kjør: rodtrad database upgrade"))
    upgrade(engine)


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the tables up to a version. Raises OutdatedDatabase for one we do not know."""
    with _alone(engine) as (connection, config):
        if _version(connection) == BASELINE and not _numbered(connection):
            command.stamp(config, BASELINE)
        command.upgrade(config, to)
        tenancy.protect(connection)


def downgrade(engine: Engine, to: str) -> None:
    """Take the tables back to a version, or to `base`, which is none. What is newer is lost."""
    with _alone(engine) as (connection, config):
        command.downgrade(config, to)
        tenancy.protect(connection)


def recreate(engine: Engine) -> None:
    """Drop everything in the database and create this version's tables."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.connection.cursor().execute(DROP_QUEUE.read_text(encoding="utf-8"))
    old = MetaData()
    old.reflect(engine)
    old.drop_all(engine)
    upgrade(engine)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is one of the code's and not procrastinate's, which makes its own."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def _version(connection: Connection) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None and inspect(connection).has_table(UNNUMBERED):
        return BASELINE
    if found is None and inspect(connection).has_table("municipality"):
        raise OutdatedDatabase(_("Databasen er laget av en eldre versjon enn vi kan oppgradere."))
    if found is not None and found not in known():
        raise OutdatedDatabase(NEWER)
    return found


def _numbered(connection: Connection) -> bool:
    return MigrationContext.configure(connection).get_current_revision() is not None


def known() -> set[str]:
    """The versions of the tables that this code knows."""
    return {each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


@contextmanager
def _alone(engine: Engine) -> Iterator[tuple[Connection, Config]]:
    """One transaction on the tables, with nobody else changing them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes["connection"] = connection
        yield connection, config
