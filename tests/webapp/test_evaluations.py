"""The page of an evaluation round, the meeting's task page, and the ways to them."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from world import World

from tests.workflows import family_evaluations, stories
from tests.workflows.test_families import everyone
from workflows import clock
from workflows.tables import Decision, Evaluation, OpenTask

Clients = Callable[[str], FlaskClient]


@pytest.fixture
def meeting(world: World) -> World:
    """Two rounds are concluded, and the third has come to its meeting without NAV's voice."""
    stories.to_measures(world)
    stories.report(world, "Nils")
    for score in (3, 6):
        stories.pass_until_evaluation(world)
        stories.evaluate_as_person(world, score)
        for name in ("Siri", "Bjarne", "Nils"):
            stories.evaluate_as(world, name)
        who = f"person:{world.persons['Mia'].id}"
        stories.conclude(world, agreed=[("Ringe treneren", who, 10)], dato="2026-12-01")
    stories.to_meeting(world, silent=("Nils",))
    return world


def address(world: World, number: int) -> str:
    found = select(Evaluation.id).where(Evaluation.round == number)
    return f"/evalueringer/{world.session.scalars(found).one()}"


def task(world: World) -> str:
    return f"/oppgaver/{world.open_task('evaluering_mote').id}"


def text_of(page: str) -> str:
    """What a page says, without markup and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_meeting_goes_from_the_person_to_the_form(client_of: Clients, meeting: World) -> None:
    """What Mia says comes first, then what was agreed, the goals, and the form at last."""
    page = client_of("Siri").get(task(meeting)).text
    headings = ["Det Mia sier", "Det dere ble enige om sist", "Mål for mål", "data-draft="]
    places = [page.index(each) for each in headings]
    assert places == sorted(places)


def test_the_meeting_shows_every_voice_and_who_is_missing(
    client_of: Clients, meeting: World
) -> None:
    """Mia's rating and how it has moved, the services' in words and number, and NAV by name."""
    said = text_of(client_of("Siri").get(task(meeting)).text)
    for words in (
        "Mia: 7 av 10 1 opp fra sist",
        "Litt lenger enn vi ventet (+1)",
        "Stemmer som mangler: NAV Prøvevik",
        "Ingen har meldt",
    ):
        assert words in said


def test_every_chart_has_its_table(client_of: Clients, meeting: World) -> None:
    """A picture of each voice that has rated at least twice, and the same numbers as text."""
    page = client_of("Siri").get(task(meeting)).text
    assert page.count('class="chart"') == 2 * (1 + 3)
    assert page.count("Alle tall, runde for runde</summary>") == 2
    table = text_of(page.split("Alle tall, runde for runde</summary>")[1].split("</table>")[0])
    assert re.search(r"1 \S+ 3 Bedre \+1 \+1 \+1", table)
    assert re.search(r"3 \S+ 7 Bedre \+1 – \+1", table)


def test_decisions_are_written_in_the_meeting(client_of: Clients, meeting: World) -> None:
    """The form asks what, who and when, and sending it in gives somebody a task with that date."""
    siri, form = client_of("Siri"), stories.form_of(meeting, "Siri", "evaluering_mote")
    on = clock.today().strftime("%d.%m.%Y")
    posted = {
        "dato": on,
        "person_deltok": "ja",
        "konklusjon": "fortsett",
        "begrunnelse": "Det går bedre.",
        "beslutninger-0-hva": "Finne et fast tidspunkt",
        "beslutninger-0-hvem": f"tjeneste:{meeting.service_id('nav')}",
        "beslutninger-0-frist": on,
        "send": "1",
    }
    for at, row in enumerate(form.prefill["konklusjoner"]):
        posted |= {f"konklusjoner-{at}-_row": f"id.{row['id']}"}
        posted |= {f"konklusjoner-{at}-konklusjon": "fortsett"}
    answer = siri.post(task(meeting), data=posted)
    assert answer.status_code == 303, text_of(answer.text)
    assert "Finne et fast tidspunkt" in client_of("Nils").get("/oppgaver/?vis=alle").text


def test_a_decision_needs_who_and_when(client_of: Clients, meeting: World) -> None:
    """Each error is told at its field, and the review is still there."""
    answer = client_of("Siri").post(
        task(meeting), data={"beslutninger-0-hva": "Ringe", "send": "1"}
    )
    assert answer.status_code == 422
    for name in ("hvem", "frist"):
        assert f'href="#beslutninger-0-{name}"' in answer.text
    assert "Det Mia sier" in answer.text


def test_minutes_say_who_was_there_what_was_agreed_and_when_next(
    client_of: Clients, meeting: World
) -> None:
    """A round that is over reads as minutes."""
    said = text_of(client_of("Bjarne").get(address(meeting, 1)).text)
    for words in (
        "Referat fra møtet om planen til Mia.",
        "1. desember 2026",
        "Planen fortsetter.",
        "Neste evaluering",
        "Dette ble møtet enig om",
        "Ringe treneren",
        "Sove bedre Fortsetter",
        "Mia: 3 av 10",
    ):
        assert words in said
    assert "Endret siden sist" not in said


def test_a_round_under_way_is_no_minutes_yet(client_of: Clients, meeting: World) -> None:
    """It says that the meeting is not held, and shows what is known."""
    said = text_of(client_of("Mia").get(address(meeting, 3)).text)
    assert "er ikke holdt ennå" in said
    assert "Det du sier" in said
    assert "Du: 7 av 10" in said
    assert "Dette ble dere enige om" not in said


def test_what_somebody_did_stands_in_the_minutes(client_of: Clients, meeting: World) -> None:
    """Done, when, and what was said about it; or that it was not done."""
    first, second = meeting.session.scalars(select(Decision).order_by(Decision.id))
    first.answered_at = first.done_at = second.answered_at = clock.now()
    first.comment = "Han ringte tilbake."
    mia = client_of("Mia")
    assert "Gjort" in text_of(mia.get(address(meeting, 1)).text)
    assert "Han ringte tilbake." in mia.get(address(meeting, 1)).text
    assert "Ikke gjort" in text_of(mia.get(address(meeting, 2)).text)


def test_who_reads_a_round_can_be_seen(client_of: Clients, meeting: World) -> None:
    """Mia reads in her record that Bjarne read an evaluation."""
    client_of("Bjarne").get(address(meeting, 2))
    record = client_of("Mia").get(f"/personer/{meeting.persons['Mia'].id}/innsyn").text
    assert "Leste en evaluering" in record


def test_the_ways_to_a_round(client_of: Clients, meeting: World) -> None:
    """From the person's page, from the case's, and from the meeting's task."""
    siri, case = client_of("Siri"), meeting.session.scalars(select(OpenTask.instance_id)).first()
    for path in (f"/personer/{meeting.persons['Mia'].id}", f"/forlop-i-gang/{case}"):
        page = siri.get(path).text
        assert all(f'href="{address(meeting, number)}"' in page for number in (1, 2, 3)), path
    assert f'href="{address(meeting, 3)}"' in siri.get(task(meeting)).text


@pytest.fixture
def family(world: World) -> World:
    """A family's evaluation is concluded; the members have rated their own goals."""
    everyone(world)
    family_evaluations.to_meeting(world)
    family_evaluations.conclude(
        world, ("Bestille time", family_evaluations.to_person(world, "Kai"))
    )
    return world


def test_a_familys_minutes_have_each_voice_by_name(client_of: Clients, family: World) -> None:
    """The coordinator reads all three; Kai reads himself as «du», and the others not at all."""
    said = text_of(client_of("Siri").get(address(family, 1)).text)
    for name in ("Marit", "Kai", "Ola"):
        assert f"Det {name} sier" in said
        assert f"{name}: 6 av 10" in said
    own = text_of(client_of("Kai").get(address(family, 1)).text)
    assert "Det du sier" in own
    assert "Du: 6 av 10" in own
    assert "Marit" not in own


def test_a_familys_minutes_tell_a_service_of_no_others(client_of: Clients, family: World) -> None:
    """NAV has Marit's consent alone: no other name or word is anywhere on its pages."""
    nils = client_of("Nils")
    case = family.session.scalars(select(OpenTask.instance_id)).first()
    for path in (address(family, 1), f"/forlop-i-gang/{case}"):
        said = text_of(nils.get(path).text)
        assert "Marit" in said
        for hidden in ("Ola", "Kai", "Bestille time", "Familien spiser"):
            assert hidden not in said, (path, hidden)


def test_each_members_rating_stands_in_the_plan_by_name(client_of: Clients, family: World) -> None:
    """On the page of the person: the family's goal as each of them has rated it."""
    said = text_of(client_of("Siri").get(f"/personer/{family.persons['Marit'].id}").text)
    for name in ("Marit", "Kai", "Ola"):
        assert f"{name} sin egen vurdering: 6 av 10: «{name} sier det»" in said
