"""Completing a task through the engine and the store, beside the engine alone and plain Spiff."""

from collections.abc import Iterator
from uuid import UUID

from webapp.bench import town
from webapp.bench.measuring import Clock, Figure, Sizes, compared
from webapp.bench.plain import ROUNDS, Plain
from webapp.bench.town import ANSWERS, Town
from workflows import calendar, clock, process_instances
from workflows.engine import Case
from workflows.tables import ProcessInstance

WALL, CPU = "ms per task, wall", "ms per task, CPU of our process"


class InMemory:
    """Our engine alone: a live case, or one that is restored and dumped around every task."""

    def __init__(self, place: Town, case_id: UUID) -> None:
        with place.sessions.begin() as session:
            row = session.get_one(ProcessInstance, (place.municipality_id, case_id))
            process = process_instances.process_of(session, row)
        self._definition, self._state = process.engine, row.state
        self._answers = process_instances.routed(process, ANSWERS)
        self._live = self._restored()

    def _restored(self) -> Case:
        return Case.restore(
            self._definition,
            self._state,
            operate=lambda *_: {},
            calendar=calendar.due_at,
            now=clock.now(),
        )

    def complete(self) -> None:
        """Complete the oldest open task of the live case."""
        self._live.complete(self._live.open_tasks[0].id, self._answers)

    def complete_saved(self) -> None:
        """Restore, complete and dump, as the store does."""
        case = self._restored()
        case.complete(case.open_tasks[0].id, self._answers)
        self._state = case.dump()


def measure(place: Town, sizes: Sizes) -> Iterator[Figure]:
    """The figures of one database."""
    kind = place.engine.dialect.name
    ours, cheap, saved, floor = (Clock() for _ in range(4))
    plain, actor, form = Plain(), place.known_actor(), town.form_of(place)
    while len(ours.wall) < sizes.tasks:
        (case,) = town.start_cases(place, 1)
        alone_, kept = InMemory(place, case), InMemory(place, case)
        plain.begin()
        for _ in range(min(ROUNDS * town.ROUND, sizes.tasks - len(ours.wall))):
            task = town.next_task(place, case)
            with ours.running():
                town.complete(place, actor, form, task)
            with floor.running():
                plain.complete()
            with cheap.running():
                alone_.complete()
            with saved.running():
                kept.complete_saved()
    n = len(ours.wall)
    yield compared(f"engine_store_vs_floor_{kind}", ours.cpu_ms, CPU, floor.cpu_ms, n)
    yield compared(f"engine_store_vs_floor_{kind}_wall", ours.wall_ms, WALL, floor.wall_ms, n)
    yield compared(f"engine_store_vs_own_engine_{kind}", ours.cpu_ms, CPU, saved.cpu_ms, n)
    if kind == "sqlite":
        yield compared("engine_alone_vs_floor", cheap.cpu_ms, CPU, floor.cpu_ms, n)
        yield compared("engine_saved_vs_floor", saved.cpu_ms, CPU, floor.cpu_ms, n)
