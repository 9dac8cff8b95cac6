"""The individuell plan from need to closing, and the roads that go wrong, at command level."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from world import World

from tests.workflows import stories
from workflows import (
    clock,
    consents,
    evaluations,
    handovers,
    participants,
    people,
    plans,
    tasks,
    worklist,
)
from workflows.errors import Conflict, Denied, NotFound
from workflows.tables import (
    AuditEntry,
    Consent,
    Goal,
    HistoryEntry,
    Measure,
    Notice,
    Plan,
    ProcessInstance,
)


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(clock.timedelta(0))


def test_the_whole_way_to_the_second_round(world: World) -> None:
    """Need, consent, coordinator, mapping, meeting, plan, approval, measures, two evaluations."""
    instance = stories.to_measures(world)
    assert world.open_elements() == ["tiltak_status"] * 3
    for _round in range(2):
        for name in ("Siri", "Bjarne", "Nils"):
            stories.report(world, name)
        stories.pass_until_evaluation(world)
        stories.evaluate_as_person(world)
        for name in ("Siri", "Bjarne", "Nils"):
            stories.evaluate_as(world, name)
        stories.conclude(world)
    assert [r.conclusion for r in evaluations.rounds(world.session, instance)] == ["fortsett"] * 2
    assert world.open_elements() == ["tiltak_status"] * 3


def test_the_plan_holds_what_was_written(world: World) -> None:
    """Goals come from the person's own words, measures from the plan form."""
    stories.to_measures(world)
    assert [g.text for g in world.session.scalars(select(Goal).order_by(Goal.position))] == [
        "Sove bedre",
        "Spille fotball",
    ]
    assert {m.status for m in world.session.scalars(select(Measure))} == {"ikke_startet"}
    plan = world.session.scalars(select(Plan)).one()
    assert (plan.status, plan.interval_weeks) == ("aktiv", 12)


def test_what_is_known_is_prefilled_with_where_it_came_from(world: World) -> None:
    """The plan form shows the part that the mapping answered, by whom and from which step."""
    stories.to_plan(world)
    form = stories.form_of(world, "Siri", "plan")
    assert form.prefill["samarbeid"] == "Fastlegen"
    assert (form.sources["samarbeid"].who, form.sources["samarbeid"].at is not None) == (
        "Siri",
        True,
    )


def missing(world: World, instance: ProcessInstance) -> list[str]:
    evaluation = evaluations.current(world.session, instance)
    assert evaluation is not None
    seen = participants.seen(world.session, world.actor("Siri"), instance)
    return evaluations.missing_names(world.session, evaluation, seen)


def test_a_missing_voice_is_named(world: World) -> None:
    """NAV does not answer in time: the round says so by name, and goes on."""
    instance = stories.to_measures(world)
    stories.pass_until_evaluation(world)
    stories.evaluate_as_person(world)
    stories.evaluate_as(world, "Siri")
    stories.evaluate_as(world, "Bjarne")
    stories.pass_days(world, 21)
    assert missing(world, instance) == ["NAV Prøvevik"]
    assert world.open_elements() == ["evaluering_mote"]


def test_the_persons_missing_voice_is_named_too(world: World) -> None:
    """When Mia does not answer, it is the person who is missing."""
    instance = stories.to_measures(world)
    stories.pass_until_evaluation(world)
    for name in ("Siri", "Bjarne", "Nils"):
        stories.evaluate_as(world, name)
    stories.pass_days(world, 21)
    assert missing(world, instance) == ["Personen selv"]


def test_without_consent_there_is_a_coordinator_only(world: World) -> None:
    """A refusal is recorded, and the coordinator follows up without sharing."""
    stories.to_coordinator(world, svar="nei")
    assert world.open_elements() == ["oppfolging"]
    assert not any(row.given for row in world.session.scalars(select(Consent)))


def test_a_consent_given_later_leads_to_the_plan(world: World) -> None:
    """From the coordinator-only road the person can be asked again."""
    stories.to_coordinator(world, svar="nei")
    world.complete("Siri", "oppfolging", notat="Snakket", videre="innhent_samtykke")
    stories.propose(world)
    stories.answer_consent(world)
    assert world.open_elements() == ["kartlegging", "mine_mal"]


def test_some_services_only(world: World) -> None:
    """A consent for one service opens the plan to that one alone."""
    instance = stories.to_consent(world)
    stories.answer_consent(world, "noen", tjenester=[world.service_id("skole")])
    assert consents.live_services(world.session, instance) == {world.services["skole"].id}


def consent_for(world: World, kind: str) -> Consent:
    return world.session.scalars(
        select(Consent).where(Consent.service_id == world.services[kind].id)
    ).one()


def test_a_withdrawn_consent_parks_the_service_in_the_same_transaction(world: World) -> None:
    """NAV's task waits, NAV no longer sees the person, the coordinator gets a task."""
    stories.to_measures(world)
    person_id = world.persons["Mia"].id
    consents.withdraw_consent(world.session, world.actor("Mia"), consent_for(world, "nav").id)
    world.session.flush()
    parked = [
        t
        for t in worklist.list_tasks(world.session, world.actor("Siri"), worklist.Filter()).rows
        if t.parked
    ]
    assert [row.service_name for row in parked] == ["NAV Prøvevik"]
    assert worklist.list_tasks(world.session, world.actor("Nils"), worklist.Filter()).rows == []
    with pytest.raises(NotFound):
        people.person_page(world.session, world.actor("Nils"), person_id)
    assert "avklar_samtykke" in world.open_elements()


def test_the_coordinator_reads_which_service_it_is_about(world: World) -> None:
    """«Avklar tiltakene» names the services that may no longer know."""
    stories.to_measures(world)
    consents.withdraw_consent(world.session, world.actor("Mia"), consent_for(world, "nav").id)
    assert stories.form_of(world, "Siri", "avklar_samtykke").prefill["gjelder"] == "NAV Prøvevik"


def test_consents_can_be_withdrawn_one_after_the_other(world: World) -> None:
    """Each withdrawal tells the coordinator; the last ends the plan."""
    stories.to_measures(world)
    mia = world.actor("Mia")
    for kind in ("nav", "barnevern"):
        consents.withdraw_consent(world.session, mia, consent_for(world, kind).id)
    assert world.open_elements().count("avklar_samtykke") == 2
    consents.withdraw_consent(world.session, mia, consent_for(world, "skole").id)
    assert world.open_elements() == ["oppfolging_trukket"]
    assert world.session.scalars(select(Plan.status)).one() == "stanset"


def test_a_consent_cannot_be_withdrawn_twice(world: World) -> None:
    """The second time is a conflict, not a second withdrawal."""
    stories.to_measures(world)
    consent = consent_for(world, "nav")
    consents.withdraw_consent(world.session, world.actor("Mia"), consent.id)
    with pytest.raises(Conflict):
        consents.withdraw_consent(world.session, world.actor("Mia"), consent.id)


def test_a_service_cannot_withdraw_for_the_person(world: World) -> None:
    """Only the person, who acts for them, or the coordinator on their word."""
    stories.to_measures(world)
    with pytest.raises(Denied):
        consents.withdraw_consent(world.session, world.actor("Nils"), consent_for(world, "nav").id)


def test_a_guardian_may_withdraw(world: World) -> None:
    """Mia's mother acts for her."""
    stories.to_measures(world)
    consents.withdraw_consent(world.session, world.actor("Mor"), consent_for(world, "nav").id)
    assert consent_for(world, "nav").withdrawn_by == world.account_id("Mor")


def propose_bjarne(world: World) -> None:
    world.complete(
        "Siri",
        "overlevering_forslag",
        ny_koordinator=str(world.account_id("Bjarne")),
        hvorfor="Slutter",
        dato="2027-01-10",
    )


def test_the_giver_holds_the_baton_until_it_is_accepted(world: World) -> None:
    """Through proposal, the person's wish, acceptance and the overlap meeting."""
    instance = stories.to_measures(world)
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)
    propose_bjarne(world)
    world.complete("Mia", "overlevering_onske", mening="greit")
    assert instance.coordinator_id == world.account_id("Siri")
    world.complete("Bjarne", "overlevering_svar", godtar="ja")
    assert instance.coordinator_id == world.account_id("Siri")
    world.complete("Siri", "overlevering_mote", dato="2027-01-10", viktigst="Søvn", beskjed=True)
    assert instance.coordinator_id == world.account_id("Bjarne")


def test_a_handover_nobody_answers_goes_to_the_coordinating_unit(world: World) -> None:
    """After the reminder and the deadline the unit decides; the baton stays."""
    instance = stories.to_measures(world)
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)
    propose_bjarne(world)
    world.complete("Mia", "overlevering_onske", mening="greit")
    stories.pass_days(world, 14)
    world.complete("Kari", "overlevering_avklaring", avgjorelse="fortsetter", hvorfor="Siri blir")
    assert instance.coordinator_id == world.account_id("Siri")
    assert handovers.under_way(world.session, instance) is None


def test_only_one_handover_at_a_time(world: World) -> None:
    """A second «koordinator slutter» is refused while the first is under way."""
    instance = stories.to_measures(world)
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)
    propose_bjarne(world)
    with pytest.raises(handovers.Invalid):
        handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)


def test_a_refused_plan_goes_back_to_the_coordinator(world: World) -> None:
    """The person's no opens the plan form again, with their view in it."""
    stories.to_plan(world)
    stories.write_plan(world)
    world.complete("Mia", "godkjenning", godkjenner="nei", eget_syn="Vil ha annet mål")
    assert world.open_elements() == ["plan"]
    assert stories.form_of(world, "Siri", "plan").prefill["eget_syn"] == "Vil ha annet mål"


def test_closing_the_plan_ends_the_case(world: World) -> None:
    """When the need ends the coordinator closes, and nothing is left to do."""
    instance = stories.to_measures(world)
    stories.pass_until_evaluation(world)
    stories.evaluate_as_person(world)
    stories.pass_days(world, 21)
    stories.conclude(world, "avslutt")
    world.complete(
        "Siri",
        "avslutt_plan",
        arsak="mal_nadd",
        oppsummering="Bra",
        videre_kontakt="Helsesykepleier",
    )
    assert (world.open_elements(), instance.outcome, instance.ended_at is not None) == (
        [],
        "Avsluttet",
        True,
    )


def test_the_state_in_round_50_is_no_larger_than_in_round_2(world: World) -> None:
    """A plan lives for ten years; its state does not grow with it."""
    instance = stories.to_measures(world)
    for consent in world.session.scalars(select(Consent)):
        consent.valid_until = None
    sizes = []
    for _round in range(50):
        stories.pass_until_evaluation(world)
        stories.pass_days(world, 21)
        stories.conclude(world)
        sizes.append(len(instance.state))
    assert sizes[49] <= sizes[1] * 1.01


def test_a_task_that_is_done_cannot_be_done_again(world: World) -> None:
    """The second answer to the same task is a conflict."""
    stories.start(world)
    task_id = world.open_task("vurder_behov").id
    world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Ja")
    with pytest.raises(Conflict):
        tasks.complete_task(world.session, world.actor("Kari"), task_id, {})


def test_a_stranger_does_not_find_the_task(world: World) -> None:
    """Nils of NAV has nothing to do with Mia before she consents."""
    stories.start(world)
    with pytest.raises(NotFound):
        tasks.complete_task(
            world.session, world.actor("Nils"), world.open_task("vurder_behov").id, {}
        )


def test_every_task_done_leaves_an_audit_line_with_its_basis(world: World) -> None:
    """Who, what, and on what basis."""
    stories.to_consent(world)
    lines = world.session.execute(
        select(AuditEntry.action, AuditEntry.basis).where(AuditEntry.action == "task:complete")
    ).all()
    assert sorted(lines) == [
        ("task:complete", "koordinator"),
        ("task:complete", "koordinator"),
        ("task:complete", "selv"),
    ]


def test_answers_stay_out_of_the_engines_state(world: World) -> None:
    """What people write is in the history alone."""
    instance = stories.to_measures(world)
    assert b"Fastlegen" not in instance.state
    assert any(
        (row.answers or {}).get("samarbeid") == "Fastlegen"
        for row in world.session.scalars(select(HistoryEntry))
    )


def test_reminders_say_nothing_about_the_person(world: World) -> None:
    """Notices carry no name."""
    stories.start(world)
    stories.pass_days(world, 30)
    texts = list(world.session.scalars(select(Notice.text)))
    assert texts
    assert not any("Mia" in text for text in texts)


def test_next_evaluation_follows_the_plan(world: World) -> None:
    """Twelve weeks on, moved off holidays, is what the plan says and the timer waits for."""
    instance = stories.to_measures(world)
    plan = plans.plan_of(world.session, instance)
    assert plan is not None
    assert plan.next_evaluation_at == plans.next_evaluation(clock.today(), 12)
