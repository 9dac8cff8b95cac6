"""The baton on its way from one coordinator to the next."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from workflows.database import TenantRow, belongs_to


class Handover(TenantRow):
    """A proposed change of coordinator. The giver holds the baton until it is accepted."""

    __tablename__ = "handover"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        belongs_to("person_id", "person"),
        Index(None, "municipality_id", "instance_id"),
        Index(None, "municipality_id", "to_id", "status"),
    )
    instance_id: Mapped[UUID]
    person_id: Mapped[UUID]
    from_id: Mapped[UUID | None]
    to_id: Mapped[UUID]
    reason: Mapped[str | None]
    status: Mapped[str]
    """`foreslatt`, `overlevert` or `avslatt`."""
    proposed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
