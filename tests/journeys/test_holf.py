"""HOLF in the browser: a family in two homes from report to a new mapping, and each other end.

Anne's three services ask her for different things (S1): BUP to be there for Per, barnevern for
Liv, and NAV to look for work. Tor, the children's father, lives elsewhere; Odd does not take part.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy.orm import Session
from world import World

from tests.journeys.hands import Mouse
from tests.journeys.people import Cast, Inspector
from tests.journeys.served import Served
from tests.workflows import holf_stories as holf
from workflows import clock
from workflows.tables import Relation

NUMBERS = {"Per": "01819010001", "Liv": "02811110046", "Tor": "03812010092", "Odd": "04828810028"}
"""Synthetic: the months are over 80."""
WORK, RENT, ROOM, SCHOOL = "Anne i jobb", "Husleia i tide", "Et rom til Per", "Per trives på skolen"
SON, GIRL, JOB = "Være der for Per", "Roligere kvelder med Liv", "Søke jobb"
COURSE = "Jobbsøkerkurs hver dag"
FIRST_PER = "Per trenger henne nå."
NEXT_COURSE = "Neste kurs er i januar."


@pytest.fixture
def family(served: Served, chromium: Browser, axe: str) -> Iterator[Cast]:
    """People whose every page is inspected; the family and three services are known."""
    _family(served.world)
    served.world.session.commit()
    made = Cast(served, chromium, Mouse(), inspector=Inspector(axe))
    yield made
    made.close()


def _family(world: World) -> None:
    world.service("bup", "BUP")
    world.employee("Berit", "bup")
    world.employee("Nina", "nav", "Familiekoordinator")
    year = clock.today().year
    for name, age in (("Anne", 36), ("Per", 14), ("Liv", 5), ("Tor", 39), ("Odd", 41)):
        row = world.person(name, date(year - age, 1, 1), account=name != "Liv")
        row.national_number = NUMBERS.get(name)
    for parent in ("Anne", "Tor"):
        for child in ("Per", "Liv"):
            _acts_for(world.session, world, parent, child)
    world.own_case("nav", "Anne")


def _acts_for(session: Session, world: World, parent: str, child: str) -> None:
    session.add(
        Relation(
            municipality_id=world.municipality.id,
            person_id=world.persons[child].id,
            kind="forelder",
            name=parent,
            account_id=world.accounts[parent].id,
            acts_for=True,
        )
    )


def person(cast: Cast, name: str) -> str:
    return str(cast.served.world.persons[name].id)


def page_of(cast: Cast, name: str = "Anne") -> str:
    return f"/personer/{person(cast, name)}"


def case_page(cast: Cast, reader: str, of: str = "Anne") -> str:
    """The reader opens the case from Anne's page, or another's; its address."""
    one = cast[reader]
    one.visit(page_of(cast, of))
    cast.hands.press(one.page.locator('main a[href*="/forlop-i-gang/"]'))
    one.look()
    return one.page.url.removeprefix(cast.served.url)


def report_family(cast: Cast) -> None:
    """Nils of NAV reports, Anne wants it, and Nina becomes the family's coordinator."""
    nils = cast["Nils"]
    nils.visit(f"{page_of(cast)}/start/holf")
    nils.fill(
        {
            "hvorfor": "Familien har hatt lite penger lenge.",
            "lav_inntekt": "lenge",
            "omrader": ["arbeid", "okonomi", "bolig", "barnas_situasjon"],
            "snakket_med": "Anne",
            "familien_sier": "Jeg vil ha én å snakke med.",
            "melder": "tjeneste",
            "melder_navn": "Nils, NAV",
        }
    )
    nils.press("Start forløpet")
    cast["Anne"].do("onske", vil_ha_holf="ja", viktigst="At barna har det bra")
    cast["Nils"].do(
        "oppnevn_koordinator",
        koordinator=str(cast.served.world.account_id("Nina")),
        begrunnelse="Anne kjenner Nina.",
        neste_kontakt="i morgen",
    )


def gather_family(cast: Cast) -> None:
    """Nina writes down both homes; each is asked, and Odd says no."""
    homes = {"Per": "hos mor", "Liv": "hos mor", "Tor": "hos far", "Odd": "hos mor"}
    parts = {"Per": "barn", "Liv": "barn", "Tor": "forelder", "Odd": "annen"}
    rows = [
        {"navn": name, "fnr": NUMBERS[name], "del": parts[name], "bosted": home}
        for name, home in homes.items()
    ]
    cast["Nina"].do("familie_medlemmer", familie=[{"bosted": "hos mor"}, *rows])
    anne = person(cast, "Anne")
    cast["Anne"].do_for("Per", "deltar", deltar="ja", barnets_mening="Per vil", viser_til=[anne])
    cast["Anne"].do_for("Liv", "deltar", deltar="ja", barnets_mening="Liv vil", viser_til=[anne])
    cast["Tor"].do_for("Tor", "deltar", deltar="ja", viser_til=[person(cast, "Per")])
    cast["Odd"].do_for("Odd", "deltar", deltar="nei", ord="Dette er Annes sak.")


def consents(cast: Cast) -> None:
    """Each answers for themself, Anne for the children; Tor lets no service know."""
    told = {
        "Anne": ("bup", "barnevern", "nav"),
        "Per": ("bup",),
        "Liv": ("barnevern",),
        "Tor": (),
    }
    for name, kinds in told.items():
        _ask(cast, name, kinds or ("nav",))
        answers: dict[str, Any] = {"svar": "alle", "informert": True} if kinds else {"svar": "nei"}
        by = "Tor" if name == "Tor" else "Anne"
        cast[by].do_for(name, "samtykke_svar", hvordan="skriftlig", **answers)


def _ask(cast: Cast, name: str, kinds: tuple[str, ...]) -> None:
    cast["Nina"].do_for(
        name,
        "samtykke_forslag",
        formal="Samarbeid om familieplanen.",
        opplysninger=["hverdag"],
        tjenester=[cast.served.world.service_id(kind) for kind in kinds],
        varighet="104",
    )


def hear_children(cast: Cast) -> None:
    """Per, 14, answers himself; Liv, 5, is heard by Nina in a way that suits her."""
    cast["Per"].do_for(
        "Per", "barnets_syn", bra="Fotball", endre="Mer ro", hjelp="nei", vil_snakke="nei"
    )
    cast["Nina"].do_for(
        "Liv", "barnet_hort", hvordan_hort=["lek"], barnets_uttrykk="Tegnet hele familien"
    )


def map_areas(cast: Cast, element: str, number: str) -> None:
    """The four areas, and the number the family sets on each."""
    numbers = {f"{area}_tall": number for area in holf.AREAS}
    cast["Nina"].do(element, kartlagt="i dag", samlet_vurdering="Anne står alene.", **numbers)


def write_plan(cast: Cast) -> None:
    """A goal in each of the four areas, and three measures that ask for the same mother."""
    anne, per, liv = (person(cast, name) for name in ("Anne", "Per", "Liv"))
    service = cast.served.world.service_id
    goals = [
        {"mal": WORK, "omrade": "arbeid", "gjelder": [anne]},
        {"mal": RENT, "omrade": "okonomi", "gjelder": [anne]},
        {"mal": ROOM, "omrade": "bolig", "gjelder": [anne, per]},
        {"mal": SCHOOL, "omrade": "barnas_situasjon", "gjelder": [per]},
    ]
    measures = [
        (SON, "bup", "barnas_situasjon", [anne, per]),
        (GIRL, "barnevern", "barnas_situasjon", [anne, liv]),
        (JOB, "nav", "arbeid", [anne]),
    ]
    rows = [
        {
            "hva": what,
            "omrade": area,
            "gjelder": whom,
            "krever_av": anne,
            "tjeneste": service(kind),
        }
        for what, kind, area, whom in measures
    ]
    cast["Nina"].do(
        "familieplan", mal=goals, tiltak=rows, periode_fra="i dag", evalueringsintervall="12"
    )


def agree_on_order(cast: Cast) -> None:
    """What pulls apart stands on the page, and the meeting agrees on one order."""
    cast["Anne"].visit(page_of(cast))
    cast["Anne"].sees("Dette trekker i ulike retninger")
    places = [{"nummer": str(number)} for number in (1, 2, 3)]
    cast["Nina"].do("rekkefolge", rekkefolge=places, begrunnelse=FIRST_PER)
    cast["Anne"].do("godkjenning", godkjenner="ja")
    cast["Anne"].visit(page_of(cast))
    cast["Anne"].sees("Rekkefølgen dere er enige om")
    cast["Anne"].sees(FIRST_PER)
    cast["Anne"].sees_nothing_of("Dette trekker i ulike retninger")


def each_sees_their_own(cast: Cast) -> None:
    """NAV has Anne's consent alone; Tor, in the other home, acts for the children."""
    for path in (page_of(cast), case_page(cast, "Nils")):
        cast["Nils"].visit(path)
        cast["Nils"].sees_nothing_of("Per", "Liv", "Tor", "Odd", GIRL)
    cast["Nils"].visit(page_of(cast))
    for text in (WORK, RENT, JOB):
        cast["Nils"].sees(text)
    for name in ("Per", "Liv", "Tor"):
        refused(cast, "Nils", page_of(cast, name))
    tor = cast["Tor"]
    refused(cast, "Tor", page_of(cast))
    tor.visit(page_of(cast, "Per"))
    tor.sees(SCHOOL)
    tor.sees("andre i familien")
    tor.sees_nothing_of("Odd", WORK, RENT, JOB)
    case_page(cast, "Tor", "Per")
    tor.sees_nothing_of("Odd", WORK, RENT, JOB)


def refused(cast: Cast, name: str, path: str) -> None:
    answer = cast[name].page.goto(cast.served.url + path)
    assert answer is not None
    assert answer.status == 404, (name, path)


def a_new_measure_waits(cast: Cast) -> None:
    """NAV begins a course that pulls against the order; Nina decides, and why stands with it."""
    new = {"hva": COURSE, "omrade": "arbeid", "krever_av": person(cast, "Anne")}
    cast["Nils"].do("tiltak_status", tiltak=[{"status": "i_gang"}], nye_tiltak=[new])
    cast["Nina"].do("avklar_rekkefolge", flagget=[{"avgjorelse": "vent", "hvorfor": NEXT_COURSE}])
    cast["Anne"].visit(page_of(cast))
    row = cast["Anne"].page.locator("tr").filter(has_text=COURSE)
    assert f"venter, fordi: {NEXT_COURSE}" in row.inner_text()


def evaluate(cast: Cast) -> None:
    """Each member has a voice of their own, which the meeting reads by name."""
    for name in ("Berit", "Bjarne"):
        cast[name].do("tiltak_status", tiltak=[{"status": "i_gang"}])
    cast.served.pass_until("evaluering_person")
    for by, name in (("Anne", "Anne"), ("Per", "Per"), ("Anne", "Liv"), ("Tor", "Tor")):
        cast[by].do_for(name, "evaluering_person", fungerer=f"{name} er fornøyd", hjelp="nei")
    for name in ("Berit", "Bjarne", "Nils"):
        cast[name].do("evaluering_tjeneste", innspill=f"{name} vil fortsette")
    nina = cast["Nina"]
    nina.open_task("evaluering_mote")
    for name in ("Anne", "Per", "Liv", "Tor"):
        nina.sees(f"Det {name} sier")
        nina.sees(f"{name} er fornøyd")
    nina.press("Vis gjennomgangen som egen side")
    review = nina.page.url.removeprefix(cast.served.url)
    nina.do(
        "evaluering_mote",
        dato="i dag",
        person_deltok="ja",
        konklusjoner=[{"konklusjon": "fortsett"}] * 4,
        konklusjon="fortsett",
        begrunnelse="Det går bedre.",
    )
    nils = cast["Nils"]
    nils.visit(review)
    nils.sees("Anne er fornøyd")
    nils.sees_nothing_of("Per", "Liv", "Tor")


def a_year_later(cast: Cast) -> None:
    """The areas are mapped again, and what was first stands beside what is now."""
    cast.served.meanwhile(lambda world: holf.until(world, "ny_kartlegging"))
    hear_children(cast)
    map_areas(cast, "ny_kartlegging", "6")
    cast["Anne"].visit(page_of(cast))
    cast["Anne"].sees("Målt over tid")
    cast["Anne"].sees("Fra 3 til 6 av 10")
    cast["Anne"].do("familiens_syn", trenger_mer="nei", bedre="Alt", hjelp="nei")
    cast["Nina"].do(
        "holf_videre",
        familien_hort="I møte hos Anne.",
        behov_videre="avslutt",
        begrunnelse="De klarer seg.",
        arsak="mal_nadd",
        videre_kontakt="Nina",
    )
    cast["Anne"].visit(page_of(cast))
    cast["Anne"].sees("Avsluttet etter ny kartlegging")


def test_the_whole_family(family: Cast) -> None:
    """From report to a new mapping a year later, with three services that pull apart."""
    report_family(family)
    gather_family(family)
    consents(family)
    hear_children(family)
    map_areas(family, "kartlegging", "3")
    write_plan(family)
    agree_on_order(family)
    each_sees_their_own(family)
    a_new_measure_waits(family)
    evaluate(family)
    a_year_later(family)


def told(cast: Cast, outcome: str) -> None:
    """How it ended stands on Anne's page."""
    cast["Anne"].visit(page_of(cast))
    cast["Anne"].sees(outcome)


def test_a_family_that_does_not_want_it(cast: Cast) -> None:
    """Anne says no, and that is the end."""
    holf.start(cast.served.world)
    cast.served.world.session.commit()
    cast["Anne"].do("onske", vil_ha_holf="nei")
    told(cast, "Ønsker ikke")


def test_without_consent_there_is_no_plan(cast: Cast) -> None:
    """Nobody lets a service know: BUP sees nothing, and Nina follows up until it is over."""
    world = cast.served.world
    holf.to_family(world)
    holf.gather_family(world)
    holf.consent(world, dict.fromkeys(holf.FAMILY, ()))
    world.session.commit()
    cast["Berit"].visit("/oppgaver/?vis=alle")
    cast["Berit"].sees_nothing_of(*holf.FAMILY)
    cast["Nina"].do(
        "oppfolging",
        notat="Vi tok en prat.",
        videre="avslutt",
        arsak="ikke_behov",
        videre_kontakt="Nina",
    )
    told(cast, "Avsluttet uten plan")


def test_all_consent_withdrawn(cast: Cast) -> None:
    """Anne withdraws everything: BUP loses sight at once, and Nina talks with her and ends it."""
    holf.to_measures(cast.served.world)
    cast.served.world.session.commit()
    cast["Berit"].visit(page_of(cast))
    case_page(cast, "Anne")
    cast["Anne"].press("Trekk alt samtykke")
    cast.hands.press(cast["Anne"].page.locator('main form button[type="submit"]'))
    refused(cast, "Berit", page_of(cast))
    cast["Nina"].do(
        "oppfolging_trukket",
        notat="Greit.",
        videre="avslutt",
        arsak="annet",
        videre_kontakt="Nina",
    )
    told(cast, "Avsluttet etter trukket samtykke")


def test_a_meeting_ends_the_plan(cast: Cast) -> None:
    """The goals are reached: the family knows whom to call."""
    world = cast.served.world
    holf.to_measures(world)
    holf.evaluate(world, "avslutt")
    world.session.commit()
    cast["Nina"].do(
        "avslutt_plan", arsak="mal_nadd", oppsummering="Det går bra.", videre_kontakt="Nina"
    )
    told(cast, "Avsluttet")
