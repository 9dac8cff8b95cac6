"""Old answers, read-only."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from world import World

from tests.workflows import stories
from workflows import definitions
from workflows.tables import AuditEntry, FormVersion, HistoryEntry

Clients = Callable[[str], FlaskClient]


@pytest.fixture
def planned(world: World) -> World:
    """Mia has written her goals and the start meeting is held."""
    stories.to_plan(world)
    return world


def answer(world: World, element: str) -> str:
    """The address of the answers given at an element."""
    query = select(HistoryEntry.id).where(HistoryEntry.element == element)
    return f"/svar/{world.session.scalars(query).one()}"


def test_answers_say_who_and_when(client_of: Clients, planned: World) -> None:
    """The page names who answered, for which service, and has the form's own labels."""
    text = client_of("Siri").get(answer(planned, "startmote")).text
    assert "Siri, Prøvevik skole" in text
    assert "Når var møtet?" in text
    assert "02.11.2026" in text
    assert "Trener Tore" in text


def test_answers_name_the_part_of_the_plan(client_of: Clients, planned: World) -> None:
    """A field that answers a part of the plan's content says which."""
    assert "(del a av planen)" in client_of("Siri").get(answer(planned, "mine_mal")).text


def test_own_answers_are_the_persons(client_of: Clients, planned: World) -> None:
    """What the person answered is shown as theirs."""
    assert "Mia selv" in client_of("Siri").get(answer(planned, "mine_mal")).text


def test_answers_given_with_help_say_so(client_of: Clients, world: World) -> None:
    """What staff wrote for someone names both."""
    world.person("Ola", account=False)
    world.start("Kari", "Ola", plantype="samarbeidsplan")
    world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Rett.")
    world.complete("Kari", "onske", onsker="nei")
    text = client_of("Kari").get(answer(world, "onske")).text
    assert "Kari, sammen med eller på vegne av Ola" in text


def test_answers_stay_on_their_own_version_of_the_form(client_of: Clients, planned: World) -> None:
    """When the form is changed, an old answer keeps the labels it was given under."""
    form = definitions.latest_form(planned.session, planned.municipality.id, "startmote")
    changed = form_source(planned, form.version).replace("Når var møtet?", "Møtedato".ljust(14))
    definitions._publish_form(
        planned.session, planned.municipality.id, changed.encode(), "startmote.form"
    )
    assert "Når var møtet?" in client_of("Siri").get(answer(planned, "startmote")).text


def form_source(world: World, version: str) -> str:
    row = world.session.get_one(FormVersion, (world.municipality.id, version))
    return row.source.decode()


def test_reading_is_noted(client_of: Clients, planned: World) -> None:
    """Opening an answer leaves an audit line."""
    client_of("Siri").get(answer(planned, "startmote"))
    noted = select(AuditEntry).where(AuditEntry.action == "history:read")
    assert len(planned.session.scalars(noted).all()) == 1


def test_stranger_does_not_find_answers(client_of: Clients, world: World) -> None:
    """Whoever knows nothing of the person finds nothing."""
    stories.start(world)
    assert client_of("Nils").get(answer(world, "behov_meldt")).status_code == 404


def test_service_without_consent_may_not_read(client_of: Clients, world: World) -> None:
    """A service with a case of its own knows of the person, and still reads no answers."""
    stories.start(world)
    world.own_case("nav", "Mia")
    assert client_of("Nils").get(answer(world, "behov_meldt")).status_code == 403
