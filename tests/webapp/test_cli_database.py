"""The commands that move a municipality, as one runs them."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp import cli

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `rodtrad` on the database of a name, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(database: str, *args: str) -> Result:
        monkeypatch.setenv("RODTRAD_DATABASE_URL", f"sqlite:///{tmp_path}/{database}.db")
        return CliRunner().invoke(cli.main, args, catch_exceptions=False, prog_name="rodtrad")

    return invoke


@pytest.fixture
def exported(run: Run) -> Result:
    """A municipality that is written to a file."""
    run("old", "municipality", "add", "Prøvevik")
    return run("old", "municipality", "export", "Prøvevik", "p.zip")


def test_a_municipality_is_moved(run: Run, exported: Result) -> None:
    """Both ends show the same line for each table, and the new database has the municipality."""
    assert exported.exit_code == 0, exported.output
    done = run("new", "municipality", "import", "p.zip")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[:-1] == exported.output.splitlines()[:-2]
    assert "alt er lest tilbake og likt filen" in done.output
    assert run("new", "municipality", "import", "p.zip").stderr == (
        "Error: Prøvevik er i databasen allerede.\n"
    )


def test_the_file_is_its_owner_s_and_is_not_overwritten(run: Run, exported: Result) -> None:
    """What is in it is secret, and what is there stays there."""
    file = Path("p.zip")
    before = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("old", "municipality", "export", "Prøvevik", "p.zip").exit_code == 1
    assert file.read_bytes() == before


def test_a_municipality_that_is_none_leaves_no_file(run: Run, exported: Result) -> None:
    """A misspelt name is told, and nothing is left behind."""
    done = run("old", "municipality", "export", "Prøvevik kommune", "x.zip")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: Vi finner ikke kommunen Prøvevik kommune.\n",
    )
    assert not Path("x.zip").exists()


def test_the_checksum_tells_the_file_from_another(run: Run, exported: Result) -> None:
    """Whoever was told the checksum is not given another file, however well it is made."""
    checksum = exported.output.split("Kontrollsum: ")[1].strip()
    wrong = run("new", "municipality", "import", "p.zip", "--checksum", "0" * 64)
    assert (wrong.exit_code, "kontrollsummen er en annen" in wrong.stderr) == (1, True)
    assert run("new", "municipality", "import", "p.zip", "--checksum", checksum).exit_code == 0
