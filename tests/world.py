"""A small municipality for tests, built through the real commands."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows import accounts, definitions, process_instances, tasks
from workflows.actors import Actor, load_actor
from workflows.tables import (
    Account,
    Municipality,
    OpenTask,
    Person,
    Position,
    ProcessInstance,
    Relation,
    Service,
    ServiceCase,
)

PASSWORD = "synthetic password"


@cache
def _hashed() -> str | None:
    account = Account(username="", name="")
    accounts.set_password(account, PASSWORD)
    return account.password_hash


@dataclass
class World:
    """Rows by name, and short ways to do what a user would do."""

    session: Session
    municipality: Municipality = field(init=False)
    services: dict[str, Service] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.municipality = Municipality(name="Prøvevik", settings={})
        self.session.add(self.municipality)
        self.session.flush()

    def publish(self) -> None:
        """Publish the library's diagrams and forms."""
        definitions.publish_library(self.session, self.municipality.id)

    def service(self, kind: str, name: str | None = None) -> Service:
        row = Service(
            municipality_id=self.municipality.id,
            id=uuid7(),
            kind=kind,
            name=name or kind.capitalize(),
            phone="55 00 00 00",
        )
        self.session.add(row)
        self.session.flush()
        self.services[kind] = row
        return row

    def employee(self, name: str, kind: str, title: str = "Rådgiver", *roles: str) -> Account:
        account = self.account(name)
        self.session.add(
            Position(
                municipality_id=self.municipality.id,
                account_id=account.id,
                service_id=self.services[kind].id,
                title=title,
                roles=list(roles),
                phone="55 00 00 01",
            )
        )
        self.session.flush()
        return account

    def account(self, name: str) -> Account:
        """A log-in with PASSWORD, which is hashed once for all tests."""
        account = accounts.create_account(self.session, name.lower(), name)
        account.password_hash = _hashed()
        self.accounts[name] = account
        return account

    def person(
        self, name: str, born_on: date = date(2010, 3, 1), *, account: bool = True
    ) -> Person:
        login = None
        if account:
            login = self.account(name)
        row = Person(
            municipality_id=self.municipality.id,
            id=uuid7(),
            name=name,
            born_on=born_on,
            account_id=login.id if login else None,
        )
        self.session.add(row)
        self.session.flush()
        self.persons[name] = row
        return row

    def guardian(self, name: str, of: str) -> Account:
        account = self.account(name)
        self.session.add(
            Relation(
                municipality_id=self.municipality.id,
                person_id=self.persons[of].id,
                kind="forelder",
                name=name,
                account_id=account.id,
                acts_for=True,
            )
        )
        self.session.flush()
        return account

    def own_case(self, kind: str, person: str, since: date = date(2025, 1, 1)) -> ServiceCase:
        row = ServiceCase(
            municipality_id=self.municipality.id,
            person_id=self.persons[person].id,
            service_id=self.services[kind].id,
            since=since,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def actor(self, name: str) -> Actor:
        return load_actor(self.session, self.accounts[name].id)

    def start(
        self, by: str, person: str, key: str = "individuell_plan", **answers: Any
    ) -> ProcessInstance:
        return process_instances.start_process(
            self.session, self.actor(by), self.persons[person].id, key, answers
        )

    def open_task(self, element: str) -> OpenTask:
        """The only open task at an element."""
        self.session.flush()
        return self.session.query(OpenTask).filter(OpenTask.element == element).one()

    def open_elements(self) -> list[str]:
        self.session.flush()
        return sorted(row.element for row in self.session.query(OpenTask))

    def complete(self, by: str, element: str, **answers: Any) -> None:
        task = self.open_task(element)
        tasks.complete_task(self.session, self.actor(by), task.id, answers)
        self.session.flush()

    def service_id(self, kind: str) -> str:
        return str(self.services[kind].id)

    def account_id(self, name: str) -> UUID:
        return self.accounts[name].id


def full_world(session: Session) -> World:
    """A coordinating unit, three services with one employee each, a young person and a parent."""
    world = World(session)
    world.publish()
    world.service("koordinerende_enhet", "Koordinerende enhet")
    world.service("skole", "Prøvevik skole")
    world.service("barnevern", "Barneverntjenesten")
    world.service("nav", "NAV Prøvevik")
    world.employee("Kari", "koordinerende_enhet")
    world.employee("Siri", "skole")
    world.employee("Bjarne", "barnevern")
    world.employee("Nils", "nav")
    world.person("Mia")
    world.guardian("Mor", of="Mia")
    return world
