"""Running processes for people: start one, move it, tell it that something happened.

Every change of a case goes through `move`: load the state, act in memory, save what follows.
It will not commit.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from forms.definitions import Form
from workflows import (
    access,
    assignment,
    audit,
    calendar,
    clock,
    definitions,
    halting,
    history_entries,
    operations,
    participants,
    projections,
    timer_bases,
    webhooks,
)
from workflows.access import SYSTEM_BASIS, Basis
from workflows.actors import SYSTEM, Actor
from workflows.database import LAST_TRY, lost_race
from workflows.definitions import Process
from workflows.engine import Case, Endless, OperationTask, plain
from workflows.errors import Conflict, Invalid, NotFound
from workflows.halting import Halts, Unkept
from workflows.history_entries import Answered
from workflows.projections import Changes, Listed
from workflows.tables import (
    Account,
    OpenTask,
    Participant,
    Person,
    ProcessInstance,
    Service,
    Subscription,
)
from workflows.texts import _

Act = Callable[[Case], object]


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
    history_entries.write_answers(
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
    later: Changes | None = None,
) -> Case:
    """Load a case, let `act` move it, and save its state, projections and history.

    `answered` is a task whose completion stands in the history already, with its answers; `sent`
    the form that the actor has just answered, and can answer otherwise when something is amiss.
    `halts` says which errors become incidents: those that the actor cannot mend, if not given.
    `later` takes what is to be written, for the caller to write together with other cases'.
    """
    policy = halts or halting.policy(actor, sent)
    on = Surroundings(session, actor, basis, instance, policy, later)
    return _moved(on, act, answered)


def enter(
    session: Session,
    actor: Actor,
    basis: Basis,
    instance: ProcessInstance,
    state: bytes,
    version: str,
    before: Listed,
) -> Case:
    """Let a case go on from another state, on another version, than those it is listed by."""
    instance.state, instance.definition_version = state, version
    instance.title = process_of(session, instance).diagram.title
    on = Surroundings(session, actor, basis, instance, halting.policy(actor, None))
    return _moved(on, Case.settle, before=before)


def _moved(
    on: "Surroundings",
    act: Act,
    answered: UUID | None = None,
    before: Listed | None = None,
) -> Case:
    process, state = process_of(on.session, on.instance), on.instance.state
    known: list[Listed] = []

    def moved(around: dict[str, Any]) -> Case:
        case = Case.restore(process.engine, state, **around)
        known[:] = [before or projections.listed(case)]
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
    later: Changes | None = None
    """What other cases that were moved before this one are still to write."""

    def around(self, writes: ExitStack) -> dict[str, Any]:
        """What the engine asks for. The first operation enters a savepoint into `writes`."""

        def operate(
            name: str,
            parameters: Mapping[str, Any],
            variables: Mapping[str, Any],
            where: OperationTask,
        ) -> Mapping[str, Any]:
            if self.later is not None:
                self.later.write()  # an operation may read anything
            if not begun:
                begun.append(writes.enter_context(self.session.begin_nested()))
            call = operations.Call(
                self.session, self.actor, self.basis, self.instance, variables, parameters, where
            )
            return self._kept(name, call)

        begun: list[object] = []
        return {
            "operate": operate,
            "calendar": calendar.due_at,
            "now": clock.now(),
            "halts": self.halts,
            "bases": partial(timer_bases.bases, self.session, self.instance),
        }

    def _kept(self, name: str, call: operations.Call) -> Mapping[str, Any]:
        """What an operation gives; what it has written is undone when it fails.

        What another may have put in first is told as it is, so that all is begun anew from there;
        who will not begin anew, or need not, is told that it is the operation's own fault.
        """
        savepoint = self.session.begin_nested()  # with what was to be written before it
        try:
            with savepoint:
                given: Mapping[str, Any] = plain(operations.run(name, call))
                return given
        except IntegrityError as error:
            if lost_race(error) and not self.session.info.get(LAST_TRY):
                raise
            raise Unkept from error


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
    changes = on.later or Changes(session)
    history = history_entries.of_events(session, instance, process, case, answered)
    changes.add(instance, process, case, before, history)
    ends = case.ended and instance.ended_at is None
    if on.later is not None and not case.had_incidents and not ends:
        return
    changes.write()
    if case.had_incidents:
        halting.project(session, halting.Behalf(on.actor, on.basis), instance, process, case)
    if ends:
        _end(session, on.actor, instance, process, case)
    session.flush()


def project(session: Session, instance: ProcessInstance, case: Case) -> None:
    """Make everything that is listed of a case agree with its state, which is the truth."""
    process = process_of(session, instance)
    changes = Changes(session)
    changes.add(instance, process, case, projections.find(session, instance).listed, [])
    changes.write()
    behalf = halting.Behalf(SYSTEM, SYSTEM_BASIS)
    halting.project(session, behalf, instance, process, case)
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
