"""What an actor's list asks the database."""

from world import World

from workflows import access


def test_nobody_looks_for_a_basis_that_cannot_be(world: World) -> None:
    """The rule of an employee who is no person here does not ask what persons and guardians may."""
    rule = str(access.bases(world.actor("Siri"), access.COMPLETE_TASK).compile())
    everyone = str(access.bases(world.actor("Mor"), access.COMPLETE_TASK).compile())
    assert "FROM person" not in rule
    assert "FROM person" in everyone
