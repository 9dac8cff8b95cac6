"""The pages of a family's case by keyboard alone, and narrow without script.

The case is prepared at command level; on each page one real thing is done.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.hands import Keyboard, Mouse
from tests.journeys.people import Cast, Someone
from tests.journeys.served import Served
from tests.workflows import investment_stories as team
from tests.workflows.test_investeringsteam import pulling_apart

CALL = "Ringe Marit hver fredag"


@pytest.fixture(params=["keyboard", "no-script-320"])
def people(request: pytest.FixtureRequest, served: Served, chromium: Browser) -> Iterator[Cast]:
    """The same people by keyboard alone, and narrow without script."""
    made = {
        "keyboard": lambda: Cast(served, chromium, Keyboard()),
        "no-script-320": lambda: Cast(served, chromium, Mouse(), script=False, width=320),
    }[request.param]()
    yield made
    made.close()


def case_page(cast: Cast, reader: str, of: str = "Marit") -> Someone:
    """The reader opens the case from somebody's page."""
    one = cast[reader]
    one.visit(f"/personer/{cast.served.world.persons[of].id}")
    cast.hands.press(one.page.locator('main a[href*="/forlop-i-gang/"]'))
    return one


def agree_on_order(cast: Cast) -> None:
    """Two services that pull apart are put in order."""
    numbers = [{"nummer": "1"}, {"nummer": "2"}]
    cast["Siri"].do("rekkefolge", rekkefolge=numbers, begrunnelse="Barna først.")


def send_message(cast: Cast) -> None:
    """From the case page, with its stairs and its picture, Siri calls in a service."""
    siri = case_page(cast, "Siri")
    for words in ("Samordningstrappen", "Familien i midten", "Bildet som tekst"):
        siri.sees(words)
    siri.press("Kall inn en tjeneste")
    service = cast.served.world.service_id("barnevern")
    siri.fill({"tjeneste": service, "hvorfor": "Råd", "familien_sier": "Greit"})
    siri.press("Send inn")
    assert len(cast.served.tasks("samtykke_forslag")) == 3


def hold_meeting(cast: Cast) -> None:
    """Siri reads the review, concludes, and the same page is the minutes."""
    siri = cast["Siri"]
    siri.open_task("evaluering_mote")
    siri.press("Vis gjennomgangen som egen side")
    siri.sees("Møtet om planen til Marit er ikke holdt ennå.")
    review = siri.page.url.removeprefix(cast.served.url)
    siri.do(
        "evaluering_mote",
        dato="i dag",
        deltakere=[{"navn": "Marit"}],
        person_deltok="ja",
        konklusjoner=[{"konklusjon": "fortsett"}, {"konklusjon": "fortsett"}],
        beslutninger=[{"hva": CALL, "hvem": "koordinator", "frist": "i morgen"}],
        konklusjon="avslutt",
        begrunnelse="Det går bedre.",
    )
    siri.visit(review)
    siri.sees("Referat fra møtet")
    siri.sees(CALL)


def stop_showing(cast: Cast) -> None:
    """Kai no longer lets Marit see what concerns him."""
    marit = case_page(cast, "Marit")
    marit.sees("Kai: fra 3 til 6 av 10")
    kai = case_page(cast, "Kai", "Kai")
    kai.press("Ikke vis Kai til Marit lenger")
    kai.sees("La Marit se det som gjelder Kai")
    case_page(cast, "Marit").sees_nothing_of("Kai: fra 3 til 6 av 10")


def leave(cast: Cast) -> None:
    """Kai reads what happens, and takes part no longer."""
    kai = case_page(cast, "Kai", "Kai")
    kai.press("Kai skal ikke være med lenger")
    kai.sees("De andre i familien får hjelp som før.")
    kai.press("Ikke være med lenger")
    siri = case_page(cast, "Siri")
    expect(siri.page.locator("li").filter(has_text="Er ikke med")).to_contain_text("Kai")


def test_the_pages_of_a_family(people: Cast) -> None:
    """The order, a message, the review and its minutes, members, measured, leaving, caseload."""
    people.served.meanwhile(team.to_plan, lambda w: team.write_plan(w, tiltak=pulling_apart(w)))
    agree_on_order(people)
    people.served.meanwhile(team.sign, team.sign_for_municipality)
    send_message(people)
    people.served.meanwhile(team.pass_to_meeting)
    hold_meeting(people)
    people.served.meanwhile(lambda w: team.measure_after(w, 6))
    stop_showing(people)
    leave(people)
    people["Kari"].visit("/belastning/")
    people["Kari"].sees("Siri")
