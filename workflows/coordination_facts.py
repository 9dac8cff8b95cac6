"""What the tables and the history of a case tell about its cooperation, for the stairs.

It will not judge: `workflows.coordination_stairs` does, from these facts alone.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import agreed_order, clock, consents, definitions, plans, process_instances
from workflows.coordination_stairs import Deed, Facts, Meeting, Round, Stairs, climb
from workflows.definitions import Process
from workflows.tables import (
    Account,
    Evaluation,
    HistoryEntry,
    Measure,
    Person,
    Plan,
    ProcessInstance,
    Rating,
    Service,
)

MEETING = ("meeting", "ja")
"""The property that marks a user task in a diagram as a meeting."""
PRESENT = "deltakere"
"""The list of those who were there, in the form of a meeting."""
PLAN_WRITTEN = ("operation", "plan.write")


def stairs_of(session: Session, instance: ProcessInstance) -> Stairs | None:
    """Where a running case stands on the stairs; None when it has ended."""
    return None if instance.ended_at else climb(facts_of(session, instance))


def facts_of(session: Session, instance: ProcessInstance) -> Facts:
    """What the tables and the history of a case tell."""
    processes = _processes(session, instance)
    sharing = _sharing(session, instance)
    measures = [
        (measure, sharing[measure.service_id])
        for measure in plans.live_measures(session, instance)
        if measure.service_id in sharing and measure.status != "stoppet"
    ]
    return Facts(
        consents=_consents(session, instance),
        meetings=_meetings(session, instance, processes),
        agreed=_agreed(measures, _written_on(session, instance, processes)),
        contradictions=contradictions(session, instance),
        approved_on=_approved_on(plans.plan_of(session, instance)),
        reports=_reports(measures),
        rounds=_rounds(session, instance),
    )


def contradictions(session: Session, instance: ProcessInstance) -> tuple[str, ...]:
    """What in the plan pulls against one another: the measures, by the services they are from."""
    return tuple(
        "; ".join(f"{ask.service}: {ask.what}" for ask in found.asks)
        for found in agreed_order.contradictions(session, instance)
    )


def _approved_on(plan: Plan | None) -> date | None:
    in_use = plan is not None and plan.status == "aktiv"
    return _day(plan.approved_at) if plan and in_use and plan.approved_at else None


def _sharing(session: Session, instance: ProcessInstance) -> Mapping[UUID | None, str]:
    """The services that know what goes on, by consent or as the coordinator's own."""
    ids = consents.live_services(session, instance)
    held = process_instances.holder(session, instance)
    return _names(session, instance, ids | ({held[1].id} if held else set()))


def _names(
    session: Session, instance: ProcessInstance, ids: set[UUID]
) -> Mapping[UUID | None, str]:
    rows = session.scalars(
        select(Service).where(
            Service.municipality_id == instance.municipality_id, Service.id.in_(ids)
        )
    )
    return {row.id: row.name for row in rows}


def _consents(session: Session, instance: ProcessInstance) -> tuple[Deed, ...]:
    live = consents.live_consents(session, instance)
    names = _names(session, instance, {one.service_id for one in live})
    return _first_of_each((names[one.service_id], one.decided_at) for one in live)


def _processes(session: Session, instance: ProcessInstance) -> list[Process]:
    """The versions that the case has gone by: what has been done stands in theirs."""
    found = session.scalars(
        select(HistoryEntry.definition_version)
        .where(
            HistoryEntry.municipality_id == instance.municipality_id,
            HistoryEntry.instance_id == instance.id,
        )
        .distinct()
    )
    return [definitions.process(session, instance.municipality_id, each) for each in found]


def _meetings(
    session: Session, instance: ProcessInstance, processes: list[Process]
) -> tuple[Meeting, ...]:
    held = _completed(session, instance, _marked(processes, MEETING))
    person = session.get_one(Person, (instance.municipality_id, instance.person_id))
    return tuple(
        Meeting(_day(entry.at), entry.title, len(_around(session, entry, person.name)))
        for entry in held
    )


def _around(session: Session, entry: HistoryEntry, person: str) -> set[str]:
    """The names of those who met: whom the form lists and who led it, without the person."""
    rows = (entry.answers or {}).get(PRESENT)
    listed = [row.get("navn") for row in rows if isinstance(row, dict)] if rows else []
    leader = session.get(Account, entry.actor_id) if entry.actor_id else None
    names = {_plain(name) for name in [*listed, leader and leader.name] if name}
    return names - {_plain(person), ""}


def _plain(name: Any) -> str:
    return " ".join(str(name).split()).casefold()


def _written_on(
    session: Session, instance: ProcessInstance, processes: list[Process]
) -> date | None:
    written = _completed(session, instance, _marked(processes, PLAN_WRITTEN))
    return _day(written[-1].at) if written else None


def _marked(processes: list[Process], mark: tuple[str, str]) -> set[tuple[str, str]]:
    """(process, element) of what carries a property, in the case's diagrams and those they call."""
    name, value = mark
    return {
        (key, element.id)
        for process in processes
        for key, diagram in process.diagrams.items()
        for element in diagram.elements.values()
        if element.properties.get(name) == value
    }


def _completed(
    session: Session, instance: ProcessInstance, places: set[tuple[str, str]]
) -> list[HistoryEntry]:
    session.flush()
    rows = session.scalars(
        select(HistoryEntry)
        .where(
            HistoryEntry.municipality_id == instance.municipality_id,
            HistoryEntry.instance_id == instance.id,
            HistoryEntry.kind == "completed",
            HistoryEntry.element.in_({element for _process, element in places}),
        )
        .order_by(HistoryEntry.seq)
    )
    return [row for row in rows if (row.process_key, row.element) in places]


def _agreed(measures: list[tuple[Measure, str]], on: date | None) -> tuple[Deed, ...]:
    return tuple(Deed(on, name) for name in dict.fromkeys(n for _m, n in measures) if on)


def _reports(measures: list[tuple[Measure, str]]) -> tuple[Deed, ...]:
    """The latest report of each service."""
    told = sorted((m.reported_at, name) for m, name in measures if m.reported_at)
    return _first_of_each((name, at) for at, name in reversed(told))


def _rounds(session: Session, instance: ProcessInstance) -> tuple[Round, ...]:
    rows = session.execute(
        select(Evaluation.round, Evaluation.concluded_at, Service.name)
        .join(
            Rating,
            (Rating.municipality_id == Evaluation.municipality_id)
            & (Rating.evaluation_id == Evaluation.id),
        )
        .join(
            Service,
            (Service.municipality_id == Rating.municipality_id) & (Service.id == Rating.service_id),
        )
        .where(
            Evaluation.municipality_id == instance.municipality_id,
            Evaluation.instance_id == instance.id,
            Rating.score.is_not(None) | Rating.words.is_not(None),
        )
        .order_by(Evaluation.round, Service.name)
        .distinct()
    )
    voices: dict[tuple[int, date], list[str]] = {}
    for number, at, name in rows:
        if at is not None:
            voices.setdefault((number, _day(at)), []).append(name)
    return tuple(Round(on, number, tuple(who)) for (number, on), who in voices.items())


def _first_of_each(told: Iterable[tuple[str, datetime]]) -> tuple[Deed, ...]:
    """One deed of each service, out of (service, when)."""
    found: dict[str, date] = {}
    for name, at in told:
        found.setdefault(name, _day(at))
    return tuple(Deed(on, name) for name, on in found.items())


def _day(at: datetime) -> date:
    return at.astimezone(clock.OSLO).date()
