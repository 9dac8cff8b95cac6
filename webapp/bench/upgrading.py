"""Moving running cases to a new version, beside completing tasks: a bulk job against a command."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from webapp.bench import town
from webapp.bench.measuring import Clock, Figure, Sizes, compared
from webapp.bench.town import Town
from webapp.jobs import run_some
from workflows import definitions, tasks, upgrade_jobs
from workflows.actors import SYSTEM
from workflows.tables import BulkJob

TURN = 50
"""How many each does before it is the other's turn."""


class NotMoved(Exception):
    """Something stood in the way of a case that was to be moved."""


def measure(place: Town, sizes: Sizes) -> Iterator[Figure]:
    """The figure of one database."""
    kind, n = place.engine.dialect.name, sizes.upgrades
    cases = town.plant_cases(place, n)
    asked = iter(town.first_tasks(place, town.plant_cases(place, n)))
    job = _begin(place, cases)

    def complete() -> None:
        with place.sessions.begin() as session:
            actor = place.actor(session)
            tasks.complete_task(session, actor, next(asked), town.ANSWERS)

    moving, completing = Clock(), Clock()
    for begin in range(0, n, TURN):
        turn = min(TURN, n - begin)
        with moving.running():
            run_some(place.sessions, turn)
        with completing.running():
            for _ in range(turn):
                complete()
    _require_moved(place, job, n)
    name = "upgrade_vs_complete" + ("" if kind == "sqlite" else f"_{kind}")
    wall, cpu = "cases per second, wall", "cases per second, CPU of our process"
    yield compared(name, _rate(n, moving.wall), wall, _rate(n, completing.wall), n)
    yield compared(f"{name}_cpu", _rate(n, moving.cpu), cpu, _rate(n, completing.cpu), n)


def _rate(n: int, spent: list[float]) -> float:
    """How many a second, of what took so many milliseconds altogether."""
    return n / sum(spent) * 1000


def _begin(place: Town, cases: list[UUID]) -> BulkJob:
    """A job that moves the cases to a version where a task has another name."""
    with TemporaryDirectory() as folder, place.sessions.begin() as session:
        source = town.DIAGRAM.read_text("utf-8").replace("Skriv planen", "Skriv den nye planen")
        Path(folder, town.DIAGRAM.name).write_text(source, "utf-8")
        definitions.publish_library(session, place.municipality_id, Path(folder), town.HERE)
        return upgrade_jobs.start_upgrade(
            session, SYSTEM, place.municipality_id, town.PROCESS, {}, cases
        )


def _require_moved(place: Town, job: BulkJob, n: int) -> None:
    with place.sessions.begin() as session:
        session.add(job)
        session.refresh(job)
        if job.done != n:
            raise NotMoved
