"""Running processes for people: start one, move it, tell it that something happened.

Every change of a case goes through `move`: load the state, act in memory, save what follows.
It will not commit.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Delete, bindparam, delete, exists, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key
from uuid_utils.compat import uuid7

from bpmn.diagrams import ACTIVITIES
from bpmn.reading import Element
from forms.definitions import Form
from workflows import (
    access,
    assignment,
    audit,
    calendar,
    clock,
    definitions,
    halting,
    operations,
    participants,
    timer_bases,
    webhooks,
)
from workflows.access import SYSTEM_BASIS, Basis
from workflows.actors import COORDINATING_UNIT, SYSTEM, Actor
from workflows.assignment import Assignment
from workflows.definitions import Process
from workflows.engine import Case, Endless, Event, OperationTask, WaitingTimer, plain
from workflows.engine import OpenTask as EngineTask
from workflows.engine import Subscription as EngineSubscription
from workflows.errors import Conflict, Invalid, NotFound
from workflows.halting import Halts
from workflows.tables import (
    Account,
    HistoryEntry,
    OpenTask,
    Participant,
    Person,
    ProcessInstance,
    Service,
    Subscription,
    Timer,
)
from workflows.texts import _

Act = Callable[[Case], object]

WORTH_REMEMBERING = {
    "completed": ACTIVITIES | {"startEvent", "intermediateThrowEvent", "endEvent"},
    "cancelled": ACTIVITIES,
    "fired": None,
    "ended": None,
    "failed": None,
    "retried": None,
    "skipped": None,
}
"""Kinds of event → the kinds of element whose events go into the history; None for all.

Every activity and event that was finished is there once: one that waits when it fires, others when
they are complete. A gateway leaves nothing: between two steps the diagram says which it was.
"""


@dataclass(frozen=True)
class Answered:
    """A form's answers on their way into the history: where in the diagram, by whom, for whom."""

    process: str
    element: str
    form: Form
    answers: dict[str, Any]
    kind: str = "completed"
    task_id: UUID | None = None
    item: str | None = None
    service_id: UUID | None = None
    for_person: bool = False
    person_id: UUID | None = None
    """Whom they are about, where that is not the person the place in the diagram is about."""


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


def _listed_rows(session: Session, instance: ProcessInstance) -> Listed:
    """What is listed of a case, right or wrong."""
    return Listed(
        _ids(rows_of(session, OpenTask, instance)),
        {row.id: row.due_at for row in rows_of(session, Timer, instance)},
        _ids(rows_of(session, Subscription, instance)),
    )


def _ids(things: Iterable[_Identified]) -> frozenset[UUID]:
    return frozenset(thing.id for thing in things)


def rows_of(session: Session, table: type[Any], instance: ProcessInstance) -> Sequence[Any]:
    """All that a table has of a case."""
    return session.scalars(
        select(table).where(
            table.municipality_id == instance.municipality_id, table.instance_id == instance.id
        )
    ).all()


def start_process(
    session: Session, actor: Actor, person_id: UUID, key: str, answers: dict[str, Any]
) -> ProcessInstance:
    """Start the newest version of a process for a person, with the answers to its start form.

    Raises Conflict when the person has one of the same kind already: one plan, one coordinator.
    """
    basis = access.require(session, actor, access.START_PROCESS, person_id)
    person = find_person(session, actor, person_id)
    session.refresh(person, with_for_update=True)  # of two who start one at once, one waits
    if running(session, person, key):
        raise Conflict(_("Personen har allerede et slikt forløp i gang."))
    process = definitions.latest_process(session, person.municipality_id, key)
    instance = ProcessInstance(
        municipality_id=person.municipality_id,
        id=uuid7(),
        person_id=person_id,
        person=person,
        definition_key=key,
        definition_version=process.version,
        title=process.diagram.title,
        started_at=clock.now(),
        started_by=actor.account_id,
        state=b"",
        history_length=0,
        coordinator_id=None,
    )
    session.add(instance)
    session.flush()
    session.add(
        Participant(
            municipality_id=person.municipality_id,
            instance_id=instance.id,
            person_id=person_id,
            position=0,
            part=participants.MAIN,
            status=participants.TAKES_PART,
        )
    )
    form = _write_start(session, actor, instance, process, answers)
    webhooks.tell(session, instance, webhooks.INSTANCE_STARTED)
    given = routed(process, answers)
    on = Surroundings(session, actor, basis, instance, halting.policy(actor, form))
    case = _run(on, lambda around: Case.start(process.engine, given, **around))
    _save(on, process, case, Listed())
    audit.record(
        session,
        actor,
        municipality_id=person.municipality_id,
        person_id=person_id,
        action="process:start",
        basis=basis,
        process=key,
    )
    return instance


def running(session: Session, person: Person, key: str) -> Sequence[ProcessInstance]:
    """The cases of a process that a person takes part in now."""
    return session.scalars(
        select(ProcessInstance)
        .join(
            Participant,
            (Participant.municipality_id == ProcessInstance.municipality_id)
            & (Participant.instance_id == ProcessInstance.id),
        )
        .where(
            Participant.municipality_id == person.municipality_id,
            Participant.person_id == person.id,
            Participant.status == participants.TAKES_PART,
            ProcessInstance.definition_key == key,
            ProcessInstance.ended_at.is_(None),
        )
    ).all()


def _write_start(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    process: Process,
    answers: dict[str, Any],
) -> Form | None:
    start = process.diagram.start
    form_key = start.properties.get("formKey")
    if form_key is None:
        return None
    form = definitions.latest_form(session, instance.municipality_id, form_key)
    service_id = actor.service_in(instance.municipality_id)
    write_answers(
        session,
        actor,
        instance,
        process,
        Answered(process.key, start.id, form, answers, kind="started", service_id=service_id),
    )
    return form


def move(
    session: Session,
    actor: Actor,
    basis: Basis,
    instance: ProcessInstance,
    act: Act,
    answered: UUID | None = None,
    sent: Form | None = None,
    halts: Halts | None = None,
) -> Case:
    """Load a case, let `act` move it, and save its state, projections and history.

    `answered` is a task whose completion stands in the history already, with its answers; `sent`
    the form that the actor has just answered, and can answer otherwise when something is amiss.
    `halts` says which errors become incidents: those that the actor cannot mend, if not given.
    """
    on = Surroundings(session, actor, basis, instance, halts or halting.policy(actor, sent))
    return _moved(on, act, answered)


def enter(
    session: Session,
    actor: Actor,
    basis: Basis,
    instance: ProcessInstance,
    state: bytes,
    version: str,
) -> Case:
    """Let a case go on from another state, on another version, than those it is listed by."""
    before = _listed_rows(session, instance)
    instance.state, instance.definition_version = state, version
    instance.title = process_of(session, instance).diagram.title
    on = Surroundings(session, actor, basis, instance, halting.policy(actor, None))
    return _moved(on, Case.settle, before=before)


def _moved(
    on: "Surroundings", act: Act, answered: UUID | None = None, before: Listed | None = None
) -> Case:
    process, state = process_of(on.session, on.instance), on.instance.state
    known: list[Listed] = []

    def moved(around: dict[str, Any]) -> Case:
        case = Case.restore(process.engine, state, **around)
        known[:] = [before or listed(case)]
        act(case)
        case.follow_bases()
        return case

    case = _run(on, moved)
    _save(on, process, case, known[0], answered)
    return case


def load(session: Session, instance: ProcessInstance) -> Case:
    """A case as it stands, to be looked at."""
    process = process_of(session, instance)
    looked_at = Surroundings(session, SYSTEM, SYSTEM_BASIS, instance, halting.unattended)
    return Case.restore(process.engine, instance.state, **looked_at.around(ExitStack()))


def follow_bases(session: Session, person: Person) -> None:
    """Let the waiting timers of a person's cases follow what has changed about the person."""
    session.flush()
    for instance in _running_of(session, person):
        move(session, SYSTEM, SYSTEM_BASIS, instance, lambda _case: None)


def _running_of(session: Session, person: Person) -> Sequence[ProcessInstance]:
    takes_part = exists().where(
        Participant.municipality_id == ProcessInstance.municipality_id,
        Participant.instance_id == ProcessInstance.id,
        Participant.person_id == person.id,
    )
    return session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.municipality_id == person.municipality_id,
            ProcessInstance.ended_at.is_(None),
            takes_part,
        )
    ).all()


def deliver(
    session: Session,
    actor: Actor,
    basis: Basis,
    instance: ProcessInstance,
    message: str,
    variables: Mapping[str, Any] | None = None,
    sent: Form | None = None,
) -> bool:
    """Tell a running case that something happened; False when it does not wait for that."""
    waits = session.scalar(
        select(Subscription.id)
        .where(
            Subscription.municipality_id == instance.municipality_id,
            Subscription.instance_id == instance.id,
            Subscription.message == message,
        )
        .limit(1)
    )
    if waits is None or instance.ended_at is not None:
        return False
    told = variables or {}
    move(session, actor, basis, instance, lambda case: case.deliver(message, told), sent=sent)
    return True


def process_of(session: Session, instance: ProcessInstance) -> Process:
    """The process definition version a case runs on."""
    return definitions.process(session, instance.municipality_id, instance.definition_version)


def routed(process: Process, answers: dict[str, Any]) -> dict[str, Any]:
    """Those of the answers that the process's expressions read: only they reach the engine."""
    return {key: value for key, value in answers.items() if key in process.routing}


@dataclass(frozen=True)
class Surroundings:
    """What a case is moved in: by whom and on which basis, and which errors it stands still by."""

    session: Session
    actor: Actor
    basis: Basis
    instance: ProcessInstance
    halts: Halts

    def around(self, writes: ExitStack) -> dict[str, Any]:
        """What the engine asks for. The first operation enters a savepoint into `writes`."""

        def operate(
            name: str,
            parameters: Mapping[str, Any],
            variables: Mapping[str, Any],
            where: OperationTask,
        ) -> Mapping[str, Any]:
            if not begun:
                begun.append(writes.enter_context(self.session.begin_nested()))
            call = operations.Call(
                self.session, self.actor, self.basis, self.instance, variables, parameters, where
            )
            with self.session.begin_nested():  # what an operation that fails has written is undone
                given: Mapping[str, Any] = plain(operations.run(name, call))
            return given

        begun: list[object] = []
        return {
            "operate": operate,
            "calendar": calendar.due_at,
            "now": clock.now(),
            "halts": self.halts,
            "bases": partial(timer_bases.bases, self.session, self.instance),
        }


def _run(surroundings: Surroundings, moved: Callable[[dict[str, Any]], Case]) -> Case:
    """The case moved; where it would go round for ever, only as far as people have brought it."""
    try:
        with ExitStack() as writes:
            return moved(surroundings.around(writes))
    except Endless as error:
        with ExitStack() as writes:
            return moved({**surroundings.around(writes), "after": error})


def _save(
    on: Surroundings,
    process: Process,
    case: Case,
    before: Listed,
    answered: UUID | None = None,
) -> None:
    session, instance = on.session, on.instance
    instance.state = case.dump()
    entries = [
        _event_entry(session, instance, process, event)
        for event in case.events
        if _worth_remembering(process, event) and not _is_answer(event, answered)
    ]
    _insert(session, HistoryEntry, entries)
    _list(session, instance, process, case, before)
    if case.had_incidents:
        halting.project(session, halting.Behalf(on.actor, on.basis), instance, process, case)
    if case.ended and instance.ended_at is None:
        _end(session, on.actor, instance, process, case)
    session.flush()


def _list(
    session: Session, instance: ProcessInstance, process: Process, case: Case, before: Listed
) -> None:
    """Write what differs from what is listed already, and read nothing of it."""
    now = listed(case)
    _list_tasks(session, instance, process, case, before)
    _list_timers(session, instance, case, before)
    _delete(session, Subscription, instance, before.subscriptions - now.subscriptions)
    new = [each for each in case.subscriptions if each.id not in before.subscriptions]
    rows = [{**_waiting_row(instance, each), "message": each.message} for each in new]
    _insert(session, Subscription, rows)


def _insert(session: Session, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table.__table__), rows)


def _delete(
    session: Session, table: type[Any], instance: ProcessInstance, gone: Collection[UUID]
) -> None:
    if not gone:
        return
    session.execute(
        _BY_KEY[table], [{"place": instance.municipality_id, "gone": each} for each in gone]
    )
    for row_id in gone:
        row = session.identity_map.get(identity_key(table, (instance.municipality_id, row_id)))
        if row is not None:
            session.expunge(row)


def _by_key(table: Any) -> Delete:
    columns = table.__table__.c
    key = columns.municipality_id == bindparam("place"), columns.id == bindparam("gone")
    return delete(table.__table__).where(*key)


_BY_KEY = {table: _by_key(table) for table in (OpenTask, Timer, Subscription)}
"""Put together once, since every task that is completed deletes."""


def project(session: Session, instance: ProcessInstance, case: Case) -> None:
    """Make everything that is listed of a case agree with its state, which is the truth."""
    process = process_of(session, instance)
    _list(session, instance, process, case, _listed_rows(session, instance))
    behalf = halting.Behalf(SYSTEM, SYSTEM_BASIS)
    halting.project(session, behalf, instance, process, case)
    instance.state = case.dump()
    if case.ended and instance.ended_at is None:
        _end(session, SYSTEM, instance, process, case)
    elif not case.ended:
        instance.ended_at = instance.outcome = None
    session.flush()


def _end(
    session: Session, actor: Actor, instance: ProcessInstance, process: Process, case: Case
) -> None:
    webhooks.tell(session, instance, webhooks.INSTANCE_ENDED)  # while there is a basis to know
    instance.ended_at = clock.now()
    end = process.diagram.elements.get(case.outcome or "")
    instance.outcome = end.name if end else None
    audit.record(
        session,
        actor,
        municipality_id=instance.municipality_id,
        person_id=instance.person_id,
        action="process:end",
        basis=SYSTEM_BASIS,
        outcome=instance.outcome,
    )


def write_answers(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    process: Process,
    answered: Answered,
) -> None:
    """Put answers into the history, before the case moves, so that operations find them."""
    entry = _entry(instance, process, answered.kind, answered.process, answered.element)
    about = participants.member_at(session, instance, answered.item)
    entry |= {
        "task_id": answered.task_id,
        "item": answered.item,
        "person_id": answered.person_id or about,
        "actor_id": actor.account_id,
        "service_id": answered.service_id,
        "for_person": answered.for_person,
        "form_key": answered.form.key,
        "form_version": answered.form.version,
        "answers": answered.answers,
    }
    session.add(HistoryEntry(**entry))


def _is_answer(event: Event, answered: UUID | None) -> bool:
    return event.kind == "completed" and event.task_id == answered


def _worth_remembering(process: Process, event: Event) -> bool:
    kinds = WORTH_REMEMBERING.get(event.kind, frozenset())
    if kinds is None:
        return True
    element = process.diagrams[event.process].elements[event.element]
    by_link = element.kind == "intermediateCatchEvent" and element.event == "link"
    if event.kind == "completed" and (by_link or _is_answered_start(process, element)):
        return by_link
    return element.kind in kinds


def _is_answered_start(process: Process, element: Element) -> bool:
    """Whether the history has it with its answers already."""
    return element == process.diagram.start and "formKey" in element.properties


def _event_entry(
    session: Session, instance: ProcessInstance, process: Process, event: Event
) -> dict[str, Any]:
    entry = _entry(instance, process, event.kind, event.process, event.element)
    about = participants.member_at(session, instance, event.item)
    return entry | {"task_id": event.task_id, "item": event.item, "person_id": about}


def _entry(
    instance: ProcessInstance, process: Process, kind: str, process_key: str, element_id: str
) -> dict[str, Any]:
    element = process.diagrams[process_key].elements.get(element_id)
    instance.history_length += 1
    return {
        "municipality_id": instance.municipality_id,
        "id": uuid7(),
        "instance_id": instance.id,
        "person_id": instance.person_id,
        "seq": instance.history_length,
        "at": clock.now(),
        "kind": kind,
        "process_key": process_key,
        "element": element_id,
        "title": (element.name if element else "") or element_id,
        "definition_version": instance.definition_version,
        "role": process.diagrams[process_key].role_of(element_id) if element else None,
        "for_person": False,
    }


def _list_tasks(
    session: Session, instance: ProcessInstance, process: Process, case: Case, before: Listed
) -> None:
    """New ones first: who is told of tasks must find both these and those that are done."""
    new = [task for task in case.open_tasks if task.id not in before.tasks]
    rows = [task_row(session, instance, process, task, clock.now()) for task in new]
    _insert(session, OpenTask, rows)
    done = {event.task_id for event in case.events if event.kind == "completed"}
    webhooks.tell_of_tasks(session, instance, opened=_ids(new), completed=before.tasks & done)
    _delete(session, OpenTask, instance, before.tasks - _ids(case.open_tasks))


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


def _list_timers(session: Session, instance: ProcessInstance, case: Case, before: Listed) -> None:
    wanted = {timer.id: timer for timer in case.timers}
    gone = before.timers.keys() - wanted.keys()
    moved = [
        wanted[key]
        for key, due_at in before.timers.items()
        if key not in gone and wanted[key].due_at != due_at
    ]
    if gone or moved:
        halting.case_moved(session, instance, gone | _ids(moved))
    _delete(session, Timer, instance, gone)
    for timer in moved:
        key = Timer.municipality_id == instance.municipality_id, Timer.id == timer.id
        session.execute(update(Timer).where(*key).values(due_at=timer.due_at))
    new = [timer for key, timer in wanted.items() if key not in before.timers]
    _insert(session, Timer, [{**_waiting_row(instance, t), "due_at": t.due_at} for t in new])


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


def find_instance(session: Session, actor: Actor, instance_id: UUID) -> ProcessInstance:
    """A process instance in one of the actor's municipalities. Raises NotFound."""
    query = select(ProcessInstance).where(ProcessInstance.id == instance_id)
    if actor.account_id is not None:
        query = query.where(ProcessInstance.municipality_id.in_(actor.municipalities))
    instance = session.scalar(query)
    if instance is None:
        raise NotFound(access.UNKNOWN)
    return instance


def find_person(session: Session, actor: Actor, person_id: UUID) -> Person:
    """A person in one of the actor's municipalities, without any check of basis."""
    person = session.scalar(
        select(Person).where(
            Person.id == person_id, Person.municipality_id.in_(actor.municipalities)
        )
    )
    if person is None:
        raise NotFound(access.UNKNOWN)
    return person


def holder(session: Session, instance: ProcessInstance) -> tuple[Account, Service] | None:
    """The coordinator of a case with their service; None when nobody who works here is one."""
    if instance.coordinator_id is None:
        return None
    position = assignment.position_of(session, instance.municipality_id, instance.coordinator_id)
    if position is None:
        return None
    account = session.get_one(Account, instance.coordinator_id)
    return account, session.get_one(Service, (instance.municipality_id, position.service_id))


def reassign(session: Session, instance: ProcessInstance) -> None:
    """Give the coordinator's open tasks to whoever is coordinator now."""
    session.flush()
    tasks = session.scalars(
        select(OpenTask).where(
            OpenTask.municipality_id == instance.municipality_id,
            OpenTask.instance_id == instance.id,
            OpenTask.role.in_(("koordinator", "person", "ansvarlig")),
            OpenTask.reason != assignment.BY_CONSENT,  # theirs whoever coordinates
        )
    )
    for task in tasks:
        place = assignment.Place(instance, {}, task.item)
        given = assignment.assign(session, task.role, place)
        task.service_id, task.assignee_id = given.service_id, given.account_id
        task.reason = given.reason


def require_running(instance: ProcessInstance) -> None:
    """Raises Invalid when the case has ended."""
    if instance.ended_at is not None:
        raise Invalid(_("Forløpet er avsluttet."))
