"""Who is asking: an account with the positions, person and wards that decide what it may do.

It will not decide anything: `workflows.access` does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CompoundSelect,
    Select,
    String,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from workflows import clock
from workflows.errors import NotFound
from workflows.relation_kinds import PARENTS
from workflows.tables import Account, Person, Position, Relation, Service

COORDINATING_UNIT = "koordinerende_enhet"
PROCESS_OWNER = "prosesseier"
LEADER = "leder"
OPERATOR = "drift"
OF_AGE = 18


@dataclass(frozen=True)
class Actor:
    """One account and what it is, in every municipality it has something to do in."""

    account_id: UUID | None
    name: str
    language: str = "nb"
    municipalities: frozenset[UUID] = frozenset()
    services: frozenset[UUID] = frozenset()
    workplaces: frozenset[tuple[UUID, UUID]] = frozenset()
    """(municipality, service) of each position."""
    coordinating_services: frozenset[UUID] = frozenset()
    """Those of `services` that are a coordinating unit."""
    coordinating_municipalities: frozenset[UUID] = frozenset()
    leads_in: frozenset[UUID] = frozenset()
    """The municipalities where the actor leads a service."""
    owns_processes_in: frozenset[UUID] = frozenset()
    """The municipalities where the actor is a process owner."""
    operates_in: frozenset[UUID] = frozenset()
    """The municipalities that the actor runs the system for."""
    roles: frozenset[str] = frozenset()
    persons: frozenset[UUID] = frozenset()
    """The actor's own person rows."""
    wards: frozenset[UUID] = field(default=frozenset())
    """The persons the actor acts for as guardian."""

    @property
    def is_employee(self) -> bool:
        return bool(self.services)

    @property
    def works_in(self) -> frozenset[UUID]:
        """The municipalities where the actor has a position."""
        return frozenset(municipality for municipality, _service in self.workplaces)

    def service_in(self, municipality_id: UUID) -> UUID | None:
        """The service the actor speaks for in a municipality."""
        found = [service for place, service in self.workplaces if place == municipality_id]
        return min(found, default=None)

    @property
    def acts_as(self) -> frozenset[UUID]:
        """The persons whose own tasks are the actor's: themself and their wards."""
        return self.persons | self.wards


SYSTEM = Actor(account_id=None, name="Rød tråd")


def operator_of(municipalities: Iterable[UUID]) -> Actor:
    """The system itself, on the command line of whoever runs it."""
    return replace(SYSTEM, operates_in=frozenset(municipalities))


def load_actor(session: Session, account_id: UUID) -> Actor:
    """The actor behind an account. Raises NotFound when there is no such account."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("Kontoen finnes ikke.")
    rows = session.execute(_ties_on(clock.today()), {"account_id": account_id}).all()
    positions, persons, wards = ([row for row in rows if row.tie == tie] for tie in TIES)
    coordinating = [row for row in positions if row.kind == COORDINATING_UNIT]
    return Actor(
        account_id=account_id,
        name=account.name,
        language=account.language,
        municipalities=frozenset(row.municipality_id for row in rows),
        services=frozenset(row.to_id for row in positions),
        workplaces=frozenset((row.municipality_id, row.to_id) for row in positions),
        coordinating_services=frozenset(row.to_id for row in coordinating),
        coordinating_municipalities=frozenset(row.municipality_id for row in coordinating),
        leads_in=frozenset(row.municipality_id for row in positions if LEADER in row.roles),
        owns_processes_in=frozenset(
            row.municipality_id for row in positions if PROCESS_OWNER in row.roles
        ),
        operates_in=frozenset(row.municipality_id for row in positions if OPERATOR in row.roles),
        roles=frozenset(role for row in positions for role in row.roles),
        persons=frozenset(row.to_id for row in persons),
        wards=frozenset(row.to_id for row in wards),
    )


TIES = POSITION, OWN, WARD = ("position", "own", "ward")


@lru_cache(maxsize=4)
def _ties_on(today: date) -> CompoundSelect[Any]:
    """What an account is, in rows (tie, municipality_id, to_id, roles, kind): the services it works

    in, its own persons and those it acts for. Put together once a day: every request asks.
    """
    held = or_(Position.ended_on.is_(None), Position.ended_on > today)
    works = (
        _tie(POSITION, Position, Position.service_id, Position.roles, Service.kind)
        .join(
            Service,
            (Service.municipality_id == Position.municipality_id)
            & (Service.id == Position.service_id),
        )
        .where(Position.account_id == bindparam("account_id"), held)
    )
    own = _tie(OWN, Person, Person.id).where(Person.account_id == bindparam("account_id"))
    mine = acting().where(Relation.account_id == bindparam("account_id"))
    wards = mine.with_only_columns(*_tie(WARD, Relation, Relation.person_id).selected_columns)
    return union_all(works, own, wards)


def _tie(
    tie: str, table: type[Any], to_id: Any, roles: Any = None, kind: Any = None
) -> Select[Any]:
    return select(
        literal(tie).label("tie"),
        table.municipality_id,
        to_id.label("to_id"),
        (cast(null(), JSON) if roles is None else roles).label("roles"),
        (cast(null(), String) if kind is None else kind).label("kind"),
    )


def acting() -> Select[Relation]:
    """The relations that today let someone act for the person; with or without a log-in.

    A parent's right ends when the child turns 18 (vergemålsloven § 8), a guardian's does not.
    """
    return (
        select(Relation)
        .join(
            Person,
            (Person.municipality_id == Relation.municipality_id)
            & (Person.id == Relation.person_id),
        )
        .where(
            Relation.acts_for.is_(True),
            or_(Relation.until.is_(None), Relation.until > clock.today()),
            or_(
                Relation.kind.not_in(PARENTS),
                Person.born_on.is_(None),  # not born yet
                Person.born_on > of_age_on(clock.today()),
            ),
        )
    )


def of_age_on(today: date) -> date:
    """The birthday of those who come of age today: whoever is born then or before is of age."""
    if (today.month, today.day) == (2, 29):
        today = today.replace(day=28)
    return today.replace(year=today.year - OF_AGE)
