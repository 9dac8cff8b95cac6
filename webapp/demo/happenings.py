"""What happens by itself in one case: timers that fire, and consents that are about to expire.

It fires the timers of the case it is given and of no other: everyone else is at another time.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import calendar, clock, consents, notices, timers
from workflows.actors import load_actor
from workflows.tables import Consent, Notice, ProcessInstance, Timer

READ_AFTER = timedelta(hours=20)


class Stuck(Exception):
    """A timer was fired and is still due."""


def next_moment(session: Session, instance: ProcessInstance) -> datetime | None:
    """When the next thing happens by itself in a case; None when nothing will."""
    if instance.ended_at is not None:
        return None
    session.flush()
    timer = session.scalar(
        select(func.min(Timer.due_at)).where(
            Timer.municipality_id == instance.municipality_id, Timer.instance_id == instance.id
        )
    )
    return min([*([timer] if timer else []), *_consent_moments(session, instance)], default=None)


def _consent_moments(session: Session, instance: ProcessInstance) -> list[datetime]:
    rows = session.scalars(
        select(Consent).where(
            Consent.municipality_id == instance.municipality_id,
            Consent.instance_id == instance.id,
            Consent.given.is_(True),
            Consent.withdrawn_at.is_(None),
            Consent.replaced_at.is_(None),
            Consent.valid_until.is_not(None),
        )
    )
    found = []
    for row in rows:
        if row.valid_until and row.renewal_asked_at is None:
            found.append(calendar.opening(row.valid_until - consents.ASK_AGAIN))
        elif row.valid_until and row.expiry_told_at is None:
            found.append(calendar.opening(row.valid_until + timedelta(days=1)))
    return found


def let_happen(session: Session, instance: ProcessInstance) -> None:
    """Let what is due in a case happen."""
    if (timer := _due_timer(session, instance)) is not None:
        timers.fire(session, timer)
        session.flush()
        if (left := _due_timer(session, instance)) is not None and left.id == timer.id:
            raise Stuck
    while (consent := consents.next_to_renew(session)) is not None:
        consents.ask_again(session, consent)
        session.flush()
    while (consent := consents.next_expired(session)) is not None:
        consents.expire(session, consent)
        session.flush()


def _due_timer(session: Session, instance: ProcessInstance) -> Timer | None:
    return session.scalar(
        select(Timer)
        .where(
            Timer.municipality_id == instance.municipality_id,
            Timer.instance_id == instance.id,
            Timer.due_at <= clock.now(),
        )
        .order_by(Timer.due_at)
        .limit(1)
    )


def read_notices(session: Session, instance: ProcessInstance, until: datetime) -> None:
    """Let those who got notices of a case before a moment have read them the day after."""
    sent = session.scalars(
        select(Notice).where(
            Notice.municipality_id == instance.municipality_id,
            Notice.instance_id == instance.id,
            Notice.sent_at < until,
            Notice.read_at.is_(None),
        )
    ).all()
    for notice in sent:
        with clock.at(notice.sent_at + READ_AFTER):
            notices.read_notice(session, load_actor(session, notice.account_id), notice.id)
