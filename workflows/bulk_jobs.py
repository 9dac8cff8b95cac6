"""Work on many: some items in each transaction, which also counts them.

It can be cancelled between two transactions, and goes on after a stop where it was. What is done
with an item is registered by the module that owns it. It will not commit: whoever runs the items
does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, insert, select, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows import clock, tenancy
from workflows.actors import SYSTEM, Actor, load_actor
from workflows.errors import WorkflowError
from workflows.tables import BulkItem, BulkJob
from workflows.texts import _

RUNNING, FINISHED, CANCELLED = "running", "finished", "cancelled"
WAITING, DONE, REFUSED, FAILED = "waiting", "done", "refused", "failed"
STATUSES = {RUNNING: _("Pågår"), FINISHED: _("Ferdig"), CANCELLED: _("Stoppet")}

Act = Callable[[Session, Actor, BulkJob, UUID], Mapping[str, Any] | None]
"""Does one item; None when it is done, else why not. A WorkflowError is a reason too."""
KINDS: dict[str, Act] = {}


def bulk_kind(name: str) -> Callable[[Act], Act]:
    """Register what is done with each item of the jobs of a kind."""

    def register(act: Act) -> Act:
        KINDS[name] = act
        return act

    return register


def create(
    session: Session,
    actor: Actor,
    municipality_id: UUID,
    kind: str,
    subjects: Iterable[UUID],
    arguments: Mapping[str, Any],
) -> BulkJob:
    """A job with an item for each of the subjects; it is run later."""
    found = list(dict.fromkeys(subjects))
    job = BulkJob(
        municipality_id=municipality_id,
        id=uuid7(),
        kind=kind,
        arguments=dict(arguments),
        total=len(found),
        status=RUNNING if found else FINISHED,
        created_by=actor.account_id,
        created_at=clock.now(),
        finished_at=None if found else clock.now(),
    )
    session.add(job)
    session.flush()
    if found:
        session.execute(insert(BulkItem), [_item(job, each) for each in found])
    return job


def _item(job: BulkJob, subject_id: UUID) -> dict[str, Any]:
    return {
        "municipality_id": job.municipality_id,
        "id": uuid7(),
        "job_id": job.id,
        "subject_id": subject_id,
        "status": WAITING,
        "reason": {},
    }


def next_item(session: Session) -> BulkItem | None:
    """An item that waits; see `next_items`."""
    return next(iter(next_items(session, 1)), None)


def next_items(session: Session, limit: int) -> Sequence[BulkItem]:
    """Items that wait, of the oldest job that runs and that nobody else is at.

    The job is locked for this transaction: its counters are one row, so two who did items of it at
    the same time would only make one of them begin anew.
    """
    waiting = exists().where(
        BulkItem.municipality_id == BulkJob.municipality_id,
        BulkItem.job_id == BulkJob.id,
        BulkItem.status == WAITING,
    )
    running = select(BulkJob).where(BulkJob.status == RUNNING, waiting)
    oldest = running.order_by(BulkJob.created_at, BulkJob.id).limit(1)
    job = session.scalar(oldest.with_for_update(skip_locked=True))
    if job is None:
        return []
    return session.scalars(
        select(BulkItem)
        .where(
            BulkItem.municipality_id == job.municipality_id,
            BulkItem.job_id == job.id,
            BulkItem.status == WAITING,
        )
        .order_by(BulkItem.id)
        .limit(limit)
    ).all()


def do(session: Session, *items: BulkItem) -> None:
    """Do items of one job and count them. Raises what is no refusal."""
    tenancy.limit(session, {items[0].municipality_id})
    job = session.get_one(BulkJob, (items[0].municipality_id, items[0].job_id))
    actor = load_actor(session, job.created_by) if job.created_by else SYSTEM
    for item in items:
        reason = _done(session, actor, job, item)
        _count(job, item, DONE if reason is None else REFUSED, reason or {})
    session.flush()


def _done(session: Session, actor: Actor, job: BulkJob, item: BulkItem) -> Mapping[str, Any] | None:
    try:
        with session.begin_nested():
            return KINDS[job.kind](session, actor, job, item.subject_id)
    except WorkflowError as error:
        return {"said": error.reason}


def fail(session: Session, municipality_id: UUID, item_id: UUID) -> None:
    """Count an item that went wrong; its own work is rolled back already."""
    item = session.get_one(BulkItem, (municipality_id, item_id))
    job = session.get_one(BulkJob, (municipality_id, item.job_id), with_for_update=True)
    _count(job, item, FAILED, {})
    session.flush()


def _count(job: BulkJob, item: BulkItem, status: str, reason: Mapping[str, Any]) -> None:
    item.status, item.reason, item.finished_at = status, dict(reason), clock.now()
    setattr(job, status, getattr(job, status) + 1)
    if job.status == RUNNING and job.done + job.refused + job.failed >= job.total:
        job.status, job.finished_at = FINISHED, clock.now()


def cancel(session: Session, job: BulkJob) -> None:
    """Let the items that wait be; what is done stays done."""
    session.execute(
        update(BulkJob)
        .where(
            BulkJob.municipality_id == job.municipality_id,
            BulkJob.id == job.id,
            BulkJob.status == RUNNING,
        )
        .values(status=CANCELLED, finished_at=clock.now())
    )


def reasons_of(job: BulkJob) -> Select[Any]:
    """The reasons of what was refused in a job."""
    return select(BulkItem.reason).where(
        BulkItem.municipality_id == job.municipality_id,
        BulkItem.job_id == job.id,
        BulkItem.status == REFUSED,
    )
