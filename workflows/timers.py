"""Cases whose time has come move by themselves.

Where a case cannot move at all it is tried again later, and does not stop the others. It will not
commit.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from workflows import audit, clock, halting, process_instances, tenancy
from workflows.access import SYSTEM_BASIS
from workflows.actors import SYSTEM
from workflows.projections import Changes
from workflows.tables import Incident, Plan, ProcessInstance, Timer


def next_due(session: Session) -> Timer | None:
    """The longest overdue timer whose case has not failed lately, locked for this transaction."""
    return next(iter(due(session, 1)), None)


def due(session: Session, limit: int) -> list[Timer]:
    """The longest overdue timers, at most one for each case, locked for this transaction.

    Those whose case has failed lately are left to rest.
    """
    resting = exists().where(
        Incident.municipality_id == Timer.municipality_id,
        Incident.instance_id == Timer.instance_id,
        Incident.status == halting.OPEN,
        Incident.kind == halting.WHOLE_CASE,
        Incident.next_retry_at > clock.now(),
    )
    found = session.scalars(
        select(Timer)
        .where(Timer.due_at <= clock.now(), ~resting)
        .order_by(Timer.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    first: dict[UUID, Timer] = {}
    for timer in found:
        first.setdefault(timer.instance_id, timer)
    return list(first.values())


def still_due(session: Session, fired: Sequence[Timer]) -> bool:
    """Whether a timer that was fired is there and due: firing it again would never end."""
    session.flush()
    return bool(
        session.scalar(
            select(
                exists().where(
                    Timer.municipality_id.in_({timer.municipality_id for timer in fired}),
                    Timer.id.in_({timer.id for timer in fired}),
                    Timer.due_at <= clock.now(),
                )
            )
        )
    )


def next_instant(session: Session) -> datetime | None:
    """When the next thing happens by itself, if anything waits for a time to come."""
    return session.scalar(select(func.min(Timer.due_at)).where(Timer.due_at > clock.now()))


def next_evaluation_instant(session: Session) -> datetime | None:
    """When the next evaluation of any active plan begins."""
    return session.scalar(
        select(func.min(Plan.next_evaluation_at)).where(
            Plan.status == "aktiv", Plan.next_evaluation_at > clock.now()
        )
    )


def fire(session: Session, *timers: Timer) -> None:
    """Let cases go on from everything in them that is due; their timers are consumed with that."""
    municipalities = {timer.municipality_id for timer in timers}
    tenancy.limit(session, municipalities)
    cases = session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.municipality_id.in_(municipalities),
            ProcessInstance.id.in_({timer.instance_id for timer in timers}),
        )
    )
    by_id = {case.id: case for case in cases}
    for timer in timers:
        _record(session, by_id[timer.instance_id], timer.element)
    changes = Changes(session)
    for timer in timers:
        instance = by_id[timer.instance_id]
        process_instances.move(
            session, SYSTEM, SYSTEM_BASIS, instance, lambda case: case.fire_due(), later=changes
        )
    changes.write()


def _record(session: Session, instance: ProcessInstance, element: str) -> None:
    audit.record(
        session,
        SYSTEM,
        municipality_id=instance.municipality_id,
        person_id=instance.person_id,
        action="process:timer",
        basis=SYSTEM_BASIS,
        element=element,
    )
