"""The order in which what services ask of a person is to be done, and what pulls against it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from workflows.database import TenantRow, belongs_to

IN_FORCE = text("replaced_at is null")


class AgreedOrder(TenantRow):
    """The one order a meeting agreed. Those that are replaced stay, to be read."""

    __tablename__ = "agreed_order"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        UniqueConstraint("municipality_id", "instance_id", "round"),
        Index(
            "uq_agreed_order_in_force",
            "municipality_id",
            "instance_id",
            unique=True,
            sqlite_where=IN_FORCE,
            postgresql_where=IN_FORCE,
        ),
    )
    instance_id: Mapped[UUID]
    round: Mapped[int]
    agreed_at: Mapped[datetime]
    agreed_by: Mapped[UUID | None]
    reason: Mapped[str | None]
    replaced_at: Mapped[datetime | None]


class OrderPlace(TenantRow):
    """One measure's place among what is asked of one person, in the words it had when agreed."""

    __tablename__ = "order_place"
    __table_args__ = (
        belongs_to("order_id", "agreed_order"),
        belongs_to("measure_id", "measure"),
        belongs_to("person_id", "person"),
        belongs_to("service_id", "service"),
        UniqueConstraint("municipality_id", "order_id", "person_id", "position"),
    )
    order_id: Mapped[UUID]
    measure_id: Mapped[UUID]
    person_id: Mapped[UUID]
    service_id: Mapped[UUID | None]
    position: Mapped[int]
    """From 1, for each person."""
    what: Mapped[str]


class OrderFlag(TenantRow):
    """A measure that pulls against the order, for the coordinator to decide on with a reason."""

    __tablename__ = "order_flag"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        belongs_to("order_id", "agreed_order"),
        belongs_to("measure_id", "measure"),
        belongs_to("person_id", "person"),
        Index(None, "municipality_id", "instance_id"),
    )
    instance_id: Mapped[UUID]
    order_id: Mapped[UUID]
    """The order that was in force."""
    measure_id: Mapped[UUID]
    person_id: Mapped[UUID]
    against_id: Mapped[UUID | None]
    """The measure that stood first for the person; None when nothing was left in the order."""
    flagged_at: Mapped[datetime]
    decision: Mapped[str | None]
    """`na` (goes ahead now), `vent` (waits) or `endre` (last in the order); None until decided."""
    reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
