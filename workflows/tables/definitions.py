"""Published diagrams, decision tables and forms. Never updated: running cases depend on them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.database import Base


class ProcessDefinition(Base):
    """One version of a diagram, addressed by the hash of it and of all it calls and decides by."""

    __tablename__ = "process_definition"
    __table_args__ = (Index(None, "municipality_id", "key", "published_at"),)
    municipality_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    title: Mapped[str]
    source: Mapped[bytes]
    calls: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Process id → version, for every call activity."""
    decisions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Decision id → version, for every business rule task."""
    published_at: Mapped[datetime]


class DecisionVersion(Base):
    """One version of a decision table, addressed by the hash of its content."""

    __tablename__ = "decision_version"
    __table_args__ = (Index(None, "municipality_id", "key", "published_at"),)
    municipality_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    source: Mapped[bytes]
    published_at: Mapped[datetime]


class FormVersion(Base):
    """One version of a form, addressed by the hash of its content."""

    __tablename__ = "form_version"
    __table_args__ = (Index(None, "municipality_id", "key", "published_at"),)
    municipality_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    source: Mapped[bytes]
    published_at: Mapped[datetime]
