"""Municipalities, their services, and the people who work in them."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from workflows.database import Base, TenantRow, belongs_to


class Municipality(Base):
    """A data controller. Every other tenant row carries its id."""

    __tablename__ = "municipality"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Account(Base):
    """Someone who can log in, in whichever municipalities they have a position or are a person."""

    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="nb")
    generation: Mapped[int] = mapped_column(default=1)
    """Raised to end every session of the account."""


class Service(TenantRow):
    """A service's presence in one municipality; `organisation_id` ties the presences together."""

    __tablename__ = "service"
    __table_args__ = (Index(None, "municipality_id", "kind"),)
    organisation_id: Mapped[UUID] = mapped_column(default=uuid7)
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str | None]


class Position(TenantRow):
    """An account's job in a service, with the roles it gives."""

    __tablename__ = "position"
    __table_args__ = (
        belongs_to("service_id", "service"),
        Index(None, "municipality_id", "account_id"),
        Index(None, "municipality_id", "service_id"),
    )
    account_id: Mapped[UUID]
    service_id: Mapped[UUID]
    title: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(default=list)
    """Of `prosesseier`, `leder`, `fast_kontakt`; everybody with a position is an employee."""
    phone: Mapped[str | None]
    email: Mapped[str | None]
    ended_on: Mapped[date | None]
