"""The task list: one rule says who sees a task, for the list, the filters and the pages alike.

It will not change a task: `workflows.tasks` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager, with_expression

from workflows import access, audit, clock, definitions
from workflows.actors import Actor
from workflows.tables import Account, Decision, OpenTask, Person, ProcessInstance, Service
from workflows.texts import _

K = TypeVar("K")

PARKED = {
    "uten_samtykke": _("Venter: personen har ikke samtykket til at tjenesten får opplysninger."),
}
PAGE = 25
COUNT_CAP = 1000
MOST_PERSONS = 200
DUE_SOON = timedelta(days=7)


@dataclass(frozen=True)
class Filter:
    """What the task list is narrowed to; empty means everything the actor may see."""

    whose: str = "alle"
    """`mine`, `tjeneste` (my services', taken by nobody), `venter` (parked) or `alle`."""
    text: str = ""
    person_id: UUID | None = None
    service_id: UUID | None = None
    process: str = ""
    due: str = ""
    """`over` (overdue), `uke` (within seven days), `uten` (no due date)."""
    sort: str = "frist"
    """`frist`, `person`, `ny` or `oppgave`."""
    page: int = 1


@dataclass(frozen=True)
class TaskRow:
    """A line of the task list."""

    id: UUID
    title: str
    person_id: UUID
    person_name: str
    instance_id: UUID
    process_title: str
    service_id: UUID | None
    service_name: str | None
    assignee_id: UUID | None
    assignee_name: str | None
    due_on: date | None
    created_at: datetime
    for_person: bool
    """The person's own words are asked for."""
    parked: str | None
    """A sentence, when the task may not be done now."""
    about: str | None = None
    """What a meeting decided, when that is what is to be done."""


@dataclass(frozen=True)
class TaskList:
    """A page of tasks with what is needed to page and filter."""

    rows: Sequence[TaskRow]
    page: int
    more: bool
    total: int
    """Capped at COUNT_CAP."""
    overdue: int
    """Capped at COUNT_CAP."""


@dataclass(frozen=True)
class Narrowing:
    """What another system asks for of the tasks its account may see; None for no matter which."""

    instance_id: UUID | None = None
    person_id: UUID | None = None
    service_id: UUID | None = None
    process: str | None = None
    role: str | None = None
    assignee: str | None = None
    """`me` or `unassigned`."""
    due_before: date | None = None


@dataclass(frozen=True)
class Choices:
    """What the list can be narrowed to: (value, name), by name."""

    persons: Sequence[tuple[UUID, str]] = ()
    """Empty when there are more than one would look through; then one searches by name."""
    services: Sequence[tuple[UUID, str]] = ()
    processes: Sequence[tuple[str, str]] = ()


def list_tasks(session: Session, actor: Actor, wanted: Filter) -> TaskList:
    """A page of the tasks the actor may see, with the count and how many are overdue."""
    query = _filtered(visible_tasks(actor), actor, wanted)
    page = query.order_by(*_order(wanted)).offset((wanted.page - 1) * PAGE).limit(PAGE + 1)
    tasks = session.scalars(with_people(page)).all()
    known = names(session, tasks)
    shown = tasks[:PAGE]
    audit.record_list(
        session,
        actor,
        "task:list",
        [(task.municipality_id, task.person_id) for task in shown],
        access.COMPLETE_TASK,
    )
    total, overdue = _counts(session, query)
    return TaskList(
        rows=[row(task, known) for task in shown],
        page=wanted.page,
        more=len(tasks) > PAGE,
        total=total,
        overdue=overdue,
    )


def tasks_after(
    session: Session,
    actor: Actor,
    wanted: Narrowing,
    after: tuple[date | None, UUID] | None,
    limit: int,
) -> tuple[Sequence[OpenTask], bool]:
    """Up to `limit` tasks the actor may see, soonest due first, and whether there are more.

    `after` is the (due date, id) of the last one seen: however many come before cost nothing.
    """
    query = visible_tasks(actor).where(*_asked_for(actor, wanted), _follows(after))
    soonest = query.order_by(OpenTask.due_on.is_(None), OpenTask.due_on, OpenTask.id)
    found = session.scalars(soonest.limit(limit + 1)).all()
    shown = found[:limit]
    seen = [(task.municipality_id, task.person_id) for task in shown]
    audit.record_list(session, actor, "task:list", seen, access.COMPLETE_TASK)
    return shown, len(found) > limit


def _asked_for(actor: Actor, wanted: Narrowing) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (OpenTask.instance_id, wanted.instance_id),
        (OpenTask.person_id, wanted.person_id),
        (OpenTask.service_id, wanted.service_id),
        (OpenTask.process_key, wanted.process),
        (OpenTask.role, wanted.role),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.assignee is not None:
        found.append(OpenTask.parked.is_(None))
        nobody = wanted.assignee == "unassigned"
        found.append(OpenTask.assignee_id == (None if nobody else actor.account_id))
    if wanted.due_before is not None:
        found.append(OpenTask.due_on < wanted.due_before)
    return found


def _follows(after: tuple[date | None, UUID] | None) -> ColumnElement[bool]:
    if after is None:
        return true()
    due_on, task_id = after
    if due_on is None:
        return and_(OpenTask.due_on.is_(None), OpenTask.id > task_id)
    later = and_(OpenTask.due_on == due_on, OpenTask.id > task_id)
    return or_(OpenTask.due_on > due_on, later, OpenTask.due_on.is_(None))


def visible_tasks(actor: Actor) -> Select[OpenTask]:
    """The tasks an actor may see: given to them, their service or the person they are or act for,

    and about a person they have a basis for. A parked task is shown to the coordinator alone.
    """
    return _visible_on(clock.today(), actor)


@lru_cache(maxsize=256)
def one_given(actor: Actor) -> Select[OpenTask]:
    """The one whose id is `task`, with whom and what it is about, if it is given to the actor.

    They may see it if they have a basis for the person too: whoever asks finds that out.
    """
    query = with_people(_given(actor).where(OpenTask.id == bindparam("task")))
    return query.options(with_expression(OpenTask.form_version, definitions.LATEST_OF_TASK))


@lru_cache(maxsize=256)
def _visible_on(_today: date, actor: Actor) -> Select[OpenTask]:
    """Put together once for an actor and a day, as `access.rule_of` is."""
    return _given(actor).where(
        access.in_reach(actor, access.COMPLETE_TASK, OpenTask.person_id, OpenTask.instance_id)
    )


def _given(actor: Actor) -> Select[OpenTask]:
    return (
        select(OpenTask)
        .join(OpenTask.person)
        .where(OpenTask.municipality_id.in_(actor.municipalities), or_(*_ways(actor)))
    )


def _ways(actor: Actor) -> list[ColumnElement[bool]]:
    """The ways in which an actor is given a task.

    Each has an index of its own, and they stand beside each other: then the database looks only at
    the tasks that one of them finds, however many others there are.
    """
    mine = [OpenTask.assignee_id == actor.account_id]
    if actor.services:
        mine.append(OpenTask.service_id.in_(actor.services))
    if actor.acts_as:
        mine.append(and_(OpenTask.for_person, OpenTask.person_id.in_(actor.acts_as)))
    held = select(ProcessInstance.id).where(
        ProcessInstance.municipality_id.in_(actor.works_in),
        ProcessInstance.coordinator_id == actor.account_id,
        ProcessInstance.ended_at.is_(None),
    )
    waiting = and_(OpenTask.parked.is_not(None), OpenTask.instance_id.in_(held))
    return [*(and_(OpenTask.parked.is_(None), way) for way in mine), waiting]


def _filtered(query: Select[OpenTask], actor: Actor, wanted: Filter) -> Select[OpenTask]:
    return query.where(_whose(actor, wanted.whose), _due(wanted.due), *_narrowed(wanted))


def _whose(actor: Actor, whose: str) -> ColumnElement[bool]:
    mine = OpenTask.assignee_id == actor.account_id
    if actor.acts_as:
        mine = or_(mine, and_(OpenTask.for_person, OpenTask.person_id.in_(actor.acts_as)))
    return {
        "mine": and_(mine, OpenTask.parked.is_(None)),
        "tjeneste": and_(OpenTask.assignee_id.is_(None), OpenTask.parked.is_(None)),
        "venter": OpenTask.parked.is_not(None),
    }.get(whose, true())


def _due(due: str) -> ColumnElement[bool]:
    today = clock.today()
    return {
        "over": OpenTask.due_on < today,
        "uke": OpenTask.due_on <= today + DUE_SOON,
        "uten": OpenTask.due_on.is_(None),
    }.get(due, true())


def _narrowed(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.person_id:
        found.append(OpenTask.person_id == wanted.person_id)
    if wanted.service_id:
        found.append(OpenTask.service_id == wanted.service_id)
    if wanted.process:
        found.append(OpenTask.process_key == wanted.process)
    return found + [_mentions(word) for word in wanted.text.split()[:5]]


def _mentions(word: str) -> ColumnElement[bool]:
    return or_(
        OpenTask.title.icontains(word, autoescape=True),
        Person.name.icontains(word, autoescape=True),
    )


def _order(wanted: Filter) -> list[Any]:
    soonest = [OpenTask.due_on.is_(None), OpenTask.due_on, OpenTask.id]
    orders: dict[str, list[Any]] = {
        "person": [Person.name, *soonest],
        "ny": [OpenTask.created_at.desc(), OpenTask.id],
        "oppgave": [OpenTask.title, *soonest],
    }
    return orders.get(wanted.sort, soonest)


def with_people(query: Select[OpenTask]) -> Select[OpenTask]:
    return query.join(OpenTask.instance).options(
        contains_eager(OpenTask.person), contains_eager(OpenTask.instance)
    )


def _counts(session: Session, query: Select[OpenTask]) -> tuple[int, int]:
    """How many there are, and how many of them are overdue; those are counted first."""
    late = case(
        (and_(OpenTask.due_on < clock.today(), OpenTask.parked.is_(None)), 1), else_=0
    ).label("late")
    capped = query.with_only_columns(late).order_by(late.desc()).limit(COUNT_CAP).subquery()
    total, overdue = session.execute(select(func.count(), func.sum(capped.c.late))).one()
    return total, overdue or 0


def names(session: Session, tasks: Sequence[OpenTask]) -> dict[UUID, str]:
    accounts = {task.assignee_id for task in tasks if task.assignee_id}
    services = {task.service_id for task in tasks if task.service_id}
    agreed = {UUID(task.item) for task in tasks if task.role == "ansvarlig" and task.item}
    asked = [
        (Decision.id, Decision.what, agreed),
        (Account.id, Account.name, accounts),
        (Service.id, Service.name, services),
    ]
    found = [
        session.execute(select(key, name).where(key.in_(ids))).all()
        for key, name, ids in asked
        if ids
    ]
    return {key: name for rows in found for key, name in rows}


def row(task: OpenTask, known: Mapping[UUID, str]) -> TaskRow:
    return TaskRow(
        id=task.id,
        title=task.title,
        person_id=task.person_id,
        person_name=task.person.name,
        instance_id=task.instance_id,
        process_title=task.instance.title,
        service_id=task.service_id,
        service_name=known.get(task.service_id) if task.service_id else None,
        assignee_id=task.assignee_id,
        assignee_name=known.get(task.assignee_id) if task.assignee_id else None,
        due_on=task.due_on,
        created_at=task.created_at,
        for_person=task.for_person,
        parked=PARKED[task.parked] if task.parked else None,
        about=known.get(UUID(task.item)) if task.role == "ansvarlig" and task.item else None,
    )


def filter_choices(session: Session, actor: Actor) -> Choices:
    """What occurs among the tasks the actor may see; seeing the names leaves audit lines."""
    seen = visible_tasks(actor).with_only_columns(
        OpenTask.municipality_id,
        OpenTask.person_id,
        Person.name,
        OpenTask.service_id,
        OpenTask.process_key,
    )
    rows = session.execute(seen.distinct().limit(COUNT_CAP)).all()
    persons = {row.person_id: row.name for row in rows}
    if len(persons) > MOST_PERSONS:
        persons = {}
    known = [(row.municipality_id, row.person_id) for row in rows if row.person_id in persons]
    audit.record_list(session, actor, "task:list", known, access.COMPLETE_TASK)
    services = session.execute(
        select(Service.id, Service.name).where(
            Service.municipality_id.in_(actor.municipalities),
            Service.id.in_({row.service_id for row in rows if row.service_id}),
        )
    )
    titles = definitions.titles(session, actor.municipalities)
    return Choices(
        persons=_by_name(persons),
        services=_by_name({row.id: row.name for row in services}),
        processes=_by_name({key: titles.get(key, key) for key in {r.process_key for r in rows}}),
    )


def _by_name(names_by_key: Mapping[K, str]) -> list[tuple[K, str]]:
    return sorted(names_by_key.items(), key=lambda pair: pair[1])
