"""Where a case stands, in its own diagram."""

from world import World

from tests.workflows import stories
from workflows import cases, clock, handovers, history, plans


def test_only_the_call_a_task_stands_in_is_lit(world: World) -> None:
    """Overlevering is called from three places; the one that runs is marked, the others are not."""
    instance = stories.to_measures(world)
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)
    world.session.flush()
    within = history.reach(world.session, world.actor("Siri"), instance)
    standing = cases.case_view(world.session, instance, within)
    assert set(standing.active) == {"tiltak_status", "overlever_stafettpinnen"}


def test_a_plan_nobody_has_written_is_not_shown(world: World) -> None:
    """An opened plan without goals says nothing, in a case without consent least of all."""
    instance = stories.to_coordinator(world, svar="nei")
    assert plans.plan_of(world.session, instance) is not None
    within = history.reach(world.session, world.actor("Siri"), instance)
    assert cases.case_view(world.session, instance, within).plan is None


def test_while_an_evaluation_runs_there_is_no_date_for_the_next(world: World) -> None:
    """The date comes back with the conclusion."""
    instance = stories.to_measures(world)
    stories.pass_until_evaluation(world)
    plan = plans.plan_of(world.session, instance)
    assert plan is not None
    assert plan.next_evaluation_at is None
    stories.pass_days(world, 21)
    stories.conclude(world)
    assert plan.next_evaluation_at is not None
    clock.travel(clock.timedelta(0))
