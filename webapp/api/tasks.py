"""The tasks an account may see, and what it may do with them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy.orm import Session

from webapp.api import fields, forms
from webapp.api.fields import Answers, PageQuery, Text
from webapp.api.nouns import Noun
from webapp.edge import translated
from workflows import access, task_pages, tasks, worklist
from workflows.actors import Actor
from workflows.api_tokens import TASKS_READ, TASKS_WRITE
from workflows.errors import Invalid
from workflows.tables import OpenTask
from workflows.worklist import Narrowing

noun = Noun("tasks", "Oppgaver: de kontoens tjeneste har, om personer den har grunnlag for")


class TaskQuery(PageQuery):
    """What the list is narrowed to."""

    instance = ma.fields.UUID(load_default=None)
    person = ma.fields.UUID(load_default=None)
    service = ma.fields.UUID(load_default=None)
    process = Text(load_default=None)
    role = Text(load_default=None)
    assignee = ma.fields.String(load_default=None, validate=ma.validate.OneOf(("me", "unassigned")))
    due_before = ma.fields.Date(load_default=None)


class TaskLine(ma.Schema):
    """An open task: ids, and never a name."""

    id = ma.fields.UUID()
    title = ma.fields.String()
    instance_id = ma.fields.UUID()
    person_id = ma.fields.UUID()
    process_key = ma.fields.String()
    element = ma.fields.String()
    form_key = ma.fields.String()
    role = ma.fields.String()
    service_id = ma.fields.UUID(allow_none=True)
    assignee_id = ma.fields.UUID(allow_none=True)
    for_person = ma.fields.Boolean()
    parked = ma.fields.String(allow_none=True)
    due_on = ma.fields.Date(allow_none=True)
    created_at = ma.fields.DateTime()


class TaskList(ma.Schema):
    """A page of tasks, soonest due first."""

    tasks = ma.fields.List(ma.fields.Nested(TaskLine))
    next = ma.fields.String(allow_none=True, metadata={"description": "Neste side"})


class TaskShown(TaskLine):
    """A task with its form and what the account may do with it."""

    asked = ma.fields.Nested(forms.Asked)
    help = ma.fields.String()
    may_complete = ma.fields.Boolean()
    may_claim = ma.fields.Boolean()
    may_release = ma.fields.Boolean()


class Completion(ma.Schema):
    """Answers to a task's form."""

    answers = Answers(required=True)


class Completed(ma.Schema):
    """The case after a task was answered."""

    instance_id = ma.fields.UUID()
    ended = ma.fields.Boolean()


@noun.reads("", access.READ_TASKS, TASKS_READ, query=TaskQuery, gives=TaskList)
def list_tasks(session: Session, actor: Actor, query: Mapping[str, Any]) -> dict[str, Any]:
    """Oppgavene kontoen kan se, de med nærmest frist først"""
    wanted = Narrowing(
        instance_id=query["instance"],
        person_id=query["person"],
        service_id=query["service"],
        process=query["process"],
        role=query["role"],
        assignee=query["assignee"],
        due_before=query["due_before"],
    )
    after = _after(query["cursor"])
    found, more = worklist.tasks_after(session, actor, wanted, after, query["limit"])
    return {"tasks": found, "next": fields.next_link(_cursor(found[-1]) if more else None)}


def _after(text: str | None) -> tuple[date | None, UUID] | None:
    match fields.place(text):
        case None:
            return None
        case [None | str() as due_on, str() as task_id]:
            try:
                return date.fromisoformat(due_on) if due_on else None, UUID(task_id)
            except ValueError:
                pass
    raise Invalid(fields.NO_CURSOR, "cursor")


def _cursor(task: OpenTask) -> str:
    return fields.cursor([task.due_on.isoformat() if task.due_on else None, str(task.id)])


@noun.reads("/<uuid:task_id>", access.COMPLETE_TASK, TASKS_READ, gives=TaskShown)
def get_task(session: Session, actor: Actor, task_id: UUID) -> dict[str, Any]:
    """En oppgave med skjemaet sitt og det som er kjent"""
    page = task_pages.open_task(session, actor, task_id, translated)
    asked = page.asked
    return {
        **_line(page.task),
        "asked": forms.asked(asked.form, asked.prefill, asked.options),
        "help": page.help,
        "may_complete": page.may_complete,
        "may_claim": page.may_claim,
        "may_release": page.may_release,
    }


def _line(task: OpenTask) -> dict[str, Any]:
    return {name: getattr(task, name) for name in TaskLine().fields}


@noun.does("/<uuid:task_id>/claim", access.COMPLETE_TASK, TASKS_WRITE, gives=TaskLine)
def claim_task(session: Session, actor: Actor, task_id: UUID) -> OpenTask:
    """Ta en oppgave som er tjenestens"""
    return tasks.claim_task(session, actor, task_id)


@noun.does("/<uuid:task_id>/release", access.COMPLETE_TASK, TASKS_WRITE, gives=TaskLine)
def release_task(session: Session, actor: Actor, task_id: UUID) -> OpenTask:
    """Legg en oppgave tilbake til tjenesten"""
    return tasks.release_task(session, actor, task_id)


@noun.does(
    *("/<uuid:task_id>/complete", access.COMPLETE_TASK, TASKS_WRITE),
    takes=Completion,
    gives=Completed,
)
def complete_task(
    session: Session, actor: Actor, sent: Mapping[str, Any], task_id: UUID
) -> dict[str, Any]:
    """Svar på en oppgave, så forløpet går videre"""
    asked = task_pages.task_form(session, actor, task_id)
    answers = forms.taken(asked.form, sent["answers"], asked.prefill, asked.options)
    instance = tasks.complete_found(session, actor, asked.task, asked.basis, asked.form, answers)
    return {"instance_id": instance.id, "ended": instance.ended_at is not None}
