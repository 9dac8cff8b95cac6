"""What has really happened in a case is what its stairs are computed from."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from world import World

from tests.workflows import stories
from workflows import cases, clock, consents, coordination_facts, history, plans, process_instances
from workflows.coordination_stairs import Stairs
from workflows.tables import Consent, Evaluation, HistoryEntry, ProcessInstance, Service


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(clock.timedelta(0))


def stairs(world: World, instance: ProcessInstance) -> Stairs:
    world.session.flush()
    found = coordination_facts.stairs_of(world.session, instance)
    assert found is not None
    return found


def shown(found: Stairs, number: int) -> list[str]:
    """The names and titles in the evidence of a step."""
    return [one.name or one.title for one in found.steps[number - 1].evidence]


def withdraw(world: World, kind: str) -> None:
    consent = world.session.query(Consent).filter_by(service_id=world.services[kind].id).one()
    consents.withdraw_consent(world.session, world.actor("Mia"), consent.id)


def evaluate(world: World, *names: str) -> None:
    """A round in which the named answer, concluded by the coordinator."""
    stories.pass_until_evaluation(world)
    stories.evaluate_as_person(world)
    for name in names:
        stories.evaluate_as(world, name)
    stories.pass_days(world, 21)
    stories.conclude(world)


def test_before_anybody_has_consented_it_is_below_the_stairs(world: World) -> None:
    """A case that has only begun stands on no step, and the first takes a consent."""
    found = stairs(world, stories.start(world))
    assert (found.standing, found.current) == (0, None)
    assert found.following is found.steps[0]


def test_consents_are_the_first_step(world: World) -> None:
    """Each service with a live consent is shown, with the day it was given."""
    found = stairs(world, stories.to_coordinator(world))
    assert found.standing == 1
    assert sorted(shown(found, 1)) == ["Barneverntjenesten", "NAV Prøvevik", "Prøvevik skole"]
    assert {one.on for one in found.steps[0].evidence} == {clock.today()}


def test_a_joint_meeting_is_the_second(world: World) -> None:
    """The start meeting, known by its mark in the diagram, with the trainer and the coordinator."""
    found = stairs(world, stories.to_plan(world))
    assert found.standing == 2
    [meeting] = found.steps[1].evidence
    assert (meeting.title, meeting.count) == ("Hold startmøte", 2)


@pytest.mark.parametrize(
    ("deltakere", "around"),
    [
        ([{"navn": "Mia"}], 1),  # the person and the coordinator alone
        ([{"navn": " siri "}], 1),  # the coordinator is listed too
        ([{"navn": "Nils"}, {"navn": "Mor"}], 3),
        ([], 1),
        (None, 1),
        ([{}], 1),
    ],
)
def test_who_was_at_a_meeting_is_counted_once(world: World, deltakere: Any, around: int) -> None:
    """The one who led it and those listed; not the person themself, who is not around them."""
    instance = stories.to_plan(world)
    entry = world.session.query(HistoryEntry).filter_by(form_key="startmote").one()
    entry.answers = {**(entry.answers or {}), "deltakere": deltakere}
    world.session.flush()
    [meeting] = coordination_facts.facts_of(world.session, instance).meetings
    assert meeting.around == around


def test_measures_at_several_services_are_the_third(world: World) -> None:
    """As soon as the plan is written; reports and approval come after."""
    instance = stories.to_plan(world)
    stories.write_plan(world)
    found = stairs(world, instance)
    assert found.standing == 3
    assert shown(found, 3) == ["Prøvevik skole", "Barneverntjenesten", "NAV Prøvevik"]


def test_measures_at_one_service_are_no_cooperation(world: World) -> None:
    """With all measures at the school the case still stands where the problem was seen."""
    instance = stories.to_plan(world)
    stories.write_plan(world, kinds=("skole", "skole"))
    assert stairs(world, instance).standing == 2


def test_what_is_stopped_is_not_agreed(world: World) -> None:
    """A measure that was stopped counts no more."""
    instance = stories.to_plan(world)
    stories.write_plan(world, kinds=("skole", "nav"))
    plans.live_measures(world.session, instance)[0].status = "stoppet"
    assert stairs(world, instance).standing == 2


def test_reports_from_several_services_are_the_fourth(world: World) -> None:
    """One report is not working together, two are."""
    instance = stories.to_measures(world)
    stories.report(world, "Siri")
    assert stairs(world, instance).standing == 3
    stories.report(world, "Nils")
    found = stairs(world, instance)
    assert found.standing == 4
    assert shown(found, 4) == ["", "NAV Prøvevik", "Prøvevik skole"]


def test_two_rounds_with_the_services_voices_are_the_top(world: World) -> None:
    """One concluded round is not ordinary operation, the second makes it so."""
    instance = stories.to_measures(world)
    for name in ("Siri", "Nils"):
        stories.report(world, name)
    evaluate(world, "Siri", "Nils")
    assert stairs(world, instance).standing == 4
    evaluate(world, "Siri", "Bjarne")
    found = stairs(world, instance)
    assert found.standing == 5
    assert shown(found, 5) == ["NAV Prøvevik, Prøvevik skole", "Barneverntjenesten, Prøvevik skole"]


def test_a_round_that_is_not_concluded_is_not_heard(world: World) -> None:
    """Voices count when the meeting has concluded, neither before nor when it never does."""
    instance = stories.to_measures(world)
    evaluate(world, "Siri", "Nils")
    assert len(coordination_facts.facts_of(world.session, instance).rounds) == 1
    world.session.query(Evaluation).one().concluded_at = None
    world.session.flush()
    assert coordination_facts.facts_of(world.session, instance).rounds == ()


def test_a_service_whose_consent_is_withdrawn_no_longer_counts(world: World) -> None:
    """Its measure and report do not hold the others up; nor is it named as sharing."""
    instance = stories.to_measures(world)
    for name in ("Siri", "Nils"):
        stories.report(world, name)
    withdraw(world, "nav")
    found = stairs(world, instance)
    assert found.standing == 3
    assert "NAV Prøvevik" not in shown(found, 1) + shown(found, 3)


def test_the_coordinators_own_service_counts_without_consent(world: World) -> None:
    """It knows the plan, since it holds the baton."""
    instance = stories.to_measures(world)
    withdraw(world, "skole")
    assert "Prøvevik skole" in shown(stairs(world, instance), 3)
    assert "Prøvevik skole" not in shown(stairs(world, instance), 1)


def test_without_any_consent_the_stairs_are_lost(world: World) -> None:
    """All consent withdrawn takes the case off the stairs, with what happened still to be seen."""
    instance = stories.to_measures(world)
    consents.withdraw_all(world.session, world.actor("Mia"), instance.id)
    found = stairs(world, instance)
    assert found.standing == 0
    assert shown(found, 2) == ["Hold startmøte"]


def test_expired_consent_is_no_sharing(world: World) -> None:
    """The day after a consent has run out it shows nothing."""
    instance = stories.to_coordinator(world)
    for row in world.session.query(Consent):
        row.valid_until = clock.today() - timedelta(days=1)
    assert stairs(world, instance).standing == 0


def view(world: World, instance: ProcessInstance, name: str) -> cases.CaseView:
    """The case as somebody sees it."""
    within = history.reach(world.session, world.actor(name), instance)
    return cases.case_view(world.session, instance, within)


def test_only_who_reads_the_plan_sees_the_stairs(world: World) -> None:
    """Whoever learns only that a case runs does not learn how it goes."""
    instance = stories.to_coordinator(world)
    assert view(world, instance, "Mia").stairs is not None
    assert view(world, instance, "Kari").stairs is None


def test_an_ended_case_stands_nowhere(world: World) -> None:
    """When the case is over there is no cooperation to measure."""
    instance = stories.to_coordinator(world)
    instance.ended_at = clock.now()
    assert coordination_facts.stairs_of(world.session, instance) is None


def test_meetings_in_called_processes_are_seen(world: World) -> None:
    """The evaluation's meeting stands in a diagram of its own."""
    instance = stories.to_measures(world)
    process = process_instances.process_of(world.session, instance)
    marked = coordination_facts._marked([process], coordination_facts.MEETING)
    assert marked == {("individuell_plan", "startmote"), ("evaluering", "evaluering_mote")}


def test_two_services_of_the_same_kind_are_two(world: World) -> None:
    """It is the service that counts, not its kind."""
    instance = stories.to_plan(world)
    other = Service(
        municipality_id=world.municipality.id, kind="skole", name="Nordby skole", phone=None
    )
    world.session.add(other)
    world.session.flush()
    consent = world.session.query(Consent).filter_by(service_id=world.services["nav"].id).one()
    consent.service_id = other.id
    world.services["nordby"] = other
    stories.write_plan(world, kinds=("skole", "nordby"))
    assert shown(stairs(world, instance), 3) == ["Prøvevik skole", "Nordby skole"]
