"""Where a case stands, in its own diagram."""

from world import World

from tests.workflows import stories
from workflows import cases, handovers


def test_only_the_call_a_task_stands_in_is_lit(world: World) -> None:
    """Overlevering is called from three places; the one that runs is marked, the others are not."""
    instance = stories.to_measures(world)
    handovers.leave_as_coordinator(world.session, world.actor("Siri"), instance.id)
    world.session.flush()
    standing = cases.case_view(world.session, instance, whole=True)
    assert set(standing.active) == {"tiltak_status", "overlever_stafettpinnen"}
