"""The two invented municipalities: their services and those who work there.

It writes what no command does yet: contact details, and that two services are one organisation.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.demo import numbers
from workflows import accounts, definitions, organisations
from workflows.actors import COORDINATING_UNIT
from workflows.tables import Account, Municipality, Position, Service

MAIN, SMALL = "Lindvik kommune", "Storfjella kommune"
UNIT = "enhet"
"""The key of the coordinating unit among a town's services."""


@dataclass(frozen=True)
class Unit:
    """A service, and who works there as (name, title, roles…)."""

    key: str
    kind: str
    name: str
    address: str
    staff: tuple[tuple[str, ...], ...] = ()


LINDVIK = (
    Unit(
        UNIT,
        COORDINATING_UNIT,
        "Koordinerende enhet",
        "Rådhusgata 1",
        (
            ("Berit Sandvik", "Leder", "leder", "prosesseier"),
            ("Olav Strand", "Rådgiver"),
            ("Fatima Rashid", "Rådgiver", "fast_kontakt"),
        ),
    ),
    Unit(
        "barnevern",
        "barnevern",
        "Barneverntjenesten for Lindvik og Storfjella",
        "Rådhusgata 3",
        (
            ("Anne Grete Myhre", "Barnevernsleder", "leder"),
            ("Bjørn Aas", "Kontaktperson", "fast_kontakt"),
            ("Miriam Tekle", "Kontaktperson ettervern"),
        ),
    ),
    Unit(
        "nav",
        "nav",
        "NAV Lindvik",
        "Storgata 12",
        (
            ("Nils Petter Vik", "Veileder i ungdomsteamet", "fast_kontakt"),
            ("Zahra Ahmadi", "Veileder"),
            ("Randi Moen", "Avdelingsleder", "leder"),
            ("Aslaug Tveiten", "Familiekoordinator"),
            ("Hamid Rostami", "Familiekoordinator"),
        ),
    ),
    Unit(
        "barneskole",
        "skole",
        "Fjordgata barneskole",
        "Fjordgata 20",
        (
            ("Silje Haugland", "Kontaktlærer", "fast_kontakt"),
            ("Per Inge Sæther", "Sosiallærer"),
        ),
    ),
    Unit(
        "ungdomsskole",
        "skole",
        "Lindvik ungdomsskole",
        "Skoleveien 4",
        (
            ("Torunn Eide", "Sosiallærer", "fast_kontakt"),
            ("Mats Berge", "Rådgiver"),
        ),
    ),
    Unit(
        "videregaende",
        "skole",
        "Lindvik videregående skole",
        "Skoleveien 10",
        (
            ("Kjersti Lie", "Rådgiver", "fast_kontakt"),
            ("Trond Hovland", "Miljøveileder"),
            ("Hege Nilsen", "Avdelingsleder", "leder"),
        ),
    ),
    Unit(
        "helse",
        "helsestasjon",
        "Helsestasjon og skolehelsetjeneste",
        "Storgata 5",
        (
            ("Ingrid Dahl", "Helsesykepleier", "fast_kontakt"),
            ("Solveig Brekke", "Helsesykepleier"),
        ),
    ),
    Unit(
        "ppt",
        "ppt",
        "PP-tjenesten",
        "Rådhusgata 3",
        (
            ("Gro Helland", "Pedagogisk-psykologisk rådgiver", "fast_kontakt"),
            ("Erik Tangen", "Pedagogisk-psykologisk rådgiver"),
            ("Tone Rasmussen", "Spesialpedagog"),
        ),
    ),
    Unit(
        "bup",
        "bup",
        "BUP Lindvik",
        "Sykehusveien 2",
        (
            ("Maria Fossum", "Behandler", "fast_kontakt"),
            ("Jon Arne Ruud", "Psykologspesialist"),
        ),
    ),
    Unit(
        "ikt", "drift", "IKT-drift", "Rådhusgata 1", (("Odd Nordby", "Driftsansvarlig", "drift"),)
    ),
    Unit(
        "fastlege", "fastlege", "Lindvik legesenter", "Storgata 8", (("Arne Solberg", "Fastlege"),)
    ),
    Unit(
        "flyktning",
        "flyktningtjeneste",
        "Flyktningtjenesten",
        "Storgata 12",
        (
            ("Samira Haddad", "Programrådgiver", "fast_kontakt"),
            ("Lars Kvam", "Miljøarbeider"),
        ),
    ),
    Unit(
        "bolig",
        "boligkontor",
        "Boligkontoret",
        "Rådhusgata 1",
        (
            ("Wenche Tveit", "Boligveileder", "fast_kontakt"),
            ("Geir Lund", "Booppfølger"),
        ),
    ),
    Unit(
        "ot",
        "ot",
        "Oppfølgingstjenesten",
        "Skoleveien 10",
        (("Camilla Ness", "Veileder", "fast_kontakt"),),
    ),
    Unit(
        "fritid",
        "fritid",
        "Kultur og fritid",
        "Idrettsveien 6",
        (
            ("Tommy Bråten", "Fritidsleder", "fast_kontakt"),
            ("Linh Nguyen", "Ungdomskontakt"),
        ),
    ),
    Unit(
        "familiehus",
        "familiehus",
        "Familiens hus",
        "Storgata 5",
        (("Guro Lervik", "Investeringsleder", "fast_kontakt"),),
    ),
    # Nobody works here in the system: its tasks fall to the coordinating unit, visibly.
    Unit("avlastning", "avlastning", "Avlastning og støttekontakt", "Idrettsveien 8"),
)

STORFJELLA = (
    Unit(
        UNIT, COORDINATING_UNIT, "Koordinerende enhet", "Dalsvegen 2", (("Jorunn Dalen", "Leder"),)
    ),
    Unit(
        "skole",
        "skole",
        "Storfjella skole",
        "Dalsvegen 9",
        (("Eirik Bakke", "Sosiallærer", "fast_kontakt"),),
    ),
    Unit(
        "helse",
        "helsestasjon",
        "Storfjella helsestasjon",
        "Dalsvegen 2",
        (("Marit Øverland", "Helsesykepleier", "fast_kontakt"),),
    ),
)
SHARED = "barnevern"
"""The service that works in both municipalities, with the same people."""


@dataclass(frozen=True)
class Town:
    """A municipality with its services and their staff by key, the fixed contact first."""

    municipality: Municipality
    services: dict[str, Service] = field(default_factory=dict)
    staff: dict[str, list[Account]] = field(default_factory=dict)
    phones: dict[str, str | None] = field(default_factory=dict)
    """Telephone by the name of who works here."""

    def resolve(self, key: str, age: int) -> str | None:
        """The key of the service meant by a theme here; None when the municipality has none.

        `skole` is the school of the person's age.
        """
        if key == "skole" and key not in self.services:
            key = next(k for limit, k in SCHOOLS if age < limit)
        return key if key in self.services else None


SCHOOLS = ((13, "barneskole"), (16, "ungdomsskole"), (200, "videregaende"))


def set_up(session: Session) -> dict[str, Town]:
    """Both municipalities by name, with the library published."""
    office = count(1)
    main = _town(session, MAIN, "lindvik", LINDVIK, office)
    small = _town(session, SMALL, "storfjella", STORFJELLA, office)
    _share(session, main, small)
    organisations.mark_as_demo(session)
    return {MAIN: main, SMALL: small}


def _town(
    session: Session, name: str, domain: str, units: tuple[Unit, ...], office: Iterator[int]
) -> Town:
    town = Town(organisations.add_municipality(session, name))
    definitions.publish_library(session, town.municipality.id)
    for unit in units:
        service = _service(session, town, unit)
        service.phone, service.address = numbers.office(next(office)), unit.address
        service.email = numbers.email(unit.name, domain)
        town.services[unit.key] = service
        contacts_first = sorted(unit.staff, key=lambda who: "fast_kontakt" not in who)
        town.staff[unit.key] = [
            _employee(session, town, service, who, domain, next(office)) for who in contacts_first
        ]
    return town


def _service(session: Session, town: Town, unit: Unit) -> Service:
    if unit.key == UNIT:
        return session.scalars(
            select(Service).where(Service.municipality_id == town.municipality.id)
        ).one()
    return organisations.add_service(session, town.municipality.id, unit.kind, unit.name)


def _employee(
    session: Session, town: Town, service: Service, who: tuple[str, ...], domain: str, office: int
) -> Account:
    name, title, *roles = who
    account = accounts.create_account(session, numbers.username(name), name)
    position = organisations.add_position(session, account, service, title, roles)
    position.phone, position.email = numbers.office(office), numbers.email(name, domain)
    town.phones[name] = position.phone
    return account


def _share(session: Session, main: Town, small: Town) -> None:
    """Let the shared service be present in the small municipality too, with the same people."""
    home = main.services[SHARED]
    service = organisations.add_service(session, small.municipality.id, home.kind, home.name)
    service.organisation_id = home.organisation_id
    service.phone, service.email, service.address = home.phone, home.email, home.address
    small.services[SHARED], small.staff[SHARED] = service, main.staff[SHARED]
    for account in main.staff[SHARED]:
        old = _position(session, main, account)
        new = organisations.add_position(session, account, service, old.title, old.roles)
        new.phone, new.email = old.phone, old.email
        small.phones[account.name] = old.phone


def _position(session: Session, town: Town, account: Account) -> Position:
    return session.scalars(
        select(Position).where(
            Position.municipality_id == town.municipality.id, Position.account_id == account.id
        )
    ).one()


def end_position(session: Session, town: Town, account: Account, day: date) -> None:
    """Let someone's job end: there is no command for that yet."""
    _position(session, town, account).ended_on = day
