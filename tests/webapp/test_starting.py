"""Starting a process with its start form."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from world import World

from workflows.tables import AuditEntry, OpenTask, ProcessInstance

Clients = Callable[[str], FlaskClient]


def place(world: World, key: str = "individuell_plan") -> str:
    return f"/personer/{world.persons['Mia'].id}/start/{key}"


def need(world: World, **more: Any) -> dict[str, Any]:
    return {
        "plantype": "individuell_plan",
        "behov": "Trenger hjelp fra flere.",
        "tjenester": [world.service_id("skole"), world.service_id("nav")],
        "person_hort": "Ja, i samtale.",
        "melder": "tjeneste",
        **more,
    }


def test_what_can_be_started_is_listed(client_of: Clients, world: World) -> None:
    """Only processes that ask for something when they start are offered."""
    text = client_of("Kari").get(place(world, "")).text
    assert "/start/individuell_plan" in text
    assert "/start/samtykke" not in text


def test_start_goes_to_the_starters_first_task(client_of: Clients, world: World) -> None:
    """Who starts a process and has the first task lands on it."""
    answer = client_of("Kari").post(place(world), data=need(world))
    task = world.session.scalars(select(OpenTask)).one()
    assert (answer.status_code, answer.location) == (303, f"/oppgaver/{task.id}")
    assert world.session.scalars(select(ProcessInstance)).one().started_by == world.account_id(
        "Kari"
    )


def test_start_by_another_goes_to_the_person(client_of: Clients, world: World) -> None:
    """A service with a case of its own may report a need, and comes back to the person."""
    world.own_case("skole", "Mia")
    answer = client_of("Siri").post(place(world), data=need(world))
    assert answer.location == f"/personer/{world.persons['Mia'].id}"


def test_start_leaves_an_audit_line(client_of: Clients, world: World) -> None:
    """The record has who started what."""
    client_of("Kari").post(place(world), data=need(world))
    actions = world.session.scalars(select(AuditEntry.action)).all()
    assert "process:start" in actions


def test_faults_are_listed_and_the_text_is_kept(client_of: Clients, world: World) -> None:
    """A start form with faults starts nothing and loses nothing."""
    wrong = need(world, plantype="tull", tjenester=[])
    answer = client_of("Kari").post(place(world), data=wrong)
    assert answer.status_code == 422
    for field in ("plantype", "tjenester"):
        assert f'href="#{field}"' in answer.text
    assert "Trenger hjelp fra flere." in answer.text
    assert world.session.scalars(select(ProcessInstance)).all() == []


def test_second_of_the_same_kind_is_not_offered(client_of: Clients, world: World) -> None:
    """A person with a running plan has no second one; the page leads to the first."""
    kari = client_of("Kari")
    kari.post(place(world), data=need(world))
    text = kari.get(place(world)).text
    assert "har allerede dette forløpet" in text
    assert "<textarea" not in text
    assert kari.post(place(world), data=need(world)).status_code == 409


def test_nothing_is_started_without_a_basis(client_of: Clients, world: World) -> None:
    """Who knows nothing of the person finds no form and starts nothing."""
    nils = client_of("Nils")
    assert nils.get(place(world, "")).status_code == 404
    assert nils.get(place(world)).status_code == 404
    assert nils.post(place(world), data=need(world)).status_code == 404


def test_called_and_unknown_processes_cannot_be_started(client_of: Clients, world: World) -> None:
    """What is only called by others, and what there is not, is not found."""
    kari = client_of("Kari")
    for key in ("samtykke", "finnes_ikke"):
        assert kari.get(place(world, key)).status_code == 404
        assert kari.post(place(world, key), data=need(world)).status_code == 404
