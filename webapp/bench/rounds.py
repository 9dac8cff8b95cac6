"""Whether a case that goes on for years gets slower or larger: the same tasks early and late."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from uuid import UUID

from webapp.bench import town
from webapp.bench.measuring import Clock, Figure, Sizes, alone, compared
from webapp.bench.store import CPU
from webapp.bench.town import Town
from workflows.tables import ProcessInstance

CASES = 2
"""Cases at each place on the way."""


@dataclass
class Window:
    """Some rounds at a place on the way, of cases that have come there."""

    last: int
    cases: list[UUID]
    time: Clock = field(default_factory=Clock)
    sizes: list[int] = field(default_factory=list)


def measure(place: Town, sizes: Sizes) -> Iterator[Figure]:
    """The figures: the last rounds beside the first ones, by turns, and some on the way."""
    actor, form = place.known_actor(), town.form_of(place)

    def step(case_id: UUID, clock: Clock) -> None:
        task = town.next_task(place, case_id)
        with clock.running():
            town.complete(place, actor, form, task)

    windows = [Window(last, town.start_cases(place, CASES)) for last in _places(sizes)]
    for case_id, rounds in _ways(windows, sizes):
        for _ in range(rounds * town.ROUND):
            step(case_id, Clock())
    for _ in range(sizes.window):
        for window_task in range(town.ROUND * CASES):
            for window in windows:
                step(window.cases[window_task % CASES], window.time)
        for window in windows:
            window.sizes += [_bytes(place, case_id) for case_id in window.cases]
    yield from _figures(windows)


def _places(sizes: Sizes) -> list[int]:
    """The last round of each window: of the first, and of those at a quarter, half and all."""
    later = {sizes.rounds // 4, sizes.rounds // 2, sizes.rounds}
    return [sizes.window, *sorted(last for last in later if last > sizes.window)]


def _ways(windows: list[Window], sizes: Sizes) -> Iterator[tuple[UUID, int]]:
    """Each case with how many rounds it has to go before it is measured."""
    for window in windows:
        for case_id in window.cases:
            yield case_id, window.last - sizes.window


def _bytes(place: Town, case_id: UUID) -> int:
    with place.sessions.begin() as session:
        return len(session.get_one(ProcessInstance, (place.municipality_id, case_id)).state)


def _figures(windows: list[Window]) -> Iterator[Figure]:
    first, last = windows[0], windows[-1]
    n = len(last.time.cpu)
    yield compared("round_growth_time", last.time.cpu_ms, CPU, first.time.cpu_ms, n)
    size = median(last.sizes)
    yield compared("round_growth_bytes", size, "bytes of state", median(first.sizes), n)
    one = first.time.cpu[: town.ROUND * CASES]
    yield alone("round_1", median(one), CPU, len(one))
    for window in windows:
        yield alone(f"round_{window.last}", window.time.cpu_ms, CPU, len(window.time.cpu))
