"""A real database for every test of the commands."""

from collections.abc import Iterator

import pytest
from databases import Databases
from sqlalchemy.orm import Session, sessionmaker
from world import World, full_world

from tests.workflows.moving_library import owned
from workflows.database import connect, sessions


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """A session on a fresh database."""
    engine = connect(database)
    with sessions(engine)() as opened:
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def unwritten(databases: Databases, tables: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on an empty database, for a test of many examples that commits none of them."""
    url = databases.copy(tables)
    engine = connect(url)
    yield sessions(engine)
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def world(session: Session) -> World:
    """The small municipality of `world.full_world`."""
    return full_world(session)


@pytest.fixture
def owner(session: Session) -> World:
    """The municipality of `moving_library`, with a process owner."""
    return owned(session)
