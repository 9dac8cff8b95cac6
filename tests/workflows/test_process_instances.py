"""How a case is saved: what differs is written, and nothing that is listed is read for it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session
from world import World

from tests.workflows import stories
from workflows import process_instances
from workflows.access import SYSTEM_BASIS
from workflows.tables import OpenTask, ProcessInstance

LISTS = ("FROM open_task", "FROM timer", "FROM subscription")


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """The SQL that is sent, as it is sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        sent.append(sql)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def first_task(world: World) -> tuple[OpenTask, ProcessInstance]:
    """The first task of a new plan, and its case."""
    stories.start(world)
    world.session.flush()
    task = world.session.query(OpenTask).order_by(OpenTask.id).first()
    assert task is not None
    return task, task.instance


def test_what_is_listed_is_not_read(session: Session, world: World, statements: list[str]) -> None:
    """A case that moves reads none of its tasks, timers and subscriptions: its state tells."""
    task, instance = first_task(world)
    actor = world.actor("Kari")
    statements.clear()
    process_instances.move(
        session, actor, SYSTEM_BASIS, instance, lambda case: case.complete(task.id, {})
    )
    assert any(sql.startswith("DELETE FROM open_task") for sql in statements)
    read = [sql for sql in statements if sql.lstrip().startswith("SELECT")]
    assert [sql for sql in read if any(each in sql for each in LISTS)] == []


def test_a_task_that_is_gone_is_gone_from_the_session(session: Session, world: World) -> None:
    """A task that was read before it was completed is not written again afterwards."""
    task, instance = first_task(world)
    process_instances.move(
        *(session, world.actor("Kari"), SYSTEM_BASIS, instance),
        lambda case: case.complete(task.id, {}),
    )
    assert task not in session
    assert session.get(OpenTask, (task.municipality_id, task.id)) is None
