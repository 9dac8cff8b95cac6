"""A real database for every test of the commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from world import World, full_world

from tests.workflows.moving_library import owned
from workflows.database import Base, connect, sessions


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A session on a fresh SQLite file."""
    engine = connect(f"sqlite:///{tmp_path}/test.db")
    Base.metadata.create_all(engine)
    with sessions(engine)() as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def world(session: Session) -> World:
    """The small municipality of `world.full_world`."""
    return full_world(session)


@pytest.fixture
def owner(session: Session) -> World:
    """The municipality of `moving_library`, with a process owner."""
    return owned(session)
