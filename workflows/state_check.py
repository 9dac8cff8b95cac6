"""Whether what is listed of each case is what its state says, and putting it right when it is not.

The state is the truth. What cannot be made from it (a state that does not load, a gap in the
history) is told and left as it is. It will not look at plans, consents or answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, select, tuple_
from sqlalchemy.orm import Session

from workflows import audit, halting, process_instances
from workflows.access import SYSTEM_BASIS
from workflows.actors import SYSTEM
from workflows.engine import Case
from workflows.tables import (
    HistoryEntry,
    Incident,
    OpenTask,
    ProcessInstance,
    Subscription,
    Timer,
)

BATCH = 200
PROJECTED: tuple[type[Any], ...] = (OpenTask, Timer, Subscription, Incident)
OF_A_CASE: tuple[type[Any], ...] = (*PROJECTED, HistoryEntry)

Key = tuple[UUID, UUID]
Rows = dict[UUID, tuple[Any, ...]]


@dataclass(frozen=True)
class Fault:
    """One disagreement: in which case, about what, and whether it can be made right."""

    municipality_id: UUID
    instance_id: UUID
    what: str
    mendable: bool = True

    def __str__(self) -> str:
        return f"{self.instance_id}: {self.what}"


def keys(
    session: Session, municipality_id: UUID | None, after: Key | None, limit: int = BATCH
) -> list[Key]:
    """The next cases, by municipality and id."""
    key = ProcessInstance.municipality_id, ProcessInstance.id
    query = select(*key).order_by(*key).limit(limit)
    if municipality_id is not None:
        query = query.where(ProcessInstance.municipality_id == municipality_id)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    return [(municipality, instance) for municipality, instance in session.execute(query)]


def check(session: Session, key: Key) -> list[Fault]:
    """What disagrees in one case."""
    instance = session.get_one(ProcessInstance, key)
    try:
        case = process_instances.load(session, instance)
    except Exception as error:
        said = f"tilstanden kan ikke leses ({type(error).__name__})"
        return [Fault(*key, said, mendable=False)]
    return [Fault(*key, *found) for found in _faults(session, instance, case)]


def _faults(session: Session, instance: ProcessInstance, case: Case) -> Iterator[tuple[str, bool]]:
    if case.dump() != instance.state:
        yield "tilstanden lagres ikke slik den ble lest", True
    if case.ended and instance.ended_at is None:
        yield "tilstanden er avsluttet, men forløpet står som i gang", True
    if not case.ended and instance.ended_at is not None:
        yield "forløpet står som avsluttet, men tilstanden er i gang", True
    for table, wanted in _wanted(case).items():
        yield from _differences(table, _there(session, instance, table), wanted)
    yield from _history(session, instance)


def _wanted(case: Case) -> dict[type[Any], Rows]:
    """What the state says that each table is to have of a case."""
    tasks, halted = case.open_tasks, case.incidents
    return {
        OpenTask: {t.id: (t.process, t.element, t.step, t.item) for t in tasks},
        Timer: {t.id: (t.process, t.element, t.due_at) for t in case.timers},
        Subscription: {s.id: (s.process, s.element, s.message) for s in case.subscriptions},
        Incident: {h.id: (h.process, h.element, h.step, h.item) for h in halted},
    }


def _there(session: Session, instance: ProcessInstance, table: type[Any]) -> Rows:
    return {key: seen for key, seen, _row in _rows(session, instance, table)}


def _rows(
    session: Session, instance: ProcessInstance, table: type[Any]
) -> list[tuple[UUID, tuple[Any, ...], Any]]:
    """The rows of a case in a table, as what `_wanted` compares."""
    if table is Incident:
        rows = halting.open_rows(session, instance)
        return [(r.task_id, (r.process_key, r.element, r.step, r.item), r) for r in rows]
    found = session.scalars(
        select(table).where(
            table.municipality_id == instance.municipality_id, table.instance_id == instance.id
        )
    )
    more = {OpenTask: ("step", "item"), Timer: ("due_at",), Subscription: ("message",)}[table]
    return [
        (r.id, (r.process_key, r.element, *(getattr(r, name) for name in more)), r) for r in found
    ]


def _differences(table: type[Any], there: Rows, wanted: Rows) -> Iterator[tuple[str, bool]]:
    name = table.__tablename__
    for key in sorted(wanted.keys() - there.keys()):
        yield f"{name} {key} mangler ({wanted[key][1]})", True
    for key in sorted(there.keys() - wanted.keys()):
        yield f"{name} {key} skulle ikke vært der ({there[key][1]})", True
    for key in sorted(there.keys() & wanted.keys()):
        if there[key] != wanted[key]:
            yield f"{name} {key} sier noe annet enn tilstanden ({wanted[key][1]})", True


def _history(session: Session, instance: ProcessInstance) -> Iterator[tuple[str, bool]]:
    count, last = _counted(session, instance)
    if count != last:
        yield f"historien har {count} linjer, men nummer {last} er den siste", False
    if instance.history_length != last:
        yield f"forløpet teller {instance.history_length} linjer historie, ikke {last}", True


def _counted(session: Session, instance: ProcessInstance) -> tuple[int, int]:
    query = select(func.count(), func.coalesce(func.max(HistoryEntry.seq), 0)).where(
        HistoryEntry.municipality_id == instance.municipality_id,
        HistoryEntry.instance_id == instance.id,
    )
    count, last = session.execute(query).one()
    return count, last


def orphans(session: Session, municipality_id: UUID | None = None) -> list[Fault]:
    """Rows whose case is gone."""
    return [
        Fault(
            row.municipality_id,
            row.instance_id,
            f"{table.__tablename__} {row.id} er uten forløp",
            mendable=table is not HistoryEntry,
        )
        for table in OF_A_CASE
        for row in session.scalars(_orphans(table, municipality_id))
    ]


def _orphans(table: type[Any], municipality_id: UUID | None) -> Any:
    case = and_(
        ProcessInstance.municipality_id == table.municipality_id,
        ProcessInstance.id == table.instance_id,
    )
    query = select(table).where(~exists().where(case))
    return (
        query if municipality_id is None else query.where(table.municipality_id == municipality_id)
    )


def repair(session: Session, key: Key) -> None:
    """Make what is listed of one case anew from its state; a line in the record."""
    instance = session.get_one(ProcessInstance, key)
    case = process_instances.load(session, instance)
    for table, wanted in _wanted(case).items():
        for row_id, seen, row in _rows(session, instance, table):
            if seen != wanted.get(row_id):
                session.delete(row)
    instance.history_length = _counted(session, instance)[1]
    session.flush()
    process_instances.project(session, instance, case)
    _record(session, instance.municipality_id, instance.person_id)


def remove_orphans(session: Session, municipality_id: UUID | None = None) -> None:
    """Delete what is listed of cases that are gone; history is never deleted."""
    for table in PROJECTED:
        for row in session.scalars(_orphans(table, municipality_id)):
            session.delete(row)


def _record(session: Session, municipality_id: UUID, person_id: UUID) -> None:
    audit.record(
        session,
        SYSTEM,
        municipality_id=municipality_id,
        person_id=person_id,
        action="process:repair",
        basis=SYSTEM_BASIS,
    )
