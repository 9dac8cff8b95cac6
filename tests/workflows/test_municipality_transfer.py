"""A municipality is moved whole, or not at all."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from databases import Databases, PostgreSQL, SqliteFiles, with_tables
from hypothesis import HealthCheck, given, settings
from sqlalchemy import JSON, func, insert, null, select, text, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7
from world import World, full_world

from tests.workflows import random_rows, stories
from workflows import clock, municipality_transfer, organisations, portable_rows, timers
from workflows.database import Base, connect, sessions
from workflows.errors import Conflict, Invalid
from workflows.municipality_transfer import (
    LEFT_BEHIND,
    export_municipality,
    import_municipality,
    taken,
)
from workflows.tables import Account, HistoryEntry, Municipality, Person, ProcessInstance


@pytest.fixture(scope="module")
def kinds(
    postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Databases, str]]:
    """Both kinds of database, each with one that has tables and no rows."""
    files = SqliteFiles(tmp_path_factory.mktemp("moved"))
    return {
        "sqlite": (files, with_tables(files)),
        "postgresql": (postgresql, with_tables(postgresql)),
    }


@contextmanager
def opened(kind: tuple[Databases, str]) -> Iterator[Session]:
    """A session on a database of one's own."""
    databases, tables = kind
    url = databases.owner(databases.copy(tables))  # who may leave foreign keys out
    engine = connect(url)
    try:
        with sessions(engine)() as session:
            yield session
    finally:
        engine.dispose()
        databases.drop(url)


@pytest.fixture(params=[("sqlite", "postgresql"), ("postgresql", "sqlite")], ids="-".join)
def way(
    request: pytest.FixtureRequest, kinds: dict[str, tuple[Databases, str]]
) -> Iterator[tuple[Session, Session]]:
    """From one kind of database to the other."""
    here, there = request.param
    with opened(kinds[here]) as source, opened(kinds[there]) as target:
        yield source, target


@pytest.fixture
def two(kinds: dict[str, tuple[Databases, str]]) -> Iterator[tuple[Session, Session]]:
    """Two SQLite files, for what does not depend on the kind."""
    with opened(kinds["sqlite"]) as source, opened(kinds["sqlite"]) as target:
        yield source, target


def exported(session: Session) -> BytesIO:
    file = BytesIO()
    [municipality] = session.scalars(select(Municipality))
    export_municipality(session, municipality.id, file)
    return file


def rows_of(session: Session) -> dict[str, list[bytes]]:
    """Every row of every table."""
    connection = session.connection()
    return {
        table.name: sorted(
            portable_rows.line(table, row)
            for row in connection.execute(select(*portable_rows.selected(table)))
        )
        for table in Base.metadata.sorted_tables
    }


def test_every_table_is_taken_or_left_with_a_reason() -> None:
    """A new table is taken along by itself; one without a municipality needs a decision."""
    names = {table.name for table in taken()}
    assert names | LEFT_BEHIND.keys() == set(Base.metadata.tables)
    assert not names & LEFT_BEHIND.keys()
    assert all(LEFT_BEHIND.values())


def test_a_case_goes_on_where_it_is_moved_to(way: tuple[Session, Session]) -> None:
    """Every row is there, and a case continues in the new database by hand and by itself."""
    source, target = way
    world = full_world(source)
    stories.to_consent(world)
    import_municipality(target, exported(source))
    assert rows_of(source) == rows_of(target)
    world.session = target
    target.expire_all()
    stories.answer_consent(world)
    target.flush()
    with clock.at(clock.now() + timedelta(days=60)):
        due = timers.next_due(target)
        assert due is not None
        timers.fire(target, due)
        target.flush()
    [instance] = target.scalars(select(ProcessInstance))
    entries = target.scalar(select(func.count()).select_from(HistoryEntry))
    assert instance.history_length == entries
    assert len(rows_of(target)["history_entry"]) > len(rows_of(source)["history_entry"])


def put(session: Session, drawn: dict[Any, dict[str, Any]]) -> None:
    """Insert rows that refer to nothing; nobody commits them."""
    without_references(session)
    for table, row in drawn.items():
        session.execute(insert(table), [row])


def without_references(session: Session) -> None:
    """Foreign keys are not looked at in this transaction."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(
        text(
            "pragma defer_foreign_keys = on"
            if sqlite
            else "set local session_replication_role = replica"
        )
    )


@pytest.mark.parametrize(("here", "there"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_every_value_arrives(
    here: str, there: str, kinds: dict[str, tuple[Databases, str]]
) -> None:
    """Whatever a column can hold is the same in the other kind of database, down to the bit."""
    with opened(kinds[here]) as source, opened(kinds[there]) as target:

        @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
        @given(random_rows.municipalities())
        def move(drawn: random_rows.Drawn) -> None:
            source.rollback()
            target.rollback()
            put(source, drawn.rows)
            without_references(target)
            import_municipality(target, exported(source))
            for table, row in drawn.rows.items():
                arrived = target.execute(select(table)).mappings().one()
                assert {k: v for k, v in arrived.items() if v != row[k]} == {}
            assert rows_of(source) == rows_of(target)

        move()


def test_the_database_s_null_is_not_json_s(way: tuple[Session, Session]) -> None:
    """An answer that is not there and one that is null stay two things."""
    source, target = way
    stories.to_consent(full_world(source))
    source.execute(update(HistoryEntry).where(HistoryEntry.seq == 1).values(answers=null()))
    source.execute(update(HistoryEntry).where(HistoryEntry.seq == 2).values(answers=JSON.NULL))
    import_municipality(target, exported(source))
    absent = HistoryEntry.answers.is_(null())
    assert set(target.scalars(select(HistoryEntry.seq).where(absent))) & {1, 2} == {1}


def second_town(session: Session, account_of: str) -> Municipality:
    """Another municipality, where an account of the first works too."""
    other = World(session)
    other.municipality.name = "Andrevik"
    other.service("skole", "Skolen der")
    other.person("Fremmed", account=True)
    account = session.scalars(select(Account).where(Account.name == account_of)).one()
    other.accounts[account_of] = account
    organisations.add_position(session, account, other.services["skole"], "Rådgiver")
    return other.municipality


def test_only_what_is_the_municipality_s(two: tuple[Session, Session]) -> None:
    """Rows and accounts of another municipality in the same database stay where they are."""
    source, target = two
    first = full_world(source).municipality
    second_town(source, "Siri")
    file = BytesIO()
    export_municipality(source, first.id, file)
    import_municipality(target, file)
    assert set(target.scalars(select(Municipality.name))) == {"Prøvevik"}
    assert "Fremmed" not in set(target.scalars(select(Account.name)))
    assert "Siri" in set(target.scalars(select(Account.name)))


def test_an_account_of_two_municipalities_is_one(two: tuple[Session, Session]) -> None:
    """Who works in both has the one account after both are moved, as it was first."""
    source, target = two
    first = full_world(source).municipality
    second = second_town(source, "Siri")
    for each in (first, second):
        file = BytesIO()
        export_municipality(source, each.id, file)
        import_municipality(target, file)
        source.scalars(select(Account).where(Account.name == "Siri")).one().language = "nn"
    assert target.scalar(select(Account.language).where(Account.name == "Siri")) == "nb"
    assert len(target.scalars(select(Account.id)).all()) == len(
        source.scalars(select(Account.id)).all()
    )


def test_a_username_of_somebody_else_is_refused(two: tuple[Session, Session]) -> None:
    """Two accounts cannot have one name, and the name is told."""
    source, target = two
    full_world(source)
    target.add(Account(username="siri", name="En annen Siri"))
    with pytest.raises(Conflict, match="siri er i bruk av en annen konto"):
        import_municipality(target, exported(source))


def test_a_municipality_that_is_there_is_refused(two: tuple[Session, Session]) -> None:
    """Neither the same municipality nor one of its name is put on top of what is there."""
    source, target = two
    full_world(source)
    file = exported(source)
    with pytest.raises(Conflict, match="Prøvevik er i databasen allerede"):
        import_municipality(source, file)
    target.add(Municipality(name="Prøvevik", settings={}))
    target.flush()
    with pytest.raises(Conflict, match="Prøvevik er i databasen allerede"):
        import_municipality(target, file)


def rewritten(file: BytesIO, change: Callable[[str, bytes], bytes | None]) -> BytesIO:
    """The file with its parts changed; None leaves one out."""
    made = BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
    return made


def manifest_with(**changes: Any) -> Callable[[str, bytes], bytes]:
    def change(name: str, part: bytes) -> bytes:
        return json.dumps(json.loads(part) | changes).encode() if name == "manifest.json" else part

    return change


def honestly(change: Callable[[str, bytes], bytes]) -> Callable[[BytesIO], BytesIO]:
    """A change of rows with a manifest that was made to fit it."""

    def changed(file: BytesIO) -> BytesIO:
        made = rewritten(file, change)
        with zipfile.ZipFile(made) as archive:
            proofs = json.loads(archive.read("manifest.json"))["tables"]
            for proof in proofs:
                part = archive.read(f"{proof['table']}.jsonl")
                proof["rows"] = part.count(b"\n")
                proof["sha256"] = municipality_transfer.sha256(part).hexdigest()
        return rewritten(made, manifest_with(tables=proofs))

    return changed


def in_table(table: str, change: Callable[[bytes], bytes]) -> Callable[[str, bytes], bytes]:
    return lambda name, part: change(part) if name == f"{table}.jsonl" else part


def last_line_gone(part: bytes) -> bytes:
    return b"".join(part.splitlines(keepends=True)[:-1])


def of_elsewhere(part: bytes) -> bytes:
    row = json.loads(part.splitlines()[0]) | {"municipality_id": str(uuid7())}
    return portable_line(row)


def portable_line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, separators=(",", ":")).encode() + b"\n"


FAULTS: dict[str, tuple[Callable[[BytesIO], BytesIO], str]] = {
    "nothing": (lambda _: BytesIO(), "ingen hel fil"),
    "another file": (lambda _: BytesIO(b"PK en helt annen fil"), "ingen hel fil"),
    "cut off": (lambda file: BytesIO(file.getvalue()[:-300]), "ingen hel fil"),
    "a bit turned": (
        lambda file: BytesIO(
            file.getvalue()[:3000] + bytes([file.getvalue()[3000] ^ 1]) + file.getvalue()[3001:]
        ),
        "skadet eller endret",
    ),
    "no manifest": (
        lambda file: rewritten(file, lambda n, part: None if n == "manifest.json" else part),
        "ingen hel fil",
    ),
    "a table gone": (
        lambda file: rewritten(file, lambda n, part: None if n == "timer.jsonl" else part),
        "nøyaktig de tabellene",
    ),
    "another format": (lambda file: rewritten(file, manifest_with(format=9)), "format 9"),
    "another version": (
        lambda file: rewritten(file, manifest_with(schema="0000")),
        "versjon 0000, og her har de versjon",
    ),
    "a field too many": (lambda file: rewritten(file, manifest_with(mer=1)), "ingen hel fil"),
    "no id": (lambda file: rewritten(file, manifest_with(municipality_id="x")), "ingen hel fil"),
    "a name changed": (
        lambda file: rewritten(file, in_table("person", lambda p: p.replace(b"Mia", b"Pia"))),
        "person er ikke som da den ble laget",
    ),
    "a row gone": (
        lambda file: rewritten(file, in_table("audit_entry", last_line_gone)),
        "audit_entry er ikke som da den ble laget",
    ),
    "a row doubled": (
        lambda file: rewritten(file, in_table("person", lambda p: p + p)),
        "skadet eller endret",
    ),
    "a column gone": (
        honestly(in_table("person", lambda p: p.replace(b'"born_on"', b'"born"'))),
        "skadet eller endret",
    ),
    "a wrong value": (
        honestly(in_table("person", lambda p: p.replace(b'"2010-03-01"', b"[]"))),
        "skadet eller endret",
    ),
    "a row of elsewhere": (
        honestly(in_table("service", of_elsewhere)),
        "service har rader fra en annen kommune",
    ),
    "an account nobody names": (
        honestly(in_table("relation", lambda _: b"")),
        "account ikke lik filen",
    ),
    "something not refused by JSON": (
        honestly(in_table("person", lambda _: b"[" * 100_000 + b"\n")),
        "skadet eller endret",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_is_not_what_was_exported_is_refused(
    two: tuple[Session, Session], fault: str
) -> None:
    """Damaged, cut off or changed: it is told in a sentence, whatever the fault."""
    source, target = two
    stories.start(full_world(source))
    change, words = FAULTS[fault]
    with pytest.raises(Invalid, match=words):
        import_municipality(target, change(exported(source)))


def test_a_database_that_loses_rows_is_found_out(
    two: tuple[Session, Session],
) -> None:
    """What was put in is read back: a row that the database lacks stops the import."""
    source, target = two
    full_world(source).own_case("skole", "Mia")
    file = exported(source)
    target.execute(
        text(
            "create trigger lossy after insert on service_case begin delete from service_case; end"
        )
    )
    with pytest.raises(Invalid, match=r"service_case ikke lik filen \(0 av 1 rader\)"):
        import_municipality(target, file)


def test_a_file_is_written_a_few_rows_at_a_time(
    two: tuple[Session, Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than are held at once are all there, in the order of their keys."""
    source, target = two
    world = full_world(source)
    monkeypatch.setattr(municipality_transfer, "BATCH", 3)
    for number in range(10):
        world.person(f"Nr {number}", account=False)
    import_municipality(target, exported(source))
    assert len(target.scalars(select(Person)).all()) == 11
