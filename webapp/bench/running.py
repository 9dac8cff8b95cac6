"""Which figures there are, and measuring those that are asked for, one database after the other."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from webapp.bench import api, places, rounds, store, timers, town, upgrading, worklist
from webapp.bench.measuring import Figure, Sizes
from webapp.bench.town import Town

Found = Callable[[], AbstractContextManager[Town]]
Measure = Callable[[Found, Sizes], Iterator[Figure]]
SQLITE, POSTGRESQL = "sqlite", "postgresql"
REQUIRED = (
    *("round_growth_time", "round_growth_bytes"),
    *("engine_store_vs_floor_sqlite", "engine_store_vs_floor_postgresql"),
    *("api_vs_floor", "worklist_vs_sql_1m", "timers_vs_skip_locked", "upgrade_vs_complete"),
)
"""The figures that every run has, when nothing is left out."""


def _in_one(measure: Callable[[Town, Sizes], Iterator[Figure]]) -> Measure:
    """A measure that needs one town, as one that is given the founding of towns."""

    def measured(found: Found, sizes: Sizes) -> Iterator[Figure]:
        with found() as place:
            yield from measure(place, sizes)

    return measured


SUBJECTS: dict[str, tuple[Measure, tuple[str, ...]]] = {
    "rounds": (_in_one(rounds.measure), (SQLITE,)),
    "store": (_in_one(store.measure), (SQLITE, POSTGRESQL)),
    "api": (_in_one(api.measure), (POSTGRESQL,)),
    "worklist": (worklist.measure, (POSTGRESQL, SQLITE)),
    "timers": (_in_one(timers.measure), (POSTGRESQL,)),
    "upgrade": (_in_one(upgrading.measure), (SQLITE, POSTGRESQL)),
    "startup": (_in_one(api.starting), (SQLITE,)),
}
"""What is measured, by name, and on which databases."""


@dataclass(frozen=True)
class Result:
    """What a run came to, and what it had to leave out."""

    figures: list[Figure]
    left_out: list[str]
    """Subjects on PostgreSQL, where there is none."""


def run(subjects: Collection[str], sizes: Sizes, tell: Callable[[str], None]) -> Result:
    """Measure the subjects, each in towns of its own; `tell` hears what is being measured."""
    figures: list[Figure] = []
    left_out: list[str] = []
    with ExitStack() as running:
        founders = _founders(running, {k for name in subjects for k in SUBJECTS[name][1]})
        for name in subjects:
            measure, kinds = SUBJECTS[name]
            for kind in kinds:
                if kind not in founders:
                    left_out.append(name)
                    continue
                tell(f"{name}, {kind}")
                for figure in measure(founders[kind], sizes):
                    tell(f"  {figure.name}: {figure.value}")
                    figures.append(figure)
    return Result(figures, left_out)


def _founders(running: ExitStack, kinds: Collection[str]) -> dict[str, Found]:
    """What founds towns on each kind of database that is asked for and is there."""
    founders: dict[str, Found] = {}
    if SQLITE in kinds:
        folder = running.enter_context(TemporaryDirectory(prefix="rodtrad-bench-"))
        founders[SQLITE] = _founder(running, places.SqliteFiles(Path(folder)))
    if POSTGRESQL in kinds:
        with suppress(places.NoPostgreSQL):
            server = running.enter_context(places.server())
            databases = running.enter_context(places.postgresql(server))
            founders[POSTGRESQL] = _founder(running, databases)
    return founders


def _founder(running: ExitStack, databases: places.SqliteFiles | places.PostgreSQL) -> Found:
    """The tables are made once, and copied."""
    first = running.enter_context(databases.made())
    with town.founded(first):
        pass

    @contextmanager
    def found() -> Iterator[Town]:
        with databases.made(first) as url, town.founded(url) as place:
            yield place

    return found
