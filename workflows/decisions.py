"""What a meeting agreed that somebody does by a date: a service, a person or the coordinator.

Each decision becomes a task (role `ansvarlig`) in the round that follows. It will not decide who
may see the task: a service's still waits for consent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import calendar, clock, participants, process_instances
from workflows.errors import Invalid
from workflows.operations import Call, operation
from workflows.participants import Seen
from workflows.tables import (
    Decision,
    Evaluation,
    Participant,
    Person,
    ProcessInstance,
    Service,
)
from workflows.texts import Say, _

COORDINATOR, SERVICE, PERSON = "koordinator", "tjeneste", "person"
DONE = "ja"
COORDINATOR_WORD = _("Koordinatoren")


@dataclass(frozen=True)
class DecisionLine:
    """A decision as it is read in a review."""

    what: str
    who: str
    due_on: date
    status: str
    """`gjort`, `ikke_gjort`, or `ubesvart` when nobody has said."""
    answered_on: date | None
    comment: str | None


@dataclass(frozen=True)
class Insight:
    """Whose decisions an actor reads: everybody's, or their own and those of persons they see."""

    seen: Seen
    services: Collection[UUID] = ()
    """Those the actor works in."""

    def covers(self, decision: Decision) -> bool:
        return (
            self.seen.whole
            or decision.service_id in self.services
            or decision.person_id in self.seen.people
        )


def choices(
    session: Session, instance: ProcessInstance, seen: Seen, say: Say = _
) -> list[tuple[str, str]]:
    """Who can be asked to do something in a case: (value, name), those nearest first.

    Services and members are those the actor may know of.
    """
    told = participants.services_told(session, instance)
    live = {key for key, people in told.items() if seen.whole or seen.people.keys() & set(people)}
    part = participants.taking_part(session, instance)
    return [
        (COORDINATOR, _coordinator(session, instance, say)),
        *_services(session, instance, live),
        *_members(part, seen),
    ]


def all_choices(
    session: Session, instance: ProcessInstance, seen: Seen, say: Say = _
) -> list[tuple[str, str]]:
    """Who can have been asked at any time, for reading old answers."""
    every = set(
        session.scalars(
            select(Service.id).where(Service.municipality_id == instance.municipality_id)
        )
    )
    named = participants.participants(session, instance)
    return [
        (COORDINATOR, _coordinator(session, instance, say)),
        *_services(session, instance, every),
        *_members(named, seen),
    ]


def _members(among: Sequence[Participant], seen: Seen) -> list[tuple[str, str]]:
    return [
        (f"{PERSON}:{row.person_id}", row.person.name)
        for row in among
        if seen.whole or row.person_id in seen.people
    ]


def _coordinator(session: Session, instance: ProcessInstance, say: Say) -> str:
    held = process_instances.holder(session, instance)
    name = say(COORDINATOR_WORD)
    return f"{name}, {held[0].name}" if held else name


def _services(
    session: Session, instance: ProcessInstance, among: set[UUID]
) -> list[tuple[str, str]]:
    rows = session.execute(
        select(Service.id, Service.name)
        .where(Service.municipality_id == instance.municipality_id, Service.id.in_(among))
        .order_by(Service.name)
    )
    return [(f"{SERVICE}:{row.id}", row.name) for row in rows]


def record(call: Call, evaluation: Evaluation, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write down what a meeting agreed; the ids, in order."""
    agreed = [
        Decision(
            municipality_id=evaluation.municipality_id,
            instance_id=evaluation.instance_id,
            evaluation_id=evaluation.id,
            position=position,
            what=row.get("hva") or "",
            due_on=_date(row.get("frist")),
            **_responsible(row.get("hvem") or ""),
        )
        for position, row in enumerate(rows)
    ]
    _check_persons(call, agreed)
    call.session.add_all(agreed)
    call.session.flush()
    return [str(each.id) for each in agreed]


def _check_persons(call: Call, agreed: Sequence[Decision]) -> None:
    """Nobody is given anything to do who does not take part."""
    part = {row.person_id for row in participants.taking_part(call.session, call.instance)}
    if not part.issuperset(each.person_id for each in agreed if each.person_id):
        raise Invalid(_("Personen er ikke med i dette forløpet."), "beslutninger")


def _date(text: str | None) -> date:
    if not text:
        raise Invalid(_("Det dere ble enige om, mangler frist."), "beslutninger")
    return date.fromisoformat(text)


def _responsible(who: str) -> dict[str, UUID | None]:
    kind, _colon, key = who.partition(":")
    if kind not in (COORDINATOR, SERVICE, PERSON):
        raise Invalid(_("Det dere ble enige om, mangler hvem som skal gjøre det."), "beslutninger")
    return {
        "service_id": UUID(key) if kind == SERVICE else None,
        "person_id": UUID(key) if kind == PERSON else None,
    }


def waiting(session: Session, instance: ProcessInstance) -> list[str]:
    """The ids of what the last meeting decided and nobody has answered, in order."""
    last = session.scalar(
        select(Evaluation.id)
        .where(
            Evaluation.municipality_id == instance.municipality_id,
            Evaluation.instance_id == instance.id,
        )
        .order_by(Evaluation.round.desc())
        .limit(1)
    )
    rows = session.scalars(
        select(Decision.id)
        .where(
            Decision.municipality_id == instance.municipality_id,
            Decision.evaluation_id == last,
            Decision.answered_at.is_(None),
        )
        .order_by(Decision.position)
    )
    return [str(decision_id) for decision_id in rows]


def of(
    session: Session, evaluation: Evaluation, insight: Insight, say: Say = _
) -> list[DecisionLine]:
    """What the meeting of a round decided that an actor may read, and what became of it."""
    rows = session.execute(
        select(Decision, Service.name, Person.name)
        .outerjoin(
            Service,
            (Service.municipality_id == Decision.municipality_id)
            & (Service.id == Decision.service_id),
        )
        .outerjoin(
            Person,
            (Person.municipality_id == Decision.municipality_id)
            & (Person.id == Decision.person_id),
        )
        .where(
            Decision.municipality_id == evaluation.municipality_id,
            Decision.evaluation_id == evaluation.id,
        )
        .order_by(Decision.position)
    )
    return [
        _line(row, service or person or say(COORDINATOR_WORD))
        for row, service, person in rows
        if insight.covers(row)
    ]


def _line(decision: Decision, who: str) -> DecisionLine:
    at = decision.answered_at
    said = "gjort" if decision.done_at else "ikke_gjort"
    return DecisionLine(
        what=decision.what,
        who=who,
        due_on=decision.due_on,
        status=said if at else "ubesvart",
        answered_on=at.astimezone(clock.OSLO).date() if at else None,
        comment=decision.comment,
    )


def text(session: Session, instance: ProcessInstance, item: str | None) -> str | None:
    """What is to be done, for the form of the task."""
    found = find(session, instance, item)
    return found.what if found else None


def find(session: Session, instance: ProcessInstance, item: str | None) -> Decision | None:
    """The decision that a place in a case is about."""
    if item is None:
        return None
    found = session.get(Decision, (instance.municipality_id, UUID(item)))
    return found if found and found.instance_id == instance.id else None


@operation("decision.begin", gives=("beslutningsfrist", "beslutning_paaminnelse"))
def begin(call: Call) -> Mapping[str, Any]:
    """Give a decision's task its last day, and when to remind of it: as that day begins."""
    last_day = calendar.next_working_day(_asked(call).due_on)
    reminder = max(calendar.opening(last_day), clock.now())
    return {
        "beslutningsfrist": last_day.isoformat(),
        "beslutning_paaminnelse": reminder.isoformat(),
    }


@operation("decision.report", "form")
def report(call: Call) -> None:
    """Write whether it was done, and what was said about it."""
    decision, answers = _asked(call), call.answers()
    decision.answered_at = clock.now()
    decision.done_at = clock.now() if answers.get("gjort") == DONE else None
    decision.comment = answers.get("kommentar")
    call.record("decision:report", about=decision.person_id)


def _asked(call: Call) -> Decision:
    decision = find(call.session, call.instance, call.where.item)
    if decision is None:
        raise Invalid(_("Forløpet mangler svar det trenger for å gå videre."), "beslutning")
    return decision
