"""The work of people: the task list, a task's page, and everything one can do with a task.

One rule says who sees a task, for lists and pages alike. It will not decide what follows: the
diagram does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager

from forms.definitions import Form
from workflows import (
    access,
    assignment,
    audit,
    clock,
    definitions,
    operation_catalogue,
    prefill,
    process_instances,
)
from workflows.access import Basis
from workflows.actors import Actor
from workflows.engine import NotOpen
from workflows.errors import Conflict, Denied, NotFound
from workflows.prefill import Options, Origin
from workflows.process_instances import Answered
from workflows.tables import (
    Account,
    HistoryEntry,
    OpenTask,
    Person,
    ProcessInstance,
    Service,
    TaskDraft,
)
from workflows.texts import _

PARKED = {
    "uten_samtykke": _("Venter: personen har ikke samtykket til at tjenesten får opplysninger."),
}
PAGE = 25
operation_catalogue.register()
COUNT_CAP = 1000
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
    service_name: str | None
    assignee_id: UUID | None
    assignee_name: str | None
    due_on: date | None
    created_at: datetime
    parked: str | None
    """A sentence, when the task may not be done now."""


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
class Step:
    """Something that was done before, or comes next."""

    title: str
    who: str | None = None
    at: datetime | None = None
    entry_id: UUID | None = None
    """The history entry whose answers the actor may open."""


@dataclass(frozen=True)
class TaskPage:
    """Everything a task's page shows."""

    task: OpenTask
    row: TaskRow
    form: Form
    why: str
    """A sentence: why the actor has it."""
    help: str
    """What the diagram says to the one who does it."""
    prefill: dict[str, Any]
    sources: Mapping[str, Origin]
    """Where a prefilled field came from."""
    options: Options
    draft: Mapping[str, Any] | None
    draft_saved_at: datetime | None
    before: Sequence[Step]
    after: Sequence[str]
    process_key: str
    version: str
    colleagues: Sequence[tuple[UUID, str]]
    may_complete: bool
    may_claim: bool
    basis: Basis


def list_tasks(session: Session, actor: Actor, wanted: Filter) -> TaskList:
    """A page of the tasks the actor may see, with the count and how many are overdue."""
    query = _filtered(visible_tasks(actor), actor, wanted)
    page = query.order_by(*_order(wanted)).offset((wanted.page - 1) * PAGE).limit(PAGE + 1)
    tasks = session.scalars(_with_people(page)).all()
    names = _names(session, tasks)
    shown = tasks[:PAGE]
    audit.record_list(
        session,
        actor,
        "task:list",
        [(task.municipality_id, task.person_id) for task in shown],
        access.COMPLETE_TASK,
    )
    late = query.where(OpenTask.due_on < clock.today(), OpenTask.parked.is_(None))
    return TaskList(
        rows=[_row(task, names) for task in shown],
        page=wanted.page,
        more=len(tasks) > PAGE,
        total=_count(session, query),
        overdue=_count(session, late),
    )


def visible_tasks(actor: Actor) -> Select[OpenTask]:
    """The tasks an actor may see: given to them, their service or the person they are or act for,

    and about a person they have a basis for. A parked task is shown to the coordinator alone.
    """
    # The person is found through each row, so the index on who has the task does the work.
    return (
        select(OpenTask)
        .join(OpenTask.person)
        .where(
            OpenTask.municipality_id.in_(actor.municipalities),
            _given_to(actor),
            OpenTask.person_id.in_(access.visible(actor, access.COMPLETE_TASK)),
        )
    )


def _given_to(actor: Actor) -> ColumnElement[bool]:
    mine = [OpenTask.assignee_id == actor.account_id]
    if actor.services:
        mine.append(OpenTask.service_id.in_(actor.services))
    if actor.acts_as:
        mine.append(and_(OpenTask.for_person, OpenTask.person_id.in_(actor.acts_as)))
    held = select(ProcessInstance.id).where(
        ProcessInstance.municipality_id.in_(actor.municipalities),
        ProcessInstance.coordinator_id == actor.account_id,
        ProcessInstance.ended_at.is_(None),
    )
    waiting = and_(OpenTask.parked.is_not(None), OpenTask.instance_id.in_(held))
    return or_(and_(OpenTask.parked.is_(None), or_(*mine)), waiting)


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


def _with_people(query: Select[OpenTask]) -> Select[OpenTask]:
    return query.join(OpenTask.instance).options(
        contains_eager(OpenTask.person), contains_eager(OpenTask.instance)
    )


def _count(session: Session, query: Select[OpenTask]) -> int:
    capped = query.with_only_columns(OpenTask.id).limit(COUNT_CAP).subquery()
    return session.scalar(select(func.count()).select_from(capped)) or 0


def _names(session: Session, tasks: Sequence[OpenTask]) -> dict[UUID, str]:
    accounts = {task.assignee_id for task in tasks if task.assignee_id}
    services = {task.service_id for task in tasks if task.service_id}
    rows = [
        *session.execute(select(Account.id, Account.name).where(Account.id.in_(accounts))),
        *session.execute(select(Service.id, Service.name).where(Service.id.in_(services))),
    ]
    return {row.id: row.name for row in rows}


def _row(task: OpenTask, names: Mapping[UUID, str]) -> TaskRow:
    return TaskRow(
        id=task.id,
        title=task.title,
        person_id=task.person_id,
        person_name=task.person.name,
        instance_id=task.instance_id,
        process_title=task.instance.title,
        service_name=names.get(task.service_id) if task.service_id else None,
        assignee_id=task.assignee_id,
        assignee_name=names.get(task.assignee_id) if task.assignee_id else None,
        due_on=task.due_on,
        created_at=task.created_at,
        parked=PARKED[task.parked] if task.parked else None,
    )


def filter_choices(
    session: Session, actor: Actor
) -> tuple[list[tuple[UUID, str]], list[tuple[UUID, str]], list[tuple[str, str]]]:
    """(persons, services, processes) that occur among the tasks the actor may see."""
    seen = visible_tasks(actor).with_only_columns(
        OpenTask.person_id, OpenTask.service_id, OpenTask.process_key, OpenTask.municipality_id
    )
    rows = seen.distinct().limit(COUNT_CAP).subquery()
    persons = session.execute(
        select(Person.id, Person.name)
        .where(Person.id.in_(select(rows.c.person_id)))
        .order_by(Person.name)
    )
    services = session.execute(
        select(Service.id, Service.name)
        .where(Service.id.in_(select(rows.c.service_id)))
        .order_by(Service.name)
    )
    keys = set(session.scalars(select(rows.c.process_key).distinct()))
    titles = {
        row.key: row.title
        for municipality in actor.municipalities
        for row in definitions.latest_definitions(session, municipality)
    }
    return (
        [(row.id, row.name) for row in persons],
        [(row.id, row.name) for row in services],
        [(key, titles.get(key, key)) for key in sorted(keys)],
    )


def find_task(session: Session, actor: Actor, task_id: UUID) -> tuple[OpenTask, Basis]:
    """An open task the actor may see, and the basis. Raises Conflict when done, else NotFound."""
    task = session.scalar(_with_people(visible_tasks(actor).where(OpenTask.id == task_id)))
    if task is None:
        _raise_if_done(session, actor, task_id)
        raise NotFound(_("Vi finner ikke denne oppgaven, eller den er ikke din."))
    return task, access.require(session, actor, access.COMPLETE_TASK, task.person_id)


def _raise_if_done(session: Session, actor: Actor, task_id: UUID) -> None:
    entry = session.scalar(
        select(HistoryEntry)
        .where(
            HistoryEntry.municipality_id.in_(actor.municipalities),
            HistoryEntry.task_id == task_id,
            HistoryEntry.person_id.in_(access.visible(actor, access.COMPLETE_TASK)),
        )
        .order_by(HistoryEntry.seq.desc())
        .limit(1)
    )
    if entry is not None:
        raise Conflict(_("Oppgaven er allerede gjort, eller den trengs ikke lenger."))


def open_task(session: Session, actor: Actor, task_id: UUID) -> TaskPage:
    """A task's page: why, what came before and comes next, the form with what is known."""
    task, basis = find_task(session, actor, task_id)
    instance = task.instance
    process = process_instances.process_of(session, instance)
    diagram = process.diagrams[task.process_key]
    form = definitions.latest_form(session, task.municipality_id, task.form_key)
    known = prefill.collect(session, instance, form, item=task.item)
    draft = session.get(TaskDraft, (task.municipality_id, task.id, actor.account_id))
    _record(session, actor, task, basis, "task:read")
    return TaskPage(
        task=task,
        row=_row(task, _names(session, [task])),
        form=form,
        why=_why(actor, task),
        help=diagram.elements[task.element].documentation or "",
        prefill=known.data,
        sources=known.origins,
        options=prefill.options(session, instance),
        draft=draft.typed if draft else None,
        draft_saved_at=draft.saved_at if draft else None,
        before=_before(session, actor, task),
        after=[element.name for element in diagram.after(task.element) if element.name],
        process_key=task.process_key,
        version=process.version,
        colleagues=_colleagues(session, actor, task),
        may_complete=may_complete(actor, task),
        may_claim=task.assignee_id is None and task.service_id in actor.services,
        basis=basis,
    )


def _why(actor: Actor, task: OpenTask) -> str:
    if task.parked:
        return PARKED[task.parked]
    if task.for_person and task.person_id in actor.wards:
        return _("Du svarer sammen med eller for personen du er foresatt eller verge for.")
    return assignment.REASONS[task.reason]


def may_complete(actor: Actor, task: OpenTask) -> bool:
    """True when the actor may answer: it is theirs, or their service's and taken by nobody."""
    if task.parked:
        return False
    if task.for_person and task.person_id in actor.acts_as:
        return True
    if task.assignee_id is not None:
        return task.assignee_id == actor.account_id
    return task.service_id in actor.services


def _before(session: Session, actor: Actor, task: OpenTask) -> list[Step]:
    rows = session.execute(
        select(HistoryEntry, Account.name)
        .outerjoin(Account, Account.id == HistoryEntry.actor_id)
        .where(
            HistoryEntry.municipality_id == task.municipality_id,
            HistoryEntry.instance_id == task.instance_id,
            HistoryEntry.form_key.is_not(None),
        )
        .order_by(HistoryEntry.seq.desc())
        .limit(3)
    )
    whole = access.basis_for(session, actor, access.READ_PLAN, task.person_id) is not None
    return [
        Step(
            entry.title,
            name,
            entry.at,
            entry.id if whole or entry.actor_id == actor.account_id else None,
        )
        for entry, name in rows
    ]


def _colleagues(session: Session, actor: Actor, task: OpenTask) -> list[tuple[UUID, str]]:
    if task.service_id not in actor.services:
        return []
    positions = assignment.employees(session, task.municipality_id, task.service_id)
    ids = {position.account_id for position in positions} - {actor.account_id}
    rows = session.execute(
        select(Account.id, Account.name).where(Account.id.in_(ids)).order_by(Account.name)
    )
    return [(row.id, row.name) for row in rows]


def _record(
    session: Session, actor: Actor, task: OpenTask, basis: Basis, action: str, **details: Any
) -> None:
    audit.record(
        session,
        actor,
        municipality_id=task.municipality_id,
        person_id=task.person_id,
        action=action,
        basis=basis,
        task=task.title,
        **details,
    )


def claim_task(session: Session, actor: Actor, task_id: UUID) -> OpenTask:
    """Take a task that is one's service's. Raises Conflict when a colleague has it."""
    task, basis = find_task(session, actor, task_id)
    if task.service_id not in actor.services:
        raise Denied(_("Oppgaven hører ikke til tjenesten din."))
    if task.assignee_id not in (None, actor.account_id):
        raise Conflict(_("En kollega har allerede tatt oppgaven."))
    task.assignee_id = actor.account_id
    _record(session, actor, task, basis, "task:claim")
    return task


def release_task(session: Session, actor: Actor, task_id: UUID) -> OpenTask:
    """Lay a task back to the service."""
    task, basis = find_task(session, actor, task_id)
    if task.assignee_id != actor.account_id or task.service_id not in actor.services:
        raise Denied(_("Du kan bare legge tilbake oppgaver som du har tatt for tjenesten din."))
    task.assignee_id = None
    _record(session, actor, task, basis, "task:release")
    return task


def hand_task(session: Session, actor: Actor, task_id: UUID, to: UUID) -> OpenTask:
    """Give a task to a colleague in the same service."""
    task, basis = find_task(session, actor, task_id)
    if not may_complete(actor, task):
        raise Denied(_("Du kan bare gi videre oppgaver som er dine eller tjenestens."))
    if to not in {account_id for account_id, _name in _colleagues(session, actor, task)}:
        raise Denied(_("Velg en kollega i samme tjeneste."))
    task.assignee_id = to
    _record(session, actor, task, basis, "task:hand_over", to=str(to))
    return task


def complete_task(
    session: Session, actor: Actor, task_id: UUID, answers: dict[str, Any]
) -> ProcessInstance:
    """Answer a task and let the case go on. `answers` are checked by the task's form already.

    Raises Conflict when it is done already, Denied when it is not the actor's to do.
    """
    task, basis = find_task(session, actor, task_id)
    if not may_complete(actor, task):
        raise Denied(_("Oppgaven er tatt av en kollega, eller den venter."))
    instance = task.instance
    process = process_instances.process_of(session, instance)
    form = definitions.latest_form(session, task.municipality_id, task.form_key)
    _record(session, actor, task, basis, "task:complete")
    answered = Answered(
        process=task.process_key,
        element=task.element,
        form=form,
        answers=answers,
        task_id=task.id,
        item=task.item,
        service_id=task.service_id,
        for_person=task.for_person,
    )
    process_instances.write_answers(session, actor, instance, process, answered)
    routed = process_instances.routed(process, answers)
    try:
        process_instances.move(
            session, actor, basis, instance, lambda case: case.complete(task_id, routed), task_id
        )
    except NotOpen as error:
        raise Conflict(_("Oppgaven er allerede gjort, eller den trengs ikke lenger.")) from error
    forget_draft(session, actor, task.municipality_id, task_id)
    return instance


def save_draft(session: Session, actor: Actor, task_id: UUID, typed: dict[str, Any]) -> datetime:
    """Keep what the actor has typed for a task they can see; when it was saved."""
    task, _basis = find_task(session, actor, task_id)
    return keep_typed(session, actor, task.municipality_id, task_id, typed)


def keep_typed(
    session: Session, actor: Actor, municipality_id: UUID, task_id: UUID, typed: dict[str, Any]
) -> datetime:
    """Keep an actor's own text for a task, also when the task is gone."""
    if actor.account_id is None:
        raise Denied(_("Du må være logget inn."))
    draft = session.get(TaskDraft, (municipality_id, task_id, actor.account_id))
    if draft is None:
        draft = TaskDraft(
            municipality_id=municipality_id, task_id=task_id, account_id=actor.account_id
        )
        session.add(draft)
    draft.typed, draft.saved_at = typed, clock.now()
    return draft.saved_at


def kept_draft(session: Session, actor: Actor, task_id: UUID) -> TaskDraft | None:
    """The actor's own unsent text for a task, whether or not the task is still open."""
    return session.scalar(
        select(TaskDraft).where(
            TaskDraft.municipality_id.in_(actor.municipalities),
            TaskDraft.task_id == task_id,
            TaskDraft.account_id == actor.account_id,
        )
    )


def forget_draft(session: Session, actor: Actor, municipality_id: UUID, task_id: UUID) -> None:
    """Remove the actor's draft of a task that is answered."""
    draft = session.get(TaskDraft, (municipality_id, task_id, actor.account_id))
    if draft is not None:
        session.delete(draft)
