"""What the pages show of an agreed order and of measurements, and to whom."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from world import World

from forms.answers import shown
from tests.workflows.mother import MothersCase, case_of_mother
from tests.workflows.test_agreed_order import APART, GIRLS, JOB, SON, agreed_and_later
from workflows import clock, definitions
from workflows.tables import Measurement, Participant

ClientOf = Callable[[str], FlaskClient]


@pytest.fixture
def mother(world: World, tmp_path: Path) -> MothersCase:
    """Anne, of whom three services ask for different things."""
    folder = tmp_path / "library"
    folder.mkdir()
    case = case_of_mother(world, folder)
    case.plan(*APART)
    return case


def page_of(client: FlaskClient, case: MothersCase) -> str:
    return client.get(f"/personer/{case.person.id}").text


def test_the_plan_says_what_pulls_apart(client_of: ClientOf, mother: MothersCase) -> None:
    """Each service with what it asks and the area, for Anne herself as for a service."""
    for name in ("Anne", "Nils"):
        page = page_of(client_of(name), mother)
        assert "Dette trekker i ulike retninger" in page
        assert f"NAV Prøvevik: {JOB} (Arbeid)" in page


def test_who_may_not_read_the_plan_sees_nothing_of_it(
    client_of: ClientOf, world: World, mother: MothersCase
) -> None:
    """The school has a case of its own, and no consent."""
    mother.agree(SON, GIRLS, JOB, reason="Sønnen først")
    mother.do("sporsmal", livet=3)
    world.own_case("skole", "Anne")
    siri = client_of("Siri")
    shown = page_of(siri, mother) + siri.get(f"/forlop-i-gang/{mother.instance.id}").text
    for hidden in ("Rekkefølgen dere er enige om", "Sønnen først", SON, "Målt over tid"):
        assert hidden not in shown


def test_the_plan_says_what_is_agreed_and_what_was_before(
    client_of: ClientOf, mother: MothersCase
) -> None:
    """In the order of it, with why; the one before is there to be read."""
    mother.agree(JOB, SON, GIRLS, reason="Det var det vi trodde.")
    mother.agree(SON, GIRLS, JOB, reason="Sønnen trenger henne.")
    page = page_of(client_of("Anne"), mother)
    agreed = page[page.index("Rekkefølgen dere er enige om") : page.index("Hvem gjør hva?")]
    now, before = agreed.split("Rekkefølger som gjaldt før")
    assert now.index(SON) < now.index(GIRLS) < now.index(JOB) < now.index("Sønnen trenger henne.")
    assert "Skrevet ned av Kari." in now
    assert "Det var det vi trodde." in before
    assert "Dette trekker i ulike retninger" not in page


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ("na", "Koordinator: settes i gang nå, fordi: Det haster."),
        ("vent", "Koordinator: venter, fordi: Det haster."),
        ("endre", "Koordinator: lagt sist i rekkefølgen, fordi: Det haster."),
    ],
)
def test_the_decision_stands_beside_the_measure(
    client_of: ClientOf, mother: MothersCase, decision: str, words: str
) -> None:
    """First that it is to be decided, then what was decided and why."""
    agreed_and_later(mother)
    undecided = "Trekker mot rekkefølgen. Koordinatoren avgjør hva som skjer."
    assert undecided in page_of(client_of("Nils"), mother)
    mother.decide("Jobbkurs", decision)
    page = page_of(client_of("Nils"), mother)
    assert words in page
    assert undecided not in page


def test_two_measures_with_the_same_number_are_refused_where_they_stand(
    client_of: ClientOf, world: World, mother: MothersCase
) -> None:
    """Nothing typed is lost, and nothing is agreed."""
    address = f"/oppgaver/{world.open_task('mote').id}"
    typed = {f"rekkefolge-{at}-nummer": "1" for at in range(3)} | {"begrunnelse": "Slik"}
    answer = client_of("Kari").post(address, data=typed)
    assert answer.status_code == 422
    assert 'href="#rekkefolge-1-nummer"' in answer.text
    assert "«1» står på en annen rad." in answer.text
    assert mother.open == ["mote"]


def test_the_order_is_agreed_through_the_form(
    client_of: ClientOf, world: World, mother: MothersCase
) -> None:
    """What the meeting typed becomes the order."""
    address = f"/oppgaver/{world.open_task('mote').id}"
    typed = {f"rekkefolge-{at}-nummer": str(3 - at) for at in range(3)} | {"begrunnelse": "Slik"}
    assert client_of("Kari").post(address, data=typed).status_code == 303
    page = page_of(client_of("Anne"), mother)
    agreed = page[page.index("Rekkefølgen dere er enige om") :]
    assert agreed.index(JOB) < agreed.index(GIRLS) < agreed.index(SON)


def test_measured_over_time_is_on_both_pages(client_of: ClientOf, mother: MothersCase) -> None:
    """In words, as a chart with a title, and in a table; with no word of what it is due to."""
    mother.agree(SON, GIRLS, JOB)
    mother.do("sporsmal", livet=3, livet_ord="Sliten", penger="2")
    clock.travel(clock.offset_in(365))
    mother.do("sporsmal", livet=6, penger="2")
    for address in (f"/personer/{mother.person.id}", f"/forlop-i-gang/{mother.instance.id}"):
        page = client_of("Nils").get(address).text
        assert "Målt over tid" in page
        assert "<strong>Fra 3 til 6 av 10</strong>" in page
        assert "<strong>Som før: «Vanskelig»</strong>" in page
        assert "Sliten" in page
        assert "Tallene sier ikke hva endringer kommer av." in page
        assert page.count('<polyline class="line"') == 2


def test_in_a_family_each_page_has_its_own_persons_answers(
    client_of: ClientOf, world: World, mother: MothersCase
) -> None:
    """On the page of the case all whom one may see stand by name; on Anne's page Anne alone."""
    mother.agree(SON, GIRLS, JOB)
    mother.do("sporsmal", livet=3)
    kai = world.person("Kai")
    world.session.add(
        Participant(
            municipality_id=world.municipality.id,
            instance_id=mother.instance.id,
            person_id=kai.id,
            position=1,
            part="annen",
            status="deltar",
        )
    )
    mother.do("sporsmal", livet=8)
    world.session.query(Measurement).filter_by(value=8).one().person_id = kai.id
    kari = client_of("Kari")
    whole = kari.get(f"/forlop-i-gang/{mother.instance.id}").text
    assert "Kai: <strong>8 av 10, spurt én gang</strong>" in whole
    assert "Anne: <strong>3 av 10, spurt én gang</strong>" in whole
    page = page_of(kari, mother)
    assert "3 av 10" in page
    assert "8 av 10" not in page


def test_measured_once_is_words_and_a_table(client_of: ClientOf, mother: MothersCase) -> None:
    """One answer shows no way."""
    mother.agree(SON, GIRLS, JOB)
    mother.do("sporsmal", livet=3)
    page = page_of(client_of("Anne"), mother)
    assert "3 av 10, spurt én gang" in page
    assert "Dette er det du selv har svart." in page
    assert "<polyline" not in page


def test_gains_are_read_as_any_other_answer(client_of: ClientOf, world: World) -> None:
    """The list of what is better needs nothing of its own; its form is in the library."""
    form = definitions.latest_form(world.session, world.municipality.id, "gevinster")
    row = {"hva": "Sover", "for_hvem": "Sønnen", "hvordan_vet_vi": "Han sier det"}
    [answer] = shown(form, {"gevinster": [row]}, {})
    assert [cell.text for cell in answer.rows[0]] == ["Sover", "Sønnen", "Han sier det"]
