"""Who gets a task, and that nobody is left without."""

from datetime import UTC, date, datetime, timedelta

import pytest
from world import World

from tests.workflows import stories
from workflows import (
    api_tokens,
    assignment,
    clock,
    handovers,
    notices,
    organisations,
    prefill,
)
from workflows.errors import Conflict
from workflows.tables import Position, Relation


def test_before_there_is_a_coordinator_the_coordinating_unit_has_the_task(world: World) -> None:
    """The consent question is the coordinator's; until one is appointed the unit asks it."""
    stories.start(world)
    world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Ja")
    world.complete("Mia", "onske", onsker="plan")
    task = world.open_task("samtykke_forslag")
    assert (task.service_id, task.reason) == (
        world.services["koordinerende_enhet"].id,
        "uten_koordinator",
    )


def test_a_person_without_log_in_is_helped(world: World) -> None:
    """Their task goes to who holds the case, as theirs to answer together."""
    world.person("Ola", account=False)
    world.start("Kari", "Ola", plantype="individuell_plan", behov="x", tjenester=[])
    world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Ja")
    task = world.open_task("onske")
    assert (task.for_person, task.reason) == (True, "person_uten_innlogging")


def test_a_guardian_with_log_in_has_the_persons_task(world: World) -> None:
    """A child's own task is open to the parent who acts for them."""
    world.person("Lise", account=False)
    world.guardian("Pappa", of="Lise")
    world.start("Kari", "Lise", plantype="individuell_plan", behov="x", tjenester=[])
    world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Ja")
    world.complete("Pappa", "onske", onsker="bare_koordinator")
    assert world.open_elements() == ["oppnevn_koordinator"]


def test_a_service_without_employees_leaves_its_task_with_the_unit(world: World) -> None:
    """Visibly: the reason says why the coordinating unit has it."""
    stories.to_plan(world)
    stories.write_plan(world)
    position = world.session.query(Position).filter_by(service_id=world.services["nav"].id).one()
    position.ended_on = clock.today()
    world.session.flush()
    world.complete("Mia", "godkjenning", godkjenner="ja")
    assert stories.task_of(world, "Kari", "tiltak_status").reason == "tjeneste_uten_ansatte"


def test_the_coordinators_tasks_follow_the_baton(world: World) -> None:
    """When the baton moves, open coordinator tasks move with it."""
    instance = stories.to_plan(world)
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)
    world.complete(
        "Siri",
        "overlevering_forslag",
        ny_koordinator=str(world.account_id("Bjarne")),
        hvorfor="Slutter",
    )
    world.complete("Mia", "overlevering_onske", mening="greit")
    world.complete("Bjarne", "overlevering_svar", godtar="ja")
    world.complete("Siri", "overlevering_mote", dato="2027-01-10", viktigst="Søvn", beskjed=True)
    assert stories.task_of(world, "Bjarne", "plan").assignee_id == world.account_id("Bjarne")


def test_one_plan_per_person(world: World) -> None:
    """A second individuell plan for the same person is a conflict while the first runs."""
    stories.start(world)
    with pytest.raises(Conflict):
        stories.start(world)


def test_a_case_that_has_ended_makes_room_for_a_new_one(world: World) -> None:
    """After «no need» the need can be reported again."""
    stories.start(world)
    world.complete("Kari", "vurder_behov", vurdering="ikke_behov", begrunnelse="Nei")
    assert stories.start(world).ended_at is None


@pytest.mark.parametrize(
    ("kind", "born_on", "acts"),
    [
        ("mor", date(2008, 3, 2), True),
        ("mor", date(2008, 3, 1), False),
        ("fosterforelder", date(2008, 3, 1), False),
        ("verge", date(1990, 1, 1), True),
        ("mor", None, True),
    ],
)
def test_a_parent_acts_until_the_child_is_of_age(
    world: World, kind: str, born_on: date | None, acts: bool
) -> None:
    """On the 18th birthday a parent's right ends, for access, tasks and notices; a guardian's not.

    Before the birth there is no such day.
    """
    world.person("Ola", account=False).born_on = born_on
    world.guardian("Noen", of="Ola")
    world.session.query(Relation).filter_by(name="Noen").one().kind = kind
    world.session.flush()
    with clock.at(datetime(2026, 3, 1, 9, tzinfo=UTC)):
        person = world.persons["Ola"]
        assert (person.id in world.actor("Noen").wards) is acts
        assert bool(assignment.acting_accounts(world.session, person)) is acts
        world.start("Kari", "Ola", plantype="individuell_plan", behov="x", tjenester=[])
        world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Ja")
        given = world.open_task("onske").reason
        assert given == ("person" if acts else "person_uten_innlogging")


def test_those_born_on_leap_day_come_of_age_on_the_first_of_march(world: World) -> None:
    """In a year without the day they were born, it is the day after the last of February."""
    world.person("Ola", account=False).born_on = date(2008, 2, 29)
    world.guardian("Noen", of="Ola")
    for day, acts in ((datetime(2026, 2, 28, 9, tzinfo=UTC), True),
                      (datetime(2026, 3, 1, 9, tzinfo=UTC), False)):  # fmt: skip
        with clock.at(day):
            assert bool(world.actor("Noen").wards) is acts


def test_someone_who_no_longer_acts_gets_no_notice(world: World) -> None:
    """A reminder to the person reaches them and those who act for them today."""
    instance = stories.start(world)
    world.session.query(Relation).one().until = clock.today()
    assert notices._receivers(world.session, "person", assignment.Place(instance, {})) == {
        world.account_id("Mia")
    }


def test_nobody_gives_work_to_a_system_or_to_those_who_run_it(world: World) -> None:
    """Another system's account and an operator are no choice in a form, nor a colleague."""
    world.service("drift", "Maskinrommet")
    world.employee("Odd", "drift", "Driftsansvarlig", "drift")
    robot = api_tokens.service_account(world.session, "fagsystem", "Fagsystemet")
    school = world.services["skole"]
    organisations.employ(world.session, robot, school, "Fagsystem", [])
    api_tokens.create_token(world.session, robot, "f", ["tasks:read"], timedelta(days=1))
    world.session.flush()
    choices = prefill.municipal_options(world.session, world.municipality.id)
    offered = " ".join(label for name in ("ansatte", "tjenester") for _id, label in choices[name])
    assert ("Siri" in offered, "Odd" in offered, "Fagsystem" in offered) == (True, False, False)
    assert "Maskinrommet" not in offered
    working = assignment.employees(world.session, world.municipality.id, school.id)
    assert robot.id not in {position.account_id for position in working}
