"""The small demo municipality, built once for all tests of it."""

from collections.abc import Iterator

import pytest
from databases import Databases
from sqlalchemy.orm import Session, sessionmaker

from webapp import demo
from workflows.database import connect, sessions

RESIDENTS = 6
FAMILIES = 10


@pytest.fixture(scope="session")
def told() -> list[str]:
    """What the build said on its way."""
    return []


@pytest.fixture(scope="session")
def built(databases: Databases, tables: str, told: list[str]) -> Iterator[sessionmaker[Session]]:
    """A database with the demo's first residents and every family."""
    engine = connect(databases.copy(tables))
    demo.build(sessions(engine), told.append, residents=RESIDENTS, families=FAMILIES)
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def session(built: sessionmaker[Session]) -> Iterator[Session]:
    """A session on the built demo, whose changes nobody keeps."""
    with built() as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def empty(database: str) -> Iterator[sessionmaker[Session]]:
    """A database with tables and no rows."""
    engine = connect(database)
    yield sessions(engine)
    engine.dispose()
