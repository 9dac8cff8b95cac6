"""Consents and refusals, as given to a service."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.database import TenantRow, belongs_to
from workflows.tables.processes import ProcessInstance


class Consent(TenantRow):
    """What a person allows a service to know, until it is withdrawn or expires. Refusals too."""

    __tablename__ = "consent"
    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("service_id", "service"),
        belongs_to("instance_id", "process_instance"),
        Index(None, "municipality_id", "service_id", "person_id"),
        Index(None, "municipality_id", "person_id"),
    )
    person_id: Mapped[UUID]
    service_id: Mapped[UUID]
    instance_id: Mapped[UUID]
    purpose: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(default=list)
    not_shared: Mapped[str | None]
    """What the person says must not be shared."""
    given: Mapped[bool]
    """False for a recorded refusal."""
    form: Mapped[str]
    """`skriftlig` or `muntlig`: an oral consent is valid when it is recorded."""
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID]
    valid_until: Mapped[date | None]
    replaced_at: Mapped[datetime | None]
    """When a newer answer for the same service took its place."""
    renewal_asked_at: Mapped[datetime | None]
    expiry_told_at: Mapped[datetime | None]
    """When the case was told that it had expired."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]

    instance: Mapped[ProcessInstance] = relationship(viewonly=True)
