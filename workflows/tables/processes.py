"""Running processes: the state is the truth; tasks, timers and subscriptions project it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from workflows.database import Base, TenantRow, belongs_to
from workflows.tables.people import Person

PARKED = text("parked IS NOT NULL")


class ProcessInstance(TenantRow):
    """One run of a process definition, about one person."""

    __tablename__ = "process_instance"
    __table_args__ = (
        belongs_to("person_id", "person"),
        Index(None, "municipality_id", "person_id"),
        Index(None, "municipality_id", "coordinator_id", "ended_at"),
        Index(None, "municipality_id", "ended_at"),
    )
    person_id: Mapped[UUID]
    definition_key: Mapped[str]
    definition_version: Mapped[str]
    title: Mapped[str]
    coordinator_id: Mapped[UUID | None]
    """The account that holds the baton; nobody until one is appointed."""
    state: Mapped[bytes]
    revision: Mapped[int] = mapped_column()
    history_length: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    started_by: Mapped[UUID]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]

    __mapper_args__ = {"version_id_col": revision}
    person: Mapped[Person] = relationship()


class OpenTask(TenantRow):
    """A user task that can be done now."""

    __tablename__ = "open_task"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        belongs_to("person_id", "person"),
        Index(None, "municipality_id", "instance_id"),
        Index(None, "municipality_id", "assignee_id", "due_on", "id"),
        Index(None, "municipality_id", "service_id", "due_on", "id"),
        Index(None, "municipality_id", "person_id", "due_on", "id"),
        Index(
            *("ix_open_task_parked", "municipality_id", "instance_id"),
            postgresql_where=PARKED,
            sqlite_where=PARKED,
        ),
    )
    instance_id: Mapped[UUID]
    person_id: Mapped[UUID]
    process_key: Mapped[str]
    element: Mapped[str]
    step: Mapped[str]
    """Where in the case's own diagram: the call activity for a task of a called process."""
    title: Mapped[str]
    form_key: Mapped[str]
    role: Mapped[str]
    item: Mapped[str | None]
    service_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None]
    for_person: Mapped[bool] = mapped_column(default=False)
    """The person (or who acts for them) is asked; staff with the task help them answer."""
    reason: Mapped[str]
    """Why it was given to whom it was: a key of `workflows.assignment.REASONS`."""
    parked: Mapped[str | None]
    """Why it may not be shown or done now: a key of `workflows.tasks.PARKED`."""
    due_on: Mapped[date | None]
    created_at: Mapped[datetime]

    form_version: Mapped[str | None] = query_expression()
    """What it would be answered on now; only where that was asked for."""
    instance: Mapped[ProcessInstance] = relationship(viewonly=True)
    person: Mapped[Person] = relationship(viewonly=True)


class TaskDraft(Base):
    """What someone has typed and not sent. Outlives the task, so that nothing typed is lost."""

    __tablename__ = "task_draft"
    municipality_id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    typed: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class HistoryEntry(TenantRow):
    """One thing that happened in a case. Only ever inserted."""

    __tablename__ = "history_entry"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        UniqueConstraint("municipality_id", "instance_id", "seq"),
        Index(None, "municipality_id", "person_id", "at"),
        Index(None, "municipality_id", "task_id"),
    )
    instance_id: Mapped[UUID]
    person_id: Mapped[UUID]
    seq: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str]
    process_key: Mapped[str]
    element: Mapped[str]
    title: Mapped[str]
    definition_version: Mapped[str]
    task_id: Mapped[UUID | None]
    item: Mapped[str | None]
    role: Mapped[str | None]
    service_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    for_person: Mapped[bool] = mapped_column(default=False)
    form_key: Mapped[str | None]
    form_version: Mapped[str | None]
    answers: Mapped[dict[str, Any] | None]


class Timer(TenantRow):
    """An instant when a case moves by itself."""

    __tablename__ = "timer"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        Index(None, "due_at", "municipality_id"),
        Index(None, "municipality_id", "instance_id"),
    )
    instance_id: Mapped[UUID]
    process_key: Mapped[str]
    element: Mapped[str]
    due_at: Mapped[datetime]


class Subscription(TenantRow):
    """A message that a case waits for."""

    __tablename__ = "subscription"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        Index(None, "municipality_id", "instance_id", "message"),
    )
    instance_id: Mapped[UUID]
    process_key: Mapped[str]
    element: Mapped[str]
    message: Mapped[str]
