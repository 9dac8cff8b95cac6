"""Where a case stands: who has what now, what its plan says, and what has happened in it.

Without the right to read the plan one learns that the case runs and who coordinates it, no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from bpmn.reading import Diagram
from workflows import (
    access,
    audit,
    coordination_facts,
    definitions,
    evaluations,
    families,
    halting,
    handovers,
    history,
    measurements,
    messages,
    order_standing,
    participants,
    plans,
    process_instances,
    user_picture,
)
from workflows.access import Basis
from workflows.actors import Actor
from workflows.coordination_stairs import Stairs
from workflows.evaluations import Said
from workflows.families import Member
from workflows.history import Reach
from workflows.measurements import Comparison
from workflows.messages import Message
from workflows.order_standing import Standing
from workflows.participants import Seen
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
from workflows.user_picture import Picture

PERSON_SELF = _("Personen selv")
OTHERS = _("andre i familien")
PLAN_TITLES = {"samarbeidsplan": _("Samarbeidsplan"), "individuell_plan": _("Individuell plan")}
"""Kinds of plan that have a name of their own; others are called as their process is."""


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
class OwnVoice:
    """How a person has rated one goal, first round first."""

    person_id: UUID
    name: str | None
    """None where only one person takes part."""
    said: Sequence[Said]


@dataclass(frozen=True)
class PlanView:
    """The plan as those with a basis read it."""

    plan: Plan
    title: str
    goals: Sequence[Goal]
    measures: Sequence[MeasureView]
    rounds: Sequence[RoundView]
    own_ratings: Mapping[UUID, Sequence[OwnVoice]]
    """Goal id → how each person whom the actor sees has rated it."""
    words: Mapping[str, str]
    """The plan's choices in words: area → label."""
    concerns: Mapping[UUID, Sequence[str]]
    """Goal or measure id → whom it concerns, by name; empty where only one person takes part."""
    order: Standing


@dataclass(frozen=True)
class Waiting:
    """A place where the case itself waits for a time, with nobody to do anything."""

    element: str
    title: str
    until: datetime


@dataclass(frozen=True)
class Stopped:
    """A step that failed and stands still."""

    element: str
    """In the diagram of the process itself."""
    title: str
    since: datetime
    next_retry_at: datetime | None


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
    stopped: Sequence[Stopped]
    open_tasks: Sequence[OpenTask]
    who: Mapping[UUID, str]
    """Task id → the name of who has it."""
    about: Mapping[UUID, str]
    """Task id → the name of the member it is about, where several take part."""
    plan: PlanView | None
    measured: Sequence[Comparison]
    handover: tuple[str | None, str] | None
    """(giver, successor) when a handover is under way."""
    stairs: Stairs | None
    """How far the cooperation has come, while the case runs."""
    picture: Picture | None
    """What there is around the person, while the case runs."""


@dataclass(frozen=True)
class TimelineLine:
    """Something that happened, in words, with the answers' id where there are any to read."""

    at: datetime
    kind: str
    title: str
    who: str | None
    service: str | None
    entry_id: UUID | None
    about: str | None
    """The member whose own part it is, in a family."""
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
    members: Sequence[Member]
    """The family, where several were named."""
    messages: Sequence[Message]
    """What the actor can tell the case now."""
    timeline: Sequence[TimelineLine]


def case_page(session: Session, actor: Actor, instance_id: UUID) -> CasePage:
    """One case as this actor may see it; a line in the record of everyone they see in it.

    Raises NotFound without a basis.
    """
    instance = process_instances.find_instance(session, actor, instance_id)
    shown = _shown(session, actor, instance)
    for person_id, basis in shown.items():
        record_sight(session, actor, instance, person_id, basis)
    within = history.reach(session, actor, instance)
    person_id, basis = next(iter(shown.items()))
    give = access.people_in(session, actor, access.GIVE_MESSAGE, instance)
    return CasePage(
        case=case_view(session, instance, within),
        person=session.get_one(Person, (instance.municipality_id, person_id)),
        basis=basis,
        may_read_plan=bool(within.seen.people),
        may_decide_consent=bool(within.decides),
        may_give_message=instance.person_id in give,
        messages=messages.sendable(session, actor, instance),
        members=families.members(session, actor, instance, within.seen),
        timeline=timeline(session, actor, [instance]),
    )


def _shown(session: Session, actor: Actor, instance: ProcessInstance) -> dict[UUID, Basis]:
    """Those the actor sees something of on a case's page, and why; the main person first.

    Others than the main person's are told of the case only when they may see something in it.
    """
    people = access.people_in(session, actor, access.READ_PLAN, instance)
    if instance.person_id in people:
        return {instance.person_id: people.pop(instance.person_id)} | people
    if people:
        return people
    known = access.require(session, actor, access.READ_PERSON, instance.person_id)
    return {instance.person_id: known}


def record_sight(
    session: Session, actor: Actor, instance: ProcessInstance, person_id: UUID, basis: Basis
) -> None:
    """Note in a person's record that the actor saw a case."""
    audit.record(
        session,
        actor,
        municipality_id=instance.municipality_id,
        person_id=person_id,
        action="process:read",
        basis=basis,
        process=instance.definition_key,
    )


def case_view(session: Session, instance: ProcessInstance, within: Reach) -> CaseView:
    """Where a case stands, to those who may see what concerns its main person; to others only that

    it runs and who coordinates it, and of the plan what concerns those they have a basis for.

    What waits for consent tells which service was refused: only to those who decide on consents.
    """
    seen = within.seen
    stands = instance.person_id in seen.people
    tasks = [task for task in _open_tasks(session, instance) if _may_see(task, within)]
    several = len(seen.everyone) > 1
    who = {task.id: _who_has(session, task, several=several) for task in tasks}
    held = process_instances.holder(session, instance)
    under_way = handovers.under_way(session, instance) if stands else None
    diagram = process_instances.process_of(session, instance).diagram
    return CaseView(
        instance=instance,
        diagram=diagram,
        coordinator=held[0].name if held else None,
        coordinator_service=held[1].name if held else None,
        active=_active(tasks, who),
        done=_done(session, instance) if stands else [],
        waiting=_waiting(session, instance, diagram) if stands else [],
        stopped=_stopped(session, instance) if stands else [],
        open_tasks=tasks,
        who=who,
        about={task.id: task.person.name for task in tasks if several},
        plan=_plan_view(session, instance, seen) if seen.people else None,
        measured=measurements.comparisons(session, instance, seen.people),
        handover=handovers.names(session, under_way) if under_way else None,
        stairs=coordination_facts.stairs_of(session, instance) if seen.whole else None,
        picture=_picture(session, instance, seen),
    )


def _may_see(task: OpenTask, within: Reach) -> bool:
    if task.parked is not None and task.person_id not in within.decides:
        return False
    return task.person_id in within.seen.people


def _picture(session: Session, instance: ProcessInstance, seen: Seen) -> Picture | None:
    if instance.ended_at is not None or not seen.people:
        return None
    goals = [goal for goal in plans.goals(session, instance) if seen.covers(goal.persons)]
    measures = [m for m in plans.live_measures(session, instance) if seen.covers(m.persons)]
    picture = user_picture.picture_of(session, instance, seen, goals, measures)
    return None if picture.is_empty else picture


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


def _who_has(session: Session, task: OpenTask, *, several: bool) -> str:
    if task.assignee_id is not None:
        return session.get_one(Account, task.assignee_id).name
    if task.service_id is not None:
        return session.get_one(Service, (task.municipality_id, task.service_id)).name
    return task.person.name if several else PERSON_SELF


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


def _stopped(session: Session, instance: ProcessInstance) -> list[Stopped]:
    return [
        Stopped(row.step, row.title, row.first_failed_at, row.next_retry_at)
        for row in halting.open_rows(session, instance)
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


def _plan_view(session: Session, instance: ProcessInstance, seen: Seen) -> PlanView | None:
    plan = plans.plan_of(session, instance)
    goals = [goal for goal in plans.goals(session, instance) if seen.covers(goal.persons)]
    measures = [m for m in plans.live_measures(session, instance) if seen.covers(m.persons)]
    if plan is None or (plan.status == "utkast" and not goals and not measures):
        return None  # opened, and nothing is written yet that the actor may see
    names = _service_names(session, instance.municipality_id)
    return PlanView(
        plan=plan,
        title=PLAN_TITLES.get(plan.kind, instance.title),
        words=plans.words_of(session, plan),
        goals=goals,
        measures=[MeasureView(m, names.get(m.service_id or m.id)) for m in measures],
        rounds=[
            RoundView(one, evaluations.missing_names(session, one, seen))
            for one in evaluations.rounds(session, instance)
        ],
        own_ratings=_own_ratings(session, instance, seen, goals),
        concerns=_concerns(session, instance, seen, [*goals, *measures]),
        order=order_standing.standing(session, instance, seen),
    )


def _own_ratings(
    session: Session, instance: ProcessInstance, seen: Seen, goals: Sequence[Goal]
) -> dict[UUID, list[OwnVoice]]:
    given = evaluations.own_ratings(session, instance)
    several = len(seen.everyone) > 1
    known = [r for r in participants.taking_part(session, instance) if r.person_id in seen.people]
    return {
        goal.id: [
            OwnVoice(row.person_id, row.person.name if several else None, said)
            for row in known
            if (said := given.get(goal.id, {}).get(row.person_id))
        ]
        for goal in goals
    }


def _concerns(
    session: Session, instance: ProcessInstance, seen: Seen, rows: Sequence[Goal | Measure]
) -> dict[UUID, list[str]]:
    """Goal or measure id → the names of those it concerns, where several take part."""
    if len(seen.everyone) < 2:
        return {}
    part = participants.taking_part(session, instance)
    known = {row.person_id: row.person.name for row in part if seen.knows(row.person_id)}
    return {row.id: _whom(seen.concerned(row.persons), known) for row in rows}


def _whom(concerned: frozenset[UUID], known: Mapping[UUID, str]) -> list[str]:
    """The names the actor may know, and that there are others."""
    names = [name for person_id, name in known.items() if person_id in concerned]
    return names if concerned <= known.keys() else [*names, OTHERS]


def _service_names(session: Session, municipality_id: UUID) -> dict[UUID, str]:
    rows = session.execute(
        select(Service.id, Service.name).where(Service.municipality_id == municipality_id)
    )
    return {row.id: row.name for row in rows}


def timeline(
    session: Session, actor: Actor, instances: Sequence[ProcessInstance], limit: int = 100
) -> list[TimelineLine]:
    """What happened in these cases that the actor may see and people would want to know,

    newest first.
    """
    within = {one.id: history.reach(session, actor, one) for one in instances}
    query = (
        select(HistoryEntry, Account.name, Service.name)
        .outerjoin(Account, Account.id == HistoryEntry.actor_id)
        .outerjoin(
            Service,
            (Service.municipality_id == HistoryEntry.municipality_id)
            & (Service.id == HistoryEntry.service_id),
        )
        .where(
            HistoryEntry.municipality_id.in_({one.municipality_id for one in instances}),
            or_(*(_may_read(one_id, reach) for one_id, reach in within.items()), false()),
            _worth_telling(),
        )
        .order_by(HistoryEntry.at.desc(), HistoryEntry.seq.desc())
        .limit(limit)
    )
    rows = session.execute(query)
    return [_line(session, within[row[0].instance_id], *row) for row in rows]


def history_after(
    session: Session, actor: Actor, instance_id: UUID, after: int, limit: int
) -> tuple[list[tuple[HistoryEntry, bool]], bool]:
    """What happened in a case after a place in it, as in `timeline` but oldest first; whether the

    actor may read each one's answers, and whether there is more. Raises NotFound without a basis.
    """
    instance = process_instances.find_instance(session, actor, instance_id)
    for person_id, basis in _shown(session, actor, instance).items():
        record_sight(session, actor, instance, person_id, basis)
    within = history.reach(session, actor, instance)
    found = session.scalars(
        select(HistoryEntry)
        .where(
            HistoryEntry.municipality_id == instance.municipality_id,
            _may_read(instance.id, within),
            _worth_telling(),
            HistoryEntry.seq > after,
        )
        .order_by(HistoryEntry.seq)
        .limit(limit + 1)
    ).all()
    return [(entry, within.covers(entry)) for entry in found[:limit]], len(found) > limit


def _worth_telling() -> ColumnElement[bool]:
    """What people would want to know; what has no name says nothing."""
    told = HistoryEntry.kind.in_(("fired", "ended", "message"))
    named = HistoryEntry.title != HistoryEntry.element
    of_whole = HistoryEntry.kind.in_(("moved", "moved_back"))
    return or_(and_(or_(HistoryEntry.form_key.is_not(None), told), named), of_whole)


def _may_read(instance_id: UUID, within: Reach) -> ColumnElement[bool]:
    """The entries of a case that an actor may know of: all, or those about single members."""
    here = HistoryEntry.instance_id == instance_id
    if within.seen.whole:
        return here
    members = [str(person_id) for person_id in within.seen.people]
    return and_(here, HistoryEntry.item.in_(members))


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
        about=_about(session, within, entry),
        reminds_of=_reminds_of(session, entry) if entry.kind == "fired" else None,
    )


def _about(session: Session, within: Reach, entry: HistoryEntry) -> str | None:
    if len(within.seen.everyone) < 2 or entry.item != str(entry.person_id):
        return None
    return session.get_one(Person, (entry.municipality_id, entry.person_id)).name


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
