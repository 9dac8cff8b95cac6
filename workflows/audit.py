"""The record of who did or saw what, written in the transaction of the thing it records.

It will not be changed or deleted by anything in the product.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, insert, or_, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows import access, clock
from workflows.access import Basis
from workflows.actors import Actor
from workflows.tables import Account, AuditEntry, Person, Service
from workflows.texts import _

ACTIONS = {
    "person:read": _("Så personens side"),
    "person:list": _("Så navnet i en liste"),
    "person:register": _("Registrerte personen"),
    "person:search": _("Fant personen i et søk"),
    "plan:read": _("Leste planen"),
    "history:read": _("Leste et svar"),
    "audit:read": _("Så hvem som har sett opplysningene"),
    "task:read": _("Åpnet en oppgave"),
    "task:list": _("Så en oppgave i oppgavelisten"),
    "task:claim": _("Tok en oppgave"),
    "task:release": _("La tilbake en oppgave"),
    "task:hand_over": _("Ga en oppgave til en kollega"),
    "task:complete": _("Fullførte en oppgave"),
    "task:draft": _("Lagret et utkast"),
    "task:park": _("Satte en oppgave på vent"),
    "process:start": _("Startet et forløp"),
    "process:read": _("Så et forløp"),
    "process:end": _("Avsluttet et forløp"),
    "process:upgrade": _("Flyttet forløpet til en annen versjon av diagrammet"),
    "process:upgrade_undo": _("Angret at forløpet ble flyttet"),
    "process:timer": _("En frist gikk ut"),
    "process:message": _("Meldte fra om en endring"),
    "incident:fail": _("Et steg i et forløp stoppet"),
    "incident:retry": _("Prøvde et steg som hadde stoppet, igjen"),
    "incident:skip": _("Hoppet over et steg som hadde stoppet"),
    "process:repair": _("Rettet oppgavelisten etter tilstanden i forløpet"),
    "consent:give": _("Registrerte samtykke"),
    "consent:refuse": _("Registrerte at samtykke ikke ble gitt"),
    "consent:withdraw": _("Trakk et samtykke"),
    "coordinator:appoint": _("Oppnevnte koordinator"),
    "plan:write": _("Endret planen"),
    "order:agree": _("Skrev ned en rekkefølge møtet ble enige om"),
    "order:flag": _("Fant tiltak som trekker mot rekkefølgen"),
    "order:decide": _("Avgjorde hva som skjer med tiltak som trekker mot rekkefølgen"),
    "measurement:record": _("Skrev ned målinger"),
    "evaluation:read": _("Leste en evaluering"),
    "evaluation:conclude": _("Konkluderte en evaluering"),
    "decision:report": _("Meldte om noe møtet bestemte"),
    "handover:propose": _("Foreslo ny koordinator"),
    "handover:complete": _("Overleverte koordinatoransvaret"),
    "handover:decline": _("Koordinatoransvaret ble ikke overlevert"),
    "family:write": _("Skrev hvem som er i familien"),
    "family:join": _("Registrerte at personen er med"),
    "family:leave": _("Registrerte at personen ikke er med"),
    "family:show": _("Viste opplysninger til et familiemedlem"),
    "family:hide": _("Sluttet å vise opplysninger til et familiemedlem"),
    "case:open": _("Tjenesten opprettet egen sak"),
}


@dataclass(frozen=True)
class Sight:
    """One line of the record as the person sees it."""

    id: UUID
    at: datetime
    who: str
    service: str | None
    action: str
    basis: str
    details: dict[str, Any]


def record(
    session: Session,
    actor: Actor,
    *,
    municipality_id: UUID,
    person_id: UUID,
    action: str,
    basis: Basis,
    **details: Any,
) -> None:
    """Add one line. `action` is a key of ACTIONS; `details` are JSON values without free text."""
    session.add(
        AuditEntry(
            municipality_id=municipality_id,
            at=clock.now(),
            day=clock.today().isoformat(),
            actor_id=actor.account_id,
            service_id=actor.service_in(municipality_id),
            person_id=person_id,
            action=action,
            basis=basis.kind,
            details=details,
        )
    )


def record_list(
    session: Session,
    actor: Actor,
    action: str,
    shown: Collection[tuple[UUID, UUID]],
    permission: str,
) -> None:
    """Add a line per (municipality, person) shown in a list, once per actor, action and day."""
    people = set(shown)
    if not people:
        return
    ids = {person_id for _municipality, person_id in people}
    seen = select(AuditEntry.person_id).where(
        AuditEntry.municipality_id.in_({municipality for municipality, _person in people}),
        AuditEntry.actor_id == actor.account_id,
        AuditEntry.action == action,
        AuditEntry.day == clock.today().isoformat(),
        AuditEntry.person_id.in_(ids),
    )
    known = set(session.scalars(seen))
    new = {pair for pair in people if pair[1] not in known}
    if not new:
        return
    rule = access.rule_of(actor, permission)
    rows = session.execute(select(rule.c.person_id, rule.c.basis).where(rule.c.person_id.in_(ids)))
    found: dict[UUID, set[str]] = {}
    for person_id, basis in rows:
        found.setdefault(person_id, set()).add(basis)
    session.execute(insert(AuditEntry), [_line(actor, action, p, found) for p in sorted(new)])


def _line(
    actor: Actor, action: str, shown: tuple[UUID, UUID], bases: dict[UUID, set[str]]
) -> dict[str, Any]:
    municipality_id, person_id = shown
    kinds = bases.get(person_id, set())
    return {
        "municipality_id": municipality_id,
        "id": uuid7(),
        "at": clock.now(),
        "day": clock.today().isoformat(),
        "actor_id": actor.account_id,
        "service_id": actor.service_in(municipality_id),
        "person_id": person_id,
        "action": action,
        "basis": next(kind for kind in access.STRONGEST_FIRST if kind in kinds),
        "details": {},
    }


def sights(
    session: Session, actor: Actor, person_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> list[Sight]:
    """Who did or saw what about a person, newest first; `before` is the id to page on from.

    Raises Denied for anyone but the person and those who act for them.
    """
    basis = access.require(session, actor, access.READ_AUDIT, person_id)
    query = (
        select(AuditEntry, Account.name, Service.name)
        .outerjoin(Account, Account.id == AuditEntry.actor_id)
        .outerjoin(
            Service,
            (Service.municipality_id == AuditEntry.municipality_id)
            & (Service.id == AuditEntry.service_id),
        )
        .where(
            AuditEntry.municipality_id.in_(actor.municipalities),
            AuditEntry.person_id == person_id,
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        mark = AuditEntry.id == before, AuditEntry.person_id == person_id
        at = select(AuditEntry.at).where(*mark).scalar_subquery()
        query = query.where(
            or_(AuditEntry.at < at, and_(AuditEntry.at == at, AuditEntry.id < before))
        )
    lines = [
        Sight(
            e.id,
            e.at,
            who or SYSTEM_NAME,
            service,
            ACTIONS[e.action],
            access.BASES[e.basis],
            e.details,
        )
        for e, who, service in session.execute(query)
    ]
    record(
        session,
        actor,
        municipality_id=session.scalars(_municipality(actor, person_id)).one(),
        person_id=person_id,
        action="audit:read",
        basis=basis,
    )
    return lines


def _municipality(actor: Actor, person_id: UUID) -> Select[UUID]:
    return select(Person.municipality_id).where(
        Person.id == person_id, Person.municipality_id.in_(actor.municipalities)
    )


SYSTEM_NAME = "Rød tråd"
