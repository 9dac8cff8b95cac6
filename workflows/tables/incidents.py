"""What failed in a case and stands still, for those who run the system."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.database import TenantRow, belongs_to
from workflows.tables.processes import ProcessInstance


class Incident(TenantRow):
    """A place in a case where something failed. Kept when it is over."""

    __tablename__ = "incident"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        belongs_to("person_id", "person"),
        Index(None, "municipality_id", "instance_id", "status"),
        Index(None, "municipality_id", "status", "first_failed_at", "id"),
        Index(None, "next_retry_at", "municipality_id"),
    )
    instance_id: Mapped[UUID]
    person_id: Mapped[UUID]
    task_id: Mapped[UUID]
    """The token that stands still; of a whole case that could not move, the timer that was due."""
    process_key: Mapped[str]
    element: Mapped[str]
    step: Mapped[str]
    """Where in the case's own diagram: the call activity for what failed in a called process."""
    title: Mapped[str]
    item: Mapped[str | None]
    actor_id: Mapped[UUID | None]
    """Who moved the case when it failed; nobody when the system did."""
    basis: Mapped[str]
    """On which basis: a key of `workflows.access.BASES`."""
    kind: Mapped[str]
    """A key of `workflows.halting.KINDS`."""
    error: Mapped[str]
    """What failed and where, without the words of the error: those may be about a person."""
    attempts: Mapped[int] = mapped_column(default=0)
    first_failed_at: Mapped[datetime]
    last_failed_at: Mapped[datetime]
    status: Mapped[str]
    """A key of `workflows.halting.STATUSES`."""
    next_retry_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    reason: Mapped[str | None]
    """Why it was skipped."""

    instance: Mapped[ProcessInstance] = relationship(viewonly=True)
