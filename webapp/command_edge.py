"""Where a command meets the rooms below: the database, one transaction, and errors as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from webapp.settings import default_database
from workflows import database, organisations, schema
from workflows.errors import WorkflowError
from workflows.tables import Municipality


@contextmanager
def plainly() -> Iterator[None]:
    """What can go wrong, as one sentence and exit code 1."""
    try:
        yield
    except WorkflowError as error:
        raise click.ClickException(error.reason) from error
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        words = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise click.ClickException(f"Databasen kan ikke brukes: {words}") from error
    except (RuntimeError, OSError, CommandError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction for the whole command."""
    with opened_sessions() as sessions, sessions.begin() as session:
        yield session


@contextmanager
def opened_sessions() -> Iterator[sessionmaker[Session]]:
    """For a command that needs many transactions."""
    with opened_engine() as engine:
        schema.prepare(engine)
        yield database.sessions(engine)


@contextmanager
def opened_engine() -> Iterator[Engine]:
    """The database as it is, of whatever version."""
    with plainly():
        engine = database.connect(default_database(demo=False))
        try:
            yield engine
        finally:
            engine.dispose()


def find_municipality(session: Session, place: str | None) -> Municipality:
    """The municipality that is named; where there is only one, it need not be."""
    found = organisations.municipalities(session)
    wanted = [row for row in found if place in (None, row.name)]
    if place is not None and not wanted:
        raise click.ClickException(f"Vi finner ikke kommunen {place}.")
    if len(wanted) != 1:
        raise click.UsageError("Oppgi kommunen med --municipality.")
    return wanted[0]
