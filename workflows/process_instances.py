"""Running processes for people: start one, move it, tell it that something happened.

Every change of a case goes through `move`: load the state, act in memory, save what follows.
It will not commit.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
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
    webhooks,
)
from workflows.access import SYSTEM_BASIS, Basis
from workflows.actors import COORDINATING_UNIT, SYSTEM, Actor
from workflows.assignment import Assignment
from workflows.definitions import Process
from workflows.engine import Case, Endless, Event, OperationTask, WaitingTimer, plain
from workflows.engine import OpenTask as EngineTask
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
    _save(on, process, case, None)
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
    process = process_of(session, instance)

    def moved(around: dict[str, Any]) -> Case:
        case = Case.restore(process.engine, instance.state, **around)
        act(case)
        return case

    on = Surroundings(session, actor, basis, instance, halts or halting.policy(actor, sent))
    case = _run(on, moved)
    _save(on, process, case, answered)
    return case


def load(session: Session, instance: ProcessInstance) -> Case:
    """A case as it stands, to be looked at."""
    process = process_of(session, instance)
    looked_at = Surroundings(session, SYSTEM, SYSTEM_BASIS, instance, halting.unattended)
    return Case.restore(process.engine, instance.state, **looked_at.around(ExitStack()))


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
        }


def _run(surroundings: Surroundings, moved: Callable[[dict[str, Any]], Case]) -> Case:
    """The case moved; where it would go round for ever, only as far as people have brought it."""
    try:
        with ExitStack() as writes:
            return moved(surroundings.around(writes))
    except Endless as error:
        with ExitStack() as writes:
            return moved({**surroundings.around(writes), "after": error})


def _save(on: Surroundings, process: Process, case: Case, answered: UUID | None) -> None:
    session, instance = on.session, on.instance
    instance.state = case.dump()
    for event in case.events:
        if _worth_remembering(process, event) and not _is_answer(event, answered):
            _write_event(session, instance, process, event)
    _list(session, instance, process, case)
    if case.had_incidents:
        halting.project(session, halting.Behalf(on.actor, on.basis), instance, process, case)
    if case.ended and instance.ended_at is None:
        _end(session, on.actor, instance, process, case)
    session.flush()


def _list(session: Session, instance: ProcessInstance, process: Process, case: Case) -> None:
    _project_tasks(session, instance, process, case)
    _project_timers(session, instance, case)
    _project_subscriptions(session, instance, case)


def project(session: Session, instance: ProcessInstance, case: Case) -> None:
    """Make everything that is listed of a case agree with its state, which is the truth."""
    process = process_of(session, instance)
    _list(session, instance, process, case)
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
    entry.task_id, entry.item = answered.task_id, answered.item
    about = participants.member_at(session, instance, answered.item)
    entry.person_id = answered.person_id or about
    entry.actor_id, entry.service_id = actor.account_id, answered.service_id
    entry.for_person = answered.for_person
    entry.form_key, entry.form_version = answered.form.key, answered.form.version
    entry.answers = answered.answers
    session.add(entry)
    session.flush()


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


def _write_event(
    session: Session, instance: ProcessInstance, process: Process, event: Event
) -> None:
    entry = _entry(instance, process, event.kind, event.process, event.element)
    entry.task_id, entry.item = event.task_id, event.item
    entry.person_id = participants.member_at(session, instance, event.item)
    session.add(entry)


def _entry(
    instance: ProcessInstance, process: Process, kind: str, process_key: str, element_id: str
) -> HistoryEntry:
    element = process.diagrams[process_key].elements.get(element_id)
    instance.history_length += 1
    return HistoryEntry(
        municipality_id=instance.municipality_id,
        instance_id=instance.id,
        person_id=instance.person_id,
        seq=instance.history_length,
        at=clock.now(),
        kind=kind,
        process_key=process_key,
        element=element_id,
        title=(element.name if element else "") or element_id,
        definition_version=instance.definition_version,
        role=process.diagrams[process_key].role_of(element_id) if element else None,
        for_person=False,
    )


def _project_tasks(
    session: Session, instance: ProcessInstance, process: Process, case: Case
) -> None:
    known = {
        row.id: row
        for row in session.scalars(
            select(OpenTask).where(
                OpenTask.municipality_id == instance.municipality_id,
                OpenTask.instance_id == instance.id,
            )
        )
    }
    wanted = {task.id: task for task in case.open_tasks}
    opened = [
        task_row(session, instance, process, task, clock.now())
        for task_id, task in wanted.items()
        if task_id not in known
    ]
    session.add_all(opened)
    done = {event.task_id for event in case.events if event.kind == "completed"}
    completed = [known[task_id] for task_id in known.keys() & done]
    webhooks.tell_of_tasks(session, instance, opened=opened, completed=completed)
    for gone in known.keys() - wanted.keys():
        session.delete(known[gone])


def task_row(
    session: Session,
    instance: ProcessInstance,
    process: Process,
    task: EngineTask,
    created_at: datetime,
) -> OpenTask:
    """What the diagram makes of an open task: its words, and whose it is."""
    diagram = process.diagrams[task.process]
    element = diagram.elements[task.element]
    role = diagram.role_of(task.element) or COORDINATING_UNIT
    given = assignment.assign(session, role, assignment.Place(instance, task.data, task.item))
    return OpenTask(
        municipality_id=instance.municipality_id,
        id=task.id,
        instance_id=instance.id,
        person_id=_about(session, instance, task, given),
        process_key=task.process,
        element=task.element,
        step=task.step,
        title=element.name,
        form_key=element.properties["formKey"],
        role=role,
        item=task.item,
        service_id=given.service_id,
        assignee_id=given.account_id,
        for_person=given.for_person,
        reason=given.reason,
        parked=given.parked,
        due_on=_due_on(element, task.data, created_at),
        created_at=created_at,
    )


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


def _project_timers(session: Session, instance: ProcessInstance, case: Case) -> None:
    rows = session.scalars(
        select(Timer).where(
            Timer.municipality_id == instance.municipality_id, Timer.instance_id == instance.id
        )
    )
    known = {row.id: row for row in rows}
    wanted = {timer.id: timer for timer in case.timers}
    fired = {key for key, row in known.items() if _is_moved(row, wanted.get(key))}
    if fired:
        halting.case_moved(session, instance, fired)
    for gone in known.keys() - wanted.keys():
        session.delete(known[gone])
    for timer_id, timer in wanted.items():
        row = known.get(timer_id)
        if row is None:
            row = Timer(
                municipality_id=instance.municipality_id,
                id=timer_id,
                instance_id=instance.id,
                process_key=timer.process,
                element=timer.element,
            )
            session.add(row)
        row.due_at = timer.due_at


def _is_moved(row: Timer, timer: WaitingTimer | None) -> bool:
    return timer is None or timer.due_at != row.due_at


def _project_subscriptions(session: Session, instance: ProcessInstance, case: Case) -> None:
    rows = session.scalars(
        select(Subscription).where(
            Subscription.municipality_id == instance.municipality_id,
            Subscription.instance_id == instance.id,
        )
    )
    known = {row.id: row for row in rows}
    wanted = {waiting.id: waiting for waiting in case.subscriptions}
    for gone in known.keys() - wanted.keys():
        session.delete(known[gone])
    for waiting_id in wanted.keys() - known.keys():
        waiting = wanted[waiting_id]
        session.add(
            Subscription(
                municipality_id=instance.municipality_id,
                id=waiting_id,
                instance_id=instance.id,
                process_key=waiting.process,
                element=waiting.element,
                message=waiting.message,
            )
        )


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
