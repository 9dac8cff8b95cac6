"""The investment team from contact to each of its ends, at command level."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from world import World

from tests.workflows import families, stories
from tests.workflows import investment_stories as team
from workflows import clock, consents, definitions, handovers, measurements, messages, plans
from workflows.measurements import change_words
from workflows.tables import Consent, Measure, Measurement, OpenTask, Plan, ProcessInstance


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(timedelta(0))


def ended(world: World, instance: ProcessInstance) -> tuple[str | None, list[str], str]:
    """How a case ended, what is left to do, and how its plan stands."""
    status = world.session.scalars(select(Plan.status)).one()
    return instance.outcome, world.open_elements(), status


def test_a_family_that_does_not_want_a_team_is_offered_something_else(world: World) -> None:
    """The coordinating unit writes down what they get, and the case ends."""
    instance = team.contact(world)
    team.wish(world, "nei")
    world.complete(
        "Kari", "invest_ikke_aktuelt", tilbud=["rad"], tilbud_ord="Råd", videre_kontakt="Kari"
    )
    assert ended(world, instance) == ("Ikke aktuelt nå", [], "avsluttet")


def test_without_consent_the_team_can_end_without_a_plan(world: World) -> None:
    """The leader follows up as long as the family wants; nothing is shared."""
    instance = team.to_team(world, ())
    assert world.open_elements() == ["oppfolging"]
    follow_up(world, "oppfolging")
    assert ended(world, instance) == ("Avsluttet uten plan", [], "avsluttet")


def follow_up(world: World, element: str, videre: str = "avslutt") -> None:
    world.complete("Siri", element, notat="Snakket", videre=videre, arsak="onsker_ikke")


def test_the_family_can_be_asked_again_about_consent(world: World) -> None:
    """A later yes leads to the start meeting's preparations."""
    team.to_team(world, ())
    follow_up(world, "oppfolging", "innhent_samtykke")
    known = stories.form_of(world, "Siri", "familie_medlemmer").prefill
    world.complete("Siri", "familie_medlemmer", familie=known["familie"])
    team.agree_to(world, "nav")
    assert world.open_elements() == ["barnets_syn", "maal_for", "maal_for"]


def test_the_team_ends_when_the_need_is_over(world: World) -> None:
    """The family says so, and the leader writes what is better and whom they can call."""
    instance = team.to_closing(world)
    team.close(world, "behov_over")
    assert ended(world, instance) == ("Behovet er over", [], "avsluttet")


def test_the_team_ends_when_the_family_wants_it_to(world: World) -> None:
    """Also when the need is still there."""
    instance = team.to_closing(world, "vil_slutte")
    team.close(world, "familien_vil")
    assert ended(world, instance) == ("Avsluttet etter familiens valg", [], "avsluttet")


@pytest.mark.parametrize("answer", ["nei", "vet_ikke"])
def test_the_team_goes_on_when_the_family_still_needs_it(world: World, answer: str) -> None:
    """Whatever the meeting concluded, the services are asked to report again."""
    instance = team.to_closing(world, answer)
    assert (instance.outcome, world.open_elements()) == (None, ["tiltak_status"] * 2)


def test_the_leader_can_let_the_team_go_on(world: World) -> None:
    """The family's yes is not the last word where the leader sees that the need is there."""
    team.to_closing(world)
    team.close(world, "fortsetter")
    assert world.open_elements() == ["tiltak_status"] * 2


def test_no_reason_to_end_is_that_a_project_ends(world: World) -> None:
    """A team ends by the need or the family's choice, never by time or money."""
    form = definitions.latest_form(world.session, world.municipality.id, "invest_avslutning")
    [reasons] = [field.options for field in form.fields if field.key == "avslutning"]
    assert [value for value, _label in reasons] == [
        "behov_over",
        "familien_vil",
        "flyttet",
        "fortsetter",
    ]


def withdraw_everything(world: World) -> ProcessInstance:
    """Marit and Kai withdraw what they have said yes to, for themselves and for Ola."""
    instance = team.to_measures(world)
    for name in ("Kai", "Marit"):
        consents.withdraw_all(world.session, world.actor(name), instance.id)
    return instance


def test_the_plan_stops_when_all_consent_is_withdrawn(world: World) -> None:
    """Only the leader is left, who talks with the family."""
    instance = withdraw_everything(world)
    assert ended(world, instance) == (None, ["oppfolging_trukket"], "stanset")


def test_the_team_can_end_after_all_consent_is_withdrawn(world: World) -> None:
    """When the family does not want to be followed up either."""
    instance = withdraw_everything(world)
    follow_up(world, "oppfolging_trukket")
    assert ended(world, instance) == ("Avsluttet etter trukket samtykke", [], "avsluttet")


def test_what_one_of_the_family_withdraws_does_not_stop_the_others(world: World) -> None:
    """Kai takes back his consents: the leader sorts out the measures, the plan is in force."""
    instance = team.to_measures(world)
    consents.withdraw_all(world.session, world.actor("Kai"), instance.id)
    assert "avklar_samtykke" in world.open_elements()
    assert ended(world, instance)[2] == "aktiv"


def test_what_the_meeting_decided_stands_in_the_plan(world: World) -> None:
    """Before anybody writes the plan, with the family's own part beside the services'."""
    instance = team.to_plan(world)
    rows = plans.live_measures(world.session, instance)
    assert [(row.what, row.service_id) for row in rows] == [
        ("Samle alle regningene", None),
        ("Tiltak fra skole", world.services["skole"].id),
        ("Tiltak fra nav", world.services["nav"].id),
    ]


def test_goals_look_a_short_or_a_long_way_ahead(world: World) -> None:
    """As the meeting said, and still so when the plan is written with what is known."""
    instance = team.to_plan(world)
    wanted = {"Oversikt over regningene": "kort", "Marit i fast arbeid": "lang"}
    assert team.goals(world, instance) == wanted
    team.write_plan(world)
    assert team.goals(world, instance) == wanted


def test_the_leader_reads_what_the_family_wished(world: World) -> None:
    """The unit appoints with the family's own words in front of it, from this process's form."""
    team.contact(world)
    team.wish(world)
    known = stories.form_of(world, "Kari", "oppnevn_koordinator").prefill
    assert (known["onsket_koordinator"], known["viktigst"]) == ("Siri", "Ro hjemme")


def test_nothing_begins_before_the_family_has_signed(world: World) -> None:
    """A plan that is written is not in force."""
    instance = team.to_plan(world)
    team.write_plan(world)
    assert ended(world, instance) == (None, ["invest_signering"], "utkast")


def test_nothing_begins_before_the_municipality_has_signed(world: World) -> None:
    """The family's signature alone does not bind the services."""
    instance = team.to_plan(world)
    team.write_plan(world)
    team.sign(world)
    assert ended(world, instance) == (None, ["signer_for_kommunen"], "utkast")


def test_both_signatures_start_all_measures_at_once(world: World) -> None:
    """The services report side by side; the family's own part asks no service."""
    instance = team.to_measures(world)
    assert ended(world, instance) == (None, ["tiltak_status"] * 2, "aktiv")
    assert team.reporters(world) == ["NAV Prøvevik", "Prøvevik skole"]


def test_the_familys_no_opens_the_plan_with_their_view(world: World) -> None:
    """It is written again, with what they want otherwise in it."""
    team.to_plan(world)
    team.write_plan(world)
    team.sign(world, familien_signerer="nei", eget_syn="For mye på en gang")
    known = stories.form_of(world, "Siri", "investeringsplan").prefill
    assert known["eget_syn"] == "For mye på en gang"


def test_the_municipalitys_no_opens_the_plan_again(world: World) -> None:
    """What cannot be kept is not promised."""
    team.to_plan(world)
    team.write_plan(world)
    team.sign(world)
    team.sign_for_municipality(world, kommunen_signerer="nei", kommunen_vil_endre="Ingen vikar")
    known = stories.form_of(world, "Siri", "investeringsplan").prefill
    assert known["kommunen_vil_endre"] == "Ingen vikar"


def pulling_apart(world: World) -> list[dict[str, Any]]:
    """Two services that ask Marit for her time, in different areas of life."""
    areas = {"skole": "barna", "nav": "arbeid"}
    marit = str(world.persons["Marit"].id)
    return [
        {"hva": kind, "tjeneste": world.service_id(kind), "krever_av": marit, "omrade": area}
        for kind, area in areas.items()
    ]


def test_services_that_pull_apart_are_put_in_order_before_anybody_signs(world: World) -> None:
    """The meeting agrees on what comes first for the one who is asked for everything."""
    team.to_plan(world)
    team.write_plan(world, tiltak=pulling_apart(world))
    known = stories.form_of(world, "Siri", "rekkefolge").prefill["rekkefolge"]
    rows = [{**row, "nummer": number} for number, row in enumerate(known, start=1)]
    world.complete("Siri", "rekkefolge", rekkefolge=rows, begrunnelse="Barna først")
    assert world.open_elements() == ["invest_signering"]


def offered(world: World, name: str, instance: ProcessInstance) -> list[str]:
    return [one.id for one in messages.sendable(world.session, world.actor(name), instance)]


def test_the_leader_alone_can_call_in_a_service(world: World) -> None:
    """Under «Meld fra», at any time while measures go on."""
    instance = team.to_measures(world)
    names = ("Siri", "Nils", "Marit", "Kari")
    assert [offered(world, name, instance) for name in names] == [["tjeneste_trengs"], [], [], []]


def test_everyone_in_the_family_is_asked_about_a_service_that_is_called_in(world: World) -> None:
    """Nobody says yes for another grown-up."""
    instance = team.to_measures(world)
    team.call_in(world, instance)
    world.session.flush()
    asked = select(OpenTask.person_id).where(OpenTask.element == "samtykke_forslag")
    family = {world.persons[name].id for name in ("Marit", "Kai", "Ola")}
    assert set(world.session.scalars(asked)) == family


def test_a_service_that_the_family_says_no_to_is_not_asked(world: World) -> None:
    """The case goes on as before; the service hears nothing."""
    instance = team.to_measures(world)
    team.call_in(world, instance)
    team.agree_to(world, yes=False)
    assert world.open_elements() == ["tiltak_status"] * 2


def test_a_service_that_one_of_them_says_yes_to_is_asked(world: World) -> None:
    """It is told of that one, who said yes."""
    instance = team.to_measures(world)
    team.call_in(world, instance)
    for by, person in (("Kai", "Kai"), ("Marit", "Ola")):
        team.consent_to(world, by, person, "barnevern", yes=False)
    team.consent_to(world, "Marit", "Marit", "barnevern", yes=True)
    task = world.open_task("tjeneste_bidrag")
    assert (task.service_id, task.parked) == (world.services["barnevern"].id, None)


def test_the_service_that_is_called_in_can_say_no(world: World) -> None:
    """The leader is told, and nothing is changed in the plan."""
    instance = team.to_measures(world)
    team.call_in(world, instance)
    team.agree_to(world)
    team.contribute(world, blir_med="nei", hvorfor_ikke="Spør helsestasjonen")
    assert world.open_elements() == ["tiltak_status"] * 2


def called_in(world: World) -> ProcessInstance:
    """The child welfare service has come in, is in the plan, and the family has signed that."""
    instance = team.to_measures(world)
    team.call_in(world, instance)
    team.agree_to(world)
    team.contribute(world)
    known = stories.form_of(world, "Siri", "ta_inn_i_planen").prefill
    new = {"hva": "Råd hver uke", "tjeneste": world.service_id("barnevern")}
    team.write_plan(world, "ta_inn_i_planen", tiltak=[*known["tiltak"], new])
    team.sign(world, "signer_endring")
    return instance


def test_the_leader_reads_what_the_service_offers_when_taking_it_in(world: World) -> None:
    """What it said it can do stands in the plan's form."""
    instance = team.to_measures(world)
    team.call_in(world, instance)
    team.agree_to(world)
    team.contribute(world)
    assert stories.form_of(world, "Siri", "ta_inn_i_planen").prefill["bidrag"] == "Råd hver uke"


def test_a_service_that_is_called_in_reports_from_the_next_period(world: World) -> None:
    """Its measure stands in the plan at once; the period under way is not started again."""
    called_in(world)
    assert team.reporters(world) == ["NAV Prøvevik", "Prøvevik skole"]
    team.pass_to_meeting(world)
    stories.conclude(world)
    assert team.reporters(world) == ["Barneverntjenesten", "NAV Prøvevik", "Prøvevik skole"]


def compared(world: World, instance: ProcessInstance, name: str) -> dict[str, str]:
    found = measurements.comparisons(world.session, instance, [world.persons[name].id])
    return {each.latest.scale: change_words(each) for each in found}


def test_living_conditions_are_measured_before_and_after(world: World) -> None:
    """For each grown-up, in plain words, and never for the child."""
    instance = team.to_closing(world)
    wanted = {"tilfredshet": "fra 3 til 6 av 10", "penger": "som før: «Vanskelig»"}
    assert compared(world, instance, "Marit") == wanted
    assert compared(world, instance, "Kai") == wanted
    assert compared(world, instance, "Ola") == {}


def at_meeting(world: World, maleintervall: str) -> ProcessInstance:
    """The first investment meeting in a plan that says how often the family is asked."""
    instance = team.to_plan(world)
    team.write_plan(world, maleintervall=maleintervall)
    team.sign(world)
    team.sign_for_municipality(world)
    team.pass_to_meeting(world)
    return instance


def test_the_family_is_asked_again_when_the_plan_says_so(world: World) -> None:
    """At every meeting, where that is what was agreed."""
    at_meeting(world, "0")
    stories.conclude(world)
    assert world.open_elements() == ["barnets_syn", "maal_etter", "maal_etter"]


def test_gains_are_followed_from_one_time_to_the_next(world: World) -> None:
    """What was better last time stands there, to be kept, changed or taken away."""
    at_meeting(world, "0")
    stories.conclude(world)
    team.measure_after(world, 5)
    team.pass_to_meeting(world)
    stories.conclude(world)
    team.measure(world, 6, "maal_etter")
    team.hear_child(world)
    [gain] = stories.form_of(world, "Siri", "gevinster").prefill["gevinster"]
    assert gain["hva"] == "Regningene er betalt"


def test_the_family_is_not_asked_before_its_time(world: World) -> None:
    """Twelve weeks on is not half a year; half a year after the last time, they are asked."""
    at_meeting(world, "26")
    stories.conclude(world)
    assert world.open_elements() == ["tiltak_status"] * 2
    team.pass_to_meeting(world)
    stories.conclude(world)
    assert "maal_etter" in world.open_elements()


def test_a_family_that_has_never_answered_is_asked(world: World) -> None:
    """Nobody waits half a year for a first time."""
    at_meeting(world, "26")
    world.session.execute(delete(Measurement))
    stories.conclude(world)
    assert "maal_etter" in world.open_elements()


def test_a_meeting_can_send_the_plan_to_be_written_again(world: World) -> None:
    """And then it is signed again."""
    team.to_investment_meeting(world)
    stories.conclude(world, "revider")
    team.write_plan(world)
    assert world.open_elements() == ["invest_signering"]


def test_a_meeting_can_ask_for_another_leader(world: World) -> None:
    """Siri proposes who takes over, and leads until that one has said yes."""
    instance = team.to_investment_meeting(world)
    stories.conclude(world, "ny_koordinator")
    assert world.open_elements() == ["overlevering_forslag"]
    assert instance.coordinator_id == world.account_id("Siri")


def test_a_leader_who_quits_hands_over_while_measures_go_on(world: World) -> None:
    """The family is never without a leader, and nobody's work stops."""
    instance = team.to_measures(world)
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)
    assert world.open_elements() == ["overlevering_forslag", *["tiltak_status"] * 2]


def test_each_is_asked_again_before_their_consent_runs_out(world: World) -> None:
    """Three people have consents that soon expire: three questions, and the work goes on."""
    team.to_measures(world)
    clock.travel(clock.offset_in(340))
    consents.ask_again(world.session, world.session.scalars(select(Consent)).all()[0])
    world.session.flush()
    asked = select(OpenTask.person_id).where(OpenTask.element == "samtykke_forslag")
    assert len(set(world.session.scalars(asked))) == 3
    assert world.open_elements().count("tiltak_status") == 2


def test_a_service_reports_on_its_own_measures(world: World) -> None:
    """What NAV says of its measure stands in the plan."""
    team.to_measures(world)
    stories.report(world, "Nils", "fullfort")
    query = select(Measure.status).where(Measure.service_id == world.services["nav"].id)
    assert world.session.scalars(query).all() == ["fullfort"]


def test_a_meeting_is_held_when_everyone_has_reported_and_it_is_time(world: World) -> None:
    """All reports in do not call the meeting early."""
    team.to_measures(world)
    for name in ("Siri", "Nils"):
        stories.report(world, name)
    assert world.open_elements() == []
    team.pass_to_meeting(world)
    assert world.open_elements() == ["evaluering_mote"]


def test_the_child_is_heard_before_the_start_meeting(world: World) -> None:
    """The meeting waits for Ola's own words."""
    team.to_team(world)
    team.measure(world, 3)
    assert world.open_elements() == ["barnets_syn"]
    families.complete_for(
        world, "Marit", "barnets_syn", "Ola", hjelp="ja", vil_snakke="nei", bra="Fotball"
    )
    assert world.open_elements() == ["oppstartsmote"]
