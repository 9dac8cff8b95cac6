"""Who gets a task: a role is resolved to a service and a person when the task is made.

Nobody is left without: where the role has nobody, the coordinating unit gets the task, visibly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflows import access, clock
from workflows.actors import COORDINATING_UNIT, acting
from workflows.tables import Consent, Decision, Person, Position, ProcessInstance, Relation, Service
from workflows.texts import _

REASONS = {
    "person": _("Oppgaven er din: den handler om hva du selv mener og ønsker."),
    "person_uten_innlogging": _(
        "Personen har ikke innlogging. Gjør dette sammen, og skriv svarene med personens egne ord."
    ),
    "koordinator": _("Du er koordinator."),
    "uten_koordinator": _(
        "Ingen er koordinator nå. Da ligger oppgaven hos koordinerende enhet til noen er oppnevnt."
    ),
    "koordinator_sluttet": _(
        "Koordinatoren arbeider ikke lenger her. "
        "Koordinerende enhet har oppgaven til en ny er på plass."
    ),
    "koordinerende_enhet": _("Koordinerende enhet har ansvaret for dette steget."),
    "tjeneste": _("Tjenesten din har ansvar for et tiltak eller en vurdering her."),
    "tjeneste_uten_ansatte": _(
        "Tjenesten har ingen ansatte i systemet. "
        "Koordinerende enhet har oppgaven til det er ordnet."
    ),
    "etterfolger": _("Du er foreslått som ny koordinator."),
    "ansvarlig_tjeneste": _("Møtet ble enige om at tjenesten din gjør dette."),
}
BY_CONSENT = frozenset({"tjeneste", "ansvarlig_tjeneste"})
"""Reasons for a task that a service has only as long as the person consents."""
WITHOUT_CONSENT = "uten_samtykke"


@dataclass(frozen=True)
class Assignment:
    """Where a task goes: a service, an account, or both, and why (a key of REASONS)."""

    service_id: UUID | None
    account_id: UUID | None
    reason: str
    for_person: bool = False
    parked: str | None = None
    """Why it may not be shown or done yet: a key of `workflows.worklist.PARKED`."""


def assign(
    session: Session, instance: ProcessInstance, role: str, variables: dict[str, Any]
) -> Assignment:
    """Resolve a lane's role in a case, with the process variables at the task."""
    return _BY_ROLE[role](session, instance, variables)


def with_item(variables: Mapping[str, Any], item: str | None) -> dict[str, Any]:
    """The variables at a task, with the item of its loop under the names that roles read."""
    return dict(variables) | ({"tjeneste": item, "beslutning": item} if item else {})


def _person(session: Session, instance: ProcessInstance, _variables: dict[str, Any]) -> Assignment:
    person = session.get_one(Person, (instance.municipality_id, instance.person_id))
    if person.account_id is not None or acting_accounts(session, person):
        return Assignment(None, None, "person", for_person=True)
    helper = _coordinator(session, instance, _variables)
    return Assignment(
        helper.service_id, helper.account_id, "person_uten_innlogging", for_person=True
    )


def acting_accounts(session: Session, person: Person) -> set[UUID]:
    """The accounts of those who act for a person today."""
    found = acting().where(
        Relation.municipality_id == person.municipality_id,
        Relation.person_id == person.id,
        Relation.account_id.is_not(None),
    )
    return set(session.scalars(found.with_only_columns(Relation.account_id)))


def _coordinator(
    session: Session, instance: ProcessInstance, _variables: dict[str, Any]
) -> Assignment:
    if instance.coordinator_id is None:
        return _coordinating_unit(session, instance, "uten_koordinator")
    position = position_of(session, instance.municipality_id, instance.coordinator_id)
    if position is None:
        return _coordinating_unit(session, instance, "koordinator_sluttet")
    return Assignment(position.service_id, instance.coordinator_id, "koordinator")


def _unit(session: Session, instance: ProcessInstance, _variables: dict[str, Any]) -> Assignment:
    return _coordinating_unit(session, instance, "koordinerende_enhet")


def _service(session: Session, instance: ProcessInstance, variables: dict[str, Any]) -> Assignment:
    service_id = UUID(variables["tjeneste"])
    if not employees(session, instance.municipality_id, service_id):
        return _coordinating_unit(session, instance, "tjeneste_uten_ansatte")
    return Assignment(service_id, None, "tjeneste")


def _successor(
    session: Session, instance: ProcessInstance, variables: dict[str, Any]
) -> Assignment:
    account_id = UUID(variables["etterfolger"])
    position = position_of(session, instance.municipality_id, account_id)
    if position is None:
        return _coordinating_unit(session, instance, "koordinator_sluttet")
    return Assignment(None, account_id, "etterfolger")


def _responsible(
    session: Session, instance: ProcessInstance, variables: dict[str, Any]
) -> Assignment:
    """Whoever a meeting's decision names."""
    key = (instance.municipality_id, UUID(variables["beslutning"]))
    decision = session.get_one(Decision, key)
    if decision.service_id is not None:
        return _responsible_service(session, instance, decision.service_id)
    if decision.person_id is not None:
        return _person(session, instance, variables)
    return _coordinator(session, instance, variables)


def _responsible_service(
    session: Session, instance: ProcessInstance, service_id: UUID
) -> Assignment:
    if not employees(session, instance.municipality_id, service_id):
        return _coordinating_unit(session, instance, "tjeneste_uten_ansatte")
    live = session.scalar(
        select(Consent.id)
        .where(
            Consent.municipality_id == instance.municipality_id,
            Consent.instance_id == instance.id,
            access.live_consent({service_id}),
        )
        .limit(1)
    )
    parked = None if live else WITHOUT_CONSENT
    return Assignment(service_id, None, "ansvarlig_tjeneste", parked=parked)


_BY_ROLE = {
    "person": _person,
    "koordinerende_enhet": _unit,
    "koordinator": _coordinator,
    "tjeneste": _service,
    "etterfolger": _successor,
    "ansvarlig": _responsible,
}


def _coordinating_unit(session: Session, instance: ProcessInstance, reason: str) -> Assignment:
    return Assignment(coordinating_unit(session, instance.municipality_id).id, None, reason)


def coordinating_unit(session: Session, municipality_id: UUID) -> Service:
    """The municipality's coordinating unit; every municipality has one (design)."""
    return session.scalars(
        select(Service).where(
            Service.municipality_id == municipality_id, Service.kind == COORDINATING_UNIT
        )
    ).one()


def position_of(session: Session, municipality_id: UUID, account_id: UUID) -> Position | None:
    """The position an account holds in a municipality today, if any."""
    return session.scalar(
        select(Position)
        .where(
            Position.municipality_id == municipality_id,
            Position.account_id == account_id,
            or_(Position.ended_on.is_(None), Position.ended_on > clock.today()),
        )
        .order_by(Position.id)
        .limit(1)
    )


def employees(session: Session, municipality_id: UUID, service_id: UUID) -> list[Position]:
    """Those who work in a service today."""
    return list(
        session.scalars(
            select(Position)
            .where(
                Position.municipality_id == municipality_id,
                Position.service_id == service_id,
                or_(Position.ended_on.is_(None), Position.ended_on > clock.today()),
            )
            .order_by(Position.id)
        )
    )
