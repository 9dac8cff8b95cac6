"""Timers that are due behind many that are not, beside a bare loop with SKIP LOCKED.

The loop does for each timer, in a transaction of its own and through the driver alone: claim it,
run the case in memory, write its state, a line of history and one of the record, delete the timer.
It looks nothing up and checks nothing. Only on PostgreSQL: SQLite has one writer.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, literal, select
from uuid_utils.compat import uuid7

from webapp.bench import numbers, town
from webapp.bench.measuring import Clock, Figure, Sizes, compared
from webapp.bench.town import Town
from webapp.jobs import run_due
from workflows import calendar, clock, process_instances
from workflows.engine import Case, Definition
from workflows.tables import ProcessInstance, Timer

TURN = 50
"""How many each fires before it is the other's turn."""
LATER = timedelta(days=60)
"""How far our own clock is put forward, past the deadline of a task that nobody has done."""
WAITING = timedelta(days=400)
TABLES = (
    "create table bench_timer as select * from timer",
    "create index bench_timer_due on bench_timer (due_at)",
    "create unique index bench_timer_id on bench_timer (id)",
    "create table bench_case as select id, state, revision from process_instance",
    "create unique index bench_case_id on bench_case (id)",
    "create table bench_history (id uuid primary key, case_id uuid, kind text, at timestamptz)",
    "create table bench_audit (id uuid primary key, case_id uuid, action text, at timestamptz)",
    "analyze",
)
CLAIM = (
    "select id, instance_id from bench_timer where due_at <= %s "
    "order by due_at limit 1 for update skip locked"
)


class NotFired(Exception):
    """A timer that was due did not fire."""


def measure(place: Town, sizes: Sizes) -> Iterator[Figure]:
    """The figure, on PostgreSQL."""
    _plant(place, sizes)
    clock.travel(LATER)
    try:
        yield _figure(place, sizes)
    finally:
        clock.travel(timedelta())


def _figure(place: Town, sizes: Sizes) -> Figure:
    definition = _definition(place)
    ours, floor = Clock(), Clock()
    left = sizes.due
    with place.engine.connect() as connection:
        while left:
            turn = min(TURN, left)
            with floor.running():
                fired = sum(_fire_bare(connection, definition) for _ in range(turn))
            with ours.running():
                moved = run_due(place.sessions, turn)
            if (fired, moved) != (turn, turn):
                raise NotFired(f"{fired} and {moved} of {turn}")
            left -= turn
    unit = f"timers per second, wall, {sizes.due} due before {sizes.future}"
    return compared(
        "timers_vs_skip_locked",
        _per_second(ours, sizes),
        unit,
        _per_second(floor, sizes),
        sizes.due,
    )


def _per_second(spent: Clock, sizes: Sizes) -> float:
    return sizes.due / sum(spent.wall) * 1000


def _plant(place: Town, sizes: Sizes) -> None:
    cases = town.plant_cases(place, sizes.due)
    with place.engine.begin() as connection:
        first = connection.execute(select(Timer).where(Timer.instance_id == cases[0])).mappings()
        columns = _waiting(dict(first.one()), sizes.future)
        connection.execute(insert(Timer).from_select(list(columns), select(*columns.values())))
        for statement in TABLES:
            connection.exec_driver_sql(statement)


def _waiting(row: dict[str, Any], count: int) -> dict[str, Any]:
    """Column → expression, of timers like another that are due long after."""
    number = numbers.up_to(count)
    later = {
        "id": numbers.identity("postgresql", numbers.TIMER, number),
        "due_at": literal(clock.now() + WAITING, Timer.due_at.type),
    }
    return {
        name: later.get(name, literal(value, Timer.__table__.c[name].type).label(name))
        for name, value in row.items()
    }


def _definition(place: Town) -> Definition:
    with place.sessions.begin() as session:
        row = session.scalars(select(ProcessInstance).limit(1)).one()
        return process_instances.process_of(session, row).engine


def _fire_bare(connection: Connection, definition: Definition) -> bool:
    now = clock.now()
    raw = connection.connection.cursor()
    found = raw.execute(CLAIM, (now,)).fetchone()
    if found is None:
        return False
    timer_id, case_id = found
    (state,) = raw.execute("select state from bench_case where id = %s", (case_id,)).fetchone()
    written = _fired(definition, bytes(state))
    raw.execute(
        "update bench_case set state = %s, revision = revision + 1 where id = %s",
        (written, case_id),
    )
    _tell(raw, case_id)
    raw.execute("delete from bench_timer where id = %s", (timer_id,))
    connection.connection.commit()
    return True


def _tell(raw: Any, case_id: UUID) -> None:
    now = clock.now()
    raw.execute(
        "insert into bench_history values (%s, %s, %s, %s)", (uuid7(), case_id, "fired", now)
    )
    raw.execute(
        "insert into bench_audit values (%s, %s, %s, %s)", (uuid7(), case_id, "process:timer", now)
    )


def _fired(definition: Definition, state: bytes) -> bytes:
    case = Case.restore(
        definition, state, operate=lambda *_: {}, calendar=calendar.due_at, now=clock.now()
    )
    case.fire_due()
    return case.dump()
