"""Where a case stands: who has what now, what its plan says, and what has happened in it.

Without the right to read the plan one learns that the case runs and who coordinates it, no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bpmn.reading import Diagram
from workflows import (
    access,
    audit,
    definitions,
    evaluations,
    handovers,
    history,
    plans,
    process_instances,
)
from workflows.access import Basis
from workflows.actors import Actor
from workflows.evaluations import Said
from workflows.history import Reach
from workflows.tables import (
    Account,
    Evaluation,
    Goal,
    HistoryEntry,
    Measure,
    OpenTask,
    Person,
    Plan,
    ProcessInstance,
    Service,
    Timer,
)
from workflows.texts import _

PERSON_SELF = _("Personen selv")


@dataclass(frozen=True)
class MeasureView:
    """A measure with the name of who answers for it."""

    measure: Measure
    service: str | None


@dataclass(frozen=True)
class RoundView:
    """An evaluation round with the names of the missing voices."""

    evaluation: Evaluation
    missing: Sequence[str]


@dataclass(frozen=True)
class PlanView:
    """The plan as those with a basis read it."""

    plan: Plan
    goals: Sequence[Goal]
    measures: Sequence[MeasureView]
    rounds: Sequence[RoundView]
    own_ratings: Mapping[UUID, Sequence[Said]]
    """Goal id → how the person rated it, first round first."""


@dataclass(frozen=True)
class Waiting:
    """A place where the case itself waits for a time, with nobody to do anything."""

    element: str
    title: str
    until: datetime


@dataclass(frozen=True)
class CaseView:
    """A process instance as this actor may see it."""

    instance: ProcessInstance
    diagram: Diagram
    coordinator: str | None
    coordinator_service: str | None
    active: Mapping[str, Sequence[str]]
    """Element id → who has the tasks there, in the diagram of the process itself."""
    done: Sequence[str]
    waiting: Sequence[Waiting]
    open_tasks: Sequence[OpenTask]
    who: Mapping[UUID, str]
    """Task id → the name of who has it."""
    plan: PlanView | None
    handover: tuple[str | None, str] | None
    """(giver, successor) when a handover is under way."""


@dataclass(frozen=True)
class TimelineLine:
    """Something that happened, in words, with the answers' id where there are any to read."""

    at: datetime
    kind: str
    title: str
    who: str | None
    service: str | None
    entry_id: UUID | None
    reminds_of: str | None
    """The step that still waited when a reminder's time came."""


@dataclass(frozen=True)
class CasePage:
    """Everything the page of one case shows to this actor."""

    case: CaseView
    person: Person
    basis: Basis
    may_read_plan: bool
    may_decide_consent: bool
    may_give_message: bool
    timeline: Sequence[TimelineLine]


def case_page(session: Session, actor: Actor, instance_id: UUID) -> CasePage:
    """One case as this actor may see it. Raises NotFound without a basis."""
    instance = process_instances.find_instance(session, actor, instance_id)
    basis = access.require(session, actor, access.READ_PERSON, instance.person_id)

    def may(permission: str) -> bool:
        return access.basis_for(session, actor, permission, instance.person_id) is not None

    whole, decides = may(access.READ_PLAN), may(access.DECIDE_CONSENT)
    audit.record(
        session,
        actor,
        municipality_id=instance.municipality_id,
        person_id=instance.person_id,
        action="process:read",
        basis=basis,
        process=instance.definition_key,
    )
    return CasePage(
        case=case_view(session, instance, whole=whole, parked=decides),
        person=instance.person,
        basis=basis,
        may_read_plan=whole,
        may_decide_consent=decides,
        may_give_message=may(access.GIVE_MESSAGE),
        timeline=timeline(session, actor, instance.person, instance) if whole else [],
    )


def case_view(
    session: Session, instance: ProcessInstance, *, whole: bool, parked: bool = True
) -> CaseView:
    """Where a case stands; only that it runs and who coordinates it unless `whole`.

    What waits for consent tells which service was refused: with `parked` only.
    """
    seen = _open_tasks(session, instance) if whole else []
    tasks = [task for task in seen if parked or task.parked is None]
    who = {task.id: _who_has(session, task) for task in tasks}
    held = process_instances.holder(session, instance)
    under_way = handovers.under_way(session, instance) if whole else None
    diagram = process_instances.process_of(session, instance).diagram
    return CaseView(
        instance=instance,
        diagram=diagram,
        coordinator=held[0].name if held else None,
        coordinator_service=held[1].name if held else None,
        active=_active(tasks, who),
        done=_done(session, instance) if whole else [],
        waiting=_waiting(session, instance, diagram) if whole else [],
        open_tasks=tasks,
        who=who,
        plan=_plan_view(session, instance) if whole else None,
        handover=handovers.names(session, under_way) if under_way else None,
    )


def _open_tasks(session: Session, instance: ProcessInstance) -> Sequence[OpenTask]:
    """The case's open tasks, those due first on top."""
    return session.scalars(
        select(OpenTask)
        .where(
            OpenTask.municipality_id == instance.municipality_id,
            OpenTask.instance_id == instance.id,
        )
        .order_by(OpenTask.due_on.is_(None), OpenTask.due_on, OpenTask.id)
    ).all()


def _who_has(session: Session, task: OpenTask) -> str:
    if task.assignee_id is not None:
        return session.get_one(Account, task.assignee_id).name
    if task.service_id is not None:
        return session.get_one(Service, (task.municipality_id, task.service_id)).name
    return PERSON_SELF


def _active(tasks: Sequence[OpenTask], who: Mapping[UUID, str]) -> dict[str, list[str]]:
    """A task in a called process lights up the call activity it stands in."""
    found: dict[str, list[str]] = {}
    for task in tasks:
        found.setdefault(task.step, []).append(who[task.id])
    return {element: list(dict.fromkeys(names)) for element, names in found.items()}


def _waiting(session: Session, instance: ProcessInstance, diagram: Diagram) -> list[Waiting]:
    rows = session.scalars(
        select(Timer)
        .where(
            Timer.municipality_id == instance.municipality_id,
            Timer.instance_id == instance.id,
            Timer.process_key == diagram.key,
        )
        .order_by(Timer.due_at)
    )
    places = [(diagram.elements[row.element], row.due_at) for row in rows]
    return [
        Waiting(element.id, element.name, at)
        for element, at in places
        if element.kind == "intermediateCatchEvent"
    ]


def _done(session: Session, instance: ProcessInstance) -> list[str]:
    return list(
        session.scalars(
            select(HistoryEntry.element)
            .where(
                HistoryEntry.municipality_id == instance.municipality_id,
                HistoryEntry.instance_id == instance.id,
                HistoryEntry.process_key == instance.definition_key,
                HistoryEntry.kind.in_(("completed", "started", "fired", "ended")),
            )
            .distinct()
        )
    )


def _plan_view(session: Session, instance: ProcessInstance) -> PlanView | None:
    plan = plans.plan_of(session, instance)
    if plan is None or (plan.status == "utkast" and not plans.goals(session, instance)):
        return None  # opened, and nothing is written yet
    names = _service_names(session, instance.municipality_id)
    measures = plans.live_measures(session, instance)
    return PlanView(
        plan=plan,
        goals=plans.goals(session, instance),
        measures=[MeasureView(m, names.get(m.service_id or m.id)) for m in measures],
        rounds=[
            RoundView(evaluation, evaluations.missing_names(session, evaluation))
            for evaluation in evaluations.rounds(session, instance)
        ],
        own_ratings=evaluations.own_ratings(session, instance),
    )


def _service_names(session: Session, municipality_id: UUID) -> dict[UUID, str]:
    rows = session.execute(
        select(Service.id, Service.name).where(Service.municipality_id == municipality_id)
    )
    return {row.id: row.name for row in rows}


def timeline(
    session: Session,
    actor: Actor,
    person: Person,
    instance: ProcessInstance | None = None,
    limit: int = 100,
) -> list[TimelineLine]:
    """What happened in all the person's cases, or in one, that people would want to know,

    newest first.
    """
    within = history.reach(session, actor, person.id)
    query = (
        select(HistoryEntry, Account.name, Service.name)
        .outerjoin(Account, Account.id == HistoryEntry.actor_id)
        .outerjoin(
            Service,
            (Service.municipality_id == HistoryEntry.municipality_id)
            & (Service.id == HistoryEntry.service_id),
        )
        .where(
            HistoryEntry.municipality_id == person.municipality_id,
            HistoryEntry.person_id == person.id,
            or_(
                HistoryEntry.form_key.is_not(None),
                HistoryEntry.kind.in_(("fired", "ended", "message")),
            ),
            HistoryEntry.title != HistoryEntry.element,  # what has no name says nothing
        )
        .order_by(HistoryEntry.at.desc(), HistoryEntry.seq.desc())
        .limit(limit)
    )
    if instance is not None:
        query = query.where(HistoryEntry.instance_id == instance.id)
    return [_line(session, within, *row) for row in session.execute(query)]


def _line(
    session: Session, within: Reach, entry: HistoryEntry, who: str | None, service: str | None
) -> TimelineLine:
    return TimelineLine(
        at=entry.at,
        kind=entry.kind,
        title=entry.title,
        who=who,
        service=service or _asked(session, entry),
        entry_id=entry.id if within.covers(entry) else None,
        reminds_of=_reminds_of(session, entry) if entry.kind == "fired" else None,
    )


def _asked(session: Session, entry: HistoryEntry) -> str | None:
    """The service that an event in its own part of the diagram was about."""
    if entry.item is None:
        return None
    service = session.get(Service, (entry.municipality_id, UUID(entry.item)))
    return service.name if service else None


def _reminds_of(session: Session, entry: HistoryEntry) -> str | None:
    process = definitions.process(session, entry.municipality_id, entry.definition_version)
    diagram = process.diagrams[entry.process_key]
    element = diagram.elements[entry.element]
    host = diagram.elements.get(element.attached_to or "")
    return host.name if host and not element.interrupting and element.event == "timer" else None
