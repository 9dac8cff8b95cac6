"""Who did or saw what about whom, and why it was allowed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.database import TenantRow


class AuditEntry(TenantRow):
    """One sight or change of a person's data. Only ever inserted."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "municipality_id", "person_id", "at"),
        Index(None, "municipality_id", "actor_id", "action", "day", "person_id"),
    )
    at: Mapped[datetime]
    day: Mapped[str]
    """The local date, so that a list shown again the same day is not logged again."""
    actor_id: Mapped[UUID | None]
    """None when the system acted by itself."""
    service_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    action: Mapped[str]
    basis: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
