#!/usr/bin/env python3
"""Sets up what is missing and then does one thing: python3 dev.py setup, run, test, lint, format or messages.

It needs nothing but Python 3.11 or newer. It installs into .venv beside this file and nowhere else.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")


def call(*args):
    done = subprocess.run([str(a) for a in args], cwd=ROOT)
    if done.returncode:
        sys.exit(done.returncode)


def set_up():
    lock = ROOT / "requirements.txt"
    wanted = f"{sys.version_info[:2]} {hashlib.sha256(lock.read_bytes()).hexdigest()}"
    stamp = VENV / "installed-from"
    if not (stamp.is_file() and stamp.read_text() == wanted and PYTHON.is_file()):
        import venv

        venv.create(VENV, clear=True, with_pip=True)
        call(PYTHON, *PIP, "install", "--require-hashes", "-r", lock)
        stamp.write_text(wanted)


if __name__ == "__main__":
    set_up()
