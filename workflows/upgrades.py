"""Cases that run, moved to another version of their diagram: seen beforehand, done, and undone.

What cannot be moved is refused with the element and a sentence. Nobody sees whom a case is about
here without a basis of their own: the process owner moves numbers. The rules for what may be moved
are the engine's (`workflows.engine.plan_move`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows import (
    access,
    audit,
    calendar,
    clock,
    definitions,
    halting,
    participants,
    process_instances,
    projections,
    versions,
)
from workflows.access import SYSTEM_BASIS, Basis
from workflows.actors import Actor
from workflows.definitions import Process
from workflows.engine import Case, Change, Move, Refusal, outline, plan_move
from workflows.errors import Conflict, Denied, Invalid, NotFound
from workflows.projections import Found
from workflows.tables import (
    HistoryEntry,
    InstanceMove,
    OpenTask,
    ProcessInstance,
)
from workflows.texts import _

REASONS = {
    "removed": _("«%(element)s» er åpent i saken, men finnes ikke i den nye versjonen."),
    "kind": _("«%(element)s» er blitt en annen slags element i den nye versjonen."),
    "multi": _("«%(element)s» er åpent, og om eller hvordan det gjentas, er endret."),
    "called": _("«%(element)s» er i gang, men bruker et annet forløp i den nye versjonen."),
    "flow": _("En gren er ferdig og venter på de andre, men veien dit er tegnet om."),
    "branches": _(
        "Den nye versjonen har ikke de samme grenene samtidig der saken står: «%(element)s»."
    ),
    "join": _("Saken venter på at grener samles, og de som samles, er ikke de samme lenger."),
    "mapping": _("Det som er valgt i stedet for «%(element)s», passer ikke."),
    "time": _("Tidspunktet for «%(element)s» kan ikke regnes ut i denne saken."),
    "tangled": _("Diagrammet er for sammensatt til at vi kan vite at saken kan stå der."),
}
"""Why a case cannot be moved, by the engine's word for it."""
CHANGES = {
    "armed": _("Begynner å vente på: «%(element)s»"),
    "dropped": _("Venter ikke lenger på: «%(element)s»"),
    "retimed": _("Får nytt tidspunkt: «%(element)s»"),
}
NEVER = 0
"""A revision no case has: what went on by itself in the new version cannot be undone."""
STANDS_IN_THE_WAY = _("Saken kan ikke flyttes slik den står nå.")
NOT_OWNER = _("Bare prosesseiere flytter saker til en ny versjon.")


@dataclass(frozen=True)
class Named:
    """Something about an element, by its name: a reason or a change."""

    kind: str
    """A key of REASONS or CHANGES."""
    element: str
    name: str
    candidates: tuple[tuple[str, str], ...] = ()
    """(id, name) of what it could be mapped to."""


@dataclass(frozen=True)
class Plan:
    """What becomes of a case, or of all that stand alike, in another version."""

    old: Process
    new: Process
    mapping: Mapping[str, str]
    move: Move

    @property
    def reasons(self) -> list[Named]:
        """Why it cannot be moved; nothing when it can."""
        return [self._reason(refusal) for refusal in self.move.refusals]

    @property
    def changes(self) -> list[Named]:
        """What the move does to listeners and timers."""
        return list(dict.fromkeys(self._change(each) for each in self.move.changes))

    @property
    def places(self) -> list[str]:
        """Where the case stands, in the words of the old version.

        A gateway without a name that waits for more branches tells people nothing beside them.
        """
        all_of_them = {place: _name(self.old, *place) for place in self.move.places}
        told = [name for (_process, key), name in all_of_them.items() if name != key]
        return list(dict.fromkeys(told or all_of_them.values()))

    def _reason(self, refusal: Refusal) -> Named:
        offered = tuple(
            (each, _name(self.new, refusal.process, each)) for each in refusal.candidates
        )
        name = _name(self.old, refusal.process, refusal.element)
        return Named(refusal.kind, refusal.element, name, offered)

    def _change(self, change: Change) -> Named:
        at = self.old if change.kind == "dropped" else self.new
        return Named(change.kind, change.element, _name(at, change.process, change.element))


def _name(process: Process, key: str, element: str) -> str:
    """The name of an element; of a flow, where it comes from."""
    diagram = process.diagrams.get(key)
    if diagram is None:
        return element
    if element in diagram.flows:
        element = diagram.flows[element].source
    found = diagram.elements.get(element)
    return (found.name if found else "") or element


def owned(actor: Actor) -> UUID:
    """The municipality whose cases an actor may move. Raises Denied for who owns no process."""
    if not actor.owns_processes_in:
        raise Denied(NOT_OWNER)
    return min(actor.owns_processes_in)


def require_owner(actor: Actor, municipality_id: UUID) -> Basis:
    """The basis for moving cases of a municipality, whoever they are about. Raises Denied."""
    if actor.account_id is None:
        return SYSTEM_BASIS
    if municipality_id not in actor.owns_processes_in:
        raise Denied(NOT_OWNER)
    return Basis(access.OWNER)


@dataclass(frozen=True)
class Group:
    """The cases on one version that stand alike: what becomes of them, and how many they are."""

    key: str
    """Tells the group from the others of the same preview."""
    plan: Plan
    cases: Sequence[UUID]


def preview(
    session: Session,
    actor: Actor,
    municipality_id: UUID,
    key: str,
    mapping: Mapping[str, str],
    only: UUID | None = None,
) -> list[Group]:
    """What becomes of the cases not on the newest version of a process, of all or of one.

    Those that can be moved first, the most first. Cases that stand alike are planned as one.
    """
    require_owner(actor, municipality_id)
    new = definitions.latest_process(session, municipality_id, key)
    query = versions.running_cases(municipality_id, key).where(
        ProcessInstance.definition_version != new.version
    )
    if only is not None:
        query = query.where(ProcessInstance.id == only)
    alike: dict[tuple[str, str], list[UUID]] = {}
    states: dict[tuple[str, str], bytes] = {}
    rows = session.execute(
        query.with_only_columns(
            ProcessInstance.id, ProcessInstance.definition_version, ProcessInstance.state
        ).order_by(ProcessInstance.id)
    )
    for row in rows:
        where = row.definition_version, outline(row.state)
        states.setdefault(where, row.state)
        alike.setdefault(where, []).append(row.id)
    planned = [
        (_plan(session, municipality_id, where[0], new, states[where], mapping), cases)
        for where, cases in alike.items()
    ]
    return sorted(_merged(planned), key=_movable_first)


def _movable_first(group: Group) -> tuple[bool, int, str]:
    return bool(group.plan.reasons), -len(group.cases), group.key


def _merged(planned: Iterable[tuple[Plan, list[UUID]]]) -> Iterator[Group]:
    """As one group what reads the same to people."""
    found: dict[Any, tuple[Plan, list[UUID]]] = {}
    for plan, cases in planned:
        words = plan.old.version, *plan.places, *plan.reasons, *plan.changes
        found.setdefault(words, (plan, []))[1].extend(cases)
    for plan, cases in found.values():
        yield Group(str(cases[0]), plan, cases)


def _plan(
    session: Session,
    municipality_id: UUID,
    version: str,
    new: Process,
    state: bytes,
    mapping: Mapping[str, str],
) -> Plan:
    old = definitions.process(session, municipality_id, version)
    move = plan_move(
        old.engine, new.engine, state, mapping, calendar=calendar.due_at, now=clock.now()
    )
    return Plan(old, new, mapping, move)


def find_case(session: Session, actor: Actor, instance_id: UUID) -> ProcessInstance:
    """A running case the actor may move. Raises NotFound, Denied, Invalid."""
    instance = process_instances.find_instance(session, actor, instance_id)
    require_owner(actor, instance.municipality_id)
    process_instances.require_running(instance)
    return instance


def plan_for(
    session: Session, instance: ProcessInstance, mapping: Mapping[str, str], version: str = ""
) -> Plan:
    """What becomes of one case in a version of its process, the newest where none is named."""
    place = instance.municipality_id
    new = (
        definitions.process(session, place, version)
        if version
        else definitions.latest_process(session, place, instance.definition_key)
    )
    if new.key != instance.definition_key:
        raise Invalid(_("Versjonen hører til et annet forløp."))
    return _plan(session, place, instance.definition_version, new, instance.state, mapping)


def upgrade(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    plan: Plan,
    job_id: UUID | None = None,
) -> InstanceMove:
    """Move a case as planned. Raises Invalid when something stands in the way of it."""
    basis = require_owner(actor, instance.municipality_id)
    if plan.move.refusals:
        raise Invalid(STANDS_IN_THE_WAY)
    if plan.old.version == plan.new.version:
        raise Invalid(_("Saken er på denne versjonen allerede."))
    before = instance.state
    case = _enter(session, actor, basis, instance, plan.move.state, plan.new.version)
    _remember(session, actor, instance, "moved")
    _record(session, actor, instance, basis, "process:upgrade", plan.old.version)
    made = InstanceMove(
        municipality_id=instance.municipality_id,
        id=uuid7(),
        instance_id=instance.id,
        from_version=plan.old.version,
        to_version=plan.new.version,
        mapping=dict(plan.mapping),
        state_before=before,
        job_id=job_id,
        moved_by=actor.account_id,
        moved_at=clock.now(),
        undone_at=None,
    )
    session.flush()
    made.revision_after = NEVER if case.events else instance.revision
    session.add(made)
    session.flush()
    return made


def undo(session: Session, actor: Actor, move_id: UUID) -> ProcessInstance:
    """Take a move back: the case stands as before, on its old version.

    Raises Conflict when something has happened in the case since.
    """
    made = session.scalar(select(InstanceMove).where(InstanceMove.id == move_id))
    if made is None:
        raise NotFound(access.UNKNOWN)
    basis = require_owner(actor, made.municipality_id)
    instance = session.get_one(ProcessInstance, (made.municipality_id, made.instance_id))
    if made.undone_at is not None:
        raise Conflict(_("Flyttingen er angret allerede."))
    if instance.revision != made.revision_after:
        raise Conflict(
            _("Noe har skjedd i saken etter at den ble flyttet. Da kan det ikke angres.")
        )
    _enter(session, actor, basis, instance, made.state_before, made.from_version)
    _remember(session, actor, instance, "moved_back")
    _record(session, actor, instance, basis, "process:upgrade_undo", made.to_version)
    made.undone_at = clock.now()
    session.flush()
    return instance


def _enter(
    session: Session,
    actor: Actor,
    basis: Basis,
    instance: ProcessInstance,
    state: bytes,
    version: str,
) -> Case:
    """Let a case go on from a state on a version; its rows say what that version says."""
    old = process_instances.process_of(session, instance)
    found = projections.find(session, instance)
    before = found.listed
    case = process_instances.enter(session, actor, basis, instance, state, version, before)
    new = process_instances.process_of(session, instance)
    _renew_tasks(session, instance, old, new, case, found.tasks)
    _renew_waiting(case, found)
    _renew_incidents(session, instance, new, case)
    session.flush()
    return case


def _renew_tasks(
    session: Session,
    instance: ProcessInstance,
    old: Process,
    new: Process,
    case: Case,
    rows: Mapping[UUID, OpenTask],
) -> None:
    """The words and deadlines of the new version; whose it is only where the role is another.

    What has become open just now has them already.
    """
    for task in case.open_tasks:
        if task.id not in rows:
            continue
        row = rows[task.id]
        fresh = projections.task_row(session, instance, new, task, row.created_at)
        columns = ["process_key", "element", "step", "title", "form_key"]
        if _due(old, row.process_key, row.element) != _due(new, task.process, task.element):
            columns.append("due_on")
        if row.role != fresh["role"]:
            columns += ["role", "service_id", "assignee_id", "for_person", "reason", "parked"]
            columns.append("person_id")
        for column in columns:
            setattr(row, column, fresh[column])


def _due(process: Process, key: str, element_id: str) -> str | None:
    diagram = process.diagrams.get(key)
    element = diagram.elements.get(element_id) if diagram else None
    return element.properties.get("due") if element else None


def _renew_waiting(case: Case, found: Found) -> None:
    for timer in case.timers:
        if row := found.timers.get(timer.id):
            row.process_key, row.element = timer.process, timer.element
    for waiting in case.subscriptions:
        if there := found.subscriptions.get(waiting.id):
            there.process_key, there.element = waiting.process, waiting.element
            there.message = waiting.message


def _renew_incidents(session: Session, instance: ProcessInstance, new: Process, case: Case) -> None:
    """What stands still does so in the new version; what need not any more is over."""
    rows = {row.task_id: row for row in halting.open_rows(session, instance)}
    if not rows:
        return
    process_instances.project(session, instance, case)
    for halted in case.incidents:
        row = rows[halted.id]
        row.process_key, row.element, row.step = halted.process, halted.element, halted.step
        row.title = _name(new, halted.process, halted.element)


def _remember(session: Session, actor: Actor, instance: ProcessInstance, kind: str) -> None:
    instance.history_length += 1
    session.add(
        HistoryEntry(
            municipality_id=instance.municipality_id,
            instance_id=instance.id,
            person_id=instance.person_id,
            seq=instance.history_length,
            at=clock.now(),
            kind=kind,
            process_key=instance.definition_key,
            element=instance.definition_key,
            title=instance.title,
            definition_version=instance.definition_version,
            actor_id=actor.account_id,
            for_person=False,
        )
    )


def _record(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    basis: Basis,
    action: str,
    left: str,
) -> None:
    part = {row.person_id for row in participants.taking_part(session, instance)}
    for person_id in sorted(part | {instance.person_id}):
        audit.record(
            session,
            actor,
            municipality_id=instance.municipality_id,
            person_id=person_id,
            action=action,
            basis=basis,
            **{"from": left, "to": instance.definition_version},
        )
