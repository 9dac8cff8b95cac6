"""When something fails in a case: which errors stop one step of it, and the row that tells of it.

An operation's own writes are undone and its step stands still; what a person can mend is refused
instead, and what is the database's stops everything. It will not retry: `workflows.incidents` does.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.exc import (
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    PendingRollbackError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from uuid_utils.compat import uuid7

from forms.definitions import Form
from forms.feel import FeelError
from workflows import audit, clock, participants, webhooks
from workflows.access import SYSTEM_BASIS, Basis
from workflows.actors import OPERATOR, SYSTEM, Actor
from workflows.definitions import Process
from workflows.engine import Case, UnusableDiagram, reason_of
from workflows.engine import Incident as Halted
from workflows.errors import Conflict, Denied, Invalid, WorkflowError, place
from workflows.tables import Incident, Notice, Position, ProcessInstance, Timer
from workflows.texts import _

OPEN, RETRIED, SKIPPED, LAPSED = "open", "retried", "skipped", "lapsed"
STATUSES = {
    OPEN: _("Står stille"),
    RETRIED: _("Gikk da det ble prøvd igjen"),
    SKIPPED: _("Hoppet over"),
    LAPSED: _("Trengs ikke lenger"),
}
WHOLE_CASE = "case"
KINDS = {
    "operation": _("Operasjon"),
    "decision": _("Beslutningstabell"),
    "gateway": _("Veivalg"),
    "event": _("Hendelse"),
    "activity": _("Oppgave"),
    WHOLE_CASE: _("Hele forløpet"),
}
WAITS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
"""Before each retry by itself."""
STOPPED = _("Et steg i et forløp har stoppet. Se siden for drift.")

OF_THE_DATABASE = (
    *(OperationalError, IntegrityError, InterfaceError, InternalError),
    *(PendingRollbackError, PoolTimeout, StaleDataError),
)
"""A lost race or a database that is away: nothing of it is the step's fault."""


class Unkept(Exception):
    """The database will not keep what an operation writes, though nobody else came first."""


Key = tuple[UUID, UUID, UUID]
"""A municipality, a case of it and a timer of that."""
Halts = Callable[[Exception], bool]
"""Which errors make an incident; others undo everything."""


@dataclass(frozen=True)
class Behalf:
    """By whom and on which basis a case was moved when something failed. A retry is on theirs."""

    actor: Actor
    basis: Basis


def unattended(error: Exception) -> bool:
    """Nobody is there to mend anything."""
    return not isinstance(error, OF_THE_DATABASE)


def policy(actor: Actor, sent: Form | None) -> Halts:
    """When this actor moves a case with answers to this form, and is there to mend them."""
    fields = sent.field_keys if sent else frozenset()

    def halts(error: Exception) -> bool:
        mendable = isinstance(error, Invalid) and error.field.split(".")[0] in fields
        return unattended(error) and not mendable and not isinstance(error, Conflict | Denied)

    return unattended if actor.account_id is None else halts


def project(
    session: Session, behalf: Behalf, instance: ProcessInstance, process: Process, case: Case
) -> None:
    """Write down what has failed in a case, and what stands still no longer."""
    known = {row.task_id: row for row in open_rows(session, instance)}
    wanted = {halted.id: halted for halted in case.incidents}
    told = {event.task_id: event.kind for event in case.events if event.kind in (RETRIED, SKIPPED)}
    for gone in known.keys() - wanted.keys():
        _close(known[gone], told.get(gone, LAPSED))
    for task_id, halted in wanted.items():
        row = known.get(task_id) or _new(session, behalf, instance, halted)
        _put(row, process, halted)
        if task_id in case.failures:
            _failed(row, case.failures[task_id])


def open_rows(session: Session, instance: ProcessInstance) -> list[Incident]:
    """The rows of what stands still in a case."""
    query = select(Incident).where(
        Incident.municipality_id == instance.municipality_id,
        Incident.instance_id == instance.id,
        Incident.status == OPEN,
        Incident.kind != WHOLE_CASE,
    )
    return list(session.scalars(query))


def _close(row: Incident, status: str) -> None:
    row.status, row.resolved_at, row.next_retry_at = status, clock.now(), None


def _new(session: Session, behalf: Behalf, instance: ProcessInstance, halted: Halted) -> Incident:
    row = _row(instance, halted.process, halted.element, "activity")
    row.task_id, row.error = halted.id, halted.reason
    row.person_id = participants.member_at(session, instance, halted.item)
    row.actor_id, row.basis = behalf.actor.account_id, behalf.basis.kind
    session.add(row)
    _tell(session, instance, row)
    return row


def _put(row: Incident, process: Process, halted: Halted) -> None:
    """Where it stands, by the version of the diagram that the case runs on now."""
    element = process.diagrams[halted.process].elements[halted.element]
    row.process_key, row.element = halted.process, halted.element
    row.step, row.item = halted.step, halted.item
    row.title, row.kind = element.name or halted.element, kind_of(element.kind)


def _row(instance: ProcessInstance, process_key: str, element: str, kind: str) -> Incident:
    return Incident(
        municipality_id=instance.municipality_id,
        id=uuid7(),
        instance_id=instance.id,
        person_id=instance.person_id,
        process_key=process_key,
        element=element,
        step=element,
        title=element,
        kind=kind,
        basis=SYSTEM_BASIS.kind,
        error="",
        status=OPEN,
        attempts=0,
        first_failed_at=clock.now(),
        last_failed_at=clock.now(),
    )


def kind_of(element_kind: str) -> str:
    """The kind of an incident at an element of a kind."""
    named = {"serviceTask": "operation", "businessRuleTask": "decision"}
    if element_kind.endswith("Gateway"):
        return "gateway"
    return named.get(element_kind, "event" if element_kind.endswith("Event") else "activity")


def _failed(row: Incident, error: Exception) -> None:
    row.attempts += 1
    row.last_failed_at, row.error = clock.now(), words(error)
    retries = row.actor_id is None and row.attempts <= len(WAITS)
    row.next_retry_at = clock.now() + WAITS[row.attempts - 1] if retries else None


def words(error: Exception) -> str:
    """What failed and where, without anything that a person has told."""
    if isinstance(error, UnusableDiagram | FeelError):
        return reason_of(error)[:500]
    said = f"{error.reason} " if isinstance(error, WorkflowError) else ""
    field = f"({error.field}) " if isinstance(error, Invalid) and error.field else ""
    cause = error.__cause__ if isinstance(error, Unkept) else None
    return f"{said}{field}{place(cause or error)}"[:500]


def _tell(session: Session, instance: ProcessInstance, row: Incident) -> None:
    """A line in the record, a notice to each operator who has not one unread already, and a

    message to the systems that want to know.
    """
    webhooks.tell_of_incident(session, instance, row.id)
    audit.record(
        session,
        SYSTEM,
        municipality_id=row.municipality_id,
        person_id=row.person_id,
        action="incident:fail",
        basis=SYSTEM_BASIS,
        element=row.element,
    )
    for account_id in _operators(session, row.municipality_id) - _told(session, row):
        session.add(
            Notice(
                municipality_id=row.municipality_id,
                account_id=account_id,
                text=STOPPED,
                sent_at=clock.now(),
            )
        )


def _operators(session: Session, municipality_id: UUID) -> set[UUID]:
    held = or_(Position.ended_on.is_(None), Position.ended_on > clock.today())
    rows = session.execute(
        select(Position.account_id, Position.roles).where(
            Position.municipality_id == municipality_id, held
        )
    )
    return {row.account_id for row in rows if OPERATOR in row.roles}


def _told(session: Session, row: Incident) -> set[UUID]:
    unread = select(Notice.account_id).where(
        Notice.municipality_id == row.municipality_id,
        Notice.text == STOPPED,
        Notice.read_at.is_(None),
    )
    return set(session.scalars(unread))


def case_failed(session: Session, timer: Timer, error: Exception) -> None:
    """Write down that a whole case could not move when a timer was due; it is tried again."""
    instance = session.get_one(ProcessInstance, (timer.municipality_id, timer.instance_id))
    key = (timer.municipality_id, timer.instance_id, timer.id)
    row = next(iter(_of_timers(session, [key])), None)
    if row is None:
        row = _row(instance, timer.process_key, timer.element, WHOLE_CASE)
        row.task_id = timer.id
        session.add(row)
        _tell(session, instance, row)
    _failed(row, error)
    row.next_retry_at = row.next_retry_at or clock.now() + WAITS[-1]


def cases_moved(session: Session, timers: Collection[Key]) -> None:
    """Cases that could not move when these timers were due, have moved on from them."""
    for row in _of_timers(session, timers):
        _close(row, RETRIED)


def _of_timers(session: Session, timers: Collection[Key]) -> Sequence[Incident]:
    if not timers:
        return []
    places, cases, ids = (list(set(column)) for column in zip(*timers, strict=True))
    return session.scalars(_OF_TIMERS, {"places": places, "cases": cases, "timers": ids}).all()


_OF_TIMERS = select(Incident).where(
    Incident.municipality_id.in_(bindparam("places", expanding=True)),
    Incident.instance_id.in_(bindparam("cases", expanding=True)),
    Incident.status == OPEN,
    Incident.kind == WHOLE_CASE,
    Incident.task_id.in_(bindparam("timers", expanding=True)),
)
