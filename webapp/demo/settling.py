"""Residents move in: registered by someone who meets them, with family, log-ins and own cases.

It writes log-ins and the services' own cases directly, since no command does yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Protocol

from sqlalchemy.orm import Session

from webapp.demo import numbers
from webapp.demo.municipality import MAIN, Town
from webapp.demo.resident import Relative
from workflows import accounts, clock, people
from workflows.actors import load_actor
from workflows.errors import NotFound
from workflows.tables import Account, Person, ServiceCase

OWN = "selv"
STREETS = ("Fjordgata", "Skoleveien", "Bakkeveien", "Furuveien", "Havneveien", "Solbakken")


class Newcomer(Protocol):
    """Somebody who moves in."""

    @property
    def name(self) -> str: ...

    @property
    def age(self) -> int: ...

    @property
    def login(self) -> bool: ...

    @property
    def relatives(self) -> tuple[Relative, ...]: ...

    @property
    def town(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def street(self) -> str | None:
        """Where they live, when that is told."""


@dataclass(frozen=True)
class Settled:
    """A registered person, and the log-ins of those who can answer for them, by name."""

    person: Person
    private: dict[str, Account]


def born_on(resident: Newcomer, today: date) -> date:
    """A birthday that makes the resident as old as told today."""
    days = Random(resident.name).randrange(20, 340)  # noqa: S311 - the same every time
    return today - timedelta(days=round(resident.age * 365.25) + days)


def settle(
    session: Session,
    town: Town,
    resident: Newcomer,
    registrar: Account,
    known_to: list[str],
    born: date,
    phones: Iterator[int],
) -> Settled:
    """Register a resident and those close to them; `known_to` have cases of their own."""
    actor = load_actor(session, registrar.id)
    random = Random(resident.name)  # noqa: S311 - the same every time
    place = "Lindvik" if resident.town == MAIN else "Storfjella"
    person = people.register_person(
        session,
        actor,
        name=resident.name,
        born_on=born,
        national_number=numbers.synthetic_number(born, random),
        phone=numbers.mobile(next(phones)) if resident.age > 9 else None,
        email=numbers.email(resident.name, "epost") if resident.login else None,
        address=f"{resident.street or _street(random)}, {place}",
        language=resident.language,
    )
    private = {}
    if resident.login:
        private[OWN] = _log_in_of(session, resident.name, resident.language)
        person.account_id = private[OWN].id
    for relative in resident.relatives:
        account = _relate(session, registrar, person, relative, numbers.mobile(next(phones)))
        if account is not None and relative.acts_for:
            private[relative.name] = account
    _open_cases(session, town, person, known_to)
    return Settled(person, private)


def _street(random: Random) -> str:
    return f"{random.choice(STREETS)} {random.randrange(1, 60)}"


def _log_in_of(session: Session, name: str, language: str) -> Account:
    """Someone's log-in, one however many they act for; without password: only the demo's own page

    lets anyone in with it.
    """
    try:
        return accounts.find_account(session, numbers.username(name))
    except NotFound:
        return accounts.create_account(session, numbers.username(name), name, language=language)


def _relate(
    session: Session, registrar: Account, person: Person, relative: Relative, phone: str
) -> Account | None:
    account = _log_in_of(session, relative.name, person.language) if relative.login else None
    people.add_relation(
        session,
        load_actor(session, registrar.id),
        person.id,
        kind=relative.kind,
        name=relative.name,
        phone=phone,
        email=numbers.email(relative.name, "epost") if relative.login else None,
        account_id=account.id if account else None,
        acts_for=relative.acts_for,
    )
    return account


def _open_cases(session: Session, town: Town, person: Person, known_to: list[str]) -> None:
    for key in known_to:
        session.add(
            ServiceCase(
                municipality_id=person.municipality_id,
                person_id=person.id,
                service_id=town.services[key].id,
                since=clock.today(),
            )
        )
    session.flush()
