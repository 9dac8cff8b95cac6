"""A database of another version is noticed at the start, never at somebody's page."""

from pathlib import Path

import pytest
from sqlalchemy import text

from webapp import create_app
from workflows import database, organisations


def old_database(folder: Path, *, demo: bool) -> str:
    """A database in which one table lacks a column."""
    url = f"sqlite:///{folder}/old.db"
    engine = database.connect(url)
    database.create_tables(engine)
    with database.sessions(engine).begin() as session:
        organisations.add_municipality(session, "Prøvevik")
        if demo:
            organisations.mark_as_demo(session)
    with engine.begin() as connection:
        connection.execute(text("alter table open_task drop column step"))
    engine.dispose()
    return url


def test_real_data_of_another_version_is_refused(tmp_path: Path) -> None:
    """The start fails with a sentence, and the data stay as they were."""
    with pytest.raises(database.OutdatedDatabase, match="open_task"):
        create_app(old_database(tmp_path, demo=False), testing=True)


def test_the_demo_never_replaces_real_data(tmp_path: Path) -> None:
    """Not even when it is started on them by mistake."""
    with pytest.raises(database.OutdatedDatabase):
        create_app(old_database(tmp_path, demo=False), demo=True, testing=True)


def test_a_demo_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    """Invented residents are made again; nobody has to delete a file."""
    app = create_app(old_database(tmp_path, demo=True), demo=True, testing=True)
    with app.extensions["sessions"]() as session:
        assert organisations.municipalities(session) == []
    app.extensions["engine"].dispose()
