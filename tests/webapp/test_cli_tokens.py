"""The `rodtrad token` commands, as one runs them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp import cli
from webapp.settings import default_database
from workflows import accounts, api_tokens, database
from workflows.actors import load_actor

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `rodtrad` in an empty folder where there is a municipality."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RODTRAD_DATABASE_URL", raising=False)

    def command(*args: str) -> Result:
        return CliRunner().invoke(cli.main, args, catch_exceptions=False, prog_name="rodtrad")

    assert command("municipality", "add", "Prøvevik").exit_code == 0
    return command


def add(run: Run, *more: str) -> str:
    done = run("token", "add", "fag", "--name", "Fagsystem", "--scope", "tasks:read", *more)
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_token_is_shown_once_and_works(run: Run) -> None:
    """What `token add` prints opens for an account that works in the service."""
    text = add(run, "--process-owner")
    engine = database.connect(default_database(demo=False))
    with database.sessions(engine).begin() as session:
        grant = api_tokens.authenticate(session, text)
        assert grant is not None
        actor = load_actor(session, grant.account.id)
        assert actor.is_employee
        assert actor.roles == {"prosesseier"}
        assert accounts.find_account(session, "fag").password_hash is None
    engine.dispose()


def test_second_token_needs_no_second_position(run: Run) -> None:
    """A system that gets a new token keeps its one position."""
    add(run)
    add(run)
    engine = database.connect(default_database(demo=False))
    with database.sessions(engine)() as session:
        actor = load_actor(session, accounts.find_account(session, "fag").id)
        assert len(actor.workplaces) == 1
    engine.dispose()


def test_list_tells_what_there_is_and_never_a_secret(run: Run) -> None:
    """`token list` says whose, for what and until when."""
    secret = add(run).split("_", 2)[2]
    listed = run("token", "list").output
    assert "fag  Fagsystem  tasks:read  til " in listed
    assert "brukt aldri" in listed
    assert secret not in listed


def test_revoked_token_is_over(run: Run) -> None:
    """`token revoke` ends it, and the list says so."""
    add(run)
    token_id = run("token", "list").output.split()[0]
    assert run("token", "revoke", token_id).output == "Fagsystem er stengt.\n"
    assert "slutt" in run("token", "list").output
    assert run("token", "revoke", "0" * 32).exit_code == 1


def test_person_cannot_be_a_system(run: Run) -> None:
    """An account somebody logs in with gets no token, and the command says why."""
    words = ("--title", "Rådgiver", "--password", "synthetic password")
    assert run("account", "add", "kari", "--name", "Kari", *words).exit_code == 0
    done = run("token", "add", "kari", "--name", "x", "--scope", "tasks:read")
    assert done.exit_code == 1
    assert "menneskes" in done.output
