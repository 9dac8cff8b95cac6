"""Cases moved to another version of their diagram, and work done on many cases one by one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.database import TenantRow, belongs_to


class BulkJob(TenantRow):
    """Something to be done with many, each in a transaction of its own that also counts it."""

    __tablename__ = "bulk_job"
    __table_args__ = (
        Index(None, "municipality_id", "kind", "created_at"),
        Index(None, "status", "created_at"),
    )
    kind: Mapped[str]
    """A key of `workflows.bulk_jobs.KINDS`."""
    arguments: Mapped[dict[str, Any]]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    status: Mapped[str]
    """A key of `workflows.bulk_jobs.STATUSES`."""
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BulkItem(TenantRow):
    """One of the many: a case, or whatever the job's kind is about."""

    __tablename__ = "bulk_item"
    __table_args__ = (
        belongs_to("job_id", "bulk_job"),
        Index(None, "municipality_id", "job_id", "status", "id"),
    )
    job_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    status: Mapped[str]
    """waiting, done, refused or failed."""
    reason: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of what was refused: what the kind says about it."""
    finished_at: Mapped[datetime | None]


class InstanceMove(TenantRow):
    """A case's move from one version of its diagram to another, and the way back."""

    __tablename__ = "instance_move"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        Index(None, "municipality_id", "instance_id", "moved_at"),
        Index(None, "municipality_id", "job_id"),
    )
    instance_id: Mapped[UUID]
    from_version: Mapped[str]
    to_version: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    """Element of the old version → of the new, as was chosen."""
    state_before: Mapped[bytes]
    revision_after: Mapped[int]
    """The case's revision when it had been moved: another means that something has happened."""
    job_id: Mapped[UUID | None]
    moved_by: Mapped[UUID | None]
    moved_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
