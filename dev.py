#!/usr/bin/env python3
"""Sets up what is missing and then does one thing. It needs nothing but Python 3.11 or newer.

Everything is installed into .venv beside this file and nowhere else. Kept to the standard library,
since it runs before anything is installed.
"""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
PIP = (PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")

USAGE = """Bruk: python3 dev.py OPPGAVE

  setup     henter og bygger det som mangler
  run       starter Rød tråd med demokommunen på http://127.0.0.1:8000
  test      kjører alle sjekker og tester; med egne valg bare pytest: dev.py test tests/bpmn -x
  crash     dreper alt med kill -9, igjen og igjen, på begge databaser, og ser at ingenting går tapt
  lint      kjører sjekkene uten testene
  format    retter formatering og det ruff kan rette selv
  messages  samler tekstene som skal oversettes, og oppdaterer nynorsk og engelsk

PORT og RODTRAD_DATABASE_URL gjelder for run, og KILLS for crash (1000 når den ikke er satt).
"""

LINT = (
    ("ruff", "check", "--output-format=concise", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)
PARALLEL = ("-n", "auto", "--dist", "worksteal")
TEST = (
    ("pytest", *PARALLEL, "--cov", "--cov-report=term"),
    ("pytest", *PARALLEL, "--database=postgresql", "-m", "database"),
)
TRANSLATIONS = Path("webapp/translations")
LANGUAGES = ("nn", "en")


def run(*args: object) -> int:
    """Runs a command in the project's folder; the exit code."""
    return subprocess.run([str(arg) for arg in args], cwd=ROOT).returncode


def need(*args: object) -> None:
    """Runs a command that nothing works without."""
    code = run(*args)
    if code:
        sys.exit(code)


def tool(name: str) -> Path:
    """A program installed in .venv."""
    return PROGRAMS / (f"{name}.exe" if os.name == "nt" else name)


def digest(*names: str) -> str:
    """The named files as one hash."""
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()


def unchanged(stamp: Path, wanted: str) -> bool:
    """Whether a step was finished from the same sources before."""
    return stamp.is_file() and stamp.read_text() == wanted


def make_venv() -> None:
    """A fresh .venv with pip in it."""
    import venv

    try:
        venv.create(VENV, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(
            f"Python mangler venv med pip ({error}).\nDebian og Ubuntu: apt install python3-venv"
        )


def install_packages() -> None:
    """The packages of the lock, each checked against its hash."""
    stamp = VENV / "packages-from"
    wanted = f"{sys.version_info[:2]} {digest('requirements.txt')}"
    if PYTHON.is_file() and unchanged(stamp, wanted):
        return
    print("Henter pakker (bare første gang) …", flush=True)
    make_venv()
    # The lock is complete. Left to resolve, pip before 23.3 takes the newest coverage[toml] that
    # pytest-cov allows instead of the locked coverage, and then refuses it for having no hash.
    need(*PIP, "install", "--no-deps", "--require-hashes", "-r", "requirements.txt")
    need(*PIP, "check")
    stamp.write_text(wanted)


def install_project() -> None:
    """The project itself, in place, and what its pages need to be built."""
    stamp = VENV / "project-from"
    wanted = digest("pyproject.toml")
    if not unchanged(stamp, wanted):
        print("Bygger nettsidene (bare når de er endret) …", flush=True)
        need(*PIP, "install", "--no-deps", "--no-build-isolation", "-e", ".")
        stamp.write_text(wanted)
    need(PYTHON, "hatch_build.py")


def set_up() -> None:
    """Everything that is missing."""
    install_packages()
    install_project()


def serve(args: list[str]) -> int:
    """The demo until Ctrl-C or SIGTERM, which are normal ways to stop it."""
    server = subprocess.Popen([str(tool("rodtrad")), "serve", "--demo", *args], cwd=ROOT)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        code = server.wait()
    except KeyboardInterrupt:
        # The terminal has told the server too; it only needs time to finish what it is doing.
        stopped(server)
        return 0
    return 0 if code == -signal.SIGTERM else code


def stopped(server: "subprocess.Popen[bytes]") -> None:
    """Waits for the server, and insists after ten seconds or another Ctrl-C."""
    try:
        server.wait(timeout=10)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        server.kill()
        server.wait()


def check(steps: tuple[tuple[str, ...], ...]) -> int:
    """Runs every step, also after one that fails; 1 when any did."""
    failed = []
    for name, *args in steps:
        words = " ".join([name, *args])
        print(f"\n── {words}", flush=True)
        if run(tool(name), *args):
            failed.append(words)
    print("\n" + ("Feilet: " + ", ".join(failed) if failed else "Alt i orden."), flush=True)
    return 1 if failed else 0


def test(args: list[str]) -> int:
    """All checks and tests, or pytest alone with the arguments given."""
    return run(tool("pytest"), *args) if args else check((*LINT, *TEST))


def crash(args: list[str]) -> int:
    """The crash suite, with so many kills as KILLS says."""
    return run(PYTHON, "-m", "tests.crash", "--kills", os.environ.get("KILLS") or "1000", *args)


def tidy_code() -> int:
    """Formats the code and mends what ruff can mend."""
    return run(tool("ruff"), "check", "--fix", ".") or run(tool("ruff"), "format", ".")


def collect_messages() -> int:
    """Gathers the texts and brings each catalogue up to date; texts that are gone leave it."""
    template = TRANSLATIONS / "messages.pot"
    (ROOT / TRANSLATIONS).mkdir(exist_ok=True)
    babel = tool("pybabel")
    marks = ("-k", "lazy_gettext", "-k", "_l", "--add-location=file", "--no-wrap")
    header = ("--project=rodtrad", "--copyright-holder=The Rød tråd authors")
    need(babel, "-q", "extract", "-F", "babel.cfg", *marks, *header, "-o", template, ".")
    for language in LANGUAGES:
        here = ("-i", template, "-d", TRANSLATIONS, "-l", language)
        if (ROOT / TRANSLATIONS / language / "LC_MESSAGES/messages.po").is_file():
            options = ("--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date")
            need(babel, "-q", "update", *here, *options, "--no-wrap")
        else:
            need(babel, "-q", "init", *here, "--no-wrap")
    return 0


JOBS = {
    "setup": lambda _: 0,
    "run": serve,
    "test": test,
    "crash": crash,
    "lint": lambda _: check(LINT),
    "format": lambda _: tidy_code(),
    "messages": lambda _: collect_messages(),
}


def main() -> int:
    """Does what the first argument says; the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is told so in words
        sys.exit("Rød tråd trenger Python 3.11 eller nyere.")
    job, args = (sys.argv[1:2] or ["help"])[0], sys.argv[2:]
    if job not in JOBS:
        print(USAGE)
        return 0 if job in ("help", "-h", "--help") else 2
    set_up()
    return JOBS[job](args)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
