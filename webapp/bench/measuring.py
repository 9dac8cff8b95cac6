"""What is measured and how: figures, their sizes, and taking time by turns."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

Act = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """What something costs, beside the least it could cost, measured in the same run.

    The ratio is the value by the floor; None where there is nothing to compare with.
    """

    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    n: int
    """How many times the value was measured; it is the median, or all of them by the time taken."""


def compared(name: str, value: float, unit: str, floor: float, n: int) -> Figure:
    """A figure with its floor."""
    return Figure(name, _short(value), unit, _short(floor), _short(value / floor), n)


def alone(name: str, value: float, unit: str, n: int) -> Figure:
    """A figure that has no floor."""
    return Figure(name, _short(value), unit, None, None, n)


def _short(value: float) -> float:
    """Four significant figures: there are no more in what is measured."""
    return float(f"{value:.4g}")


@dataclass(frozen=True)
class Sizes:
    """How much of everything is measured."""

    rounds: int = 200
    """How long the longest cases go on."""
    window: int = 10
    """How many rounds are measured at each place on the way."""
    tasks: int = 200
    """Completed through the store."""
    requests: int = 600
    """Completed over HTTP."""
    open_tasks: tuple[int, int, int] = (10_000, 100_000, 1_000_000)
    """In the worklist's database: what the figures 10k, 100k and 1m are measured at."""
    pages: int = 20
    """Of the worklist."""
    due: int = 400
    """Timers that are fired."""
    future: int = 200_000
    """Timers that wait behind them."""
    upgrades: int = 200
    """Cases that are moved to a new version."""
    starts: int = 3
    """Of the server."""


SIZES = {
    "small": Sizes(4, 2, 8, 8, (40, 80, 160), 3, 6, 50, 6, 1),
    "default": Sizes(),
    "full": Sizes(
        tasks=1000, requests=3000, pages=100, due=100_000, future=1_000_000, upgrades=10_000
    ),
}


@dataclass
class Clock:
    """Milliseconds spent, one for each time: as a clock on the wall goes, and of our own process's

    processor.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Takes the time of what is inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.cpu.append((time.process_time() - cpu) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)

    @property
    def wall_ms(self) -> float:
        """The median on the wall."""
        return median(self.wall)

    @property
    def cpu_ms(self) -> float:
        """The median of the processor."""
        return median(self.cpu)

    @property
    def rate(self) -> float:
        """Per second, of all of it."""
        return len(self.wall) / sum(self.wall) * 1000


def by_turns(times: int, acts: Sequence[Act]) -> list[Clock]:
    """Does each of the acts in turn, so many times; a clock for each."""
    clocks = [Clock() for _ in acts]
    for _ in range(times):
        for act, clock in zip(acts, clocks, strict=True):
            with clock.running():
                act()
    return clocks
