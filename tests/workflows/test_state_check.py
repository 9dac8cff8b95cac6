"""What is listed of a case is what its state says, or it is found and put right."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import make_transient
from uuid_utils.compat import uuid7
from world import World

from tests.workflows import stories
from tests.workflows.breaking import Broken
from workflows import clock, state_check
from workflows.tables import (
    AuditEntry,
    HistoryEntry,
    Incident,
    OpenTask,
    ProcessInstance,
    Subscription,
    Timer,
)

LISTED: list[Any] = [OpenTask, Timer, Subscription, Incident]


@pytest.fixture
def full(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A case with something in every list: tasks, timers, messages, and an incident."""
    instance = stories.to_measures(world)
    Broken(monkeypatch, "measure.report", ValueError())
    stories.report(world, "Siri")
    world.session.flush()
    for table in LISTED:
        assert world.session.scalars(select(table)).first(), table
    assert found(world) == []
    assert instance.ended_at is None
    return world


def the_case(world: World) -> ProcessInstance:
    return world.session.scalars(select(ProcessInstance)).one()


def found(world: World) -> list[str]:
    world.session.flush()
    world.session.expire_all()
    (key,) = state_check.keys(world.session, None, None)
    return [fault.what for fault in state_check.check(world.session, key)]


def repair(world: World) -> None:
    (key,) = state_check.keys(world.session, None, None)
    state_check.repair(world.session, key)


def listed(world: World) -> dict[str, set[Any]]:
    world.session.flush()
    rows = {table.__tablename__: world.session.scalars(select(table)) for table in LISTED}
    return {
        name: {(row.process_key, row.element) for row in each if row.element}
        for name, each in rows.items()
    }


def lose(world: World, table: Any) -> None:
    row = world.session.scalars(select(table)).first()
    world.session.delete(row)


def double(world: World, table: Any) -> None:
    row = world.session.scalars(select(table)).first()
    assert row
    world.session.expunge(row)
    make_transient(row)
    row.id = uuid7()
    if table is Incident:
        row.task_id = uuid7()
    world.session.add(row)


def misplace(world: World, table: Any) -> None:
    row = world.session.scalars(select(table)).first()
    row.element = "et_annet_sted"


@pytest.mark.parametrize("corrupt", [lose, double, misplace])
@pytest.mark.parametrize("table", LISTED, ids=lambda table: table.__tablename__)
def test_each_list_is_compared_and_put_right(
    full: World, corrupt: Callable[[World, Any], None], table: Any
) -> None:
    """A row that lacks, is too many, or says something else."""
    before = listed(full)
    corrupt(full, table)
    (fault,) = found(full)
    assert fault.startswith(table.__tablename__)
    repair(full)
    assert found(full) == []
    assert listed(full) == before
    actions = full.session.scalars(select(AuditEntry.action)).all()
    assert actions.count("process:repair") == 1


def test_rows_that_are_right_are_left_alone(full: World) -> None:
    """A repair changes nothing about whose a task is."""
    before = {t.id: (t.assignee_id, t.created_at) for t in full.session.scalars(select(OpenTask))}
    lose(full, Timer)
    full.session.flush()
    repair(full)
    after = {t.id: (t.assignee_id, t.created_at) for t in full.session.scalars(select(OpenTask))}
    assert after == before


def test_moment_of_a_timer_is_compared(full: World) -> None:
    """A timer that would fire at another time than the state says."""
    full.session.execute(update(Timer).values(due_at=clock.now() + timedelta(days=3000)))
    assert found(full) != []
    repair(full)
    assert found(full) == []


def test_count_of_history(full: World) -> None:
    """The counter is put right; a gap cannot be, and is still told."""
    the_case(full).history_length += 3
    assert len(found(full)) == 1
    repair(full)
    assert found(full) == []
    full.session.execute(delete(HistoryEntry).where(HistoryEntry.seq == 2))
    repair(full)
    (fault,) = found(full)
    assert fault.startswith("historien har")


def test_end_of_a_case(full: World) -> None:
    """A case that stands as ended while its state runs is in progress again."""
    the_case(full).ended_at = clock.now()
    assert found(full) == ["forløpet står som avsluttet, men tilstanden er i gang"]
    repair(full)
    assert (found(full), the_case(full).ended_at) == ([], None)


def test_state_that_cannot_be_read_is_told(full: World) -> None:
    """And nothing can be made from it."""
    the_case(full).state = b"{"
    (key,) = state_check.keys(full.session, None, None)
    full.session.flush()
    (fault,) = state_check.check(full.session, key)
    assert (fault.mendable, "JSONDecodeError" in fault.what) == (False, True)


def test_ended_case_has_nothing_listed(world: World) -> None:
    """Its state has no tasks: a row that is left behind is a fault."""
    stories.start(world)
    task = world.session.scalars(select(OpenTask)).one()
    world.complete("Kari", "vurder_behov", vurdering="ikke_behov", begrunnelse="Nei.")
    assert (found(world), the_case(world).ended_at is None) == ([], False)
    make_transient(task)
    world.session.add(task)
    (fault,) = found(world)
    assert fault.startswith("open_task")
    repair(world)
    assert found(world) == []


def test_cases_come_in_batches(world: World) -> None:
    """Every case once, by municipality, whatever the size of the batch."""
    stories.start(world)
    for name in ("Per", "Ida"):
        world.person(name)
        world.start("Kari", name, plantype="individuell_plan")
    world.session.flush()
    seen, after = [], None
    while batch := state_check.keys(world.session, None, after, limit=2):
        seen += batch
        after = batch[-1]
    assert len(seen) == len(set(seen)) == 3
    assert len(state_check.keys(world.session, world.municipality.id, None)) == 3
    assert state_check.keys(world.session, uuid7(), None) == []
