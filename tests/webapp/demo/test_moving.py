"""The demo moved to the other kind of database goes on there."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from databases import Databases, PostgreSQL, SqliteFiles, with_tables
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from webapp import create_app, jobs
from workflows import clock, municipality_transfer, organisations
from workflows.tables import HistoryEntry, Municipality, Person, ProcessInstance


@pytest.fixture
def elsewhere(databases: Databases, postgresql: PostgreSQL, tmp_path: Path) -> Iterator[str]:
    """The address of a database of the other kind, with tables and no rows."""
    other = SqliteFiles(tmp_path) if isinstance(databases, PostgreSQL) else postgresql
    url = with_tables(other)
    yield url
    other.drop(url)


def test_the_demo_is_opened_and_goes_on(built: sessionmaker[Session], elsewhere: str) -> None:
    """Every municipality arrives, pages open for a person there, and cases move by themselves."""
    files = []
    with built() as session:
        for place in session.scalars(select(Municipality)):
            files.append(BytesIO())
            municipality_transfer.export_municipality(session, place.id, files[-1])
    app = create_app(elsewhere, testing=True)
    there: sessionmaker[Session] = app.extensions["sessions"]
    for file in files:
        with there.begin() as session:
            municipality_transfer.import_municipality(session, file)
    with there() as session:
        clock.travel(organisations.kept_offset(session))
        person = session.scalars(select(Person).where(Person.account_id.is_not(None))).first()
        before = session.scalar(select(func.count()).select_from(HistoryEntry))
    assert person is not None
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account"], cookie["generation"] = str(person.account_id), 1
    assert client.get(f"/personer/{person.id}").status_code == 200
    clock.travel(clock.offset() + timedelta(days=40))
    assert jobs.run_due(there, limit=5) > 0
    with there() as session:
        assert session.scalar(select(func.count()).select_from(HistoryEntry)) > before
        lengths = dict(
            session.execute(
                select(HistoryEntry.instance_id, func.count()).group_by(HistoryEntry.instance_id)
            ).all()
        )
        for instance in session.scalars(select(ProcessInstance)):
            assert instance.history_length == lengths[instance.id]
    app.extensions["engine"].dispose()
