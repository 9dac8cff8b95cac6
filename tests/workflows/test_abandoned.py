"""Tasks whose holder has left are found and given to somebody."""

from datetime import date

from world import World

from tests.workflows import stories
from workflows import abandoned, clock
from workflows.tables import Position, Relation


def leave(world: World, name: str) -> None:
    position = world.session.query(Position).filter_by(account_id=world.account_id(name)).one()
    position.ended_on = clock.today()
    world.session.flush()


def test_the_tasks_of_a_coordinator_who_left_go_to_the_coordinating_unit(world: World) -> None:
    """Visibly, with the reason, until a new coordinator is there."""
    stories.to_plan(world)
    leave(world, "Siri")
    assert abandoned.give_to_others(world.session) == 1
    task = world.open_task("plan")
    assert (task.service_id, task.assignee_id, task.reason) == (
        world.services["koordinerende_enhet"].id,
        None,
        "koordinator_sluttet",
    )


def test_a_service_gets_back_what_an_employee_had_taken(world: World) -> None:
    """Nils had taken NAV's task; when he leaves his colleagues find it."""
    world.employee("Nora", "nav")
    stories.to_measures(world)
    task = stories.task_of(world, "Nils", "tiltak_status")
    task.assignee_id = world.account_id("Nils")
    leave(world, "Nils")
    abandoned.give_to_others(world.session)
    assert (task.service_id, task.assignee_id) == (world.services["nav"].id, None)


def test_a_question_nobody_can_answer_any_more_goes_to_who_can_help(world: World) -> None:
    """Lise has no log-in, and her father's right ends while she is asked."""
    world.person("Lise", date(2012, 5, 1), account=False)
    world.guardian("Pappa", of="Lise")
    world.start("Kari", "Lise", plantype="individuell_plan", behov="x", tjenester=[])
    world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Ja")
    relation = world.session.query(Relation).filter_by(name="Pappa").one()
    relation.until = clock.today()
    world.session.flush()
    abandoned.give_to_others(world.session)
    task = world.open_task("onske")
    assert (task.reason, task.service_id) == (
        "person_uten_innlogging",
        world.services["koordinerende_enhet"].id,
    )


def test_what_somebody_has_stays_with_them(world: World) -> None:
    """Nothing moves while everybody is where they were."""
    stories.to_measures(world)
    assert abandoned.give_to_others(world.session) == 0
