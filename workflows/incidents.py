"""What stands still because it failed: listed for those who run the system, retried and skipped.

They see the process, the step and the error; the person only by a basis of their own, on other
pages. What is done on a retry is done by whoever moved the case when it failed. It will not decide
what fails: `workflows.halting` does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from workflows import access, audit, clock, process_instances, tenancy
from workflows.access import OPERATOR_BASIS, SYSTEM_BASIS, Basis
from workflows.actors import SYSTEM, Actor, load_actor
from workflows.errors import Conflict, Denied, Invalid, NotFound
from workflows.halting import OPEN, WAITS, WHOLE_CASE, unattended
from workflows.process_instances import process_of
from workflows.tables import Incident, ProcessInstance
from workflows.texts import _

PAGE = 50
LONGEST_REASON = 500


@dataclass(frozen=True)
class Way:
    """A flow out of a gateway, in the words of the diagram."""

    id: str
    name: str


@dataclass(frozen=True)
class Line:
    """An incident as an operator sees it."""

    id: UUID
    instance_id: UUID
    process: str
    """The key of the case's process."""
    process_title: str
    element: str
    title: str
    kind: str
    error: str
    attempts: int
    first_failed_at: datetime
    last_failed_at: datetime
    next_retry_at: datetime | None

    @property
    def can_be_skipped(self) -> bool:
        """Not a whole case: there is no step to leave out."""
        return self.kind != WHOLE_CASE


@dataclass(frozen=True)
class Group:
    """The incidents at one element of one process, and how many."""

    process: str
    process_title: str
    element: str
    title: str
    count: int


def require_operator(actor: Actor) -> frozenset[UUID]:
    """The municipalities that the actor runs the system for. Raises Denied when there are none."""
    if not actor.operates_in:
        raise Denied(_("Bare den som drifter Rød tråd, kan se og gjøre dette."))
    return actor.operates_in


def incidents(
    session: Session,
    actor: Actor,
    process: str = "",
    after: UUID | None = None,
    limit: int = PAGE,
) -> list[Line]:
    """What stands still where the actor is operator, the oldest first; `after` an incident."""
    municipalities = require_operator(actor)
    query = (
        _open(municipalities, process)
        .with_only_columns(Incident, ProcessInstance)
        .order_by(Incident.first_failed_at, Incident.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(_later_than(municipalities, after))
    return [_line(*row) for row in session.execute(query)]


def all_incidents(session: Session, actor: Actor, process: str = "") -> Iterator[Line]:
    """The same without an end, page by page."""
    page = incidents(session, actor, process)
    while page:
        yield from page
        page = incidents(session, actor, process, after=page[-1].id)


def _open(municipalities: frozenset[UUID], process: str = "") -> Select[Incident]:
    query = (
        select(Incident)
        .join(
            ProcessInstance,
            (ProcessInstance.municipality_id == Incident.municipality_id)
            & (ProcessInstance.id == Incident.instance_id),
        )
        .where(Incident.municipality_id.in_(municipalities), Incident.status == OPEN)
    )
    return query.where(ProcessInstance.definition_key == process) if process else query


def _later_than(municipalities: frozenset[UUID], incident_id: UUID) -> ColumnElement[bool]:
    mark = aliased(Incident)
    at = (
        select(mark.first_failed_at)
        .where(mark.municipality_id.in_(municipalities), mark.id == incident_id)
        .scalar_subquery()
    )
    same = and_(Incident.first_failed_at == at, Incident.id > incident_id)
    return or_(Incident.first_failed_at > at, same)


def _line(row: Incident, instance: ProcessInstance) -> Line:
    return Line(
        id=row.id,
        instance_id=instance.id,
        process=instance.definition_key,
        process_title=instance.title,
        element=row.element,
        title=row.title,
        kind=row.kind,
        error=row.error,
        attempts=row.attempts,
        first_failed_at=row.first_failed_at,
        last_failed_at=row.last_failed_at,
        next_retry_at=row.next_retry_at,
    )


def groups(session: Session, actor: Actor) -> list[Group]:
    """How many stand still at each element of each process, the most first."""
    by = ProcessInstance.definition_key, Incident.element
    query = (
        _open(require_operator(actor))
        .with_only_columns(
            *by, func.min(ProcessInstance.title), func.min(Incident.title), func.count()
        )
        .group_by(*by)
        .order_by(func.count().desc(), *by)
    )
    return [
        Group(process, process_title, element, title, count)
        for process, element, process_title, title, count in session.execute(query)
    ]


def find(session: Session, actor: Actor, incident_id: UUID) -> Incident:
    """An incident where the actor is operator. Raises NotFound, or Conflict when it is over."""
    found = session.scalar(
        select(Incident).where(
            Incident.id == incident_id,
            Incident.municipality_id.in_(require_operator(actor)),
        )
    )
    if found is None:
        raise NotFound(access.UNKNOWN)
    if found.status != OPEN:
        raise Conflict(_("Dette står ikke stille lenger."))
    return found


def shown(session: Session, actor: Actor, incident_id: UUID) -> tuple[Line, list[Way]]:
    """One incident, with the ways somebody must choose among to skip it. Raises as `find`."""
    row = find(session, actor, incident_id)
    return _line(row, row.instance), ways(session, row)


def ways(session: Session, row: Incident) -> list[Way]:
    """The flows that an operator chooses among to skip a gateway; none for other elements."""
    process = process_of(session, row.instance)
    case = process_instances.load(session, row.instance)
    halted = next((each for each in case.incidents if each.id == row.task_id), None)
    flows = process.diagrams[row.process_key].flows
    elements = process.diagrams[row.process_key].elements
    return [
        Way(way, flows[way].name or elements[flows[way].target].name or flows[way].target)
        for way in (halted.ways if halted else ())
    ]


def next_due(session: Session) -> Incident | None:
    """The incident whose retry has waited longest, locked for this transaction."""
    return session.scalar(
        select(Incident)
        .where(
            Incident.next_retry_at <= clock.now(),
            Incident.status == OPEN,
            Incident.kind != WHOLE_CASE,  # its timer is fired again
        )
        .order_by(Incident.next_retry_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def retry_due(session: Session, row: Incident) -> None:
    """Try an incident again because its time has come."""
    tenancy.limit(session, {row.municipality_id})
    _retry(session, SYSTEM, row)


def put_aside(session: Session, municipality_id: UUID, incident_id: UUID) -> None:
    """Wait a day with an incident whose case could not be loaded or saved; the log tells of it."""
    kept = session.get_one(Incident, (municipality_id, incident_id))
    kept.next_retry_at = clock.now() + WAITS[-1]


def retry(session: Session, actor: Actor, incident_id: UUID) -> Incident:
    """Try again at once; a whole case within seconds, by the jobs. Raises as `find`."""
    row = find(session, actor, incident_id)
    if row.kind == WHOLE_CASE:
        row.next_retry_at = clock.now()
        _record(session, actor, row, "incident:retry")
    else:
        _retry(session, actor, row)
    return row


def _retry(session: Session, actor: Actor, row: Incident) -> None:
    _record(session, actor, row, "incident:retry")
    _move(session, row, lambda case: case.retry(row.task_id))
    if row.status != OPEN:
        row.resolved_by = actor.account_id


def _move(session: Session, row: Incident, act: process_instances.Act) -> None:
    actor = load_actor(session, row.actor_id) if row.actor_id else SYSTEM
    process_instances.move(session, actor, Basis(row.basis), row.instance, act, halts=unattended)


def retry_all(session: Session, actor: Actor, process: str, element: str) -> int:
    """Let the jobs try all that stand still at an element again now; how many."""
    rows = session.scalars(
        _open(require_operator(actor), process).where(Incident.element == element)
    ).all()
    for row in rows:
        row.next_retry_at = clock.now()
        _record(session, actor, row, "incident:retry")
    return len(rows)


def skip(session: Session, actor: Actor, incident_id: UUID, reason: str, way: str = "") -> Incident:
    """Go on without what failed, as if it were done; why, and at a gateway by which flow.

    Raises Invalid without a reason or a way that there is, and as `find`.
    """
    row = find(session, actor, incident_id)
    said = " ".join(reason.split())
    if row.kind == WHOLE_CASE:
        raise Invalid(_("Hele forløpet kan ikke hoppes over. Prøv igjen."))
    if not said or len(said) > LONGEST_REASON:
        raise Invalid(_("Skriv hvorfor steget hoppes over, med høyst 500 tegn."), "reason")
    choices = {one.id for one in ways(session, row)}
    if choices and way not in choices:
        raise Invalid(_("Velg hvilken vei forløpet skal gå."), "way")
    _record(session, actor, row, "incident:skip")
    _move(session, row, lambda case: case.skip(row.task_id, way or None))
    row.resolved_by, row.reason = actor.account_id, said
    return row


def _record(session: Session, actor: Actor, row: Incident, action: str) -> None:
    audit.record(
        session,
        actor,
        municipality_id=row.municipality_id,
        person_id=row.person_id,
        action=action,
        basis=OPERATOR_BASIS if actor.account_id else SYSTEM_BASIS,
        element=row.element,
    )


def processes(found: Sequence[Group]) -> dict[str, str]:
    """The processes that have something standing still: key → title."""
    return {group.process: group.process_title for group in found}
