"""Moving many cases to another version, one by one, and taking it back: jobs and what they came to.

It shows a case only to those who have a basis of their own for knowing where it stands.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import access, audit, bulk_jobs, definitions, process_instances, upgrades
from workflows.actors import Actor
from workflows.bulk_jobs import bulk_kind
from workflows.errors import NotFound
from workflows.tables import BulkJob, InstanceMove, Person, ProcessInstance
from workflows.texts import _

UPGRADE, UNDO = "upgrade", "upgrade_undo"
"""Kinds of bulk jobs."""


def start_upgrade(
    session: Session,
    actor: Actor,
    municipality_id: UUID,
    key: str,
    mapping: Mapping[str, str],
    cases: Iterable[UUID],
) -> BulkJob:
    """A bulk job that moves these cases to what is the newest version now."""
    upgrades.require_owner(actor, municipality_id)
    version = definitions.latest_process(session, municipality_id, key).version
    arguments = {"key": key, "version": version, "mapping": dict(mapping)}
    return bulk_jobs.create(session, actor, municipality_id, UPGRADE, cases, arguments)


def start_undo(session: Session, actor: Actor, job: BulkJob) -> BulkJob:
    """A bulk job that takes back all that another has moved and nothing has happened to since."""
    upgrades.require_owner(actor, job.municipality_id)
    moves = session.scalars(
        select(InstanceMove.id)
        .where(
            InstanceMove.municipality_id == job.municipality_id,
            InstanceMove.job_id == job.id,
            InstanceMove.undone_at.is_(None),
        )
        .order_by(InstanceMove.id)
    ).all()
    arguments = {"key": job.arguments["key"], "job": str(job.id)}
    return bulk_jobs.create(session, actor, job.municipality_id, UNDO, moves, arguments)


@bulk_kind(UPGRADE)
def _upgrade_item(
    session: Session, actor: Actor, job: BulkJob, subject_id: UUID
) -> Mapping[str, Any] | None:
    instance = session.get_one(ProcessInstance, (job.municipality_id, subject_id))
    process_instances.require_running(instance)
    plan = upgrades.plan_for(session, instance, job.arguments["mapping"], job.arguments["version"])
    if plan.reasons:
        return {"kind": plan.reasons[0].kind, "element": plan.reasons[0].name}
    upgrades.upgrade(session, actor, instance, plan, job.id)
    return None


@bulk_kind(UNDO)
def _undo_item(session: Session, actor: Actor, _job: BulkJob, subject_id: UUID) -> None:
    upgrades.undo(session, actor, subject_id)


def find_job(session: Session, actor: Actor, job_id: UUID) -> BulkJob:
    """A job that moves cases, or takes that back, where the actor owns processes.

    Raises NotFound.
    """
    job = session.scalar(
        select(BulkJob).where(
            BulkJob.id == job_id,
            BulkJob.municipality_id.in_(actor.owns_processes_in),
            BulkJob.kind.in_((UPGRADE, UNDO)),
        )
    )
    if job is None:
        raise NotFound(_("Vi finner ikke denne flyttingen."))
    return job


def jobs_of(session: Session, municipality_id: UUID, key: str, limit: int = 20) -> list[BulkJob]:
    """The moves of a process's cases, the newest first."""
    rows = session.scalars(
        select(BulkJob)
        .where(BulkJob.municipality_id == municipality_id, BulkJob.kind.in_((UPGRADE, UNDO)))
        .order_by(BulkJob.created_at.desc())
        .limit(200)
    )
    return [job for job in rows if job.arguments["key"] == key][:limit]


@dataclass(frozen=True)
class Result:
    """How it went with a job: why what was refused was, and which moves can still be undone."""

    reasons: Mapping[tuple[str, str], int]
    """(a key of REASONS, or a sentence; the element's name) → how many."""
    moves: Sequence[InstanceMove]


def result(session: Session, job: BulkJob) -> Result:
    """What a job has come to so far."""
    told = session.execute(bulk_jobs.reasons_of(job))
    counted = Counter(
        (reason.get("kind") or reason.get("said", ""), reason.get("element", ""))
        for (reason,) in told
    )
    moves = session.scalars(
        select(InstanceMove)
        .where(
            InstanceMove.municipality_id == job.municipality_id,
            InstanceMove.job_id == job.id,
            InstanceMove.undone_at.is_(None),
        )
        .order_by(InstanceMove.id)
    ).all()
    return Result(dict(counted.most_common()), moves)


@dataclass(frozen=True)
class Known:
    """A case and its person, for those who have a basis for knowing where it stands."""

    instance_id: UUID
    person: str


def known_cases(session: Session, actor: Actor, cases: Iterable[UUID]) -> dict[UUID, Known]:
    """Those of the cases whose person and standing the actor has a basis for; noted as a list."""
    rows = session.execute(
        select(ProcessInstance.id, Person.municipality_id, Person.id, Person.name)
        .join(
            Person,
            (Person.municipality_id == ProcessInstance.municipality_id)
            & (Person.id == ProcessInstance.person_id),
        )
        .where(
            ProcessInstance.municipality_id.in_(actor.municipalities),
            access.in_reach(actor, access.READ_PLAN, ProcessInstance.person_id, ProcessInstance.id),
        )
    ).all()
    wanted = set(cases)
    found = [row for row in rows if row[0] in wanted]
    audit.record_list(
        session, actor, "person:list", [(row[1], row[2]) for row in found], access.READ_PLAN
    )
    return {row[0]: Known(row[0], row[3]) for row in found}
