"""A database of another version is brought up to date or noticed at the start, never at a page."""

import pytest
from databases import Databases
from sqlalchemy import Engine, text

from webapp import create_app
from workflows import organisations, schema
from workflows.database import connect, sessions


@pytest.fixture
def database(databases: Databases, database: str) -> str:
    """The same for its owner: these tests drop tables."""
    return databases.owner(database)


def left_behind(url: str, *, demo: bool, without: str) -> Engine:
    """A database with a municipality that lacks a table and the number of its version."""
    engine = connect(url)
    with sessions(engine).begin() as session:
        organisations.add_municipality(session, "Prøvevik")
        if demo:
            organisations.mark_as_demo(session)
    with engine.begin() as connection:
        connection.execute(text(f"drop table {without}"))
        connection.execute(text("drop table alembic_version"))
    return engine


def test_real_data_from_before_the_first_known_version_are_refused(database: str) -> None:
    """The start fails with a sentence, and the data stay as they were."""
    engine = left_behind(database, demo=False, without=schema.UNNUMBERED)
    with pytest.raises(schema.OutdatedDatabase, match="eldre versjon"):
        create_app(database, testing=True)
    with sessions(engine)() as session:
        assert organisations.municipalities(session)
    engine.dispose()


def test_the_demo_never_replaces_real_data(database: str) -> None:
    """Not even when it is started on them by mistake."""
    left_behind(database, demo=False, without=schema.UNNUMBERED).dispose()
    with pytest.raises(schema.OutdatedDatabase):
        create_app(database, demo=True, testing=True)


def test_a_demo_that_cannot_be_upgraded_is_begun_anew(database: str) -> None:
    """Invented residents are made again; nobody has to delete a file."""
    left_behind(database, demo=True, without=schema.UNNUMBERED).dispose()
    app = create_app(database, demo=True, testing=True)
    with app.extensions["sessions"]() as session:
        assert organisations.municipalities(session) == []
    app.extensions["engine"].dispose()


def test_a_newer_database_is_refused(database: str) -> None:
    """Software taken back to an older version does not guess at tables it does not know."""
    engine = connect(database)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(schema.OutdatedDatabase, match="nyere versjon"):
        create_app(database, testing=True)


def test_an_older_database_is_upgraded_where_nobody_else_uses_it(databases: Databases) -> None:
    """A SQLite file at the start; a PostgreSQL database by the command that the start names."""
    url = databases.empty()
    engine = connect(url)
    schema.upgrade(engine, schema.BASELINE)
    if engine.dialect.name == "sqlite" or schema.head() == schema.BASELINE:
        schema.prepare(engine)
    else:
        with pytest.raises(schema.OutdatedDatabase, match="rodtrad database upgrade"):
            schema.prepare(engine)
        schema.upgrade(engine)
    assert schema.version(engine) == schema.head()
    engine.dispose()
    databases.drop(url)
