"""Whom a process instance concerns: one person, or the members of a family who take part.

What an actor may see of a case is decided here from `workflows.access`, for tasks, pages and forms
alike. It will not ask anybody to take part: `workflows.families` does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import access
from workflows.access import Basis
from workflows.actors import Actor
from workflows.tables import Consent, Participant, ProcessInstance

MAIN = "hovedperson"
NOT_ASKED, TAKES_PART, DOES_NOT = "ikke_spurt", "deltar", "deltar_ikke"


@dataclass(frozen=True)
class Seen:
    """What an actor may see of a case.

    What concerns several persons is shown to those with a basis for all of them; a goal or a
    measure is also shown to each of those it concerns.
    """

    everyone: frozenset[UUID]
    """Those who take part."""
    people: Mapping[UUID, Basis]
    """Those of them whom the actor has a basis for."""
    own: frozenset[UUID]
    """Those named for the case whom the actor is or acts for."""

    @property
    def whole(self) -> bool:
        """The actor has a basis for everyone, and so for what concerns the whole family."""
        return bool(self.everyone) and self.everyone <= self.people.keys()

    def concerned(self, persons: Collection[str]) -> frozenset[UUID]:
        """Whom something concerns: nobody named is everyone who takes part."""
        return frozenset(map(UUID, persons)) or self.everyone

    def knows(self, person_id: UUID) -> bool:
        """Whether the actor may know who somebody is."""
        return person_id in self.people or person_id in self.own

    def covers(self, persons: Collection[str]) -> bool:
        """Whether the actor may see a goal or a measure that concerns these."""
        concerned = self.concerned(persons)
        return bool(concerned) and (
            concerned <= self.people.keys() or not concerned.isdisjoint(self.own)
        )

    def covers_entry(self, person_id: UUID, item: str | None) -> bool:
        """Whether the actor may see an answer: everybody's, or one member's own."""
        return self.whole or (item == str(person_id) and person_id in self.people)


def participants(session: Session, instance: ProcessInstance) -> Sequence[Participant]:
    """Everyone who was named for a case, the main person first."""
    session.flush()
    return session.scalars(
        select(Participant)
        .where(
            Participant.municipality_id == instance.municipality_id,
            Participant.instance_id == instance.id,
        )
        .order_by(Participant.position, Participant.id)
    ).all()


def taking_part(session: Session, instance: ProcessInstance) -> Sequence[Participant]:
    """Those whom a case is about now, the main person first."""
    return [row for row in participants(session, instance) if row.status == TAKES_PART]


def member_at(session: Session, instance: ProcessInstance, item: str | None) -> UUID:
    """The person a place in a diagram is about: a multi-instance's member, else the main person."""
    if item is not None:
        for row in participants(session, instance):
            if str(row.person_id) == item:
                return row.person_id
    return instance.person_id


def services_told(session: Session, instance: ProcessInstance) -> dict[UUID, list[UUID]]:
    """Service id → the members who let it know today, by consent, the main person first."""
    session.flush()
    pairs = session.execute(
        select(Consent.service_id, Consent.person_id).where(
            Consent.municipality_id == instance.municipality_id,
            Consent.instance_id == instance.id,
            access.in_force(),
        )
    ).all()
    order = [row.person_id for row in taking_part(session, instance)]
    told: dict[UUID, list[UUID]] = {}
    for service_id, person_id in pairs:
        if person_id in order:
            told.setdefault(service_id, []).append(person_id)
    return {service: sorted(people, key=order.index) for service, people in told.items()}


def seen(
    session: Session, actor: Actor, instance: ProcessInstance, permission: str = access.READ_PLAN
) -> Seen:
    """How much of a case an actor may see by a permission."""
    named = participants(session, instance)
    return Seen(
        everyone=frozenset(row.person_id for row in named if row.status == TAKES_PART),
        people=access.people_in(session, actor, permission, instance),
        own=frozenset(row.person_id for row in named) & actor.acts_as,
    )


def seen_in_task(session: Session, actor: Actor, instance: ProcessInstance) -> Seen:
    """How much of a case an actor is shown in a task that is theirs to do."""
    whole = seen(session, actor, instance, access.COMPLETE_TASK)
    read = access.people_in(session, actor, access.READ_PLAN, instance)
    return Seen(whole.everyone, {**read, **whole.people}, whole.own)
