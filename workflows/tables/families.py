"""Who takes part in a process instance, and what the members of a family let each other see."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from workflows.database import TenantRow, belongs_to
from workflows.tables.people import Person


class Participant(TenantRow):
    """A person whom a process instance concerns; its main person always has a row."""

    __tablename__ = "participant"
    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("instance_id", "process_instance"),
        UniqueConstraint("municipality_id", "instance_id", "person_id"),
        Index(None, "municipality_id", "person_id"),
    )
    instance_id: Mapped[UUID]
    person_id: Mapped[UUID]
    position: Mapped[int]
    part: Mapped[str]
    """A key of `workflows.families.PARTS`."""
    household: Mapped[str | None]
    """Where the person lives, in the family's own words: «hos mor», «hos far»."""
    status: Mapped[str]
    """A key of `workflows.families.STATUSES`."""
    answered_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(viewonly=True)


class FamilySight(TenantRow):
    """One member lets another see what concerns them in a process instance."""

    __tablename__ = "family_sight"
    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("instance_id", "process_instance"),
        Index(None, "municipality_id", "instance_id", "person_id"),
        Index(None, "municipality_id", "seen_by"),
    )
    instance_id: Mapped[UUID]
    person_id: Mapped[UUID]
    """Whose."""
    seen_by: Mapped[UUID]
    """The person who may see it."""
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
