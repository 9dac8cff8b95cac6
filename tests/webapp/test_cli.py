"""The `rodtrad` command, as one runs it."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker
from world import PASSWORD

from tests.bpmn.decision_samples import TABLE
from tests.bpmn.samples import line_of
from tests.workflows import deciding
from webapp import cli
from webapp.settings import default_database, secret_key
from workflows import accounts, database, definitions, organisations, schema
from workflows.actors import load_actor

Run = Callable[..., Result]
COMMAND = (sys.executable, "-c", "from webapp.cli import main; main(prog_name='rodtrad')")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in ("RODTRAD_DATABASE_URL", "RODTRAD_SECRET_KEY", "PORT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """Runs `rodtrad` with these arguments; a crash is a crash."""
    return lambda *args, **more: CliRunner().invoke(
        cli.main, args, catch_exceptions=False, prog_name="rodtrad", **more
    )


@pytest.fixture
def municipality(run: Run) -> str:
    assert run("municipality", "add", "Prøvevik").exit_code == 0
    return "Prøvevik"


@contextmanager
def opened(*, demo: bool = False) -> Iterator[Session]:
    """The database the commands worked on."""
    engine = database.connect(default_database(demo=demo))
    with database.sessions(engine)() as session:
        yield session
    engine.dispose()


def all_commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for name, command in cli.main.commands.items():
        found.append((name,))
        found += [(name, sub) for sub in getattr(command, "commands", {})]
    return found


@pytest.mark.parametrize("command", all_commands(), ids=" ".join)
def test_every_command_has_help(run: Run, command: tuple[str, ...]) -> None:
    """Help says in plain words what each command does."""
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    words = shown.output.split("\n\n")[1].strip()
    assert words.endswith((".", ":"))


def test_version(run: Run) -> None:
    """The command knows its version."""
    assert run("--version").output.startswith("rodtrad 0.")


def test_library_checks_clean(run: Run) -> None:
    """Without arguments the library itself is checked, and it has no faults."""
    assert (run("check").exit_code, run("check").output) == (0, "Ingen feil.\n")


def test_faults_are_one_line_each(run: Run, folder: Path) -> None:
    """Each fault is a line that starts with file and line, and the exit code is 1."""
    (folder / "a.bpmn").write_bytes(b"<a")
    (folder / "b.form").write_bytes(b"{")
    (folder / "c.dmn").write_bytes(b"<c")
    done = run("check", str(folder))
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert [Path(line.split(":")[0]).name for line in lines] == ["a.bpmn", "c.dmn", "b.form"]
    assert all(line.split(":")[1].isdigit() for line in lines)


def test_a_diagram_may_ask_a_table_beside_it(run: Run, folder: Path) -> None:
    """A table in the folder is known to its diagrams; one that is nowhere is told of."""
    deciding.library(folder)
    assert "Beslutningstabellen" not in run("check", str(folder)).output
    (folder / "vei.dmn").unlink()
    assert "velg: Beslutningstabellen «vei» finnes ikke" in run("check", str(folder)).output


def test_a_table_is_checked_by_itself(run: Run, folder: Path) -> None:
    """A file's name is enough, and the fault is told on the line of the cell."""
    file = folder / "vei.dmn"
    file.write_text(TABLE.replace("[7..18)", "7..18", 1), encoding="utf-8")
    [line] = run("check", str(file)).output.splitlines()
    where = line_of(TABLE, 'id="b1"')
    assert line.endswith(
        f"vei.dmn:{where}: regel_b: Regel 2, Alder: «7..18»: Forsto ikke «..» her. (tegn 2)"
    )


def test_file_that_is_not_there(run: Run) -> None:
    """A path of nothing is told as such."""
    assert run("check", "finnes-ikke.bpmn").exit_code == 2


def test_own_files_are_published_and_others_do_not_hold_them_back(
    run: Run, municipality: str, folder: Path
) -> None:
    """`publish STI` takes the files named, whatever else lies there, and says what is wrong."""
    form = (definitions.FORMS / "onske.form").read_text("utf-8")
    (folder / "onske.form").write_text(form.replace('"title": "', '"title": "Ny: ', 1), "utf-8")
    (folder / "faulty.bpmn").write_text("x", "utf-8")
    assert run("publish", str(folder / "onske.form")).output == "Prøvevik: 1 nye versjoner.\n"
    assert run("publish", str(folder / "onske.form")).output == "Prøvevik: 0 nye versjoner.\n"
    done = run("publish", str(folder))
    assert done.exit_code == 1
    assert "faulty.bpmn:1" in done.output


def test_real_start(run: Run, municipality: str) -> None:
    """A municipality, an account and a log-in: the coordinating unit can begin."""
    done = run(
        *("account", "add", "kari", "--name", "Kari", "--title", "Rådgiver"),
        input=f"{PASSWORD}\n{PASSWORD}\n",
    )
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    with opened() as session:
        actor = load_actor(session, accounts.authenticate(session, "kari", PASSWORD).id)
        assert actor.coordinating_municipalities
        [place] = actor.municipalities
        assert definitions.latest_process(session, place, "individuell_plan")


def test_municipality_twice(run: Run, municipality: str) -> None:
    """The same name again is refused in words."""
    done = run("municipality", "add", municipality)
    assert (done.exit_code, done.stderr) == (1, "Error: Kommunen finnes allerede.\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--password", "kort"], "Passordet må ha fra 12 til 200 tegn."),
        (["--password", PASSWORD, "--service", "Ingen"], "Vi finner ikke denne tjenesten"),
        (["--password", PASSWORD, "--municipality", "Ingen"], "Vi finner ikke kommunen Ingen."),
    ],
)
def test_account_that_cannot_be(
    run: Run, municipality: str, arguments: list[str], words: str
) -> None:
    """What is wrong with a new account is said, and nothing is kept."""
    done = run("account", "add", "kari", "--name", "Kari", "--title", "R", *arguments)
    assert done.exit_code == 1
    assert words in done.stderr
    assert run("account", "password", "kari", "--password", PASSWORD).exit_code == 1


def test_which_municipality(run: Run, municipality: str) -> None:
    """With two municipalities one must say which."""
    run("municipality", "add", "Andrevik")
    fields = ("--name", "K", "--title", "R", "--password", PASSWORD)
    assert "--municipality" in run("account", "add", "kari", *fields).stderr
    assert run("account", "add", "kari", *fields, "--municipality", municipality).exit_code == 0


def test_new_password_ends_sessions(run: Run, municipality: str) -> None:
    """The new password works, the old does not, and every log-in is over."""
    run("account", "add", "kari", "--name", "K", "--title", "R", "--password", PASSWORD)
    with opened() as session:
        before = accounts.find_account(session, "kari").generation
    assert run("account", "password", "KARI", "--password", "another password").exit_code == 0
    with opened() as session:
        assert accounts.authenticate(session, "kari", "another password").generation > before


def test_publish(run: Run, municipality: str) -> None:
    """What is published already is not published again."""
    assert run("publish").output == "Prøvevik: 0 nye versjoner.\n"


def test_library_with_faults_is_not_published(
    run: Run, municipality: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is published while something is wrong."""
    monkeypatch.setattr(cli.checking, "check_files", lambda paths: ["a.bpmn:1: -: Feil."])
    done = run("publish")
    assert done.exit_code == 1
    assert "a.bpmn:1: -: Feil." in done.stderr


@pytest.mark.parametrize(
    "url", ["tull", "sqlite:////finnes/ikke.db", "oracle://x", "sqlite:///instance"]
)
def test_database_that_cannot_be_used(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """A wrong address is told in a sentence."""
    (folder / "instance").mkdir()
    monkeypatch.setenv("RODTRAD_DATABASE_URL", url)
    if url == "sqlite:////finnes/ikke.db":
        monkeypatch.setattr(Path, "mkdir", _refuse)
    done = run("municipality", "add", "X")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1


def _refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied", "/finnes")


def test_secret_key_is_kept_for_its_owner_alone(folder: Path) -> None:
    """The same key is used after a restart, and nobody else can read it."""
    assert secret_key() == secret_key()
    file = folder / "instance/secret_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_secret_key_of_ones_own(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A key that is given is used when it is long enough."""
    monkeypatch.setenv("RODTRAD_SECRET_KEY", "k" * 32)
    assert secret_key() == "k" * 32
    monkeypatch.setenv("RODTRAD_SECRET_KEY", "kort")
    with pytest.raises(RuntimeError, match="minst 32 tegn"):
        secret_key()
    assert not (folder / "instance").exists()


def stand_in(monkeypatch: pytest.MonkeyPatch, build: Callable[..., object]) -> None:
    monkeypatch.setattr(cli.demo_municipality, "build", build)


def small(made: sessionmaker[Session], progress: Callable[[str], None]) -> None:
    """A demo that is quick to build."""
    with made.begin() as session:
        organisations.add_municipality(session, "Demovik")
        organisations.mark_as_demo(session)
        progress("1 av 1")


def test_demo_is_built_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Building tells how far it has come; what is there is not built over."""
    stand_in(monkeypatch, small)
    done = run("demo", "build")
    assert done.exit_code == 0, done.output
    assert "1 av 1\n" in done.output
    with opened(demo=True) as session:
        assert [row.name for row in organisations.municipalities(session)] == ["Demovik"]
    again = run("demo", "build")
    assert (again.exit_code, again.stderr.count("Databasen er ikke tom")) == (1, 1)


def test_interrupted_build(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while it is built ends it without a traceback."""

    def build(made: sessionmaker[Session], progress: Callable[[str], None]) -> None:
        raise KeyboardInterrupt

    stand_in(monkeypatch, build)
    done = run("serve", "--demo", "--port", str(free_port()))
    assert done.exit_code == 1
    assert done.stderr.strip() == "Aborted!"


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is stopped as soon as it has begun."""

    class Server:
        def run(self) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr(cli, "create_server", lambda *args, **options: Server())


def test_serve_demo(run: Run, monkeypatch: pytest.MonkeyPatch, idle: None) -> None:
    """The demo is built the first time, and one is told that no password is needed."""
    stand_in(monkeypatch, small)
    port = str(free_port())
    done = run("serve", "--demo", "--port", port)
    assert done.exit_code == 0, done.output
    assert "1 av 1" in done.output
    assert f"http://127.0.0.1:{port}" in done.output
    assert "Passord trengs ikke." in done.output
    assert "1 av 1" not in run("serve", "--demo", "--port", port).output


def test_behind_a_proxy(run: Run, monkeypatch: pytest.MonkeyPatch, idle: None) -> None:
    """A server in front is believed about addresses only when it is named."""
    given: list[dict[str, object]] = []
    serve = cli.create_server

    def keep(*args: object, **options: object) -> object:
        given.append(options)
        return serve(*args, **options)

    monkeypatch.setattr(cli, "create_server", keep)
    run("serve", "--port", str(free_port()))
    run("serve", "--port", str(free_port()), "--proxy", "10.0.0.1")
    assert [options.get("trusted_proxy") for options in given] == [None, "10.0.0.1"]


def test_demo_is_never_served_on_real_persons(
    run: Run, municipality: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anyone can be anyone in the demo, so a real municipality is refused."""
    monkeypatch.setenv("RODTRAD_DATABASE_URL", default_database(demo=False))
    done = run("serve", "--demo", "--port", str(free_port()))
    assert done.exit_code == 1
    assert "hvem som helst" in done.stderr


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def test_port_in_use(run: Run) -> None:
    """Another program on the port gives a sentence and a suggestion."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.exit_code == 1
    assert done.stderr == (
        f"Error: Port {port} er i bruk. Velg en annen, for eksempel PORT={port + 1}.\n"
    )


def test_address_that_is_not_ours(run: Run) -> None:
    """Another machine's address cannot be listened on, and one is told so."""
    done = run("serve", "--host", "192.0.2.1", "--port", str(free_port()))
    assert done.exit_code == 1
    assert "Kan ikke lytte på" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_until_stopped(folder: Path, how: signal.Signals) -> None:
    """It says where to go, answers there, and stops cleanly within a few seconds."""
    port = free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "PYTHONPATH": str(Path(cli.__file__).parents[1]),
    }
    with subprocess.Popen(
        [*COMMAND, "serve"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        answer = wait_for(f"http://127.0.0.1:{port}/healthz", server)
        for _ in range(3):  # the impatient, and a process group that all get it
            server.send_signal(how)
        out, err = server.communicate(timeout=20)
    assert answer == b"ok\n"
    assert server.returncode == 0, err
    assert f"http://127.0.0.1:{port}" in out
    assert "Databasen er tom. Begynn med: rodtrad municipality add" in out
    assert "Rød tråd er stoppet." in out
    assert '"route": "/healthz"' in err
    assert "Traceback" not in err


def wait_for(address: str, server: "subprocess.Popen[str]") -> bytes:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own server
                body: bytes = answer.read()
                return body
        except OSError:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_tables_are_brought_up_and_down(run: Run) -> None:
    """An empty database is filled, told of, and emptied."""
    assert "Databasen: tom." in run("database", "version").output
    assert f"versjon {schema.head()}." in run("database", "upgrade").output
    assert f"Databasen: {schema.head()}." in run("database", "version").output
    assert "versjon ingen." in run("database", "downgrade", "base", "--yes").output


def test_a_version_that_is_none(run: Run) -> None:
    """A misspelt version is told in a sentence."""
    done = run("database", "upgrade", "--to", "tull")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
