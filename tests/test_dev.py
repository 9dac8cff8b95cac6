"""The set-up: what dev.py promises, and that the lock holds what the project asks for."""

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dev

ROOT = Path(dev.__file__).resolve().parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SERVER = """
import os, signal, time
def stop(*_):
    os.write(1, b"stopped\\n")
    os._exit(0)
signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)
os.write(1, b"up\\n")
time.sleep(60)
"""
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def plain(requirement: str) -> str:
    """The name of a requirement as the lock spells it."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")


@pytest.mark.parametrize(
    "requirement", [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
)
def test_lock_holds_every_requirement(requirement: str) -> None:
    """What pyproject.toml asks for is in the lock, with a hash."""
    assert re.search(rf"(?m)^{re.escape(plain(requirement))}==\S+ .*\n +--hash=", LOCK)


def test_lock_names_no_registry() -> None:
    """The locks install from whatever registry the machine is set up with."""
    assert "://" not in LOCK
    assert '"resolved"' not in (ROOT / "frontend/package-lock.json").read_text(encoding="utf-8")


def test_help_names_every_job() -> None:
    """`make` without a word explains everything it can do."""
    done = subprocess.run(
        [sys.executable, "dev.py", "help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert all(re.search(rf"(?m)^  {job} ", done.stdout) for job in dev.JOBS)


def test_makefile_offers_every_job() -> None:
    """Every job of dev.py is a make target."""
    [targets] = re.findall(r"(?m)^(run .*):$", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert set(targets.split()) == set(dev.JOBS)


def test_unknown_job_is_refused() -> None:
    """A word dev.py does not know gives the help and exit code 2."""
    assert subprocess.run([sys.executable, "dev.py", "rum"], cwd=ROOT).returncode == 2


def test_every_step_is_run_when_one_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A step that fails neither hides the next ones nor is forgotten."""
    ran: list[str] = []

    def fails_first(program: Path, *args: str) -> int:
        ran.append(program.stem)
        return int(len(ran) == 1)

    monkeypatch.setattr(dev, "run", fails_first)
    assert dev.check((("ruff", "check"), ("mypy",))) == 1
    assert ran == ["ruff", "mypy"]
    assert "Feilet: ruff check" in capsys.readouterr().out


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_server_stops_cleanly(told: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM stop the server and dev.py, with exit code 0 and no traceback."""
    server = tmp_path / "server.py"
    server.write_text(SERVER)
    replaced = f"dev.tool = lambda name: {str(tmp_path / 'start')!r}"
    starter = f"import dev, sys; {replaced}; sys.exit(dev.serve([]))"
    start = tmp_path / "start"
    start.write_text(f"#!/bin/sh\nexec {sys.executable} {server}\n")
    start.chmod(0o755)
    running = subprocess.Popen(
        [sys.executable, "-c", starter],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    running.stdout.readline()
    if told == signal.SIGINT:
        os.killpg(running.pid, told)  # A terminal tells the whole group.
    else:
        running.send_signal(told)
    said, wrong = running.communicate(timeout=20)
    assert (running.returncode, said, wrong) == (0, "stopped\n", "")
