"""The pages about persons: who finds whom, what is shown on which basis, and what is noted."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from world import World

from tests.workflows import investment_stories, stories
from workflows.tables import AuditEntry, Consent, Person, ProcessInstance

ClientOf = Callable[[str], FlaskClient]


def mia(world: World) -> str:
    return f"/personer/{world.persons['Mia'].id}"


def consent_to(world: World, kind: str) -> Consent:
    return world.session.scalars(
        select(Consent).where(Consent.service_id == world.services[kind].id)
    ).one()


def noted(world: World, who: str) -> list[tuple[str, str]]:
    """(action, basis) of every line the account has left, oldest first."""
    world.session.expire_all()
    rows = world.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.actor_id == world.accounts[who].id)
        .order_by(AuditEntry.id)
    )
    return [(row.action, row.basis) for row in rows]


def test_list_shows_those_one_has_a_basis_for(client_of: ClientOf, world: World) -> None:
    """The coordinating unit finds Mia with age and coordinator; NAV, without a basis, does not."""
    stories.to_measures(world)
    found = client_of("Kari").get("/personer/").text
    assert "Mia" in found
    assert "Siri" in found
    world.session.query(Consent).delete()
    assert (
        "Du har ikke grunnlag for å se noen personer ennå"
        in client_of("Nils").get("/personer/").text
    )


def test_search_finds_name_and_national_number(client_of: ClientOf, world: World) -> None:
    """Part of a name, or the whole number typed with a space, finds the person."""
    world.persons["Mia"].national_number = "13831000052"
    kari = client_of("Kari")
    assert mia(world) in kari.get("/personer/?q=mi").text
    assert mia(world) in kari.get("/personer/?q=138310+00052").text
    assert "Vi fant ingen" in kari.get("/personer/?q=finnes ikke").text
    assert ("person:search", "plikt") in noted(world, "Kari")


def test_long_list_has_pages(client_of: ClientOf, world: World) -> None:
    """Twenty-five persons to a page, and a way to the next and back."""
    for number in range(30):
        world.person(f"Person {number:02}", account=False)
    kari = client_of("Kari")
    first, second = kari.get("/personer/").text, kari.get("/personer/?side=2").text
    assert "Neste side" in first
    assert "Person 29" in second
    assert "Forrige side" in second
    assert "Det er ikke flere personer" in kari.get("/personer/?side=9").text


@pytest.mark.parametrize(
    "query", ["side=abc", "side=-1", "side=99999999999999999999", "q=%00%FF", "q=" + "a" * 5000]
)
def test_bad_query_values_do_no_harm(client_of: ClientOf, query: str) -> None:
    """Whatever stands in the address, the list answers."""
    assert client_of("Kari").get(f"/personer/?{query}").status_code == 200


def test_registering_makes_an_own_case(client_of: ClientOf, world: World) -> None:
    """A person registered by the school is the school's case, with what was typed."""
    siri = client_of("Siri")
    typed = {
        "name": "Ola Prøve",
        "born_on": "3. mars 2012",
        "national_number": "",
        "phone": "91234567",
        "email": "ola@example.no",
        "address": "",
        "language": "so",
    }
    answer = siri.post("/personer/ny", data=typed)
    assert answer.status_code == 303
    page = siri.get(answer.location).text
    assert "Ola Prøve er registrert." in page
    assert "912 34 567" in page
    assert "Somali" in page
    assert "Tjenesten din følger opp Ola Prøve" in page
    row = world.session.scalars(select(Person).where(Person.name == "Ola Prøve")).one()
    assert str(row.born_on) == "2012-03-03"


def test_faults_are_located_and_nothing_typed_is_lost(client_of: ClientOf) -> None:
    """Each wrong field has its message and keeps what was typed in it."""
    typed = {
        "name": "",
        "born_on": "31.02.2012",
        "national_number": "12345678901",
        "phone": "12",
        "email": "ola",
        "address": "Storgata 1 <b>",
        "language": "klingon",
    }
    answer = client_of("Siri").post("/personer/ny", data=typed)
    assert answer.status_code == 422
    for field in ("name", "born_on", "national_number", "phone", "email", "language"):
        assert f'href="#{field}"' in answer.text
    assert 'value="31.02.2012"' in answer.text
    assert "Storgata 1 &lt;b&gt;" in answer.text


def test_birth_lies_in_the_past(client_of: ClientOf) -> None:
    """A date of birth that has not come is refused where it stands."""
    typed = {"name": "Ola", "born_on": "01.01.2190", "language": "nb"}
    answer = client_of("Siri").post("/personer/ny", data=typed)
    assert answer.status_code == 422
    assert 'href="#born_on"' in answer.text


def test_the_same_number_is_registered_once(client_of: ClientOf, world: World) -> None:
    """A known national number is told of at its field, and nobody is added."""
    siri = client_of("Siri")
    typed = {"name": "Ola", "national_number": "13831000052", "language": "nb"}
    assert siri.post("/personer/ny", data=typed).status_code == 303
    again = siri.post("/personer/ny", data={**typed, "name": "Ola igjen"})
    assert again.status_code == 422
    assert 'href="#national_number"' in again.text
    assert "Ola igjen" in again.text


def test_only_employees_register(client_of: ClientOf) -> None:
    """The person and the parent have no form for registering others."""
    for name in ("Mia", "Mor"):
        assert client_of(name).get("/personer/ny").status_code == 403
        typed = {"name": "Ola", "language": "nb"}
        assert client_of(name).post("/personer/ny", data=typed).status_code == 403


def test_coordinator_finds_who_what_and_when(client_of: ClientOf, world: World) -> None:
    """The coordinator's view of Mia: what waits, at whom, the plan, the team, dates, consents."""
    stories.to_measures(world)
    page = client_of("Siri").get(mia(world)).text
    assert "Meld status på tiltakene" in page
    assert "NAV Prøvevik" in page
    assert "Sove bedre" in page
    assert "Tiltak fra skole" in page
    assert "Neste evaluering" in page
    assert 'href="tel:55000009"' in page
    assert "Trener Tore" in page
    assert "Hverdag, fritid og nettverk" in page
    assert "Du er koordinator for Mia." in page
    assert f'data-src="/forlop/{version(world)}/individuell_plan.bpmn"' in page
    assert noted(world, "Siri")[-1] == ("plan:read", "koordinator")


def test_how_far_ahead_a_goal_looks_stands_beside_it(client_of: ClientOf, world: World) -> None:
    """In the words of the plan's own form."""
    investment_stories.to_measures(world)
    page = client_of("Siri").get(f"/personer/{world.persons['Marit'].id}").text
    assert "Marit i fast arbeid" in page
    assert "· Lang sikt" in page


def version(world: World) -> str:
    return world.session.scalars(select(ProcessInstance.definition_version)).one()


def test_service_without_consent_sees_the_card_alone(client_of: ClientOf, world: World) -> None:
    """NAV with a case of its own sees who Mia and her coordinator are, and why no more."""
    stories.to_coordinator(world, svar="nei")
    world.own_case("nav", "Mia")
    page = client_of("Nils").get(mia(world)).text
    assert "Hvorfor ser du ikke mer?" in page
    assert "Siri" in page
    assert "Tjenesten din følger opp Mia i sin egen sak." in page
    for hidden in ("Tidslinje", "Følg opp uten plan", "Skriv mine mål", "data-bpmn-viewer"):
        assert hidden not in page
    assert noted(world, "Nils") == [("person:read", "egen_sak")]


def test_withdrawal_takes_the_plan_away_at_once(client_of: ClientOf, world: World) -> None:
    """NAV reads the plan by consent; the moment it is withdrawn, page and list are gone."""
    stories.to_measures(world)
    nils = client_of("Nils")
    page = nils.get(mia(world)).text
    assert "Sove bedre" in page
    assert "Mia har samtykket til at tjenesten din får se planen." in page
    withdrawn = client_of("Mia").post(f"/samtykker/{consent_to(world, 'nav').id}/trekk")
    assert withdrawn.status_code == 303
    assert nils.get(mia(world)).status_code == 404
    assert mia(world) not in nils.get("/personer/").text


def test_own_page_speaks_to_the_person(client_of: ClientOf, world: World) -> None:
    """Mia is greeted, told that it is her turn, and shown who has seen what."""
    stories.to_plan(world)
    stories.write_plan(world)
    page = client_of("Mia").get(mia(world)).text
    assert "Hei, Mia" in page
    assert "Nå er det din tur: «Les og godkjenn planen»." in page
    assert "Planen din" in page
    assert f"{mia(world)}/innsyn" in page
    assert noted(world, "Mia")[-1] == ("plan:read", "selv")


def test_parent_sees_the_page_as_guardian(client_of: ClientOf, world: World) -> None:
    """A parent who acts for Mia reads her plan on that basis."""
    stories.to_measures(world)
    page = client_of("Mor").get(mia(world)).text
    assert "Du er foresatt eller verge for Mia." in page
    assert "Sove bedre" in page
    assert noted(world, "Mor")[-1] == ("plan:read", "foresatt")


def test_coordinating_unit_stands_in_until_someone_is_appointed(
    client_of: ClientOf, world: World
) -> None:
    """Without a coordinator the unit is told that it has the responsibility."""
    stories.start(world)
    page = client_of("Kari").get(mia(world)).text
    assert "Mia har ingen koordinator nå." in page
    assert "Ingen er koordinator nå." in page


def test_starting_is_offered_and_tells_what_runs(client_of: ClientOf, world: World) -> None:
    """The unit may start any process there is a diagram for; what runs already is said."""
    kari = client_of("Kari")
    assert f'href="{mia(world)}/start/"' in kari.get(mia(world)).text
    assert "Er i gang." not in kari.get(f"{mia(world)}/start/").text
    stories.start(world)
    assert "Er i gang." in kari.get(f"{mia(world)}/start/").text


def test_trend_and_missing_voices_after_two_rounds(client_of: ClientOf, world: World) -> None:
    """After two rounds her own ratings are a line with a table; who was missing is named."""
    stories.to_measures(world)
    for score in (4, 7):
        stories.pass_until_evaluation(world)
        stories.evaluate_as_person(world, score)
        for name in ("Siri", "Nils"):
            stories.evaluate_as(world, name)
        stories.pass_days(world, 20)
        stories.conclude(world)
    page = client_of("Siri").get(mia(world)).text
    assert page.count('<svg class="chart"') == 2
    assert "Fra 0 til 10 i hver runde" in page
    assert "Svarte ikke: Barneverntjenesten" in page


def test_stranger_is_told_of_nobody(client_of: ClientOf, world: World) -> None:
    """Without any basis every page about Mia is not found, and nothing is noted."""
    stories.to_coordinator(world, svar="nei")
    nils = client_of("Nils")
    assert nils.get(mia(world)).status_code == 404
    assert nils.get(f"{mia(world)}/innsyn").status_code == 404
    assert nils.get(f"/personer/{uuid4()}").status_code == 404
    assert noted(world, "Nils") == []


def test_logged_out_goes_to_log_in(stranger: FlaskClient, world: World) -> None:
    """Nobody sees a person page without logging in."""
    assert stranger.get(mia(world)).status_code == 303
    assert stranger.get("/personer/").status_code == 303


def test_insight_tells_who_saw_what_and_why(client_of: ClientOf, world: World) -> None:
    """Mia sees that Kari opened her page, on what basis; Kari may not see that list."""
    stories.start(world)
    client_of("Kari").get(mia(world))
    mia_self = client_of("Mia")
    page = mia_self.get(f"{mia(world)}/innsyn").text
    assert "Kari" in page
    assert "Leste planen" in page
    assert "Koordinator" in page
    assert ("audit:read", "selv") in noted(world, "Mia")
    assert client_of("Kari").get(f"{mia(world)}/innsyn").status_code == 403
    assert client_of("Mor").get(f"{mia(world)}/innsyn").status_code == 200


def test_insight_has_pages_without_gaps(client_of: ClientOf, world: World) -> None:
    """Fifty lines to a page, and every line stands on exactly one of them."""
    for _ in range(60):
        client_of("Kari").get(mia(world))
    reader = client_of("Mia")
    first = reader.get(f"{mia(world)}/innsyn").text
    older = first.split(f"{mia(world)}/innsyn?for=")[1].split('"')[0]
    second = reader.get(f"{mia(world)}/innsyn?for={older}").text
    assert first.count("<tr>") - 1 == 50
    assert second.count("Så personens side") + first.count("Så personens side") == 60
    assert reader.get(f"{mia(world)}/innsyn?for=tull").status_code == 200


@pytest.mark.parametrize("language", ["nn", "en"])
def test_pages_answer_in_every_language(client_of: ClientOf, world: World, language: str) -> None:
    """Whatever language the reader has chosen, each page is there."""
    instance = stories.to_measures(world)
    world.accounts["Siri"].language = world.accounts["Mia"].language = language
    paths = [mia(world), f"/forlop-i-gang/{instance.id}", "/forlop/", "/forlop/individuell_plan"]
    for name in ("Siri", "Mia"):
        for path in paths:
            answer = client_of(name).get(path)
            assert answer.status_code == 200
            assert f'<html lang="{language}"' in answer.text
    assert client_of("Siri").get("/personer/ny").status_code == 200


def test_without_a_coordinator_the_units_number_is_there(client_of: ClientOf, world: World) -> None:
    """«Hvem ringer jeg?» always has an answer."""
    world.services["koordinerende_enhet"].phone = "55 00 00 77"
    stories.start(world)
    assert "55 00 00 77" in client_of("Mia").get(mia(world)).text


def test_a_birth_date_is_corrected(client_of: Callable[[str], FlaskClient], world: World) -> None:
    """An employee with a basis writes the day as people do; the page then shows it."""
    client, page = client_of("Kari"), f"/personer/{world.persons['Mia'].id}"
    assert "Rett fødselsdatoen" in client.get(page).text
    client.post(f"{page}/fodselsdato", data={"born_on": "3.2.2011"})
    assert "født 03.02.2011" in client.get(page).text


@pytest.mark.parametrize("typed", ["tull", "1.1.2199"])
def test_a_birth_date_that_cannot_be(
    client_of: Callable[[str], FlaskClient], world: World, typed: str
) -> None:
    """What was typed is shown again with what is wrong."""
    address = f"/personer/{world.persons['Mia'].id}/fodselsdato"
    answer = client_of("Kari").post(address, data={"born_on": typed})
    assert (answer.status_code, typed in answer.text) == (422, True)


def test_nobody_corrects_their_own_birth_date(
    client_of: Callable[[str], FlaskClient], world: World
) -> None:
    """The link is not there for the person."""
    assert (
        "Rett fødselsdatoen"
        not in client_of("Mia").get(f"/personer/{world.persons['Mia'].id}").text
    )
