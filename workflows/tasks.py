"""The work of people: everything one can do with a task.

The list is in `workflows.worklist`, a task's page in `workflows.task_pages`. It will not decide
what follows: the diagram does.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from forms.definitions import Form
from workflows import (
    access,
    assignment,
    audit,
    clock,
    definitions,
    history_entries,
    operation_catalogue,
    process_instances,
    worklist,
)
from workflows.access import Basis
from workflows.actors import Actor
from workflows.engine import NotOpen
from workflows.errors import Conflict, Denied, NotFound
from workflows.history_entries import Answered
from workflows.tables import (
    Account,
    HistoryEntry,
    OpenTask,
    ProcessInstance,
    TaskDraft,
)
from workflows.texts import _

operation_catalogue.register()
UNKNOWN_TASK = _("Vi finner ikke denne oppgaven, eller den er ikke din.")


def find_task(session: Session, actor: Actor, task_id: UUID) -> tuple[OpenTask, Basis]:
    """An open task the actor may see, and the basis. Raises Conflict when done, else NotFound."""
    task = session.scalar(worklist.one_given(actor), {"task": task_id})
    if task is None:
        _raise_if_done(session, actor, task_id)
        raise NotFound(UNKNOWN_TASK)
    basis = access.basis_for(session, actor, access.COMPLETE_TASK, task.person_id, task.instance_id)
    if basis is None:
        raise NotFound(UNKNOWN_TASK)
    return task, basis


def _raise_if_done(session: Session, actor: Actor, task_id: UUID) -> None:
    entry = session.scalar(select(HistoryEntry.id).where(history_of(actor, task_id)).limit(1))
    if entry is not None:
        raise Conflict(_("Oppgaven er allerede gjort, eller den trengs ikke lenger."))


def history_of(actor: Actor, task_id: UUID) -> ColumnElement[bool]:
    """The history entries of a task about someone the actor has a basis for."""
    return and_(
        HistoryEntry.municipality_id.in_(actor.municipalities),
        HistoryEntry.task_id == task_id,
        access.in_reach(
            actor, access.COMPLETE_TASK, HistoryEntry.person_id, HistoryEntry.instance_id
        ),
    )


def may_complete(actor: Actor, task: OpenTask) -> bool:
    """True when the actor may answer: it is theirs, or their service's and taken by nobody."""
    if task.parked:
        return False
    if task.for_person and task.person_id in actor.acts_as:
        return True
    if task.assignee_id is not None:
        return task.assignee_id == actor.account_id
    return task.service_id in actor.services


def is_of_own_service(actor: Actor, task: OpenTask) -> bool:
    """True when the task is given to a service the actor works in."""
    return task.service_id in actor.services


def colleagues(session: Session, actor: Actor, task: OpenTask) -> list[tuple[UUID, str]]:
    """Those in the task's service who may take it: nobody when only the actor has a basis."""
    if task.service_id is None or not is_of_own_service(actor, task):
        return []
    if not _service_may(session, actor, task.service_id, task):
        return []
    positions = assignment.employees(session, task.municipality_id, task.service_id)
    ids = {position.account_id for position in positions} - {actor.account_id}
    rows = session.execute(
        select(Account.id, Account.name).where(Account.id.in_(ids)).order_by(Account.name)
    )
    return [(row.id, row.name) for row in rows]


def _service_may(session: Session, actor: Actor, service_id: UUID, task: OpenTask) -> bool:
    """True when working in the actor's service is a sufficient basis, for instance by consent."""
    unit = service_id in actor.coordinating_services
    anyone = Actor(
        account_id=service_id,  # nobody's: what follows from being this person falls away
        name="",
        municipalities=actor.municipalities,
        services=frozenset({service_id}),
        coordinating_municipalities=actor.coordinating_municipalities if unit else frozenset(),
    )
    basis = access.basis_for(
        session, anyone, access.COMPLETE_TASK, task.person_id, task.instance_id
    )
    return basis is not None


def record(
    session: Session, actor: Actor, task: OpenTask, basis: Basis, action: str, **details: Any
) -> None:
    """Leave an audit line about a task; `details` hold no free text."""
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
    record(session, actor, task, basis, "task:claim")
    return task


def release_task(session: Session, actor: Actor, task_id: UUID) -> OpenTask:
    """Lay a task back to the service."""
    task, basis = find_task(session, actor, task_id)
    if task.assignee_id != actor.account_id or task.service_id not in actor.services:
        raise Denied(_("Du kan bare legge tilbake oppgaver som du har tatt for tjenesten din."))
    if not colleagues(session, actor, task):
        raise Denied(_("Ingen andre i tjenesten har grunnlag for å gjøre denne oppgaven."))
    task.assignee_id = None
    record(session, actor, task, basis, "task:release")
    return task


def hand_task(session: Session, actor: Actor, task_id: UUID, to: UUID) -> OpenTask:
    """Give a task to a colleague in the same service."""
    task, basis = find_task(session, actor, task_id)
    if not may_complete(actor, task):
        raise Denied(_("Du kan bare gi videre oppgaver som er dine eller tjenestens."))
    if to not in {account_id for account_id, _name in colleagues(session, actor, task)}:
        raise Denied(_("Velg en kollega i samme tjeneste."))
    task.assignee_id = to
    record(session, actor, task, basis, "task:hand_over", to=str(to))
    return task


def complete_task(
    session: Session, actor: Actor, task_id: UUID, answers: dict[str, Any]
) -> ProcessInstance:
    """Answer a task and let the case go on. `answers` are checked by the task's form already.

    Raises Conflict when it is done already, Denied when it is not the actor's to do.
    """
    task, basis = find_task(session, actor, task_id)
    form = definitions.form_of(session, task)
    return complete_found(session, actor, task, basis, form, answers)


def complete_found(
    session: Session,
    actor: Actor,
    task: OpenTask,
    basis: Basis,
    form: Form,
    answers: dict[str, Any],
) -> ProcessInstance:
    """As `complete_task`, of a task that was found for the actor in this very transaction."""
    if not may_complete(actor, task):
        raise Denied(_("Oppgaven er tatt av en kollega, eller den venter."))
    instance, task_id = task.instance, task.id
    process = process_instances.process_of(session, instance)
    record(session, actor, task, basis, "task:complete")
    answered = Answered(
        process=task.process_key,
        element=task.element,
        form=form,
        answers=answers,
        task_id=task.id,
        item=task.item,
        service_id=task.service_id,
        for_person=task.for_person,
        person_id=task.person_id,
    )
    history_entries.write_answers(session, actor, instance, process, answered)
    routed = process_instances.routed(process, answers)
    try:
        process_instances.move(
            session,
            actor,
            basis,
            instance,
            lambda case: case.complete(task_id, routed),
            answered=task_id,
            sent=form,
        )
    except NotOpen as error:
        raise Conflict(_("Oppgaven er allerede gjort, eller den trengs ikke lenger.")) from error
    forget_draft(session, actor, task.municipality_id, task_id)
    return instance


def save_draft(session: Session, actor: Actor, task_id: UUID, typed: dict[str, Any]) -> datetime:
    """Keep what the actor has typed for a task they can see; when it was saved.

    It is saved over and over while one types: the record tells of the first time.
    """
    task, basis = find_task(session, actor, task_id)
    if kept_draft(session, actor, task_id) is None:
        record(session, actor, task, basis, "task:draft")
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


def drop_draft(session: Session, actor: Actor, task_id: UUID) -> None:
    """Throw away the actor's own unsent text for a task, whether or not the task is still open."""
    draft = kept_draft(session, actor, task_id)
    if draft is not None:
        session.delete(draft)


def forget_draft(session: Session, actor: Actor, municipality_id: UUID, task_id: UUID) -> None:
    """Remove the actor's draft of a task that is answered."""
    key = (municipality_id, task_id, actor.account_id)
    session.execute(_DRAFT, dict(zip(("place", "task", "account"), key, strict=True)))
    known = session.identity_map.get(identity_key(TaskDraft, key))
    if known is not None:
        session.expunge(known)


_DRAFTS: Any = TaskDraft.__table__
_DRAFT = delete(_DRAFTS).where(
    _DRAFTS.c.municipality_id == bindparam("place"),
    _DRAFTS.c.task_id == bindparam("task"),
    _DRAFTS.c.account_id == bindparam("account"),
)
