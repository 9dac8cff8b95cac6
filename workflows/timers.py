"""Cases whose time has come move by themselves, one transaction each.

Where a case cannot move at all it is tried again later, and does not stop the others. It will not
commit.
"""

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from workflows import audit, clock, halting, process_instances, tenancy
from workflows.access import SYSTEM_BASIS
from workflows.actors import SYSTEM
from workflows.tables import Incident, Plan, ProcessInstance, Timer


def next_due(session: Session) -> Timer | None:
    """The longest overdue timer whose case has not failed lately, locked for this transaction."""
    resting = exists().where(
        Incident.municipality_id == Timer.municipality_id,
        Incident.instance_id == Timer.instance_id,
        Incident.status == halting.OPEN,
        Incident.kind == halting.WHOLE_CASE,
        Incident.next_retry_at > clock.now(),
    )
    return session.scalar(
        select(Timer)
        .where(Timer.due_at <= clock.now(), ~resting)
        .order_by(Timer.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
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


def fire(session: Session, timer: Timer) -> None:
    """Let a case go on from everything in it that is due; its timers are consumed with that."""
    tenancy.limit(session, {timer.municipality_id})
    instance = session.get_one(ProcessInstance, (timer.municipality_id, timer.instance_id))
    audit.record(
        session,
        SYSTEM,
        municipality_id=instance.municipality_id,
        person_id=instance.person_id,
        action="process:timer",
        basis=SYSTEM_BASIS,
        element=timer.element,
    )
    process_instances.move(session, SYSTEM, SYSTEM_BASIS, instance, lambda case: case.fire_due())
