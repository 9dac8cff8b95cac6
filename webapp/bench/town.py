"""A municipality to measure in: one school with one employee, persons, and cases of one process."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session, sessionmaker
from uuid_utils.compat import uuid7

from forms.definitions import Form
from workflows import (
    accounts,
    api_tokens,
    database,
    definitions,
    history_entries,
    organisations,
    process_instances,
    schema,
)
from workflows.access import SYSTEM_BASIS
from workflows.actors import PROCESS_OWNER, Actor, load_actor
from workflows.history_entries import Answered
from workflows.tables import (
    HistoryEntry,
    OpenTask,
    Participant,
    Person,
    ProcessInstance,
    ServiceCase,
    Timer,
)

HERE = Path(__file__).parent
PROCESS = "runde"
DIAGRAM, FORM = HERE / "runde.bpmn", HERE / "runde.form"
ROUND = 4
"""Tasks in one round of the process."""
ANSWERS = {"notat": "Vi snakket om hva som skal til. " * 6, "fortsett": "ja"}
NAME, SCHOOL, USERNAME = "Målevik", "Målevik skole", "mona"
SINCE = date(2025, 1, 1)


@dataclass(frozen=True)
class Town:
    """Where it is measured, and who works there."""

    engine: Engine
    sessions: sessionmaker[Session]
    municipality_id: UUID
    school_id: UUID
    account_id: UUID

    def actor(self, session: Session) -> Actor:
        """The employee of the school, who has the coordinating unit's duty too."""
        return load_actor(session, self.account_id)

    def known_actor(self) -> Actor:
        """The same, in a transaction of its own."""
        with self.sessions.begin() as session:
            return self.actor(session)


@contextmanager
def founded(url: str) -> Iterator[Town]:
    """The town in a database; a new one where the database is empty."""
    engine = database.connect(url)
    try:
        sessions = database.sessions(engine)
        if schema.version(engine) is None:
            schema.upgrade(engine)
            with sessions.begin() as session:
                _found(session)
        with sessions.begin() as session:
            known = _known(session)
        yield Town(engine, sessions, *known)
    finally:
        engine.dispose()


def _found(session: Session) -> None:
    home = organisations.add_municipality(session, NAME)
    definitions.publish_library(session, home.id, HERE, HERE)
    school = organisations.add_service(session, home.id, "skole", SCHOOL)
    unit = organisations.find_service(session, NAME, "Koordinerende enhet")
    account = api_tokens.service_account(session, USERNAME, "Mona Måler")
    for service in (school, unit):
        organisations.add_position(session, account, service, "Rådgiver", [PROCESS_OWNER])


def _known(session: Session) -> tuple[UUID, UUID, UUID]:
    school = organisations.find_service(session, NAME, SCHOOL)
    return school.municipality_id, school.id, accounts.find_account(session, USERNAME).id


def start_cases(town: Town, count: int) -> list[UUID]:
    """New persons whom the school follows up, with a case each, by the real command."""
    with town.sessions.begin() as session:
        people = add_persons(session, town, count)
    actor = town.known_actor()
    found: list[UUID] = []
    for person_id in people:
        with town.sessions.begin() as session:
            case = process_instances.start_process(session, actor, person_id, PROCESS, {})
            found.append(case.id)
    return found


def add_persons(session: Session, town: Town, count: int) -> list[UUID]:
    """New persons whom the school follows up on its own ground."""
    ids = [uuid7() for _ in range(count)]
    here = {"municipality_id": town.municipality_id}
    persons = [here | {"id": each, "name": f"Person {n:07}"} for n, each in enumerate(ids)]
    cases: list[dict[str, Any]] = [
        here | {"person_id": each, "service_id": town.school_id, "since": SINCE} for each in ids
    ]
    session.execute(insert(Person), persons)
    session.execute(insert(ServiceCase), cases)
    return ids


def next_task(town: Town, case_id: UUID) -> OpenTask:
    """The oldest open task of a case."""
    query = select(OpenTask).where(
        OpenTask.municipality_id == town.municipality_id, OpenTask.instance_id == case_id
    )
    with town.sessions.begin() as session:
        return session.scalars(query.order_by(OpenTask.id).limit(1)).one()


def complete(town: Town, actor: Actor, form: Form, task: OpenTask) -> None:
    """Answer a task in a transaction of its own: the engine and the store, and nothing above them

    (who may, the form's validation, the record).
    """
    with town.sessions.begin() as session:
        case = session.get_one(ProcessInstance, (task.municipality_id, task.instance_id))
        process = process_instances.process_of(session, case)
        answered = Answered(
            task.process_key,
            task.element,
            form,
            ANSWERS,
            task_id=task.id,
            service_id=task.service_id,
        )
        history_entries.write_answers(session, actor, case, process, answered)
        routed = process_instances.routed(process, ANSWERS)
        process_instances.move(
            session,
            actor,
            SYSTEM_BASIS,
            case,
            lambda engine: engine.complete(task.id, routed),
            answered=task.id,
            sent=form,
        )


def form_of(town: Town) -> Form:
    """The form that every task of the process has."""
    with town.sessions.begin() as session:
        return definitions.latest_form(session, town.municipality_id, PROCESS)


COPIED: tuple[type[Any], ...] = (ProcessInstance, Participant, OpenTask, Timer, HistoryEntry)
TOKEN = re.compile(rb'"([0-9a-f]{32})"')
CHUNK = 500


def plant_cases(town: Town, count: int) -> list[UUID]:
    """Persons with a case each, like one that is started by the real command: its rows with other

    ids, as many at a time as the driver takes.
    """
    (first,) = start_cases(town, 1)
    with town.sessions.begin() as session:
        rows = {table: _rows(session, town, table, first) for table in COPIED}
    found: list[UUID] = []
    for begin in range(0, count, CHUNK):
        with town.sessions.begin() as session:
            people = add_persons(session, town, min(CHUNK, count - begin))
            copies = [_copy(rows, person_id) for person_id in people]
            for table in COPIED:
                session.execute(
                    insert(table.__table__), [row for copy in copies for row in copy[table]]
                )
            found += [copy[ProcessInstance][0]["id"] for copy in copies]
    return found


def _rows(session: Session, town: Town, table: type[Any], case_id: UUID) -> list[dict[str, Any]]:
    columns = table.__table__.c
    key = columns.id if table is ProcessInstance else columns.instance_id
    found = session.execute(
        select(table.__table__).where(
            columns.municipality_id == town.municipality_id, key == case_id
        )
    )
    return [dict(row) for row in found.mappings()]


def _copy(
    rows: dict[type[Any], list[dict[str, Any]]], person_id: UUID
) -> dict[type[Any], list[dict[str, Any]]]:
    (case,) = rows[ProcessInstance]
    others: dict[UUID, UUID] = {case["id"]: uuid7(), case["person_id"]: person_id}

    def other(match: re.Match[bytes]) -> bytes:
        new = others.setdefault(UUID(match[1].decode()), uuid7())
        return b'"%s"' % new.hex.encode()

    state = TOKEN.sub(other, case["state"])
    return {
        table: [
            {name: others.get(value, value) for name, value in row.items() if name != "state"}
            | ({"state": state} if table is ProcessInstance else {})
            | ({} if table in (ProcessInstance, OpenTask, Timer) else {"id": uuid7()})
            for row in found
        ]
        for table, found in rows.items()
    }


def first_tasks(town: Town, cases: Iterable[UUID]) -> list[UUID]:
    """The ids of the only open tasks of new cases, in the order of the cases."""
    with town.sessions.begin() as session:
        rows = session.execute(select(OpenTask.instance_id, OpenTask.id)).all()
    found = {row.instance_id: row.id for row in rows}
    return [found[each] for each in cases]
