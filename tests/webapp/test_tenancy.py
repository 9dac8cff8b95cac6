"""On PostgreSQL the database itself keeps the municipalities apart, whatever the code forgets."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from databases import ROLE, PostgreSQL, with_tables
from flask import Flask
from sqlalchemy import (
    URL,
    Engine,
    Table,
    create_engine,
    delete,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from world import World, full_world

from tests.workflows import stories
from webapp import cli, create_app, jobs
from webapp.api import nouns
from workflows import api_tokens, clock, notices, organisations, tenancy
from workflows.database import Base, connect, sessions
from workflows.tables import Account, Municipality, Notice, Person, Service

TENANT = [table for table in Base.metadata.sorted_tables if table.name not in tenancy.OPEN]


@pytest.fixture(scope="module")
def two_towns(postgresql: PostgreSQL) -> Iterator[str]:
    """Prøvevik, with a case, and Andrevik, where Siri works too: for the owner."""
    url = with_tables(postgresql)
    engine = connect(url)
    with sessions(engine).begin() as session:
        here = full_world(session)
        stories.to_consent(here)
        here.own_case("skole", "Mia")
        other = World(session)
        other.municipality.name = "Andrevik"
        other.publish()
        other.service("skole", "Skolen der")
        other.person("Fremmed")
        siri = session.scalars(select(Account).where(Account.name == "Siri")).one()
        organisations.add_position(session, siri, other.services["skole"], "Rådgiver")
        other.own_case("skole", "Fremmed")
    engine.dispose()
    yield url
    postgresql.drop(url)


@pytest.fixture
def url(postgresql: PostgreSQL, two_towns: str) -> Iterator[str]:
    """The address of a copy, for the app's role."""
    copied = postgresql.copy(two_towns)
    yield copied
    postgresql.drop(copied)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = connect(url)
    yield made
    made.dispose()


@pytest.fixture
def town(engine: Engine) -> dict[str, UUID]:
    """The municipalities' ids by name."""
    with sessions(engine)() as session:
        return dict(session.execute(select(Municipality.name, Municipality.id)).all())


@pytest.fixture
def in_andrevik(engine: Engine, town: dict[str, UUID]) -> Iterator[Session]:
    """A transaction that is limited to Andrevik."""
    with sessions(engine)() as session:
        tenancy.limit(session, {town["Andrevik"]})
        yield session


def test_every_table_has_its_policies(engine: Engine) -> None:
    """A new table with a municipality is protected by itself; one without needs a reason."""
    assert {table.name for table in TENANT if "municipality_id" not in table.columns} == set()
    assert tenancy.in_force(engine)
    with engine.connect() as connection:
        rows = connection.execute(
            text("select tablename, count(*) from pg_policies group by tablename")
        )
        assert dict(rows.all()) == {table.name: 2 for table in TENANT}


@pytest.mark.parametrize("table", TENANT, ids=lambda table: table.name)
def test_nothing_of_another_municipality_is_seen_or_touched(
    in_andrevik: Session, two_towns: str, town: dict[str, UUID], table: Table
) -> None:
    """A query that forgets to say which municipality finds the session's own, and no other."""
    elsewhere = town["Prøvevik"]
    found = set(in_andrevik.scalars(select(table.c.municipality_id)))
    assert found <= {town["Andrevik"]}
    if table.name in tenancy.INSERT_ONLY:
        return
    theirs = table.c.municipality_id == elsewhere
    assert in_andrevik.execute(delete(table).where(theirs)).rowcount == 0
    assert in_andrevik.execute(update(table).where(theirs).values(municipality_id=elsewhere)
    ).rowcount == 0  # fmt: skip


def test_a_row_cannot_be_put_in_another_municipality(
    in_andrevik: Session, town: dict[str, UUID]
) -> None:
    """Neither a new row nor one that is moved there."""
    for change in (
        insert(Person).values(municipality_id=town["Prøvevik"], name="X", language="nb"),
        update(Person).values(municipality_id=town["Prøvevik"]),
    ):
        with (
            pytest.raises(DBAPIError, match="row-level security"),
            in_andrevik.begin_nested(),
        ):
            in_andrevik.execute(change)


def test_the_record_of_sights_is_only_ever_added_to(in_andrevik: Session) -> None:
    """Not even in its own municipality may the app change what was noted."""
    for change in ("delete from audit_entry", "update audit_entry set basis = 'selv'"):
        with pytest.raises(DBAPIError, match="permission denied"), in_andrevik.begin_nested():
            in_andrevik.execute(text(change))


def test_who_says_nothing_sees_nothing(url: str) -> None:
    """A connection that does not say whom it is for finds no row in any table."""
    plain = create_engine(url)
    with plain.connect() as connection:
        found = {table.name for table in TENANT if connection.execute(select(table)).first()}
    plain.dispose()
    assert found == set()


def test_a_limit_ends_with_its_transaction(engine: Engine, town: dict[str, UUID]) -> None:
    """The next transaction on the same connection begins as the system again."""
    with sessions(engine)() as session:
        tenancy.limit(session, set())
        assert session.scalars(select(Person)).all() == []
        session.commit()
        assert len(session.scalars(select(Person)).all()) == 2
        tenancy.limit(session, set())
        tenancy.lift(session)
        assert len(session.scalars(select(Person)).all()) == 2


@pytest.fixture
def app(url: str) -> Iterator[Flask]:
    """The app as its own role."""
    made = create_app(url, testing=True)
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    made.extensions["engine"].dispose()


def shown(app: Flask, who: str, path: str) -> str:
    """A page as somebody sees it."""
    with app.extensions["sessions"]() as session:
        account = session.scalars(select(Account).where(Account.name == who)).one()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account"], cookie["generation"] = str(account.id), account.generation
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def test_who_works_in_two_municipalities_sees_both(app: Flask) -> None:
    """Siri has persons in either; Kari has those of hers."""
    both = shown(app, "Siri", "/personer/")
    assert "Fremmed" in both
    assert "Mia" in both
    assert "Fremmed" not in shown(app, "Kari", "/personer/")


def test_pages_stay_behind_the_wall_when_the_rule_is_gone(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page whose query forgets everything still shows no other municipality."""
    seen: list[str] = []
    monkeypatch.setattr(
        notices, "unread",
        lambda session, actor: seen.extend(session.scalars(select(Person.name))) or 0,
    )  # fmt: skip
    shown(app, "Kari", "/oppgaver/")
    assert set(seen) == {"Mia"}


def test_other_systems_stay_behind_the_wall(app: Flask) -> None:
    """A token of a service account opens its municipality, whatever the query forgets."""
    with app.extensions["sessions"].begin() as session:
        account = Account(username="fagsystem", name="Fagsystem")
        session.add(account)
        school = session.scalars(select(Service).where(Service.name == "Skolen der")).one()
        organisations.add_position(session, account, school, "System")
        scope = min(api_tokens.SCOPES)
        _, token = api_tokens.create_token(session, account, "x", [scope], timedelta(days=1))
    headers = {"Authorization": f"Bearer {token}"}
    with app.test_request_context(headers=headers), app.extensions["sessions"]() as session:
        nouns._identified(session, scope)
        assert set(session.scalars(select(Person.name))) == {"Fremmed"}


def test_jobs_go_on(app: Flask) -> None:
    """Timers of every municipality fire, each limited to its own."""
    clock.travel(timedelta(days=60))
    assert jobs.run_due(app.extensions["sessions"]) >= 1
    with app.extensions["sessions"]() as session:
        assert session.scalar(select(Notice.id).limit(1))


def test_commands_work_as_the_role(
    postgresql: PostgreSQL, two_towns: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The owner makes the role by a command, and as that role one runs the others."""
    name = str(make_url(postgresql.copy(two_towns)).database)
    owner = make_url(postgresql.address(name))
    role = f"rolle_{uuid4().hex}"

    def run(url: URL, *args: str) -> Result:
        shown = url.render_as_string(hide_password=False)
        monkeypatch.setenv("RODTRAD_DATABASE_URL", shown)
        return CliRunner().invoke(cli.main, args, catch_exceptions=False)

    monkeypatch.setenv("RODTRAD_ROLE_PASSWORD", "it's 100 % secret")
    made = run(owner, "database", "role", role)
    assert made.exit_code == 0, made.output
    as_role = owner.set(username=role, password="it's 100 % secret")
    for args in (
        ("municipality", "add", "Tredjevik"),
        ("municipality", "export", "Andrevik", str(tmp_path / "a.zip")),
        ("check-state",),
        ("publish",),
    ):
        done = run(as_role, *args)
        assert done.exit_code == 0, done.output
    sqlite = run(make_url(f"sqlite:///{tmp_path}/x.db"), "database", "role", "x", "--password", "y")
    assert (sqlite.exit_code, "Bare PostgreSQL" in sqlite.stderr) == (1, True)
    postgresql.drop(str(owner))
    postgresql.run(f"drop role {role}")


def test_a_role_above_the_wall_is_told_of(
    postgresql: PostgreSQL, two_towns: str, logged: StringIO
) -> None:
    """Whoever runs the app as a superuser reads in the log that the second wall is not there."""
    for url, told in ((two_towns, True), (postgresql.copy(two_towns), False)):
        logged.truncate(0)
        create_app(url, testing=True).extensions["engine"].dispose()
        assert ("row_security_not_in_force" in logged.getvalue()) is told
        assert (make_url(url).username == ROLE) is not told
