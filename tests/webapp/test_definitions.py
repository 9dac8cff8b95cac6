"""The library of processes, as cards, as diagram and as text."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from world import World

from tests.workflows import stories
from webapp.definitions import deadline, lanes, running
from workflows import definitions

ClientOf = Callable[[str], FlaskClient]


def test_library_tells_what_each_process_is_for(client_of: ClientOf) -> None:
    """Every process of the library has its card with title and purpose; persons may look too."""
    for name in ("Kari", "Mia"):
        page = client_of(name).get("/forlop/").text
        for title in ("Individuell plan", "Evaluering", "Samtykke", "Overlevering"):
            assert title in page


def test_few_running_cases_are_not_counted_for_all(client_of: ClientOf, world: World) -> None:
    """The coordinating unit sees that one case runs; others see only that they are few."""
    stories.start(world)
    assert "1 i gang" in client_of("Kari").get("/forlop/").text
    page = client_of("Siri").get("/forlop/").text
    assert "1 i gang" not in page
    assert "færre enn 5 i gang" in page


def test_enough_running_cases_are_counted(app: object) -> None:
    """From five on the number tells of nobody."""
    with app.test_request_context():  # type: ignore[attr-defined]
        assert running(5, exact=False) == "5 i gang"
        assert running(4, exact=False) == "færre enn 5 i gang"
        assert running(0, exact=True) == "0 i gang"


@pytest.mark.parametrize("key", ["individuell_plan", "evaluering", "samtykke", "overlevering"])
def test_process_is_readable_without_the_picture(
    client_of: ClientOf, world: World, key: str
) -> None:
    """Each step for people stands as text in its lane, with its form, and none is left out."""
    page = client_of("Mia").get(f"/forlop/{key}")
    assert page.status_code == 200
    process = definitions.latest_process(world.session, world.municipality.id, key)
    for element in process.diagram.elements.values():
        if element.kind in {"userTask", "callActivity"}:
            assert element.name in page.text
    for form_key in process.diagram.form_keys.values():
        form = definitions.latest_form(world.session, world.municipality.id, form_key)
        assert form.title in page.text


def test_every_step_has_its_number_once(world: World, app: object) -> None:
    """Steps are numbered through the process, so that «videre» can point to them."""
    process = definitions.latest_process(world.session, world.municipality.id, "individuell_plan")
    with app.test_request_context():  # type: ignore[attr-defined]
        found = [step for steps in lanes(process, {}).values() for step in steps]
    assert sorted(step.number for step in found) == list(range(1, len(found) + 1))
    first = min(found, key=lambda step: step.number)
    assert first.element.name == "Behov meldt"
    assert [one.name for one in first.following] == ["Vurder behovet"]
    reactions = {step.element.id: step.reaction for step in found}
    assert reactions["avklar_samtykke"] == "Når samtykke trekkes fra en tjeneste"
    assert reactions["plan"] is None


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("P14D", "14 dager"),
        ("P1D", "1 dag"),
        ("P2W", "2 uker"),
        ("P1M", "1 måned"),
        ("neste_kontakt", "datoen som blir avtalt underveis"),
        (None, None),
    ],
)
def test_deadline_in_words(app: object, due: str | None, words: str | None) -> None:
    """A deadline reads as people say it."""
    with app.test_request_context():  # type: ignore[attr-defined]
        assert deadline(due) == words


def test_diagram_is_served_for_the_viewer(client_of: ClientOf, world: World) -> None:
    """A version's XML, and that of what it calls, may be kept by the browser for good."""
    process = definitions.latest_process(world.session, world.municipality.id, "individuell_plan")
    for key in ("individuell_plan", "samtykke"):
        answer = client_of("Siri").get(f"/forlop/{process.version}/{key}.bpmn")
        assert answer.status_code == 200
        assert answer.mimetype == "application/xml"
        assert f'id="{key}"' in answer.text
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["finnes-ikke", "individuell_plan/x.bpmn", "%00", "../oppgaver", "a" * 3000]
)
def test_unknown_process_is_not_found(client_of: ClientOf, path: str) -> None:
    """What is not in the library is not found, and nothing breaks."""
    assert client_of("Kari").get(f"/forlop/{path}").status_code in {404, 308}


def test_account_without_municipality_finds_no_library(client_of: ClientOf, world: World) -> None:
    """Someone who belongs nowhere here has no library to look in."""
    world.person("Ola")
    world.session.delete(world.persons["Ola"])
    assert client_of("Ola").get("/forlop/").status_code == 404


def test_library_is_for_those_logged_in(stranger: FlaskClient) -> None:
    """The library is not public."""
    assert stranger.get("/forlop/").status_code == 303
