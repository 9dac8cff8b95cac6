"""Moving running cases from the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from world import World

from tests.workflows.moving_library import KEY, begin, in_line, owned, publish, task
from webapp import cli
from workflows import tasks
from workflows.database import connect, sessions
from workflows.tables import InstanceMove, OpenTask, ProcessInstance

Run = Callable[..., Result]


@pytest.fixture
def world(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two cases on an old version, the second of which stands where the new one has nothing."""
    monkeypatch.setenv("RODTRAD_DATABASE_URL", database)
    (tmp_path / "library").mkdir()
    engine = connect(database)
    with sessions(engine)() as session:
        made = owned(session)
        publish(made, tmp_path / "library", in_line(task("a", "Ring"), task("b", "Skriv")))
        begin(made, "En", "To")
        session.flush()
        last = session.query(OpenTask).order_by(OpenTask.created_at.desc()).first()
        assert last
        tasks.complete_task(session, made.actor("Kari"), last.id, {})
        publish(made, tmp_path / "library", in_line(task("a", "Ring"), task("c", "Møt")))
        session.commit()
        yield made
    engine.dispose()


@pytest.fixture
def run(world: World) -> Run:
    def invoke(*args: str) -> Result:
        world.session.commit()
        done = CliRunner().invoke(cli.main, ("upgrade", *args), catch_exceptions=False)
        world.session.expire_all()
        return done

    return invoke


def test_a_dry_run_tells_and_does_nothing(world: World, run: Run) -> None:
    """Where the cases stand, what would become of them, and how what is gone can be mapped."""
    done = run(KEY, "--dry-run")
    assert "1 ved Ring: kan flyttes." in done.output
    assert "kan ikke flyttes: «Skriv» er åpent" in done.output
    assert "--map b=c" in done.output
    assert done.output.endswith("Ingenting er gjort.\n")
    assert world.session.query(InstanceMove).count() == 0


def test_what_can_be_moved_is(world: World, run: Run) -> None:
    """The rest stays, and is counted."""
    assert run(KEY).output.endswith("Flyttet: 1. Ikke flyttet: 1. Feil: 0.\n")
    done = run(KEY, "--map", "b=c")
    assert done.output.endswith("Flyttet: 1. Ikke flyttet: 0. Feil: 0.\n")
    assert "Ingen saker å flytte." in run(KEY).output


def test_one_case_alone(world: World, run: Run) -> None:
    """The others are left."""
    first = world.session.query(ProcessInstance).order_by(ProcessInstance.started_at).first()
    assert first is not None
    assert "Flyttet: 1." in run(KEY, "--case", str(first.id)).output
    assert world.session.query(InstanceMove).one().instance_id == first.id


@pytest.mark.parametrize("pair", ["b", "=c", "b="])
def test_a_map_is_old_and_new(run: Run, pair: str) -> None:
    """Half of one is told."""
    done = run(KEY, "--map", pair)
    assert done.exit_code == 2
    assert "GAMMEL=NY" in done.output


def test_an_unknown_process_is_told(run: Run) -> None:
    """In a sentence."""
    done = run("finnes_ikke")
    assert done.exit_code == 1
    assert "finnes ikke" in done.output
