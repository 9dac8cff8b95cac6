"""The files for running it on servers: they name what is there, and what reads them takes them."""

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import click
import pytest

import dev
from webapp import cli, wsgi
from workflows.database import POOL

DEPLOY = Path(dev.__file__).resolve().parent / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = (DEPLOY / "compose.yaml").read_text("utf-8")


def commands(text: str) -> list[list[str]]:
    """The words after `rodtrad` in a unit or in compose."""
    written = re.findall(r'(?:/|"|&& )rodtrad[ ,"]+([^\]\n&]+)', text)
    return [re.findall(r"[\w-]+", words) for words in written]


@pytest.mark.parametrize("text", [*(unit.read_text("utf-8") for unit in UNITS), COMPOSE])
def test_commands_are_ours(text: str) -> None:
    """Every rodtrad command in them exists."""
    for words in commands(text):
        found: click.Command = cli.main
        for word in words:
            if isinstance(found, click.Group):
                found = found.commands[word]
        assert not isinstance(found, click.Group)
    assert "gunicorn" in text or commands(text)


def test_units_are_taken_by_systemd(tmp_path: Path) -> None:
    """systemd finds no fault in them, where it is there to ask; the programs are elsewhere here."""
    assert len(UNITS) == 3
    program = shutil.which("systemd-analyze")
    for unit in UNITS:
        text = unit.read_text("utf-8")
        assert all(f"[{part}]" in text for part in ("Unit", "Service"))
        here = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text)
        (tmp_path / unit.name).write_text(here, encoding="utf-8")
    if program:
        checked = subprocess.run(
            [program, "verify", *sorted(tmp_path.glob("*.service"))], capture_output=True, text=True
        )
        wrong = [line for line in checked.stderr.splitlines() if "rodtrad" in line]
        assert [line for line in wrong if "Documentation" not in line] == []


def test_whoever_stops_them_waits_long_enough() -> None:
    """Nothing is killed before it has had the time it gives itself."""
    waits = [int(found) for unit in UNITS for found in
             re.findall(r"TimeoutStopSec=(\d+)", unit.read_text("utf-8"))]  # fmt: skip
    waits += [int(found) for found in re.findall(r"stop_grace_period: (\d+)s", COMPOSE)]
    settings = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))
    assert len(waits) == 4
    assert min(waits) > settings["graceful_timeout"]


def test_compose_has_what_it_takes() -> None:
    """PostgreSQL, web and workers that wait for the tables, and no password of ours."""
    services = re.findall(
        r"(?m)^  (\w+):$", COMPOSE.split("\nservices:\n")[1].split("\nvolumes")[0]
    )
    assert services == ["database", "migrate", "web", "worker"]
    assert COMPOSE.count("condition: service_completed_successfully") == 2
    assert re.findall(r"(?i)password: (?!\$\{)", COMPOSE) == []


def test_the_image_has_what_the_lock_has() -> None:
    """Nothing is installed that the lock has no hash for, and copies are taken by the server's own

    version.
    """
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    steps = re.split(r"&&|\n(?! )", image.replace("\\\n", " "))
    taken = [step.split() for step in steps if re.search(r"/pip .*\b(install|wheel)\b", step)]
    assert len(taken) == 4
    for words in taken:
        assert {"--require-hashes", "--no-index", "--no-build-isolation"} & set(words)
    [server] = re.findall(r"image: postgres:(\d+)", COMPOSE)
    assert f"postgresql-client-{server} " in image


def test_only_the_migration_is_the_database_s_owner() -> None:
    """Web and workers come as the app's own role, which the row-level security holds for."""
    users = re.findall(r"postgresql\+psycopg://(\w+)@", COMPOSE)
    migration = COMPOSE.split("\n  migrate:\n")[1].split("\n  web:\n")[0]
    assert (users, "//postgres@" in migration) == (["rodtrad", "postgres"], True)
    assert ["database", "role", users[0]] in commands(migration)


def test_the_database_has_room_for_all_that_is_started() -> None:
    """Each process may use as many connections as its pool has, all of them at once."""
    web, workers = map(int, re.findall(r"scale: (\d+)", COMPOSE))
    each = int(re.findall(r'WEB_CONCURRENCY: "(\d+)"', COMPOSE)[0])
    most = int(re.findall(r"max_connections=(\d+)", COMPOSE)[0])
    assert most > (web * each + workers) * (POOL["pool_size"] + POOL["max_overflow"])


def test_gunicorn_begins_our_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it names is there, in as many processes as asked for."""
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    settings = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))
    module, _, call = settings["wsgi_app"].partition(":")
    assert (module, call.removesuffix("()")) == (wsgi.__name__, wsgi.make.__name__)
    assert settings["workers"] == 3


def test_several_processes_need_postgresql(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a file nobody would move the cases."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RODTRAD_DATABASE_URL", raising=False)
    with pytest.raises(RuntimeError, match="krever PostgreSQL"):
        wsgi.make()
