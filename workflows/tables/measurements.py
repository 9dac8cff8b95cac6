"""What was measured, and when: answers on scales that are asked again later."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from workflows.database import TenantRow, belongs_to


class Measurement(TenantRow):
    """One answer on one scale, with the scale as it was when asked."""

    __tablename__ = "measurement"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        belongs_to("person_id", "person"),
        belongs_to("entry_id", "history_entry"),
        UniqueConstraint("municipality_id", "entry_id", "scale"),
        Index(None, "municipality_id", "instance_id", "person_id", "scale"),
    )
    instance_id: Mapped[UUID]
    person_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    """The answers it was read from."""
    scale: Mapped[str]
    """The name that ties it to the same question asked again, whatever the form."""
    label: Mapped[str]
    value: Mapped[int]
    choice: Mapped[str | None]
    """What the chosen answer is called; None for a number."""
    lowest: Mapped[int]
    highest: Mapped[int]
    lowest_label: Mapped[str | None]
    highest_label: Mapped[str | None]
    words: Mapped[str | None]
    """What the person said with it."""
    taken_on: Mapped[date]
    round: Mapped[int]
    """The how manieth time the person was measured on the scale in the case, from 1."""
