"""Work on many, one by one: each item in a transaction of its own, which also counts it.

It can be cancelled between two items, and goes on after a stop where it was. What is done with an
item is registered by the module that owns it. It will not commit: whoever runs the items does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update
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
    """An item that waits, of the oldest job that runs, locked for this transaction."""
    for key in session.execute(
        select(BulkJob.municipality_id, BulkJob.id)
        .where(BulkJob.status == RUNNING)
        .order_by(BulkJob.created_at, BulkJob.id)
    ):
        item = session.scalar(
            select(BulkItem)
            .where(
                BulkItem.municipality_id == key.municipality_id,
                BulkItem.job_id == key.id,
                BulkItem.status == WAITING,
            )
            .order_by(BulkItem.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if item is not None:
            return item
    return None


def do(session: Session, item: BulkItem) -> None:
    """Do an item and count it. Raises what is no refusal."""
    tenancy.limit(session, {item.municipality_id})
    job = session.get_one(BulkJob, (item.municipality_id, item.job_id))
    try:
        with session.begin_nested():
            actor = load_actor(session, job.created_by) if job.created_by else SYSTEM
            reason = KINDS[job.kind](session, actor, job, item.subject_id)
    except WorkflowError as error:
        reason = {"said": error.reason}
    _count(session, item, DONE if reason is None else REFUSED, reason or {})


def fail(session: Session, municipality_id: UUID, item_id: UUID) -> None:
    """Count an item that went wrong; its own work is rolled back already."""
    _count(session, session.get_one(BulkItem, (municipality_id, item_id)), FAILED, {})


def _count(session: Session, item: BulkItem, status: str, reason: Mapping[str, Any]) -> None:
    item.status, item.reason, item.finished_at = status, dict(reason), clock.now()
    session.flush()
    here = (BulkJob.municipality_id == item.municipality_id, BulkJob.id == item.job_id)
    column = getattr(BulkJob, status)
    quiet = {"synchronize_session": False}
    session.execute(
        update(BulkJob).where(*here).values({column: column + 1}), execution_options=quiet
    )
    counted = BulkJob.done + BulkJob.refused + BulkJob.failed
    session.execute(
        update(BulkJob)
        .where(*here, BulkJob.status == RUNNING, counted >= BulkJob.total)
        .values(status=FINISHED, finished_at=clock.now()),
        execution_options=quiet,
    )


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
