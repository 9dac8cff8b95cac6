"""The migrations make the tables that the code uses, and take them back."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from databases import Databases
from sqlalchemy import Engine, inspect, text

from workflows import schema
from workflows.database import Base, connect


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    """An empty database."""
    url = databases.empty()
    made = connect(url)
    yield made
    made.dispose()
    databases.drop(url)


def test_migrations_make_the_tables_of_the_code(engine: Engine) -> None:
    """Whoever adds a column and no migration is told here."""
    schema.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": schema.is_ours})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_again(engine: Engine) -> None:
    """Every step back works, until nothing is left, and up again."""
    schema.upgrade(engine)
    schema.downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    schema.upgrade(engine)
    assert schema.version(engine) == schema.head()


def test_a_database_from_before_numbering_is_the_baseline(engine: Engine) -> None:
    """The first release made its tables without a number; they are kept and numbered."""
    schema.upgrade(engine, schema.BASELINE)
    with engine.begin() as connection:
        connection.execute(text("drop table alembic_version"))
    assert schema.version(engine) == schema.BASELINE
    schema.upgrade(engine)
    assert schema.version(engine) == schema.head()


def test_preparing_twice_changes_nothing(engine: Engine) -> None:
    """A second process that starts finds everything done."""
    schema.prepare(engine)
    schema.prepare(engine)
    assert schema.version(engine) == schema.head()


def test_the_queue_is_the_one_procrastinate_expects() -> None:
    """Whoever takes in a newer procrastinate writes a migration with what it changes."""
    steps = files("procrastinate").joinpath("sql/migrations").iterdir()
    newest = max(each.name for each in steps if each.name.endswith(".sql"))
    taken = (schema.MIGRATIONS / "versions").glob("*.py")
    assert any(newest in each.read_text("utf-8") for each in taken)


def test_a_database_begun_anew_has_everything(engine: Engine) -> None:
    """What a demo is begun anew with is the same as a first start, the workers' queue too."""
    schema.upgrade(engine)
    schema.recreate(engine)
    assert schema.version(engine) == schema.head()
