"""Short messages to those who have something to do. They say that, never what: one logs in for it.

It will not send mail or SMS: that is the outbox's work when it comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import assignment, clock, consents
from workflows.actors import Actor
from workflows.errors import NotFound
from workflows.operations import Call, operation
from workflows.tables import Notice, Person, ProcessInstance
from workflows.texts import _


@dataclass(frozen=True)
class NoticeLine:
    """A notice as its receiver sees it."""

    id: UUID
    text: str
    instance_id: UUID | None
    sent_at: datetime
    read: bool


@operation("notify", "til", "tekst")
def notify(call: Call) -> None:
    """Remind whoever has the named role in the case."""
    role = str(call.parameters["til"])
    place = assignment.Place(call.instance, dict(call.variables), call.where.item)
    for account_id in _receivers(call.session, role, place):
        send(call.session, call.instance, account_id, str(call.parameters["tekst"]))


def _receivers(session: Session, role: str, place: assignment.Place) -> set[UUID]:
    instance = place.instance
    given = assignment.assign(session, role, place)
    if given.for_person and given.person_id:
        own = _own_accounts(session, instance, given.person_id)
        if own:
            return own
    if given.parked or (
        role == "tjeneste"
        and UUID(place.variables.get("tjeneste") or place.item)
        not in consents.live_services(session, instance)
    ):
        return set()  # its task waits, and it is not told that there is one
    if given.account_id is not None:
        return {given.account_id}
    if given.service_id is None:
        return set()
    staff = assignment.employees(session, instance.municipality_id, given.service_id)
    return {position.account_id for position in staff}


def _own_accounts(session: Session, instance: ProcessInstance, person_id: UUID) -> set[UUID]:
    person = session.get_one(Person, (instance.municipality_id, person_id))
    own = {person.account_id} if person.account_id else set()
    return own | assignment.acting_accounts(session, person)


def send(session: Session, instance: ProcessInstance, account_id: UUID, text: str) -> None:
    """Leave a notice for an account. `text` must not say anything about the person."""
    session.add(
        Notice(
            municipality_id=instance.municipality_id,
            account_id=account_id,
            instance_id=instance.id,
            person_id=instance.person_id,
            text=text,
            sent_at=clock.now(),
        )
    )


def notices_of(session: Session, actor: Actor, limit: int = 50) -> Sequence[NoticeLine]:
    """The actor's notices, newest first."""
    rows = session.scalars(
        select(Notice)
        .where(
            Notice.municipality_id.in_(actor.municipalities),
            Notice.account_id == actor.account_id,
        )
        .order_by(Notice.sent_at.desc(), Notice.id.desc())
        .limit(limit)
    )
    return [NoticeLine(n.id, n.text, n.instance_id, n.sent_at, n.read_at is not None) for n in rows]


def unread(session: Session, actor: Actor) -> int:
    """How many notices the actor has not read."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Notice)
            .where(
                Notice.municipality_id.in_(actor.municipalities),
                Notice.account_id == actor.account_id,
                Notice.read_at.is_(None),
            )
        )
        or 0
    )


def read_notice(session: Session, actor: Actor, notice_id: UUID) -> Notice:
    """Mark one of the actor's own notices as read. Raises NotFound."""
    notice = session.scalar(
        select(Notice).where(
            Notice.id == notice_id,
            Notice.municipality_id.in_(actor.municipalities),
            Notice.account_id == actor.account_id,
        )
    )
    if notice is None:
        raise NotFound(_("Vi finner ikke dette varselet."))
    notice.read_at = notice.read_at or clock.now()
    return notice
