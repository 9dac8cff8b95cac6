"""What is listed of cases, written for several of them at once."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from world import World

from workflows import clock, operations, timers
from workflows.operations import Call
from workflows.tables import HistoryEntry, OpenTask, ProcessInstance, Timer
from workflows.timers import due


@pytest.fixture
def two_due(world: World) -> Iterator[list[Timer]]:
    """The reminders of two cases, both due."""
    world.person("Per")
    for name in ("Mia", "Per"):
        world.start("Kari", name, plantype="individuell_plan")
    world.session.flush()
    clock.travel(timedelta(days=30))
    yield due(world.session, 10)
    clock.travel(timedelta(0))


def fired(world: World) -> int:
    query = select(func.count()).select_from(HistoryEntry).where(HistoryEntry.kind == "fired")
    return world.session.scalars(query).one()


def test_cases_written_together_are_as_when_written_alone(
    world: World, two_due: list[Timer]
) -> None:
    """Each has its own history numbered from its own, its timers and its tasks."""
    timers.fire(world.session, *two_due)
    cases = world.session.scalars(select(ProcessInstance)).all()
    for case in cases:
        numbers = world.session.scalars(
            select(HistoryEntry.seq)
            .where(HistoryEntry.instance_id == case.id)
            .order_by(HistoryEntry.seq)
        ).all()
        assert list(numbers) == list(range(1, case.history_length + 1))
        assert world.session.scalar(select(OpenTask.id).where(OpenTask.instance_id == case.id))
    assert fired(world) == len(cases) == 2
    assert not due(world.session, 10)


def test_an_operation_finds_what_the_cases_before_it_did(
    world: World, two_due: list[Timer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits to be written together is written before anything can ask for it."""
    real, parameters = operations._registered["notify"]
    found = []

    def counting(call: Call) -> Mapping[str, Any] | None:
        found.append(fired(world))
        return real(call)

    monkeypatch.setitem(operations._registered, "notify", (counting, parameters))
    timers.fire(world.session, *two_due)
    assert found == [0, 1]
