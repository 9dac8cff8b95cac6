"""One individuell plan from referral to its second evaluation and its end, in the browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import Cast

SERVICES = ("skole", "barnevern", "nav")


def report_need(cast: Cast) -> None:
    """Kari of the coordinating unit reports the need and assesses it; Mia says what she wants."""
    mia = cast.served.world.persons["Mia"].id
    kari = cast["Kari"]
    kari.visit(f"/personer/{mia}/start/individuell_plan")
    kari.fill(
        {
            "plantype": "individuell_plan",
            "behov": "Mia trenger hjelp fra skolen, barnevernet og NAV.",
            "tjenester": [cast.served.world.service_id(kind) for kind in SERVICES],
            "person_hort": "Mia fortalte selv i en samtale.",
            "melder": "personen",
        }
    )
    kari.press("Start forløpet")
    kari.do("vurder_behov", vurdering="plan", begrunnelse="Mia har behov fra flere tjenester.")
    cast["Mia"].do("onske", onsker="plan", viktigst="At de voksne snakker sammen.")


def ask_consent(cast: Cast, svar: str, by: str = "Kari") -> None:
    """The question is prepared, and Mia answers it."""
    cast[by].do(
        "samtykke_forslag",
        formal="Samarbeid om planen din.",
        opplysninger=["hverdag", "skole_arbeid"],
        tjenester=[cast.served.world.service_id(kind) for kind in SERVICES],
        varighet="104",
    )
    answers = {"svar": svar, "hvordan": "skriftlig"}
    cast["Mia"].do("samtykke_svar", **answers, **({"informert": True} if svar != "nei" else {}))


def appoint_siri(cast: Cast) -> None:
    """Kari appoints Siri of the school."""
    cast["Kari"].do(
        "oppnevn_koordinator",
        koordinator=str(cast.served.world.account_id("Siri")),
        begrunnelse="Mia kjenner Siri.",
        neste_kontakt="i morgen",
    )


def make_plan(cast: Cast) -> None:
    """Mapping, start meeting, the plan a to i, and Mia's approval."""
    cast["Mia"].do("mine_mal", mal=[{"mal": "Sove bedre"}, {"mal": "Spille fotball"}])
    cast["Siri"].do(
        "kartlegging", samarbeid="Fastlegen bør være med.", samlet_vurdering="Mia klarer mye selv."
    )
    cast["Siri"].do(
        "startmote",
        dato="i dag",
        person_deltok="ja",
        deltakere=[{"navn": "Trener Tore", "rolle": "Trener"}],
    )
    service_id = cast.served.world.service_id
    cast["Siri"].do(
        "plan",
        tiltak=[
            {"hva": "Leksehjelp", "omfang": "To timer i uka", "tjeneste": service_id("skole")},
            {"hva": "Støttekontakt", "tjeneste": service_id("barnevern")},
            {"hva": "Sommerjobb", "tjeneste": service_id("nav")},
        ],
        periode_fra="i dag",
        evalueringsintervall="12",
    )
    cast["Mia"].do("godkjenning", godkjenner="ja")


def work_and_evaluate(cast: Cast, voices: tuple[str, ...]) -> None:
    """Three services report on their measures; the evaluation is asked of everybody."""
    for name in ("Siri", "Bjarne", "Nils"):
        cast[name].do("tiltak_status", tiltak=[{"status": "i_gang", "kommentar": "Godt i gang."}])
    cast.served.pass_until("evaluering_person")
    cast["Mia"].do(
        "evaluering_person", vurderinger=[{"vurdering": "7", "ord": "Bedre"}], hjelp="nei"
    )
    for name in voices:
        cast[name].do("evaluering_tjeneste", vurderinger=[{"oppnaelse": "1"}])


def conclude(cast: Cast, name: str, konklusjon: str) -> None:
    """The coordinator holds the meeting and concludes."""
    cast[name].do(
        "evaluering_mote",
        dato="i dag",
        person_deltok="ja",
        konklusjoner=[{"konklusjon": "fortsett"}, {"konklusjon": "fortsett"}],
        beslutninger=[
            {"hva": "Ringe Mia hver fredag", "hvem": "koordinator", "frist": "i morgen"},
        ],
        konklusjon=konklusjon,
        begrunnelse="Det går bedre.",
    )


def test_the_whole_story(every_cast: Cast) -> None:
    """Four people from need to the second round, a missing voice, a handover and the end."""
    cast = every_cast
    report_need(cast)
    ask_consent(cast, "alle")
    appoint_siri(cast)
    make_plan(cast)
    work_and_evaluate(cast, voices=("Siri", "Bjarne"))
    cast.served.pass_until("evaluering_mote")
    cast["Siri"].open_task("evaluering_mote")
    cast["Siri"].sees("NAV Prøvevik")
    conclude(cast, "Siri", "fortsett")
    cast["Siri"].do("beslutning_gjores", gjort="ja", kommentar="Jeg ringte hver uke.")
    work_and_evaluate(cast, voices=("Siri", "Bjarne", "Nils"))
    cast["Siri"].open_task("evaluering_mote")
    cast["Siri"].sees("Jeg ringte hver uke.")
    conclude(cast, "Siri", "ny_koordinator")
    cast["Siri"].do(
        "overlevering_forslag",
        ny_koordinator=str(cast.served.world.account_id("Bjarne")),
        hvorfor="Jeg slutter på skolen.",
        dato="i dag",
    )
    cast["Mia"].do("overlevering_onske", mening="greit")
    cast["Bjarne"].do("overlevering_svar", godtar="ja")
    cast["Siri"].do(
        "overlevering_mote", dato="i dag", person_deltok="ja", viktigst="Søvnen.", beskjed=True
    )
    cast["Mia"].visit(f"/personer/{cast.served.world.persons['Mia'].id}")
    cast["Mia"].sees("Bjarne")
    cast["Mia"].press("Runde 1")
    cast["Mia"].sees("Jeg ringte hver uke.")
    work_and_evaluate(cast, voices=("Bjarne",))
    cast.served.pass_until("evaluering_mote")
    conclude(cast, "Bjarne", "avslutt")
    cast["Bjarne"].do(
        "avslutt_plan",
        arsak="mal_nadd",
        oppsummering="Mia sover og spiller fotball.",
        videre_kontakt="Helsesykepleier på skolen.",
    )
    assert not cast.served.tasks("tiltak_status")
    cast["Mia"].visit(f"/personer/{cast.served.world.persons['Mia'].id}")
    cast["Mia"].sees("Avsluttet")


def test_without_consent_the_coordinator_follows_up_alone(cast: Cast) -> None:
    """Mia says no: no service sees anything, and Siri keeps the thread."""
    report_need(cast)
    ask_consent(cast, "nei")
    appoint_siri(cast)
    cast["Nils"].visit("/oppgaver/?vis=alle")
    assert "Mia" not in cast["Nils"].page.locator("main").inner_text()
    cast["Siri"].do(
        "oppfolging",
        notat="Vi tok en prat.",
        videre="avslutt",
        arsak="onsker_ikke",
        videre_kontakt="Mia kan ringe når hun vil.",
    )
    cast["Mia"].visit(f"/personer/{cast.served.world.persons['Mia'].id}")
    cast["Mia"].sees("Avsluttet uten plan")


def test_a_consent_withdrawn_midway(cast: Cast) -> None:
    """Mia withdraws NAV's consent: NAV sees nothing at once, its task waits, Siri clears up."""
    report_need(cast)
    ask_consent(cast, "alle")
    appoint_siri(cast)
    make_plan(cast)
    mia = f"/personer/{cast.served.world.persons['Mia'].id}"
    cast["Nils"].visit(mia)
    cast["Mia"].visit(mia)
    consent = cast["Mia"].page.locator("li").filter(has_text="NAV Prøvevik")
    cast.hands.press(consent.locator('a[href*="/samtykker/"]'))
    cast["Mia"].sees("NAV Prøvevik får ikke se planen lenger.")
    cast["Mia"].look()
    cast.hands.press(cast["Mia"].page.locator('main form button[type="submit"]'))
    gone = cast["Nils"].page.goto(cast.served.url + mia)
    assert gone is not None
    assert gone.status == 404
    cast["Siri"].visit("/oppgaver/?vis=venter")
    cast["Siri"].sees("samtykket")
    cast["Siri"].do(
        "avklar_samtykke", losning="utenfor", begrunnelse="NAV hjelper utenfor planen.",
        informert=["personen", "tjenesten"],
    )  # fmt: skip


def test_a_handover_nobody_accepts(cast: Cast) -> None:
    """Bjarne does not answer: the coordinating unit decides, and Siri holds the baton all along."""
    report_need(cast)
    ask_consent(cast, "alle")
    appoint_siri(cast)
    make_plan(cast)
    mia = f"/personer/{cast.served.world.persons['Mia'].id}"
    cast["Siri"].visit(mia)
    siri = cast["Siri"]
    cast.hands.press(siri.page.locator('a[href*="/forlop-i-gang/"]'))
    siri.look()
    cast.hands.press(siri.page.locator('a[href*="koordinator-slutter"]'))
    siri.look()
    cast.hands.press(siri.page.locator('main form button[type="submit"]'))
    cast["Siri"].do(
        "overlevering_forslag",
        ny_koordinator=str(cast.served.world.account_id("Bjarne")),
        hvorfor="Jeg slutter.",
        dato="i morgen",
    )
    cast["Mia"].do("overlevering_onske", mening="greit")
    cast.served.pass_until("overlevering_avklaring")
    cast["Kari"].do("overlevering_avklaring", avgjorelse="fortsetter", hvorfor="Siri blir likevel.")
    cast["Mia"].visit(mia)
    cast["Mia"].sees("Siri")


def test_overdue_answers_are_reminded_of_and_shown(cast: Cast) -> None:
    """Mia does not answer: she gets a notice, and the list says how late it is in words."""
    report_need(cast)
    cast.served.pass_days(1)
    cast["Kari"].do(
        "samtykke_forslag",
        formal="Samarbeid.",
        opplysninger=["hverdag"],
        tjenester=[cast.served.world.service_id("skole")],
        varighet="52",
    )
    cast.served.pass_days(21)
    mia = cast["Mia"]
    mia.visit("/oppgaver/")
    mia.sees("over fristen")
    mia.visit("/varsler/")
    expect(mia.page.locator("main li").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_errors_are_listed_linked_and_keep_what_was_typed(cast: Cast, script: bool) -> None:
    """An empty required field: a list of errors, a link to the field, and the rest still there."""
    report_need_page = f"/personer/{cast.served.world.persons['Mia'].id}/start/individuell_plan"
    cast.script = script
    kari = cast["Kari"]
    kari.visit(report_need_page)
    kari.fill({"behov": "Dette skal ikke gå tapt."})
    kari.press("Start forløpet")
    expect(kari.page.locator(".ds-error-summary li")).not_to_have_count(0)
    expect(kari.page.locator('[name="behov"]')).to_have_value(
        re.compile("Dette skal ikke gå tapt.")
    )
