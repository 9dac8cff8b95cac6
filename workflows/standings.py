"""How a plan stood at a moment: its goals, measures, services and coordinator, and what changed.

Minutes must not change when the plan does: a round keeps its standing as JSON when it is concluded.
It reads the plan and writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import clock, consents, plans, process_instances
from workflows.participants import Seen
from workflows.tables import Goal, Measure, ProcessInstance, Service

OPEN_GOAL = frozenset({"aktiv", "endres"})


@dataclass(frozen=True)
class GoalStanding:
    """A goal as it was; `persons` are the ids of those it concerns, none meaning everyone."""

    id: str
    text: str
    area: str | None = None
    status: str = "aktiv"
    persons: Sequence[str] = ()


@dataclass(frozen=True)
class MeasureStanding:
    """A measure as it was, with the name of the service that did it."""

    id: str
    what: str
    goal: str | None = None
    extent: str | None = None
    service: str | None = None
    status: str = "ikke_startet"
    comment: str | None = None
    reported: str | None = None
    """ISO date."""
    persons: Sequence[str] = ()

    @property
    def reported_on(self) -> date | None:
        return date.fromisoformat(self.reported) if self.reported else None


@dataclass(frozen=True)
class Standing:
    """A plan at a moment."""

    goals: Sequence[GoalStanding] = ()
    measures: Sequence[MeasureStanding] = ()
    services: Mapping[str, str] = field(default_factory=dict)
    """Id → name of those with a live consent."""
    coordinator: str | None = None


@dataclass(frozen=True)
class Changes:
    """What is different from one standing to the next, in the plan's own words."""

    goals_new: Sequence[str] = ()
    goals_reached: Sequence[str] = ()
    goals_closed: Sequence[str] = ()
    measures_new: Sequence[str] = ()
    measures_finished: Sequence[str] = ()
    measures_stopped: Sequence[str] = ()
    measures_removed: Sequence[str] = ()
    services_in: Sequence[str] = ()
    services_out: Sequence[str] = ()
    coordinator: str | None = None
    """The new one's name."""

    def __bool__(self) -> bool:
        return any(vars(self).values())


def of(session: Session, instance: ProcessInstance) -> Standing:
    """How the plan of a case stands now."""
    names = _service_names(session, instance.municipality_id)
    live = consents.live_services(session, instance)
    held = process_instances.holder(session, instance)
    return Standing(
        goals=[_goal(each) for each in plans.goals(session, instance)],
        measures=[_measure(each, names) for each in plans.live_measures(session, instance)],
        services={str(key): name for key, name in names.items() if key in live},
        coordinator=held[0].name if held else None,
    )


def _service_names(session: Session, municipality_id: UUID) -> dict[UUID, str]:
    rows = session.execute(
        select(Service.id, Service.name)
        .where(Service.municipality_id == municipality_id)
        .order_by(Service.name)
    )
    return {row.id: row.name for row in rows}


def _goal(goal: Goal) -> GoalStanding:
    return GoalStanding(str(goal.id), goal.text, goal.area, goal.status, list(goal.persons))


def _measure(measure: Measure, names: Mapping[UUID, str]) -> MeasureStanding:
    at = measure.reported_at
    return MeasureStanding(
        id=str(measure.id),
        what=measure.what,
        goal=measure.goal,
        extent=measure.extent,
        service=names.get(measure.service_id) if measure.service_id else None,
        status=measure.status,
        comment=measure.comment,
        reported=at.astimezone(clock.OSLO).date().isoformat() if at else None,
        persons=list(measure.persons),
    )


def as_json(standing: Standing) -> dict[str, Any]:
    """A standing as it is kept."""
    return asdict(standing)


def from_json(kept: Mapping[str, Any]) -> Standing:
    """A standing that was kept."""
    return Standing(
        goals=[GoalStanding(**each) for each in kept["goals"]],
        measures=[MeasureStanding(**each) for each in kept["measures"]],
        services=kept["services"],
        coordinator=kept["coordinator"],
    )


def seen_by(standing: Standing, seen: Seen) -> Standing:
    """What an actor may see of it; the services that know are for who sees everyone."""
    if seen.whole:
        return standing
    return replace(
        standing,
        goals=[each for each in standing.goals if seen.covers(each.persons)],
        measures=[each for each in standing.measures if seen.covers(each.persons)],
        services={},
    )


def changes(before: Standing, now: Standing) -> Changes:
    """What is different in `now`."""
    goals = {each.id: each.status for each in before.goals}
    measures = {each.id: each.status for each in before.measures}
    kept = {each.id for each in now.measures}

    def became(status: str) -> tuple[str, ...]:
        return tuple(each.text for each in now.goals if each.status == status != goals.get(each.id))

    def went(status: str) -> tuple[str, ...]:
        return tuple(m.what for m in now.measures if m.status == status != measures.get(m.id))

    return Changes(
        goals_new=tuple(each.text for each in now.goals if each.id not in goals),
        goals_reached=became("nadd"),
        goals_closed=became("avsluttet"),
        measures_new=tuple(each.what for each in now.measures if each.id not in measures),
        measures_finished=went("fullfort"),
        measures_stopped=went("stoppet"),
        measures_removed=tuple(each.what for each in before.measures if each.id not in kept),
        services_in=_only_in(now.services, before.services),
        services_out=_only_in(before.services, now.services),
        coordinator=now.coordinator if now.coordinator != before.coordinator else None,
    )


def _only_in(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for key, name in one.items() if key not in other)
