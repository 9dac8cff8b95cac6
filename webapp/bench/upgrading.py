"""Moving running cases to a new version, beside completing a task: command against command."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from webapp.bench import town
from webapp.bench.measuring import Figure, Sizes, by_turns, compared
from webapp.bench.town import Town
from webapp.jobs import run_some
from workflows import definitions, tasks, upgrade_jobs
from workflows.actors import SYSTEM
from workflows.tables import BulkJob


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

    moving, completing = by_turns(n, [lambda: run_some(place.sessions, 1), complete])
    _require_moved(place, job, n)
    name = "upgrade_vs_complete" + ("" if kind == "sqlite" else f"_{kind}")
    yield compared(
        name, 1000 / moving.wall_ms, "cases per second, wall", 1000 / completing.wall_ms, n
    )
    yield compared(
        f"{name}_cpu",
        1000 / moving.cpu_ms,
        "cases per second, CPU of our process",
        1000 / completing.cpu_ms,
        n,
    )


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
