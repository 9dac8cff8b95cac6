"""The persons the cooperation is for, who is around them, and which services know them."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.database import TenantRow, belongs_to


class Person(TenantRow):
    """A child, young person or adult with needs that several services share."""

    __tablename__ = "person"
    __table_args__ = (
        Index(None, "municipality_id", "name"),
        UniqueConstraint("municipality_id", "national_number"),
        Index(None, "municipality_id", "account_id"),
    )
    name: Mapped[str]
    born_on: Mapped[date | None]
    national_number: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="nb")
    account_id: Mapped[UUID | None]


class Relation(TenantRow):
    """Someone close to a person; `acts_for` when they are guardian or parent with that right."""

    __tablename__ = "relation"
    __table_args__ = (
        belongs_to("person_id", "person"),
        Index(None, "municipality_id", "person_id"),
        Index(None, "municipality_id", "account_id"),
    )
    person_id: Mapped[UUID]
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    account_id: Mapped[UUID | None]
    acts_for: Mapped[bool] = mapped_column(default=False)
    until: Mapped[date | None]


class ServiceCase(TenantRow):
    """A service follows the person up on its own ground: the basis «own service's case»."""

    __tablename__ = "service_case"
    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("service_id", "service"),
        Index(None, "municipality_id", "service_id", "person_id"),
    )
    person_id: Mapped[UUID]
    service_id: Mapped[UUID]
    since: Mapped[date]
    until: Mapped[date | None]
