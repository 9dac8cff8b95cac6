"""Who gets a task: a role is resolved to a service and a person when the task is made.

Nobody is left without: where the role has nobody, the coordinating unit gets the task, visibly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ColumnExpressionArgument, bindparam, or_, select
from sqlalchemy.orm import Session

from workflows import access, clock, participants
from workflows.actors import COORDINATING_UNIT, acting
from workflows.tables import (
    ApiToken,
    Decision,
    Person,
    Position,
    ProcessInstance,
    Relation,
    Service,
    ServiceCase,
)
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
    "tjeneste_uten_sak": _(
        "Tjenesten som skulle gjort dette, kjenner ikke personen. "
        "Koordinerende enhet gjør det sammen med personen."
    ),
    "etterfolger": _("Du er foreslått som ny koordinator."),
    "ansvarlig_tjeneste": _("Møtet ble enige om at tjenesten din gjør dette."),
}
BY_CONSENT = "ansvarlig_tjeneste"
"""The reason for what a meeting gave a service, which it has only as long as it is let know."""
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
    person_id: UUID | None = None
    """Whom it is about, where that is not the person the place is about."""


@dataclass(frozen=True)
class Place:
    """Where in a case a task stands: its process variables, and the multi-instance item."""

    instance: ProcessInstance
    variables: Mapping[str, Any]
    item: str | None = None


def assign(session: Session, role: str, place: Place) -> Assignment:
    """Resolve a lane's role at a place in a case.

    Besides the roles named here, `tjeneste:<kind>` is the municipality's service of that kind.
    """
    if role.startswith(access.SERVICE_OF_KIND):
        return _service_of_kind(session, place.instance, role.removeprefix(access.SERVICE_OF_KIND))
    return _BY_ROLE[role](session, place)


def _person(session: Session, place: Place) -> Assignment:
    return _to_person(session, place, participants.member_at(session, place.instance, place.item))


def _to_person(session: Session, place: Place, person_id: UUID) -> Assignment:
    person = session.get_one(Person, (place.instance.municipality_id, person_id))
    if person.account_id is not None or acting_accounts(session, person):
        return Assignment(None, None, "person", for_person=True, person_id=person_id)
    helper = _coordinator(session, place)
    return replace(helper, reason="person_uten_innlogging", for_person=True, person_id=person_id)


def acting_accounts(session: Session, person: Person) -> set[UUID]:
    """The accounts of those who act for a person today."""
    found = acting().where(
        Relation.municipality_id == person.municipality_id,
        Relation.person_id == person.id,
        Relation.account_id.is_not(None),
    )
    return set(session.scalars(found.with_only_columns(Relation.account_id)))


def _coordinator(session: Session, place: Place) -> Assignment:
    instance = place.instance
    if instance.coordinator_id is None:
        return _coordinating_unit(session, instance, "uten_koordinator")
    position = position_of(session, instance.municipality_id, instance.coordinator_id)
    if position is None:
        return _coordinating_unit(session, instance, "koordinator_sluttet")
    return Assignment(position.service_id, instance.coordinator_id, "koordinator")


def _unit(session: Session, place: Place) -> Assignment:
    return _coordinating_unit(session, place.instance, "koordinerende_enhet")


def _service(session: Session, place: Place) -> Assignment:
    return _to_service(session, place.instance, UUID(place.variables.get("tjeneste") or place.item))


def _service_of_kind(session: Session, instance: ProcessInstance, kind: str) -> Assignment:
    service_id = session.scalar(
        select(Service.id)
        .where(Service.municipality_id == instance.municipality_id, Service.kind == kind)
        .order_by(Service.id)
        .limit(1)
    )
    if service_id is None:
        return _coordinating_unit(session, instance, "tjeneste_uten_ansatte")
    if not _knows(session, instance, service_id):
        return _coordinating_unit(session, instance, "tjeneste_uten_sak")
    return _to_service(session, instance, service_id)


def _knows(session: Session, instance: ProcessInstance, service_id: UUID) -> bool:
    """The service may know of the case's main person: it has an own case, or is let know."""
    own = select(ServiceCase.id).where(
        ServiceCase.municipality_id == instance.municipality_id,
        ServiceCase.person_id == instance.person_id,
        ServiceCase.service_id == service_id,
        access.own_case_runs(),
    )
    told = participants.services_told(session, instance).get(service_id, [])
    return instance.person_id in told or session.scalar(own.limit(1)) is not None


def _to_service(session: Session, instance: ProcessInstance, service_id: UUID) -> Assignment:
    if not employees(session, instance.municipality_id, service_id):
        return _coordinating_unit(session, instance, "tjeneste_uten_ansatte")
    return Assignment(service_id, None, "tjeneste")


def _successor(session: Session, place: Place) -> Assignment:
    account_id = UUID(place.variables["etterfolger"])
    position = position_of(session, place.instance.municipality_id, account_id)
    if position is None:
        return _coordinating_unit(session, place.instance, "koordinator_sluttet")
    return Assignment(None, account_id, "etterfolger")


def _responsible(session: Session, place: Place) -> Assignment:
    """Whoever a meeting's decision names; the coordinator when they no longer take part."""
    instance = place.instance
    decision = session.get_one(Decision, (instance.municipality_id, UUID(place.item)))
    if decision.service_id is not None:
        return _responsible_service(session, instance, decision.service_id)
    part = {row.person_id for row in participants.taking_part(session, instance)}
    if decision.person_id in part:
        return _to_person(session, place, decision.person_id)
    return _coordinator(session, place)


def _responsible_service(
    session: Session, instance: ProcessInstance, service_id: UUID
) -> Assignment:
    if not employees(session, instance.municipality_id, service_id):
        return _coordinating_unit(session, instance, "tjeneste_uten_ansatte")
    told = participants.services_told(session, instance).get(service_id, [])
    parked = None if told else WITHOUT_CONSENT
    about = told[0] if told else None
    return Assignment(service_id, None, BY_CONSENT, parked=parked, person_id=about)


_BY_ROLE: Mapping[str, Callable[[Session, Place], Assignment]] = {
    "person": _person,
    "koordinerende_enhet": _unit,
    "koordinator": _coordinator,
    "tjeneste": _service,
    "etterfolger": _successor,
    "ansvarlig": _responsible,
}


def _coordinating_unit(session: Session, instance: ProcessInstance, reason: str) -> Assignment:
    place = instance.municipality_id
    if place not in _units:
        _units[place] = session.execute(_UNIT_ID, {"place": place}).scalar_one()
    return Assignment(_units[place], None, reason)


_units: dict[UUID, UUID] = {}
"""Municipality → its coordinating unit, which it has from the first and keeps."""

_UNIT_ID = select(Service.id).where(
    Service.municipality_id == bindparam("place"), Service.kind == COORDINATING_UNIT
)


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


def a_human(account_id: ColumnExpressionArgument[UUID]) -> ColumnElement[bool]:
    """The account is not another system's: nobody gives work to one of those."""
    return ~select(ApiToken.id).where(ApiToken.account_id == account_id).exists()


def employees(session: Session, municipality_id: UUID, service_id: UUID) -> list[Position]:
    """Those who work in a service today."""
    return list(
        session.scalars(
            select(Position)
            .where(
                Position.municipality_id == municipality_id,
                Position.service_id == service_id,
                or_(Position.ended_on.is_(None), Position.ended_on > clock.today()),
                a_human(Position.account_id),
            )
            .order_by(Position.id)
        )
    )
