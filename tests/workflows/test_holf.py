"""HOLF, the whole family: how it can end, how children are heard, and services that pull apart

(S1: BUP asks the mother to be there for her son, barnevern for the girls, and NAV for work).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from world import World

from forms import answers
from forms.posted import Posted
from tests.workflows import families as family
from tests.workflows import holf_stories as holf
from tests.workflows import stories
from workflows import (
    access,
    agreed_order,
    clock,
    consents,
    definitions,
    families,
    measurements,
    order_standing,
    participants,
    plans,
    prefill,
)
from workflows.order_standing import FlagLine
from workflows.tables import Consent, Measure, OpenTask, ProcessInstance, ServiceCase

MORE_THAN_THREE_WEEKS = 40
"""Days, with room for holidays: a deadline is never on one."""
COURSE = "Jobbsøkerkurs hver dag"


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(timedelta(0))


def people_with(world: World, element: str) -> dict[str, OpenTask]:
    """Name → the open task at an element about that member."""
    world.session.flush()
    names = {row.id: name for name, row in world.persons.items()}
    rows = world.session.scalars(select(OpenTask).where(OpenTask.element == element))
    return {names[row.person_id]: row for row in rows}


def known_in_plan(world: World, instance: ProcessInstance, reader: str) -> dict[str, Any]:
    """What a reader would find in the form of the family plan."""
    form = definitions.latest_form(world.session, world.municipality.id, "holf_plan")
    seen = participants.seen(world.session, world.actor(reader), instance)
    return prefill.collect(world.session, instance, form, seen=seen).data


def ask(world: World, what: str, kind: str = "arbeid") -> dict[str, Any]:
    """A new measure that asks for Anne's time."""
    return {"hva": what, "krever_av": str(world.persons["Anne"].id), "omrade": kind}


def decide(world: World, decision: str, why: str) -> None:
    rows = stories.form_of(world, "Nina", "avklar_rekkefolge").prefill["flagget"]
    decided = [{**row, "avgjorelse": decision, "hvorfor": why} for row in rows]
    world.complete("Nina", "avklar_rekkefolge", flagget=decided)


def flag_of(world: World, instance: ProcessInstance, what: str) -> FlagLine:
    """What stands beside a measure in the plan, as Anne reads it."""
    seen = participants.seen(world.session, world.actor("Anne"), instance)
    measure = world.session.scalars(select(Measure).where(Measure.what == what)).one()
    return order_standing.standing(world.session, instance, seen).flags[measure.id]


# The ends


def test_a_family_that_does_not_want_it_is_left_alone(world: World) -> None:
    """One no is enough, and the case is over."""
    instance = holf.start(world)
    world.complete("Anne", "onske", vil_ha_holf="nei")
    assert instance.outcome == "Ønsker ikke"


def test_without_consent_there_is_a_coordinator_and_no_plan(world: World) -> None:
    """Nina keeps in touch as long as it is wanted, and then the case ends."""
    instance = holf.to_family(world)
    holf.gather_family(world)
    holf.consent(world, dict.fromkeys(holf.FAMILY, ()))
    date = clock.today().isoformat()
    world.complete("Nina", "oppfolging", notat="Ja", videre="fortsett", neste_kontakt=date)
    assert world.open_elements() == ["oppfolging"]
    world.complete("Nina", "oppfolging", notat="Bra", videre="avslutt", arsak="ikke_behov")
    assert instance.outcome == "Avsluttet uten plan"


def test_a_family_may_be_asked_for_consent_again(world: World) -> None:
    """Who said no at first is asked anew, and the mapping starts when they say yes."""
    holf.to_family(world)
    holf.gather_family(world)
    holf.consent(world, dict.fromkeys(holf.FAMILY, ()))
    world.complete("Nina", "oppfolging", notat="Vil nå", videre="innhent_samtykke")
    rows = stories.form_of(world, "Nina", "familie_medlemmer").prefill["familie"]
    world.complete("Nina", "familie_medlemmer", familie=rows)
    holf.consent(world)
    assert "kartlegging" in world.open_elements()


def test_a_meeting_may_end_it(world: World) -> None:
    """The evaluation concludes that the plan is over, and the family knows whom to call."""
    instance = holf.to_measures(world)
    holf.evaluate(world, "avslutt")
    world.complete(
        "Nina", "avslutt_plan", arsak="mal_nadd", oppsummering="Bra", videre_kontakt="Nina"
    )
    assert instance.outcome == "Avsluttet"


def test_a_new_mapping_may_end_it(world: World) -> None:
    """A year later the family manages on their own, and the coordinator says why it ends."""
    instance = holf.to_measures(world)
    holf.map_again(world)
    holf.say_what_is_needed(world, "nei")
    world.complete(
        "Nina",
        "holf_videre",
        familien_hort="I møte",
        behov_videre="avslutt",
        begrunnelse="De klarer seg.",
        arsak="mal_nadd",
        videre_kontakt="Nina",
    )
    assert instance.outcome == "Avsluttet etter ny kartlegging"


def test_a_family_that_needs_more_goes_on(world: World) -> None:
    """The plan is gone through again with what stands in it; no project's end decides."""
    instance = holf.to_measures(world)
    holf.map_again(world)
    holf.say_what_is_needed(world, "ja")
    world.complete(
        "Nina", "holf_videre", familien_hort="Ja", behov_videre="fortsett", begrunnelse="Trenger."
    )
    known = stories.form_of(world, "Nina", "familieplan").prefill
    assert (instance.ended_at, known["etter_ett_ar"]) == (None, "Trenger.")
    assert [row["hva"] for row in known["tiltak"]] == list(holf.MEASURES)


def test_a_silent_family_does_not_end_it(world: World) -> None:
    """Who does not answer in three weeks is asked by the coordinator, who writes how."""
    holf.to_measures(world)
    holf.map_again(world)
    stories.pass_days(world, MORE_THAN_THREE_WEEKS)
    assert world.open_elements() == ["holf_videre"]


def test_when_all_consent_is_withdrawn_the_plan_stops(world: World) -> None:
    """No service has anything to do any more; the coordinator stays until the family is done."""
    instance = holf.to_measures(world)
    consents.withdraw_all(world.session, world.actor("Anne"), instance.id)
    assert world.open_elements() == ["oppfolging_trukket"]
    world.complete("Nina", "oppfolging_trukket", notat="Greit", videre="avslutt", arsak="annet")
    assert instance.outcome == "Avsluttet etter trukket samtykke"


# Who appoints


def test_the_unit_appoints_where_nav_does_not_know_the_family(world: World) -> None:
    """A service without an own case is told nothing, though the diagram names it."""
    holf.start(world)
    world.session.query(ServiceCase).delete()
    world.complete("Anne", "onske", vil_ha_holf="ja")
    task = world.open_task("oppnevn_koordinator")
    assert task.service_id == world.services["koordinerende_enhet"].id


def test_nav_may_do_its_step_and_no_more(world: World) -> None:
    """The step is a basis as long as it is open, and not for reading the plan."""
    instance = holf.start(world)
    anne, nils = world.persons["Anne"].id, world.actor("Nils")

    def may(permission: str) -> access.Basis | None:
        return access.basis_for(world.session, nils, permission, anne, instance.id)

    assert may(access.COMPLETE_TASK) is None
    world.complete("Anne", "onske", vil_ha_holf="ja")
    assert may(access.COMPLETE_TASK) == access.Basis(access.NAMED)
    assert may(access.READ_PLAN) is None
    world.session.query(ServiceCase).delete()
    assert may(access.COMPLETE_TASK) is None


# The children


def test_a_child_under_seven_is_heard_by_the_coordinator(world: World) -> None:
    """Liv is 5: Nina finds a way that suits her."""
    holf.to_mapping(world)
    [(name, task)] = people_with(world, "barnet_hort").items()
    assert (name, task.assignee_id) == ("Liv", world.account_id("Nina"))


def test_a_child_from_seven_answers_or_who_acts_for_them(world: World) -> None:
    """Per is 13 and answers himself; Ida is 9, and Anne may write what she says."""
    holf.to_mapping(world)
    asked = people_with(world, "barnets_syn")
    assert set(asked) == {"Per", "Ida"}
    family.complete_for(
        world, "Per", "barnets_syn", "Per", endre="Ro", hjelp="nei", vil_snakke="nei"
    )
    family.complete_for(
        world, "Anne", "barnets_syn", "Ida", bra="Turn", hjelp="ja", vil_snakke="nei"
    )
    assert people_with(world, "barnets_syn") == {}


def test_a_child_whose_age_is_not_known_is_heard_by_the_coordinator(world: World) -> None:
    """There is no lower age for being heard."""
    holf.to_family(world)
    holf.gather_family(world)
    world.persons["Ida"].born_on = None
    holf.consent(world)
    assert set(people_with(world, "barnet_hort")) == {"Ida", "Liv"}


@pytest.mark.parametrize("whom", ["koordinator", "annen"])
def test_a_child_may_talk_with_someone_alone(world: World, whom: str) -> None:
    """Per need not write where his mother reads it."""
    holf.to_mapping(world)
    family.complete_for(world, "Per", "barnets_syn", "Per", hjelp="nei", vil_snakke=whom)
    assert set(people_with(world, "barnet_hort")) == {"Per", "Liv"}


def test_a_child_who_has_not_answered_is_heard_in_another_way(world: World) -> None:
    """After three weeks Nina hears Per and Ida; the plan does not go on without them."""
    holf.to_mapping(world)
    stories.pass_days(world, MORE_THAN_THREE_WEEKS)
    assert set(people_with(world, "barnet_hort")) == {"Per", "Ida", "Liv"}
    holf.map_areas(world)
    assert "familieplan" not in world.open_elements()


def test_a_child_who_has_left_is_not_asked_again(world: World) -> None:
    """A year later only those who still take part are heard."""
    instance = holf.to_measures(world)
    families.leave(world.session, world.actor("Anne"), instance.id, world.persons["Ida"].id)
    holf.until(world, "ny_kartlegging")
    assert set(people_with(world, "barnets_syn")) == {"Per"}


def test_what_the_children_say_stands_in_the_plan(world: World) -> None:
    """Each question that was answered, and how the youngest was heard."""
    holf.to_plan(world)
    rows = stories.form_of(world, "Nina", "familieplan").prefill["barnas_stemmer"]
    assert [row["navn"] for row in rows] == ["Per", "Ida", "Liv"]
    assert rows[0]["sagt"] == (
        "Hvis du kunne endre én ting, hva skulle det være? Mer ro\n"
        "Fikk du hjelp til å svare? Nei, jeg svarte selv"
    )
    assert "Hvordan er barnet hørt? Vi har lekt eller tegnet" in rows[2]["sagt"]


def test_a_child_is_heard_by_those_who_see_the_child(world: World) -> None:
    """Barnevern reads what the girls say, BUP what Per says, and Tor and NAV of none of them."""
    instance = holf.to_plan(world)

    def heard(reader: str) -> list[str]:
        rows = known_in_plan(world, instance, reader).get("barnas_stemmer", [])
        return [row["navn"] for row in rows]

    assert heard("Bjarne") == ["Ida", "Liv"]
    assert heard("Berit") == ["Per"]
    assert heard("Anne") == ["Per", "Ida", "Liv"]
    assert (heard("Tor"), heard("Nils")) == ([], [])


# The plan


def faults(world: World, areas: tuple[str, ...]) -> set[str]:
    """The labels of what is at fault in a family plan with one goal in each of these areas."""
    form = definitions.latest_form(world.session, world.municipality.id, "holf_plan")
    goals = [
        (f"mal-{at}-{name}", value)
        for at, area in enumerate(areas)
        for name, value in (("mal", "Et mål"), ("omrade", area))
    ]
    checked = answers.check(form, Posted(goals), prefill={}, options={"varighet": [("12", "12")]})
    return {error.label for error in checked.errors}


def test_the_plan_has_goals_in_all_four_areas_or_says_why(world: World) -> None:
    """No area waits for another: leaving one out takes a reason."""
    asked = "Hvilke områder har ikke noe mål nå, og hvorfor?"
    assert asked not in faults(world, holf.AREAS)
    for missing in holf.AREAS:
        rest = tuple(area for area in holf.AREAS if area != missing)
        assert asked in faults(world, rest)


def test_the_family_reads_from_when_the_plan_holds(world: World) -> None:
    """Whatever form a plan is written in, its period stands where it is approved."""
    holf.to_plan(world)
    holf.write_plan(world, [holf.JOB], periode_til="2099-01-01")
    known = stories.form_of(world, "Anne", "godkjenning").prefill
    assert known["periode_fra"] == clock.today().isoformat()
    assert known["periode_til"] == "2099-01-01"


def test_a_plan_the_family_does_not_approve_is_written_again(world: World) -> None:
    """Their own words stand first when it is."""
    holf.to_plan(world)
    holf.write_plan(world, [holf.JOB])
    world.complete("Anne", "godkjenning", godkjenner="nei", eget_syn="For mye på en gang")
    assert stories.form_of(world, "Nina", "familieplan").prefill["eget_syn"] == "For mye på en gang"


def test_a_member_without_consent_is_nobody_elses_business(world: World) -> None:
    """Tor takes part, no service sees him, and none gets a task that concerns him."""
    instance = holf.to_measures(world)
    tor = world.persons["Tor"].id
    for name in ("Berit", "Bjarne", "Nils"):
        assert tor not in participants.seen(world.session, world.actor(name), instance).people
    measure = world.session.scalars(select(Measure).where(Measure.what == holf.JOB)).one()
    measure.persons = [str(world.persons["Anne"].id), str(tor)]
    assert world.service_id("nav") not in plans.responsible_services(world.session, instance)


def test_each_service_sees_what_concerns_those_who_let_it_know(world: World) -> None:
    """BUP knows of Anne and Per, barnevern of Anne and the girls, NAV of Anne."""
    instance = holf.to_measures(world)
    expected = {"Berit": [holf.SON], "Bjarne": [holf.GIRLS], "Nils": [holf.JOB]}
    for name, own in expected.items():
        seen = participants.seen(world.session, world.actor(name), instance)
        rows = plans.live_measures(world.session, instance)
        # what is asked of Anne alone is seen by all whom Anne lets know
        shown = [row.what for row in rows if seen.covers(row.persons)]
        assert shown == list(dict.fromkeys([*own, holf.JOB]))


# Services that pull apart


def test_the_meeting_is_called_when_services_pull_apart(world: World) -> None:
    """The three services each ask something of Anne, and she reads it before anybody decides."""
    holf.to_plan(world)
    holf.write_plan(world)
    assert world.open_elements() == ["rekkefolge"]
    [row] = stories.form_of(world, "Nina", "rekkefolge").prefill["ulike_retninger"]
    assert row["hvem"] == "Anne"
    assert row["hva_tjenestene_ber_om"].splitlines() == [
        f"BUP: {holf.SON} (Barnas situasjon)",
        f"Barneverntjenesten: {holf.GIRLS} (Barnas situasjon)",
        f"NAV Prøvevik: {holf.JOB} (Arbeid)",
    ]


def test_one_service_alone_needs_no_meeting(world: World) -> None:
    """Nothing pulls apart, and the family approves the plan at once."""
    holf.to_plan(world)
    holf.write_plan(world, [holf.JOB])
    assert world.open_elements() == ["godkjenning"]


def test_the_meeting_agrees_one_order(world: World) -> None:
    """Per comes first, and the family reads and approves the plan."""
    instance = holf.to_plan(world)
    holf.write_plan(world)
    holf.agree(world, holf.SON, holf.GIRLS, holf.JOB)
    order = agreed_order.in_force(world.session, instance)
    assert order is not None
    places = [place.what for place in agreed_order.places(world.session, order)]
    assert places == [holf.SON, holf.GIRLS, holf.JOB]
    assert world.open_elements() == ["godkjenning"]


def test_an_agreed_order_is_not_taken_up_again_for_nothing(world: World) -> None:
    """After an evaluation the next round starts: what pulled apart before is agreed."""
    holf.to_measures(world)
    holf.evaluate(world, "fortsett")
    assert set(world.open_elements()) == {"tiltak_status"}


def test_a_new_measure_that_pulls_against_the_order_is_flagged(world: World) -> None:
    """NAV tells of a course: the coordinator is asked, and the other services are not."""
    holf.to_measures(world)
    holf.report(world, "Berit")
    assert "avklar_rekkefolge" not in world.open_elements()
    holf.report(world, "Nils", ask(world, COURSE))
    [row] = stories.form_of(world, "Nina", "avklar_rekkefolge").prefill["flagget"]
    assert (row["hva"], row["tjeneste"], row["hvem"]) == (COURSE, "NAV Prøvevik", "Anne")


def test_the_coordinators_why_stands_beside_the_measure(world: World) -> None:
    """The course waits, Anne reads why, and it gives NAV nothing to report on."""
    instance = holf.to_measures(world)
    holf.report(world, "Nils", ask(world, COURSE))
    decide(world, "vent", "Per trenger Anne hjemme om kvelden.")
    line = flag_of(world, instance, COURSE)
    assert (line.flag.decision, line.by) == (agreed_order.WAITS, "Nina")
    assert line.flag.reason == "Per trenger Anne hjemme om kvelden."
    assert set(world.open_elements()) == {"tiltak_status"}


def test_what_nobody_decided_is_taken_up_in_the_plan(world: World) -> None:
    """A flag that is left when the period is over brings the family and services together."""
    holf.to_measures(world)
    holf.report(world, "Nils", ask(world, COURSE))
    holf.evaluate(world, "fortsett")
    assert world.open_elements() == ["familieplan"]
    holf.write_plan(world)
    assert world.open_elements() == ["rekkefolge"]


# A year later


def test_a_new_mapping_stands_beside_the_first(world: World) -> None:
    """The four scales are compared, first and last, and what was written then is shown."""
    instance = holf.to_measures(world)
    holf.until(world, "ny_kartlegging")
    assert stories.form_of(world, "Nina", "ny_kartlegging").prefill["bolig_tall_for"] == 3
    holf.map_areas(world, "ny_kartlegging", 6)
    found = measurements.comparisons(world.session, instance, [world.persons["Anne"].id])
    assert {each.measurements[0].scale for each in found} == set(holf.AREAS)
    assert {(each.first.value, each.latest.value) for each in found} == {(3, 6)}


def test_the_year_is_counted_from_the_mapping(world: World) -> None:
    """Not before: the meetings go on by their own interval."""
    holf.to_measures(world)
    day = clock.today()
    holf.until(world, "ny_kartlegging")
    assert 365 <= (clock.today() - day).days < 365 + 60


# What may happen on the way


def test_one_service_less_does_not_stop_the_others(world: World) -> None:
    """Anne no longer lets NAV know: its task waits, Nina settles it, and BUP goes on."""
    instance = holf.to_measures(world)
    nav = world.services["nav"].id
    given = select(Consent).where(Consent.instance_id == instance.id, Consent.service_id == nav)
    consent = world.session.scalars(given.where(Consent.given)).one()
    consents.withdraw_consent(world.session, world.actor("Anne"), consent.id)
    assert "avklar_samtykke" in world.open_elements()
    parked = world.session.scalars(select(OpenTask).where(OpenTask.parked.is_not(None))).all()
    assert [task.service_id for task in parked] == [nav]
    holf.report(world, "Berit")


def test_each_whose_consent_runs_out_is_asked_again(world: World) -> None:
    """Those who let a service know for three months are asked before it ends; Tor is not."""
    holf.to_family(world)
    holf.gather_family(world)
    holf.consent(world, weeks="13")
    assert people_with(world, "samtykke_forslag") == {}
    clock.travel(clock.offset_in(80))
    while (consent := consents.next_to_renew(world.session)) is not None:
        consents.ask_again(world.session, consent)
    assert set(people_with(world, "samtykke_forslag")) == {"Anne", "Per", "Ida", "Liv"}


def test_a_meeting_may_wish_for_another_coordinator(world: World) -> None:
    """The baton is held until somebody else has said yes."""
    instance = holf.to_measures(world)
    holf.evaluate(world, "ny_koordinator")
    assert "overlevering_forslag" in world.open_elements()
    assert instance.coordinator_id == world.account_id("Nina")
