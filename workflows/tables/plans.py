"""The plan, those around it, and what its evaluations found."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.database import TenantRow, belongs_to


class Plan(TenantRow):
    """An individuell plan or samarbeidsplan: what a process instance works out for a person."""

    __tablename__ = "plan"
    __table_args__ = (
        belongs_to("person_id", "person"),
        belongs_to("instance_id", "process_instance"),
        UniqueConstraint("municipality_id", "instance_id"),
        Index(None, "municipality_id", "person_id"),
    )
    person_id: Mapped[UUID]
    instance_id: Mapped[UUID]
    kind: Mapped[str]
    form_version: Mapped[str | None]
    """The form that its goals and measures were last written on, with the words of its choices."""
    status: Mapped[str]
    """`utkast`, `aktiv`, `stanset` or `avsluttet`."""
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    interval_weeks: Mapped[int | None]
    next_evaluation_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    own_view: Mapped[str | None]
    """The person's own words, kept beside the plan where they disagree."""


class Goal(TenantRow):
    """What the person wants to reach."""

    __tablename__ = "goal"
    __table_args__ = (belongs_to("plan_id", "plan"), Index(None, "municipality_id", "plan_id"))
    plan_id: Mapped[UUID]
    position: Mapped[int]
    text: Mapped[str]
    persons: Mapped[list[str]] = mapped_column(default=list)
    """The ids of those it concerns; empty for everyone who takes part."""
    area: Mapped[str | None]
    horizon: Mapped[str | None]
    """How far ahead it looks: a key of the choices in the plan's form."""
    status: Mapped[str]
    """`aktiv`, `nadd`, `endres` or `avsluttet`."""


class Measure(TenantRow):
    """What a service does towards a goal, to what extent, and how."""

    __tablename__ = "measure"
    __table_args__ = (
        belongs_to("plan_id", "plan"),
        belongs_to("service_id", "service"),
        belongs_to("asks_of", "person"),
        Index(None, "municipality_id", "plan_id"),
        Index(None, "municipality_id", "service_id"),
    )
    plan_id: Mapped[UUID]
    position: Mapped[int]
    what: Mapped[str]
    persons: Mapped[list[str]] = mapped_column(default=list)
    """The ids of those it concerns; empty for everyone who takes part."""
    extent: Mapped[str | None]
    goal: Mapped[str | None]
    how: Mapped[str | None]
    service_id: Mapped[UUID | None]
    """None when the person or family does it themselves."""
    asks_of: Mapped[UUID | None]
    """The person whose time and effort it takes; None when it asks nobody for any."""
    area: Mapped[str | None]
    """The area of life it is about: a key of the choices in the plan's form."""
    starts_on: Mapped[date | None]
    status: Mapped[str]
    """`ikke_startet`, `i_gang`, `fullfort`, `stoppet`, `venter` by the coordinator's decision, or
    `fjernet` from the plan."""
    comment: Mapped[str | None]
    reported_at: Mapped[datetime | None]


class TeamMember(TenantRow):
    """Someone who takes part around the plan, as named at the start meeting."""

    __tablename__ = "team_member"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        Index(None, "municipality_id", "instance_id"),
    )
    instance_id: Mapped[UUID]
    name: Mapped[str]
    service: Mapped[str | None]
    role: Mapped[str | None]
    phone: Mapped[str | None]


class Evaluation(TenantRow):
    """One round of evaluation."""

    __tablename__ = "evaluation"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        belongs_to("meeting_id", "history_entry"),
        UniqueConstraint("municipality_id", "instance_id", "round"),
    )
    instance_id: Mapped[UUID]
    round: Mapped[int]
    opened_at: Mapped[datetime]
    opened_seq: Mapped[int]
    """Answers after this place in the history belong to the round."""
    answer_by: Mapped[datetime]
    missing: Mapped[list[str]] = mapped_column(default=list)
    """The ids of the persons and services that did not answer in time."""
    concluded_at: Mapped[datetime | None]
    conclusion: Mapped[str | None]
    meeting_id: Mapped[UUID | None]
    """The meeting's answers in the history."""
    standing: Mapped[dict[str, Any] | None]
    """How the plan stood at the meeting (`workflows.standings`), so that minutes do not change."""


class Rating(TenantRow):
    """How one voice saw one goal in one round."""

    __tablename__ = "rating"
    __table_args__ = (
        belongs_to("evaluation_id", "evaluation"),
        belongs_to("goal_id", "goal"),
        belongs_to("person_id", "person"),
        Index(None, "municipality_id", "evaluation_id"),
    )
    evaluation_id: Mapped[UUID]
    goal_id: Mapped[UUID]
    service_id: Mapped[UUID | None]
    """None for a person's own voice."""
    person_id: Mapped[UUID | None]
    """Whose own voice it is; None for a service's."""
    score: Mapped[int | None]
    """0 to 10 from the person; from a service -2 to +2 (goal attainment scaling,
    Kiresuk & Sherman 1968)."""
    words: Mapped[str | None]


class Decision(TenantRow):
    """Something a meeting agreed that somebody does, by a date."""

    __tablename__ = "decision"
    __table_args__ = (
        belongs_to("instance_id", "process_instance"),
        belongs_to("evaluation_id", "evaluation"),
        belongs_to("service_id", "service"),
        belongs_to("person_id", "person"),
        Index(None, "municipality_id", "evaluation_id", "position"),
    )
    instance_id: Mapped[UUID]
    evaluation_id: Mapped[UUID]
    position: Mapped[int]
    what: Mapped[str]
    service_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    """Who does it: the service, else this person, else the coordinator at any time."""
    due_on: Mapped[date]
    answered_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    """None as well when the answer was that it is not done."""
    comment: Mapped[str | None]
