"""What is listed of a case and follows from its state: its open tasks, timers and subscriptions.

The state is the truth, and these rows are what can be looked up and searched. It will not move a
case: `workflows.process_instances` does.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Delete, Update, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from bpmn.reading import Element
from workflows import assignment, calendar, clock, halting, participants, webhooks
from workflows.actors import COORDINATING_UNIT
from workflows.assignment import Assignment
from workflows.definitions import Process
from workflows.engine import Case, WaitingTimer
from workflows.engine import OpenTask as EngineTask
from workflows.engine import Subscription as EngineSubscription
from workflows.tables import HistoryEntry, OpenTask, ProcessInstance, Subscription, Timer

Rows = Sequence[dict[str, Any]]


class _Identified(Protocol):
    @property
    def id(self) -> UUID: ...


@dataclass(frozen=True)
class Listed:
    """What is listed of a case, by the ids in its state; timers with the time they are due."""

    tasks: frozenset[UUID] = frozenset()
    timers: Mapping[UUID, datetime] = field(default_factory=dict)
    subscriptions: frozenset[UUID] = frozenset()


def listed(case: Case) -> Listed:
    """What is to be listed of a case as it stands."""
    return Listed(
        _ids(case.open_tasks),
        {timer.id: timer.due_at for timer in case.timers},
        _ids(case.subscriptions),
    )


@dataclass(frozen=True)
class Found:
    """The rows there are of a case, right or wrong, by their ids."""

    tasks: Mapping[UUID, OpenTask]
    timers: Mapping[UUID, Timer]
    subscriptions: Mapping[UUID, Subscription]

    @property
    def listed(self) -> Listed:
        """What they are rows of."""
        return Listed(
            frozenset(self.tasks),
            {key: row.due_at for key, row in self.timers.items()},
            frozenset(self.subscriptions),
        )


def find(session: Session, instance: ProcessInstance) -> Found:
    """What is listed of a case."""
    return Found(*(_rows_of(session, each, instance) for each in (OpenTask, Timer, Subscription)))


def _ids(things: Iterable[_Identified]) -> frozenset[UUID]:
    return frozenset(thing.id for thing in things)


def _rows_of(session: Session, table: type[Any], instance: ProcessInstance) -> dict[UUID, Any]:
    rows = session.scalars(
        select(table).where(
            table.municipality_id == instance.municipality_id, table.instance_id == instance.id
        )
    )
    return {row.id: row for row in rows}


class Changes:
    """What is to be written of cases that have moved, in one statement for each kind of row.

    Nothing is there before `write`. Several cases can share one, since a statement of many rows
    takes hardly longer than a statement of one.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._states: list[tuple[ProcessInstance, bytes, int]] = []
        self._new: dict[type[Any], list[dict[str, Any]]] = defaultdict(list)
        self._moved: list[dict[str, Any]] = []
        self._gone: dict[type[Any], list[tuple[UUID, UUID]]] = defaultdict(list)
        self._been_due: list[halting.Key] = []
        """Timers that are over: no other can have failed."""
        self._told: list[tuple[ProcessInstance, frozenset[UUID], frozenset[UUID]]] = []

    def add(
        self, instance: ProcessInstance, process: Process, case: Case, before: Listed, history: Rows
    ) -> None:
        """What differs from what is listed of a case already; nothing of that is read."""
        length = instance.history_length + len(history)
        self._states.append((instance, case.dump(), length))
        self._new[HistoryEntry] += history
        self._add_tasks(instance, process, case, before)
        self._add_timers(instance, case, before)
        now = _ids(case.subscriptions)
        self._remove(Subscription, instance, before.subscriptions - now)
        self._new[Subscription] += [
            {**_waiting_row(instance, each), "message": each.message}
            for each in case.subscriptions
            if each.id not in before.subscriptions
        ]

    def _add_tasks(
        self, instance: ProcessInstance, process: Process, case: Case, before: Listed
    ) -> None:
        new = [task for task in case.open_tasks if task.id not in before.tasks]
        self._new[OpenTask] += [
            task_row(self._session, instance, process, task, clock.now()) for task in new
        ]
        done = {event.task_id for event in case.events if event.kind == "completed"}
        self._told.append((instance, _ids(new), before.tasks & done))
        self._remove(OpenTask, instance, before.tasks - _ids(case.open_tasks))

    def _add_timers(self, instance: ProcessInstance, case: Case, before: Listed) -> None:
        wanted = {timer.id: timer for timer in case.timers}
        gone = before.timers.keys() - wanted.keys()
        moved = {
            key: wanted[key].due_at
            for key, due_at in before.timers.items()
            if key not in gone and wanted[key].due_at != due_at
        }
        place = instance.municipality_id
        self._been_due += [
            (place, instance.id, key)
            for key in gone | moved.keys()
            if before.timers[key] <= clock.now()
        ]
        self._remove(Timer, instance, gone)
        self._moved += [{"place": place, "row": key, "due": due} for key, due in moved.items()]
        self._new[Timer] += [
            {**_waiting_row(instance, timer), "due_at": timer.due_at}
            for key, timer in wanted.items()
            if key not in before.timers
        ]

    def _remove(self, table: type[Any], instance: ProcessInstance, gone: Collection[UUID]) -> None:
        self._gone[table] += [(instance.municipality_id, row_id) for row_id in gone]

    def write(self) -> None:
        """Write it all; nothing is left to be written then.

        What is new comes first: who is told of tasks must find both these and those that are done.
        """
        for instance, state, length in self._states:
            instance.state, instance.history_length = state, length
        self._session.flush()
        for table, rows in self._new.items():
            self._run(insert(table.__table__), rows)
        self._run(_MOVED, self._moved)
        for row in self._read(Timer, [(each["place"], each["row"]) for each in self._moved]):
            self._session.expire(row)
        halting.cases_moved(self._session, self._been_due)
        webhooks.tell_of_tasks(self._session, self._told)
        for table, keys in self._gone.items():
            self._run(_BY_KEY[table], [{"place": place, "row": row} for place, row in keys])
            for row in self._read(table, keys):
                self._session.expunge(row)
        written = self._states, self._new, self._moved, self._been_due, self._told, self._gone
        for each in written:
            each.clear()

    def _run(self, statement: Any, rows: Rows) -> None:
        if rows:
            self._session.connection().execute(statement, rows)

    def _read(self, table: type[Any], keys: Iterable[tuple[UUID, UUID]]) -> list[Any]:
        """Those of the rows that the session has read before, and that are otherwise now."""
        known = self._session.identity_map
        rows = [known.get(identity_key(table, key)) for key in keys]
        return [row for row in rows if row is not None]


def _by_key(table: Any) -> Delete:
    columns = table.__table__.c
    key = columns.municipality_id == bindparam("place"), columns.id == bindparam("row")
    return delete(table.__table__).where(*key)


_BY_KEY = {table: _by_key(table) for table in (OpenTask, Timer, Subscription)}
"""Put together once, since every task that is completed deletes."""
_TIMERS: Any = Timer.__table__
_MOVED: Update = (
    update(_TIMERS)
    .where(_TIMERS.c.municipality_id == bindparam("place"), _TIMERS.c.id == bindparam("row"))
    .values(due_at=bindparam("due"))
)


def task_row(
    session: Session,
    instance: ProcessInstance,
    process: Process,
    task: EngineTask,
    created_at: datetime,
) -> dict[str, Any]:
    """The columns of an open task, as the diagram has them: its words, and whose it is."""
    diagram = process.diagrams[task.process]
    element = diagram.elements[task.element]
    role = diagram.role_of(task.element) or COORDINATING_UNIT
    given = assignment.assign(session, role, assignment.Place(instance, task.data, task.item))
    return {
        "municipality_id": instance.municipality_id,
        "id": task.id,
        "instance_id": instance.id,
        "person_id": _about(session, instance, task, given),
        "process_key": task.process,
        "element": task.element,
        "step": task.step,
        "title": element.name,
        "form_key": element.properties["formKey"],
        "role": role,
        "item": task.item,
        "service_id": given.service_id,
        "assignee_id": given.account_id,
        "for_person": given.for_person,
        "reason": given.reason,
        "parked": given.parked,
        "due_on": _due_on(element, task.data, created_at),
        "created_at": created_at,
    }


def _about(
    session: Session, instance: ProcessInstance, task: EngineTask, given: Assignment
) -> UUID:
    """The person a task is about; a service's is about someone who lets it know."""
    if given.person_id is not None:
        return given.person_id
    person_id = participants.member_at(session, instance, task.item)
    if given.service_id is None or str(given.service_id) != task.item:
        return person_id
    allowed = participants.services_told(session, instance).get(given.service_id, [])
    return person_id if person_id in allowed or not allowed else allowed[0]


def _due_on(element: Element, variables: Mapping[str, Any], start: datetime) -> date | None:
    """The last day of a task: its duration from now, or the date its variable holds, if any yet."""
    due = element.properties.get("due")
    if not due:
        return None
    if due.startswith("P"):
        return calendar.due_on(start, due)
    value = variables.get(due)
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    return moment.astimezone(clock.OSLO).date() if moment.tzinfo else moment.date()


def _waiting_row(
    instance: ProcessInstance, waiting: WaitingTimer | EngineSubscription
) -> dict[str, Any]:
    return {
        "municipality_id": instance.municipality_id,
        "id": waiting.id,
        "instance_id": instance.id,
        "process_key": waiting.process,
        "element": waiting.element,
    }
