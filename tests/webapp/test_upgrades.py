"""The pages on which a process owner moves running cases."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from world import World

from tests.workflows.moving_library import KEY, begin, in_line, publish, task
from webapp import jobs
from workflows import tasks
from workflows.tables import BulkJob, InstanceMove, OpenTask, ProcessInstance

ClientOf = Callable[[str], FlaskClient]
PAGE = f"/forlop/{KEY}/flytt"


@pytest.fixture
def moving(world: World, tmp_path: Path) -> World:
    """Six cases on an old version, one of which stands where the new one has nothing."""
    (tmp_path / "library").mkdir()
    world.employee("Eva", "skole", "Rådgiver", "prosesseier")
    publish(world, tmp_path / "library", in_line(task("a", "Ring"), task("b", "Skriv")))
    cases = begin(world, "En", "To", "Tre", "Fire", "Fem", "Seks")
    last = world.session.query(OpenTask).filter_by(instance_id=cases[-1].id).one()
    tasks.complete_task(world.session, world.actor("Kari"), last.id, {})
    publish(world, tmp_path / "library", in_line(task("a", "Ring"), task("c", "Møt")))
    return world


def moved(world: World) -> int:
    """How many cases have been moved, and not back."""
    return world.session.query(InstanceMove).filter(InstanceMove.undone_at.is_(None)).count()


def start(client: FlaskClient, **chosen: str | list[str]) -> str:
    """Sends the preview in; where it leads."""
    sent = client.post(PAGE, data={"hvilke": "valgte", **chosen})
    assert sent.status_code == 303, sent.text
    return str(sent.location)


def run(app: Flask) -> None:
    while jobs.run_some(app.extensions["sessions"]):
        pass


def test_versions_are_listed_with_what_is_new(moving: World, client_of: ClientOf) -> None:
    """How many cases run on each, and what the newest has that the old one has not."""
    page = client_of("Eva").get(f"/forlop/{KEY}/versjoner").text
    assert "6 saker i gang" in page
    assert "0 saker i gang" in page
    assert "Nytt: «Møt»" in page
    assert "Borte: «Skriv»" in page
    assert "Versjoner, og flytting av saker" in client_of("Eva").get(f"/forlop/{KEY}").text
    assert "Versjoner, og flytting av saker" not in client_of("Kari").get(f"/forlop/{KEY}").text


def test_the_preview_tells_what_can_be_moved_and_what_not(
    moving: World, client_of: ClientOf
) -> None:
    """By where the cases stand, with the reason; few are not counted, and nobody is named."""
    page = client_of("Eva").get(PAGE).text
    assert "5 saker ved «Ring»" in page
    assert "færre enn 5 saker ved «Skriv»" in page
    assert "«Skriv» er åpent i saken, men finnes ikke i den nye versjonen." in page
    assert [name for name in moving.persons if f">{name}<" in page] == []
    assert moving.session.query(BulkJob).count() == 0


def test_all_that_can_be_moved_are(moving: World, app: Flask, client_of: ClientOf) -> None:
    """By the jobs, with progress and the result."""
    eva = client_of("Eva")
    shown = start(eva, hvilke="alle")
    assert "Pågår" in eva.get(shown).text
    run(app)
    page = eva.get(shown).text
    assert "Ferdig" in page
    assert moved(moving) == 5
    assert "Stopp<" not in page


def test_what_is_gone_can_be_mapped(moving: World, app: Flask, client_of: ClientOf) -> None:
    """The choice is offered by name, kept on the page, and used for the move."""
    eva = client_of("Eva")
    assert 'name="i-stedet-for:b"' in eva.get(PAGE).text
    page = eva.get(PAGE, query_string={"i-stedet-for:b": "c"}).text
    assert '<option value="c" selected>Møt</option>' in page
    assert "Kan ikke flyttes nå" not in page
    start(eva, hvilke="alle", **{"i-stedet-for:b": "c"})
    run(app)
    assert moved(moving) == 6
    assert moving.session.query(OpenTask).filter_by(element="c").count() == 1


def test_one_case_or_one_group_can_be_chosen(
    moving: World, app: Flask, client_of: ClientOf
) -> None:
    """A case is named only to who has a basis, and can be chosen by anybody who knows its id."""
    eva = client_of("Eva")
    first = moving.session.query(ProcessInstance).first()
    assert first is not None
    start(eva, sak=str(first.id))
    run(app)
    assert moved(moving) == 1
    page = eva.get(PAGE).text
    group = page.split('name="gruppe" value="')[1].split('"')[0]
    start(eva, gruppe=[group])
    run(app)
    assert moved(moving) == 5


def test_nothing_chosen_is_told(moving: World, client_of: ClientOf) -> None:
    """And nothing is begun."""
    sent = client_of("Eva").post(PAGE, data={"hvilke": "valgte"})
    assert sent.status_code == 422
    assert "Velg hvilke saker" in sent.text


def test_a_move_can_be_stopped_and_undone(moving: World, app: Flask, client_of: ClientOf) -> None:
    """What is moved stays moved until it is undone."""
    eva = client_of("Eva")
    shown = start(eva, hvilke="alle")
    jobs.run_some(app.extensions["sessions"], limit=2)
    assert eva.post(f"{shown}/stopp").status_code == 303
    run(app)
    page = eva.get(shown).text
    assert "Stoppet" in page
    assert moved(moving) == 2
    back = eva.post(f"{shown}/angre")
    run(app)
    assert moved(moving) == 0
    page = eva.get(back.location).text
    assert "Angring av flytting" in page
    assert "Satt tilbake" in page
    assert "Flyttinger" in eva.get(f"/forlop/{KEY}/versjoner").text


def test_who_has_a_basis_sees_whose_case_it_is(
    moving: World, app: Flask, client_of: ClientOf
) -> None:
    """A process owner in the coordinating unit sees exact numbers and names, and undoes one."""
    moving.employee("Unni", "koordinerende_enhet", "Leder", "prosesseier")
    unni = client_of("Unni")
    page = unni.get(PAGE).text
    assert "1 sak ved «Skriv»" in page
    assert "Tre</label>" in page
    shown = start(unni, hvilke="alle")
    run(app)
    made = moving.session.query(InstanceMove).first()
    assert made is not None
    assert f"{shown}/angre/{made.id}" in unni.get(shown).text
    assert unni.post(f"{shown}/angre/{made.id}").status_code == 303
    assert moved(moving) == 4
    assert unni.post(f"{shown}/angre/{made.id}").status_code == 409


def test_the_timeline_tells_of_the_move_and_of_the_way_back(
    moving: World, app: Flask, client_of: ClientOf
) -> None:
    """Whoever reads what has happened to a person sees why the case looks different from now on."""
    eva, kari = client_of("Eva"), client_of("Kari")
    person = moving.persons["En"].id
    case = moving.session.query(ProcessInstance).filter_by(person_id=person).one().id
    there, back = "går videre etter en ny versjon", "går videre etter den forrige versjonen"
    assert there not in kari.get(f"/personer/{person}").text
    shown = start(eva, hvilke="alle")
    run(app)
    for page in (f"/personer/{person}", f"/forlop-i-gang/{case}"):
        assert f"«veien» {there}" in kari.get(page).text
    eva.post(f"{shown}/angre")
    run(app)
    assert f"«veien» {back}" in kari.get(f"/personer/{person}").text


def test_others_are_kept_out(moving: World, app: Flask, client_of: ClientOf) -> None:
    """No employee, person or guardian sees or moves anything."""
    shown = start(client_of("Eva"), hvilke="alle")
    for name in ("Kari", "Siri", "Mia", "Mor"):
        client = client_of(name)
        assert client.get(f"/forlop/{KEY}/versjoner").status_code == 403
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE, data={"hvilke": "alle"}).status_code == 403
        assert client.get(shown).status_code == 404
        for what in ("stopp", "angre"):
            assert client.post(f"{shown}/{what}").status_code == 404
    assert client_of("Eva").get("/forlop/finnes_ikke/flytt").status_code == 404


def test_a_mapping_of_rubbish_moves_nothing(moving: World, client_of: ClientOf) -> None:
    """It is told as a reason, not as an error."""
    page = client_of("Eva").get(
        PAGE, query_string={"i-stedet-for:a": "\0nei", "i-stedet-for:": "x"}
    )
    assert page.status_code == 200
    assert "passer ikke" in page.text
