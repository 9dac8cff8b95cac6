"""Open tasks that have lost who should do them get somebody new: nothing falls between.

Whoever leaves a position, or no longer acts for a child who has come of age, leaves open tasks
behind. It will not move the baton: a handover does.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from workflows import assignment, clock
from workflows.tables import OpenTask, Person, Position


def give_to_others(session: Session) -> int:
    """Give every abandoned task to whoever has its role today; how many there were."""
    tasks = [*_left_by_employees(session), *_left_by_guardians(session)]
    for task in tasks:
        successor = {"etterfolger": str(task.assignee_id)} if task.role == "etterfolger" else {}
        place = assignment.Place(task.instance, successor, task.item)
        given = assignment.assign(session, task.role, place)
        task.service_id, task.assignee_id = given.service_id, given.account_id
        task.for_person, task.reason = given.for_person, given.reason
    return len(tasks)


def _left_by_employees(session: Session) -> Sequence[OpenTask]:
    return session.scalars(
        select(OpenTask).where(OpenTask.assignee_id.is_not(None), ~_still_works())
    ).all()


def _still_works() -> ColumnElement[bool]:
    return exists().where(
        Position.municipality_id == OpenTask.municipality_id,
        Position.account_id == OpenTask.assignee_id,
        or_(Position.ended_on.is_(None), Position.ended_on > clock.today()),
    )


def _left_by_guardians(session: Session) -> list[OpenTask]:
    """Questions to a person who has no log-in, and nobody who acts for them any more."""
    asked = session.scalars(
        select(OpenTask)
        .join(OpenTask.person)
        .where(OpenTask.for_person, OpenTask.service_id.is_(None), Person.account_id.is_(None))
    )
    return [task for task in asked if not assignment.acting_accounts(session, task.person)]
