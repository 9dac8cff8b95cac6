"""`python -m tests.crash`: everything is killed, and the last line says what became of the rows.

The exit code is 1 when anything is wrong.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crash import suite
from tests.crash.verdict import Verdict

KINDS = ("sqlite", "postgresql")
FEW = 1
"""Commit points of each kind of process in the short form, apart from those under load."""


def main() -> int:
    """Run it; 1 when anything is wrong."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended
    kinds = [asked.database] if asked.database else list(KINDS)
    total, found = 0, Verdict()
    for kind in kinds:
        kills, verdict = run(kind, asked.kills // len(kinds), asked.seed, short=asked.short)
        total += kills
        found = found.with_(verdict)
    for sentence in found.sentences[:100]:
        print(sentence)
    lost, doubled, early = len(found.lost), len(found.doubled), len(found.early)
    print(f"{total} kills: {lost} lost, {doubled} doubled, {early} early")
    return 1 if found.sentences else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how many in all")
    parser.add_argument("--database", choices=KINDS, help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="only some of the commit points")
    return parser.parse_args()


def run(kind: str, kills: int, seed: int, *, short: bool) -> tuple[int, Verdict]:
    """One database; how many kills, and what was found. The figures are printed."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="rodtrad-crash-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the database server is another user where we are root
        with suite.running(kind, Path(folder), kills, seed) as running:
            suite.at_points(running, few=FEW if short else 0)
            suite.under_load(running, kills)
            verdict = suite.settle(running)
            _print(kind, running, verdict, time.monotonic() - began)
            return running.kills, verdict


def _print(kind: str, running: suite.Suite, verdict: Verdict, seconds: float) -> None:
    killed = ", ".join(f"{name} {n}" for name, n in running.keeper.kills.items())
    points = ", ".join(f"{name} {n}" for name, n in running.points.items())
    counted = ", ".join(f"{name} {n}" for name, n in verdict.counted.items())
    print(f"{kind}: {running.kills} kills ({killed}) in {seconds:.0f} s")
    print(f"  commit points: {points}")
    print(f"  answers: {running.answers()}")
    print(f"  in the database: {counted}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
