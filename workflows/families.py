"""The family in a case: who its members are, whether they take part, what they show each other.

Each member decides for themself, or who acts for them does; nobody is drawn in by another's yes.
Confidentiality stays with each: `workflows.participants` says what an actor sees of whom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows import access, audit, clock, consents, participants, process_instances
from workflows.actors import Actor, of_age_on
from workflows.errors import Conflict, Denied, Invalid
from workflows.operations import Call, operation
from workflows.participants import DOES_NOT, MAIN, NOT_ASKED, TAKES_PART, Seen
from workflows.tables import Consent, FamilySight, Participant, Person, ProcessInstance
from workflows.texts import _

PARTS = {
    MAIN: _("Den det startet med"),
    "forelder": _("Forelder"),
    "barn": _("Barn"),
    "annen": _("Annen i familien"),
}
STATUSES = {
    NOT_ASKED: _("Har ikke svart ennå"),
    TAKES_PART: _("Er med"),
    DOES_NOT: _("Er ikke med"),
}


@dataclass(frozen=True)
class Member:
    """Someone in the family as an actor may see them."""

    person_id: UUID
    name: str
    part: str
    status: str
    takes_part: bool
    may_leave: bool
    """Whom the case started with cannot leave it: it is closed instead."""
    household: str | None
    may_read: bool
    """What concerns them is shown to the actor."""
    is_own: bool
    """The actor is them, or acts for them."""
    shows_to: Sequence[tuple[UUID, str]]
    """The members they let see what concerns them: (person id, name)."""


def members(
    session: Session, actor: Actor, instance: ProcessInstance, seen: Seen
) -> Sequence[Member]:
    """The family of a case; empty where only one person was ever named.

    Who does not see everyone is shown those they have a basis for, and their own household.
    """
    rows = participants.participants(session, instance)
    shown = _shown(rows, actor, seen)
    names = {row.person_id: row.person.name for row in shown}
    shows = _shows(session, instance)
    return [
        Member(
            person_id=row.person_id,
            name=row.person.name,
            part=PARTS[row.part],
            status=STATUSES[row.status],
            takes_part=row.status == TAKES_PART,
            may_leave=row.part != MAIN,
            household=row.household,
            may_read=row.person_id in seen.people,
            is_own=row.person_id in actor.acts_as,
            shows_to=[(to, names[to]) for to in shows.get(row.person_id, []) if to in names],
        )
        for row in shown
        if len(rows) > 1
    ]


def known_to(
    session: Session, actor: Actor, instance: ProcessInstance, seen: Seen
) -> list[tuple[str, str]]:
    """(person id, name) of the members who take part and whom the actor may know of."""
    shown = _shown(participants.participants(session, instance), actor, seen)
    return [(str(row.person_id), row.person.name) for row in shown if row.status == TAKES_PART]


def _shown(rows: Sequence[Participant], actor: Actor, seen: Seen) -> list[Participant]:
    homes = {row.household for row in rows if row.person_id in actor.persons and row.household}
    return [
        row
        for row in rows
        if seen.whole
        or row.person_id in seen.people
        or row.person_id in actor.acts_as
        or row.household in homes
    ]


def _shows(session: Session, instance: ProcessInstance) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for row in _sights(session, instance):
        found.setdefault(row.person_id, []).append(row.seen_by)
    return found


def _sights(session: Session, instance: ProcessInstance) -> Sequence[FamilySight]:
    return session.scalars(
        select(FamilySight)
        .where(
            FamilySight.municipality_id == instance.municipality_id,
            FamilySight.instance_id == instance.id,
            FamilySight.ended_at.is_(None),
        )
        .order_by(FamilySight.id)
    ).all()


def variables(session: Session, instance: ProcessInstance) -> dict[str, Any]:
    """The process variables about the family: who takes part, grown-ups and children apart,

    and who has not been asked; each a list of person ids.
    """
    rows = participants.participants(session, instance)
    part = [row for row in rows if row.status == TAKES_PART]
    young = children(session, instance)
    return {
        "medlemmer": [str(row.person_id) for row in part],
        "voksne": [str(row.person_id) for row in part if row not in young],
        "barn": [str(row.person_id) for row in young],
        "spurte": [str(row.person_id) for row in rows if row.status == NOT_ASKED],
    }


def children(session: Session, instance: ProcessInstance) -> Sequence[Participant]:
    """The children who take part today."""
    return [row for row in participants.taking_part(session, instance) if _is_child(row)]


def _is_child(row: Participant) -> bool:
    born = row.person.born_on
    return row.part == "barn" if born is None else born > of_age_on(clock.today())


@operation("family.record", "form", gives=("medlemmer", "voksne", "barn", "spurte"))
def record_family(call: Call) -> Mapping[str, Any]:
    """Write down who is in the family, as the coordinator and the family named them.

    A national number finds somebody who is registered already. Who is gone from the form and has
    not been asked is taken out; who takes part can only leave by their own word.
    """
    session, instance = call.session, call.instance
    known = {str(row.person_id): row for row in participants.participants(session, instance)}
    kept = set()
    for position, row in enumerate(call.answers().get("familie") or [], start=1):
        member = known.get(row.get("id") or "") or _new_member(call, row)
        kept.add(member.person_id)
        member.household = row.get("bosted")
        if member.part != MAIN:
            member.position, member.part = position, row.get("del") or "annen"
    for member in known.values():
        if member.status == NOT_ASKED and member.person_id not in kept:
            session.delete(member)
    session.flush()
    call.record("family:write")
    return variables(session, instance)


def _new_member(call: Call, row: Mapping[str, Any]) -> Participant:
    person = _registered(call, row.get("fnr")) or _register(call, row)
    there = call.session.scalar(
        select(Participant).where(
            Participant.municipality_id == person.municipality_id,
            Participant.instance_id == call.instance.id,
            Participant.person_id == person.id,
        )
    )
    if there is not None:
        return there
    member = Participant(
        municipality_id=person.municipality_id,
        instance_id=call.instance.id,
        person_id=person.id,
        position=0,
        part="annen",
        status=NOT_ASKED,
    )
    call.session.add(member)
    call.session.flush()
    audit.record(
        call.session,
        call.actor,
        municipality_id=person.municipality_id,
        person_id=person.id,
        action="family:write",
        basis=access.Basis(access.ASKED),
    )
    return member


def _registered(call: Call, national_number: str | None) -> Person | None:
    if not national_number:
        return None
    return call.session.scalar(
        select(Person).where(
            Person.municipality_id == call.instance.municipality_id,
            Person.national_number == national_number,
        )
    )


def _register(call: Call, row: Mapping[str, Any]) -> Person:
    born = row.get("fodt")
    person = Person(
        municipality_id=call.instance.municipality_id,
        id=uuid7(),
        name=row.get("navn") or "",
        born_on=date.fromisoformat(born) if born else None,
        national_number=row.get("fnr") or None,
    )
    call.session.add(person)
    call.session.flush()
    return person


@operation("family.answer", "form", gives=("medlemmer", "voksne", "barn", "spurte"))
def answer(call: Call) -> Mapping[str, Any]:
    """Write a member's own answer: whether they take part, and who in the family may see theirs."""
    answers = call.answers()
    member = _member(call.session, call.instance, call.person_id)
    if member.part != MAIN:
        member.status = TAKES_PART if answers.get("deltar") == "ja" else DOES_NOT
    member.answered_at = clock.now()
    call.session.flush()
    _show(call, [UUID(to) for to in answers.get("viser_til") or []])
    call.record("family:join" if member.status == TAKES_PART else "family:leave")
    return variables(call.session, call.instance)


@operation("family.count", gives=("medlemmer", "voksne", "barn", "spurte"))
def count(call: Call) -> Mapping[str, Any]:
    """Who takes part now: a child may have come of age, a member may have left."""
    return variables(call.session, call.instance)


@operation("family.age", gives=("alder",))
def age(call: Call) -> Mapping[str, Any]:
    """The age of the member at this place in whole years; null for who has no date of birth."""
    person = call.session.get_one(Person, (call.instance.municipality_id, call.person_id))
    return {"alder": clock.age(person.born_on) if person.born_on else None}


def _member(session: Session, instance: ProcessInstance, person_id: UUID) -> Participant:
    rows = participants.participants(session, instance)
    found = next((row for row in rows if row.person_id == person_id), None)
    if found is None:
        raise Invalid(_("Personen er ikke med i dette forløpet."))
    return found


def _show(call: Call, to: Sequence[UUID]) -> None:
    named = {row.person_id for row in participants.participants(call.session, call.instance)}
    for row in _sights(call.session, call.instance):
        if row.person_id == call.person_id:
            row.ended_at = clock.now()
    for person_id in to:
        if person_id in named and person_id != call.person_id:
            call.session.add(_sight(call.instance, call.person_id, person_id))


def _sight(instance: ProcessInstance, person_id: UUID, seen_by: UUID) -> FamilySight:
    return FamilySight(
        municipality_id=instance.municipality_id,
        instance_id=instance.id,
        person_id=person_id,
        seen_by=seen_by,
        given_at=clock.now(),
    )


def start_showing(
    session: Session, actor: Actor, instance_id: UUID, person_id: UUID, to: UUID
) -> ProcessInstance:
    """One member lets another see what concerns them.

    Raises Denied for others than the member and those who act for them, Invalid for somebody who
    does not take part.
    """
    instance, member = _own(session, actor, instance_id, person_id)
    other = _member(session, instance, to)
    if other.status != TAKES_PART or to == person_id:
        raise Invalid(_("Velg hvem i familien det gjelder."), "til")
    if to not in _shows(session, instance).get(person_id, []):
        session.add(_sight(instance, member.person_id, to))
    _record(session, actor, instance, person_id, "family:show")
    return instance


def stop_showing(
    session: Session, actor: Actor, instance_id: UUID, person_id: UUID, to: UUID
) -> ProcessInstance:
    """One member no longer lets another see what concerns them; it works at once.

    Raises Denied for others than the member and those who act for them.
    """
    instance, member = _own(session, actor, instance_id, person_id)
    for row in _sights(session, instance):
        if (row.person_id, row.seen_by) == (member.person_id, to):
            row.ended_at = clock.now()
    _record(session, actor, instance, person_id, "family:hide")
    return instance


def leave(session: Session, actor: Actor, instance_id: UUID, person_id: UUID) -> ProcessInstance:
    """A member no longer takes part: their consents and what they showed end at once.

    Raises Denied for others than the member and those who act for them, Conflict for the one the
    case started with: they withdraw their consents, and the case itself is closed.
    """
    instance, member = _leaving(session, actor, instance_id, person_id)
    _record(session, actor, instance, person_id, "family:leave")
    for consent_id in _consents_in_force(session, instance, person_id):
        consents.withdraw_consent(session, actor, consent_id)
    for row in _sights(session, instance):
        if person_id in (row.person_id, row.seen_by):
            row.ended_at = clock.now()
    member.status, member.answered_at = DOES_NOT, clock.now()
    session.flush()
    return instance


def to_leave(
    session: Session, actor: Actor, instance_id: UUID, person_id: UUID
) -> tuple[ProcessInstance, Person]:
    """A member who may leave a case, and the case; as `leave`, but nothing is changed."""
    instance, member = _leaving(session, actor, instance_id, person_id)
    _record(session, actor, instance, person_id, "process:read")
    return instance, member.person


def _leaving(
    session: Session, actor: Actor, instance_id: UUID, person_id: UUID
) -> tuple[ProcessInstance, Participant]:
    instance, member = _own(session, actor, instance_id, person_id)
    if member.part == MAIN:
        raise Conflict(_("Forløpet startet med deg. Trekk samtykkene, eller be om å avslutte det."))
    if member.status != TAKES_PART:
        raise Conflict(_("Personen er allerede ikke med."))
    return instance, member


def _own(
    session: Session, actor: Actor, instance_id: UUID, person_id: UUID
) -> tuple[ProcessInstance, Participant]:
    instance = process_instances.find_instance(session, actor, instance_id)
    access.require(session, actor, access.DECIDE_CONSENT, person_id, instance.id)
    if person_id not in actor.acts_as:
        raise Denied(_("Bare personen selv, eller den som handler for personen, kan gjøre dette."))
    process_instances.require_running(instance)
    return instance, _member(session, instance, person_id)


def _consents_in_force(
    session: Session, instance: ProcessInstance, person_id: UUID
) -> Sequence[UUID]:
    return session.scalars(
        select(Consent.id).where(
            Consent.municipality_id == instance.municipality_id,
            Consent.instance_id == instance.id,
            Consent.person_id == person_id,
            access.in_force(),
        )
    ).all()


def _record(
    session: Session, actor: Actor, instance: ProcessInstance, person_id: UUID, action: str
) -> None:
    audit.record(
        session,
        actor,
        municipality_id=instance.municipality_id,
        person_id=person_id,
        action=action,
        basis=access.require(session, actor, access.DECIDE_CONSENT, person_id, instance.id),
    )
