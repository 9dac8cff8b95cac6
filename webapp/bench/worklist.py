"""An employee's page of tasks among very many, beside the same SQL through the driver alone.

The floor is the very statements that the page sends, sent again with nothing above the driver: what
is left is what our own layers cost. A page is as large at every size: only what surrounds it grows.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, event, insert, literal, select
from sqlalchemy.orm import Session

from webapp.bench import numbers
from webapp.bench.measuring import Figure, Sizes, by_turns, compared
from webapp.bench.town import Town
from workflows import clock, worklist
from workflows.actors import Actor, load_actor
from workflows.tables import (
    Account,
    Consent,
    OpenTask,
    Person,
    Position,
    ProcessInstance,
    Service,
)
from workflows.worklist import Filter

NAMES = ("10k", "100k", "1m")
TASKS_EACH = 1000
"""Of a service; so there are more services where there are more tasks."""
TASKS_PER_CASE = 10
DAYS = (-9, -2, 1, 3, 8, 20, 40, None)
"""When tasks are due, counted from today."""


def measure(found: Callable[[], AbstractContextManager[Town]], sizes: Sizes) -> Iterator[Figure]:
    """The figures on one kind of database, each size in a town of its own."""
    for name, tasks in zip(NAMES, sizes.open_tasks, strict=True):
        with found() as place:
            kind = place.engine.dialect.name
            fill(place, tasks)
            figure = f"worklist_vs_sql_{name}" + ("" if kind == "postgresql" else f"_{kind}")
            yield _page(place, figure, tasks, sizes.pages)


def _page(place: Town, name: str, tasks: int, n: int) -> Figure:
    with place.sessions.begin() as session:
        actor = employee(session)

    def show() -> None:
        with place.sessions.begin() as session:
            worklist.list_tasks(session, actor, Filter())

    show()  # leaves its lines in the record, once a day
    sent = _sent(place, show)
    raw = place.engine.raw_connection()

    def send() -> None:
        cursor = raw.cursor()
        for sql, parameters in sent:
            cursor.execute(sql, parameters)
            if cursor.description:
                cursor.fetchall()
        raw.commit()

    ours, floor = by_turns(n, [show, send])
    raw.close()
    unit = f"ms per page, wall, {tasks} open tasks"
    return compared(name, ours.wall_ms, unit, floor.wall_ms, n)


def employee(session: Session) -> Actor:
    """The one whose page it is."""
    wanted = select(Account.id).where(Account.username == "ansatt0")
    return load_actor(session, session.scalars(wanted).one())


def _sent(place: Town, show: Callable[[], None]) -> list[tuple[str, Any]]:
    """The statements of a page, with what was sent with each."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, parameters: Any, *_more: Any) -> None:
        found.append((sql, parameters))

    event.listen(place.engine, "before_cursor_execute", note)
    show()
    event.remove(place.engine, "before_cursor_execute", note)
    return found


class _Ids:
    """The ids of a thing's neighbours, from its number, in one kind of database."""

    def __init__(self, place: Town, tasks: int) -> None:
        self._dialect = place.engine.dialect.name
        self.services = max(tasks // TASKS_EACH, 1)
        self.cases = tasks // TASKS_PER_CASE

    def of(self, kind: int, number: ColumnElement[int]) -> ColumnElement[Any]:
        return numbers.identity(self._dialect, kind, number)

    def service(self, case_number: ColumnElement[int]) -> ColumnElement[Any]:
        """The service that has the tasks of a case: neighbours belong to different ones."""
        return self.of(numbers.SERVICE, case_number % self.services)


def fill(place: Town, tasks: int) -> None:
    """Services with an employee each, and cases with tasks that they have by consent."""
    ids = _Ids(place, tasks)
    with place.engine.begin() as connection:
        for table, count, columns in (
            (Service, ids.services, _service),
            (Account, ids.services, _account),
            (Position, ids.services, _position),
            (Person, ids.cases, _person),
            (ProcessInstance, ids.cases, _case),
            (Consent, ids.cases, _consent),
            (OpenTask, tasks, _task),
        ):
            made = columns(ids, numbers.up_to(count))
            if table is not Account:
                made["municipality_id"] = place.municipality_id
            typed = [_typed(table, name, value) for name, value in made.items()]
            connection.execute(insert(table).from_select(list(made), select(*typed)))
        connection.exec_driver_sql("analyze")


def _typed(table: type[Any], name: str, value: Any) -> ColumnElement[Any]:
    if isinstance(value, ColumnElement):
        return value.label(name)
    return literal(value, table.__table__.c[name].type).label(name)


def _service(ids: _Ids, number: ColumnElement[int]) -> dict[str, Any]:
    service = ids.of(numbers.SERVICE, number)
    name = _named("Tjeneste ", number)
    return {"id": service, "organisation_id": service, "kind": "tjeneste", "name": name}


def _account(ids: _Ids, number: ColumnElement[int]) -> dict[str, Any]:
    return {
        "id": ids.of(numbers.ACCOUNT, number),
        "username": _named("ansatt", number),
        "name": _named("Ansatt ", number),
        "language": "nb",
        "generation": 1,
    }


def _position(ids: _Ids, number: ColumnElement[int]) -> dict[str, Any]:
    return {
        "id": ids.of(numbers.POSITION, number),
        "account_id": ids.of(numbers.ACCOUNT, number),
        "service_id": ids.of(numbers.SERVICE, number),
        "title": "Rådgiver",
        "roles": [],
    }


def _person(ids: _Ids, number: ColumnElement[int]) -> dict[str, Any]:
    name = _named("Person ", number)
    return {"id": ids.of(numbers.PERSON, number), "name": name, "language": "nb"}


def _case(ids: _Ids, number: ColumnElement[int]) -> dict[str, Any]:
    return {
        "id": ids.of(numbers.CASE, number),
        "person_id": ids.of(numbers.PERSON, number),
        "definition_key": "runde",
        "definition_version": "",
        "title": "Runde",
        "state": b"{}",
        "revision": 1,
        "history_length": 0,
        "started_at": clock.now(),
        "started_by": ids.of(numbers.ACCOUNT, number % ids.services),
    }


def _consent(ids: _Ids, number: ColumnElement[int]) -> dict[str, Any]:
    return {
        "id": ids.of(numbers.CONSENT, number),
        "person_id": ids.of(numbers.PERSON, number),
        "service_id": ids.service(number),
        "instance_id": ids.of(numbers.CASE, number),
        "purpose": "Runde",
        "topics": [],
        "given": True,
        "form": "skriftlig",
        "decided_at": clock.now(),
        "decided_by": ids.of(numbers.PERSON, number),
        "valid_until": clock.today() + timedelta(days=365),
    }


def _task(ids: _Ids, number: ColumnElement[int]) -> dict[str, Any]:
    """One in four is taken by the service's employee already."""
    of_case = number // TASKS_PER_CASE
    days = [clock.today() + timedelta(days) if days else None for days in DAYS]
    due = [(number % len(DAYS) == place, _day(day)) for place, day in enumerate(days)]
    holder = ids.of(numbers.ACCOUNT, of_case % ids.services)
    return {
        "id": ids.of(numbers.TASK, number),
        "instance_id": ids.of(numbers.CASE, of_case),
        "person_id": ids.of(numbers.PERSON, of_case),
        "process_key": "runde",
        "element": "plan",
        "step": "plan",
        "title": _named("Skriv planen ", number),
        "form_key": "runde",
        "role": "tjeneste",
        "service_id": ids.service(of_case),
        "assignee_id": case((number % 4 == 0, holder)),
        "for_person": False,
        "reason": "tjeneste",
        "due_on": case(*due),
        "created_at": clock.now(),
    }


def _named(words: str, number: ColumnElement[int]) -> ColumnElement[str]:
    return literal(words) + cast(number, String)


def _day(day: Any) -> ColumnElement[Any]:
    return literal(day, OpenTask.__table__.c.due_on.type)
