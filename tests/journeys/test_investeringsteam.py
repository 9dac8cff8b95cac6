"""The investment team in the browser: from contact until the need is over, and each other end.

Marit lives with Kai and her son Ola, 12. Siri of the school leads the team.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser

from tests.journeys.hands import Mouse
from tests.journeys.people import Cast, Inspector
from tests.journeys.served import Served
from tests.workflows import families
from tests.workflows import investment_stories as team
from workflows import clock

NUMBERS = {"Kai": "05838710036", "Ola": "06818510053"}
"""Synthetic: the months are over 80."""
FAMILY = {"Marit": "Marit", "Kai": "Kai", "Ola": "Marit"}
"""Member → who answers; Ola has no log-in."""
BILLS, WORK = "Oversikt over regningene", "Marit i fast arbeid"
HOMEWORK, COURSE, ADVICE = "Leksehjelp", "Kurs hos NAV", "Råd hver uke"
PAID = "Regningene er betalt"


@pytest.fixture
def contacted(served: Served, chromium: Browser, axe: str) -> Iterator[Cast]:
    """People whose every page is inspected; the family is known to the municipality."""
    world = served.world
    year = clock.today().year
    for name, age in (("Marit", 38), ("Kai", 41), ("Ola", 12)):
        row = world.person(name, date(year - age, 1, 1), account=name != "Ola")
        row.national_number = NUMBERS.get(name)
    families.acts_for(world, "Marit", "Ola")
    world.session.commit()
    made = Cast(served, chromium, Mouse(), inspector=Inspector(axe))
    yield made
    made.close()


def page_of(cast: Cast, name: str = "Marit") -> str:
    return f"/personer/{cast.served.world.persons[name].id}"


def open_case(cast: Cast, reader: str) -> None:
    """The reader opens the case from Marit's page."""
    one = cast[reader]
    one.visit(page_of(cast))
    cast.hands.press(one.page.locator('main a[href*="/forlop-i-gang/"]'))
    one.look()


def make_contact(cast: Cast) -> None:
    """The family makes contact and wants a team; Siri is to lead it."""
    kari = cast["Kari"]
    kari.visit(f"{page_of(cast)}/start/investeringsteam")
    kari.fill(
        {
            "kontakt_fra": "familien",
            "situasjon": "Regninger og lite søvn.",
            "hvorfor_helhet": "Alt henger sammen.",
            "tjenester": [cast.served.world.service_id(kind) for kind in team.SERVICES],
        }
    )
    kari.press("Start forløpet")
    cast["Marit"].do(
        "invest_onske",
        vil_endre="ja",
        endre_ord="Ro hjemme",
        vil_delta="ja",
        vil_se_helheten="ja",
        onsket_koordinator="Siri",
    )
    kari.open_task("oppnevn_koordinator")
    kari.sees("Ro hjemme")
    kari.do(
        "oppnevn_koordinator",
        koordinator=str(cast.served.world.account_id("Siri")),
        begrunnelse="Familien ønsker Siri.",
        neste_kontakt="i morgen",
    )


def gather_family(cast: Cast) -> None:
    """The family is written down, each is asked, and lets school and NAV know."""
    rows = [
        {"navn": "Kai", "fnr": NUMBERS["Kai"], "del": "annen", "bosted": "hjemme"},
        {"navn": "Ola", "fnr": NUMBERS["Ola"], "del": "barn", "bosted": "hjemme"},
    ]
    cast["Siri"].do("familie_medlemmer", familie=[{"bosted": "hjemme"}, *rows])
    marit = str(cast.served.world.persons["Marit"].id)
    cast["Kai"].do_for("Kai", "deltar", deltar="ja", viser_til=[marit])
    cast["Marit"].do_for("Ola", "deltar", deltar="ja", barnets_mening="Ola vil")
    consents(cast, *team.SERVICES)


def consents(cast: Cast, *kinds: str) -> None:
    """Each is asked about services, and says yes."""
    for name, by in FAMILY.items():
        cast["Siri"].do_for(
            name,
            "samtykke_forslag",
            formal="Samarbeid.",
            opplysninger=["hverdag"],
            tjenester=[cast.served.world.service_id(kind) for kind in kinds],
            varighet="52",
        )
        cast[by].do_for(name, "samtykke_svar", svar="alle", hvordan="skriftlig", informert=True)


def measure(cast: Cast, element: str, score: str) -> None:
    """The grown-ups say how they are, and Ola is heard."""
    for name in ("Marit", "Kai"):
        cast[name].do_for(name, element, livet=score, penger="2")
    cast["Marit"].do_for("Ola", "barnets_syn", endre="Mer fotball", hjelp="ja", vil_snakke="nei")


def hold_start_meeting(cast: Cast) -> None:
    """Goals on a short and a long term, and what was decided on the spot."""
    service = cast.served.world.service_id
    cast["Siri"].do(
        "oppstartsmote",
        dato="i dag",
        familien_hort="Alle var med.",
        situasjon_felles="Økonomien tar all kraft.",
        drommer="Sommerferie sammen",
        deltakere=[{"navn": "Nils", "tjeneste": "NAV", "kan_beslutte": "ja"}],
        mal=[
            {"mal": BILLS, "horisont": "kort", "omrade": "okonomi"},
            {"mal": WORK, "horisont": "lang", "omrade": "arbeid"},
        ],
        tiltak=[
            {"hva": "Samle alle regningene"},
            {"hva": HOMEWORK, "tjeneste": service("skole"), "besluttet_av": "Siri"},
            {"hva": COURSE, "tjeneste": service("nav"), "besluttet_av": "Nils"},
        ],
    )


def sign_plan(cast: Cast) -> None:
    """The plan holds from when the family and the municipality have both signed it."""
    cast["Siri"].do(
        "investeringsplan",
        samarbeid="Ingen andre forløp.",
        periode_fra="i dag",
        evalueringsintervall="12",
        maleintervall="26",
    )
    cast["Marit"].do(
        "invest_signering", familien_signerer="ja", gjor_var_del=True, signert_av="Marit og Kai"
    )
    assert not cast.served.tasks("tiltak_status")
    cast["Siri"].do(
        "signer_for_kommunen", kommunen_signerer="ja", hadde_myndighet=True, innenfor_rett=True
    )
    cast["Marit"].visit(page_of(cast))
    for words in (BILLS, "Kort sikt", WORK, "Lang sikt", HOMEWORK, COURSE):
        cast["Marit"].sees(words)


def call_in_barnevern(cast: Cast) -> None:
    """Siri reports that a service is needed: each is asked, it answers, and the plan grows."""
    service_id = cast.served.world.service_id("barnevern")
    refused = cast["Bjarne"].page.goto(cast.served.url + page_of(cast))
    assert refused is not None
    assert refused.status == 404
    siri = cast["Siri"]
    open_case(cast, "Siri")
    siri.press("Kall inn en tjeneste")
    siri.fill({"tjeneste": service_id, "hvorfor": "Råd om kveldene", "familien_sier": "Greit"})
    siri.press("Send inn")
    consents(cast, "barnevern")
    cast["Bjarne"].do(
        "tjeneste_bidrag", blir_med="ja", navn="Bjarne", kan_beslutte="ja", bidrag=ADVICE
    )
    siri.open_task("ta_inn_i_planen")
    siri.sees(ADVICE)
    siri.do("ta_inn_i_planen", tiltak=[{}, {}, {}, {"hva": ADVICE, "tjeneste": service_id}])
    cast["Marit"].do(
        "signer_endring", familien_signerer="ja", gjor_var_del=True, signert_av="Marit og Kai"
    )
    cast["Bjarne"].visit(page_of(cast))
    cast["Bjarne"].sees(ADVICE)


def evaluate(cast: Cast) -> None:
    """Two services report; the meeting reads each voice, misses Kai's, and wants to end."""
    for name in ("Siri", "Nils"):
        cast[name].do("tiltak_status", tiltak=[{"status": "i_gang"}])
    cast.served.pass_until("evaluering_person")
    for name in ("Marit", "Ola"):
        cast["Marit"].do_for(name, "evaluering_person", fungerer=f"{name} er fornøyd", hjelp="nei")
    cast.served.pass_until("evaluering_mote")
    siri = cast["Siri"]
    siri.open_task("evaluering_mote")
    for words in ("Marit er fornøyd", "Ola er fornøyd", "Stemmer som mangler: Kai"):
        siri.sees(words)
    siri.do(
        "evaluering_mote",
        dato="i dag",
        person_deltok="ja",
        konklusjoner=[{"konklusjon": "nadd"}, {"konklusjon": "nadd"}],
        konklusjon="avslutt",
        begrunnelse="Familien klarer seg.",
    )


def see_gains(cast: Cast) -> None:
    """What has become better stands beside how it was."""
    measure(cast, "maal_etter", "6")
    gain = {"hva": PAID, "for_hvem": "Alle", "hvordan_vet_vi": "Marit sier det"}
    cast["Siri"].do("gevinster", gevinster=[gain])
    for name in ("Marit", "Kai"):
        open_case(cast, "Marit")
        cast["Marit"].sees("Målt over tid")
        cast["Marit"].sees(f"{name}: fra 3 til 6 av 10")


def close(cast: Cast) -> None:
    """The family says that the need is over, and the team ends."""
    cast["Marit"].do("invest_behov_over", familien_mener="ja", blitt_bedre="Vi sover")
    siri = cast["Siri"]
    siri.open_task("invest_avslutning")
    siri.sees("Vi sover")
    siri.do(
        "invest_avslutning",
        avslutning="behov_over",
        begrunnelse="Familien sier det.",
        gevinster=PAID,
        gjenstar="Ingenting",
        videre_kontakt="Siri",
    )
    cast["Marit"].visit(page_of(cast))
    cast["Marit"].sees("Behovet er over")


def test_the_team(contacted: Cast) -> None:
    """From contact until the need is over, with a service that is called in on the way."""
    make_contact(contacted)
    gather_family(contacted)
    measure(contacted, "maal_for", "3")
    hold_start_meeting(contacted)
    sign_plan(contacted)
    call_in_barnevern(contacted)
    evaluate(contacted)
    see_gains(contacted)
    close(contacted)


def test_a_family_that_does_not_want_a_team(cast: Cast) -> None:
    """Marit says no: the unit agrees with her on something else, and that is the end."""
    team.contact(cast.served.world)
    cast.served.world.session.commit()
    cast["Marit"].do("invest_onske", vil_endre="ja", vil_delta="nei", vil_se_helheten="ja")
    cast["Kari"].do("invest_ikke_aktuelt", tilbud=["rad"], tilbud_ord="Råd", videre_kontakt="Kari")
    cast["Marit"].visit(page_of(cast))
    cast["Marit"].sees("Ikke aktuelt nå")


def test_without_consent_there_is_no_plan(cast: Cast) -> None:
    """Nobody lets a service know: the leader follows up, and NAV sees nothing."""
    team.to_team(cast.served.world, ())
    cast.served.world.session.commit()
    cast["Nils"].visit("/oppgaver/?vis=alle")
    cast["Nils"].sees_nothing_of("Marit", "Kai", "Ola")
    cast["Siri"].do(
        "oppfolging",
        notat="Vi tok en prat.",
        videre="avslutt",
        arsak="onsker_ikke",
        videre_kontakt="Siri",
    )
    cast["Marit"].visit(page_of(cast))
    cast["Marit"].sees("Avsluttet uten plan")


def test_all_consent_withdrawn(cast: Cast) -> None:
    """When Kai and Marit have withdrawn everything, no service sees them, and Siri ends it."""
    team.to_measures(cast.served.world)
    cast.served.world.session.commit()
    cast["Nils"].visit(page_of(cast))
    for name in ("Kai", "Marit"):
        one = cast[name]
        one.visit(page_of(cast, name))
        cast.hands.press(one.page.locator('main a[href*="/forlop-i-gang/"]'))
        one.press("Trekk alt samtykke")
        cast.hands.press(one.page.locator('main form button[type="submit"]'))
    gone = cast["Nils"].page.goto(cast.served.url + page_of(cast))
    assert gone is not None
    assert gone.status == 404
    cast["Siri"].do(
        "oppfolging_trukket",
        notat="Greit.",
        videre="avslutt",
        arsak="onsker_ikke",
        videre_kontakt="Siri",
    )
    cast["Marit"].visit(page_of(cast))
    cast["Marit"].sees("Avsluttet etter trukket samtykke")


def test_the_family_ends_it(cast: Cast) -> None:
    """Marit says that they want to stop, whatever the need."""
    team.to_investment_meeting(cast.served.world)
    team.stories.conclude(cast.served.world, "avslutt")
    team.measure_after(cast.served.world, 6)
    cast.served.world.session.commit()
    cast["Marit"].do("invest_behov_over", familien_mener="vil_slutte")
    cast["Siri"].do(
        "invest_avslutning",
        avslutning="familien_vil",
        begrunnelse="Familien sier det.",
        gevinster="Ro hjemme",
        gjenstar="Noe",
        videre_kontakt="Siri",
    )
    cast["Marit"].visit(page_of(cast))
    cast["Marit"].sees("Avsluttet etter familiens valg")
