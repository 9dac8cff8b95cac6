"""Withdrawing one consent: what is said first, and what happens at once."""

from collections.abc import Callable
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import select
from world import World

from tests.workflows import stories
from workflows.tables import AuditEntry, Consent, OpenTask

ClientOf = Callable[[str], FlaskClient]


def path(world: World, kind: str = "nav") -> str:
    found = select(Consent.id).where(Consent.service_id == world.services[kind].id)
    return f"/samtykker/{world.session.scalars(found).one()}/trekk"


def test_it_is_said_in_plain_words_first(client_of: ClientOf, world: World) -> None:
    """The page tells what stops, waits and stays, and who is told; looking changes nothing."""
    stories.to_measures(world)
    page = client_of("Mia").get(path(world)).text
    assert "NAV Prøvevik får ikke se planen lenger. Det gjelder med en gang." in page
    assert "Oppgavene deres blir satt på vent." in page
    assert "Koordinatoren får beskjed" in page
    assert "blir ikke borte" in page
    assert world.session.scalars(select(Consent.withdrawn_at)).all() == [None] * 3


def test_withdrawal_parks_tells_and_is_noted(client_of: ClientOf, world: World) -> None:
    """NAV's task waits, the coordinator has one to sort it out, and the record says who did it."""
    stories.to_measures(world)
    mia = client_of("Mia")
    answer = mia.post(path(world))
    page = mia.get(answer.location).text
    assert "Samtykket er trukket. NAV Prøvevik ser ikke planen lenger." in page
    assert "Trukket" in page
    siri = client_of("Siri").get(answer.location).text
    assert "Avklar tiltakene" in siri
    assert "på vent" in siri
    parked = world.session.scalars(select(OpenTask).where(OpenTask.parked.is_not(None))).all()
    assert [task.service_id for task in parked] == [world.services["nav"].id]
    done = select(AuditEntry.basis).where(AuditEntry.action == "consent:withdraw")
    assert world.session.scalars(done).all() == ["selv"]


def test_withdrawn_once(client_of: ClientOf, world: World) -> None:
    """A consent that is gone already is told of as such, both before and after."""
    stories.to_measures(world)
    mia, address = client_of("Mia"), path(world)
    assert mia.post(address).status_code == 303
    assert mia.post(address).status_code == 409
    assert mia.get(address).status_code == 409


def test_parent_and_coordinator_may_services_may_not(client_of: ClientOf, world: World) -> None:
    """A parent who acts for Mia and the coordinator may withdraw; the services it concerns not."""
    stories.to_measures(world)
    assert client_of("Mor").get(path(world)).status_code == 200
    assert client_of("Siri").get(path(world)).status_code == 200
    assert client_of("Bjarne").get(path(world)).status_code == 403
    assert client_of("Bjarne").post(path(world)).status_code == 403


def test_stranger_finds_nothing(client_of: ClientOf, world: World) -> None:
    """An account that knows nothing of Mia does not learn that there is a consent."""
    stories.to_measures(world)
    world.person("Ola")
    assert client_of("Ola").get(path(world)).status_code == 404
    assert client_of("Ola").post(path(world)).status_code == 404
    assert client_of("Mia").get(f"/samtykker/{uuid4()}/trekk").status_code == 404
