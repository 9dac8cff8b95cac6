"""The page of one case, and the messages one gives it from there."""

import re
from collections.abc import Callable
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import select
from world import World

from tests.workflows import stories
from workflows import clock
from workflows.tables import AuditEntry, Consent, ProcessInstance

ClientOf = Callable[[str], FlaskClient]


def path(instance: ProcessInstance, more: str = "") -> str:
    return f"/forlop-i-gang/{instance.id}{more}"


def actions(world: World, who: str) -> list[str]:
    world.session.expire_all()
    mine = AuditEntry.actor_id == world.accounts[who].id
    return list(world.session.scalars(select(AuditEntry.action).where(mine)))


def test_case_tells_where_it_stands(client_of: ClientOf, world: World) -> None:
    """The coordinator sees now, next and done as text, the diagram's markers, and the history."""
    instance = stories.to_plan(world)
    page = client_of("Siri").get(path(instance)).text
    assert "Nå venter «Skriv planen» på deg." in page
    assert "<strong>Skriv planen</strong> (Siri)" in page
    assert "<dt>Videre</dt><dd>Les og godkjenn planen</dd>" in page
    assert "Hold startmøte" in page.split("<dt>Gjort</dt>")[1]
    assert """data-active='{"plan": "Siri"}'""" in page
    assert "data-zoom" in page
    assert "process:read" in actions(world, "Siri")


def test_called_process_lights_up_where_it_is_called(client_of: ClientOf, world: World) -> None:
    """While consent is asked for, the step that asks is the one that is open."""
    instance = stories.to_consent(world)
    page = client_of("Mia").get(path(instance)).text
    assert "<strong>Innhent samtykke</strong> (Du)" in page
    assert "Nå er det din tur: «Svar på samtykke»." in page


def test_waiting_case_says_until_when(client_of: ClientOf, world: World) -> None:
    """With every report in, nothing is to be done until the evaluation."""
    instance = stories.to_measures(world)
    for name in ("Siri", "Bjarne", "Nils"):
        stories.report(world, name)
    page = client_of("Siri").get(path(instance)).text
    assert "Ingenting skal gjøres akkurat nå. Tid for evaluering:" in page
    assert "<strong>Tid for evaluering</strong> (venter til" in page


def test_service_without_consent_learns_that_it_runs(client_of: ClientOf, world: World) -> None:
    """NAV with its own case sees the coordinator and the start, not where it stands."""
    instance = stories.to_coordinator(world, svar="nei")
    world.own_case("nav", "Mia")
    page = client_of("Nils").get(path(instance)).text
    assert "Siri" in page
    for hidden in ("Følg opp uten plan", "data-bpmn-viewer", "Det som har skjedd", "Trekk alt"):
        assert hidden not in page


def test_stranger_finds_no_case(client_of: ClientOf, world: World) -> None:
    """Without a basis every page of the case is not found, and nothing happens."""
    instance = stories.to_coordinator(world, svar="nei")
    nils = client_of("Nils")
    for more in ("", "/koordinator-slutter", "/trekk-samtykke"):
        assert nils.get(path(instance, more)).status_code == 404
    assert nils.post(path(instance, "/koordinator-slutter")).status_code == 404
    assert nils.post(path(instance, "/trekk-samtykke")).status_code == 404
    assert nils.get(f"/forlop-i-gang/{uuid4()}").status_code == 404


def test_leaving_asks_first_and_starts_a_handover(client_of: ClientOf, world: World) -> None:
    """Siri is told what happens, confirms, and the handover begins; a second one is refused."""
    instance = stories.to_measures(world)
    siri = client_of("Siri")
    asked = siri.get(path(instance, "/koordinator-slutter")).text
    assert "Siri har ansvaret til en ny har sagt ja" in asked
    answer = siri.post(path(instance, "/koordinator-slutter"))
    assert answer.status_code == 303
    page = siri.get(answer.location).text
    assert "Overleveringen er i gang." in page
    assert "Foreslå ny koordinator" in page
    assert siri.post(path(instance, "/koordinator-slutter")).status_code == 422
    assert "process:message" in actions(world, "Siri")


def test_service_with_consent_may_not_say_that_the_coordinator_leaves(
    client_of: ClientOf, world: World
) -> None:
    """NAV reads the plan by consent, and can neither start a handover nor withdraw."""
    instance = stories.to_measures(world)
    nils = client_of("Nils")
    assert "Meld fra om en endring" not in nils.get(path(instance)).text
    for more in ("/koordinator-slutter", "/trekk-samtykke"):
        assert nils.get(path(instance, more)).status_code == 403
        assert nils.post(path(instance, more)).status_code == 403


def test_withdrawing_everything_stops_the_plan(client_of: ClientOf, world: World) -> None:
    """Mia withdraws all at once: every service loses sight, and the plan is stopped."""
    instance = stories.to_measures(world)
    mia = client_of("Mia")
    asked = mia.get(path(instance, "/trekk-samtykke")).text
    for name in ("Prøvevik skole", "Barneverntjenesten", "NAV Prøvevik"):
        assert f"{name} får ikke se planen lenger." in asked
    answer = mia.post(path(instance, "/trekk-samtykke"))
    page = mia.get(answer.location).text
    assert "Alt samtykke er trukket." in page
    assert "Stanset" in page
    live = select(Consent).where(Consent.withdrawn_at.is_(None))
    assert world.session.scalars(live).all() == []
    assert client_of("Bjarne").get(path(instance)).status_code == 404
    assert "Det er ikke noe samtykke å trekke." in mia.get(path(instance, "/trekk-samtykke")).text
    again = mia.post(path(instance, "/trekk-samtykke"))
    assert "Det var ikke noe samtykke å trekke." in mia.get(again.location).text


def test_ended_case_tells_how_it_ended(client_of: ClientOf, world: World) -> None:
    """A case without need for a plan is over, and says so on both pages."""
    instance = stories.start(world)
    world.complete("Kari", "vurder_behov", vurdering="ikke_behov", begrunnelse="Klarer seg.")
    kari = client_of("Mia")
    assert "Ikke behov for plan." in kari.get(path(instance)).text
    person = kari.get(f"/personer/{world.persons['Mia'].id}").text
    assert "Avsluttet tidligere" in person
    assert "Ingenting er i gang for deg nå." in person


def test_only_the_call_one_stands_in_is_lit(client_of: ClientOf, world: World) -> None:
    """A handover is called from three places in the diagram; the one under way alone is marked."""
    instance = stories.to_measures(world)
    siri = client_of("Siri")
    siri.post(path(instance, "/koordinator-slutter"))
    page = siri.get(path(instance)).text
    markers = page.split("data-active='")[1].split("'")[0]
    assert "overlever_stafettpinnen" in markers
    assert "bytt_koordinator" not in markers
    assert "overlever_trukket" not in markers


def test_case_shows_the_stairs_with_what_shows_them(client_of: ClientOf, world: World) -> None:
    """The step it stands on is marked, the evidence has a date, and the next step is said."""
    instance = stories.to_measures(world)
    page = client_of("Siri").get(path(instance)).text
    assert page.count('aria-current="step"') == 1
    [current] = re.findall(r'<li[^>]*aria-current="step"[^>]*>(.*?)</strong>', page, re.DOTALL)
    assert "3. Trekke i samme retning" in current
    assert "«Hold startmøte» er gjort. 2 rundt personen var med." in page
    assert f'<time class="muted nowrap" datetime="{clock.today().isoformat()}">' in page
    assert "Neste trinn krever at planen er godkjent og i bruk" in page
    assert "Samordningstrappen: Trinn 3 av 5" in client_of("Mia").get(person(instance)).text


def test_who_may_not_read_the_plan_sees_no_stairs(client_of: ClientOf, world: World) -> None:
    """Neither on the case's page nor on the person's."""
    instance = stories.to_coordinator(world, svar="nei")
    world.own_case("nav", "Mia")
    for where in (path(instance), person(instance)):
        page = client_of("Nils").get(where).text
        assert "Samordningstrappen" not in page
        assert "Neste trinn krever" not in page


def person(instance: ProcessInstance) -> str:
    return f"/personer/{instance.person_id}"
