"""Cases: starting one, where it stands, and what has happened in it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import url_for
from sqlalchemy.orm import Session

from webapp.api import fields, forms
from webapp.api.fields import Answers, PageQuery, Text
from webapp.api.nouns import Noun
from webapp.api.tasks import TaskLine
from workflows import access, cases, history, process_instances, starts
from workflows.actors import Actor
from workflows.api_tokens import INSTANCES_READ, INSTANCES_WRITE
from workflows.errors import Invalid, NotFound

noun = Noun("instances", "Forløp i gang: én gjennomgang av et forløp, om en person")


class Start(ma.Schema):
    """Which process to start for whom, and the answers to its start form."""

    person_id = ma.fields.UUID(required=True)
    key = Text(required=True)
    answers = Answers(load_default=dict)


class Started(ma.Schema):
    """A case that has begun."""

    id = ma.fields.UUID()
    definition_key = ma.fields.String()
    definition_version = ma.fields.String()


class WaitingLine(ma.Schema):
    """A place where the case waits for a time."""

    element = ma.fields.String()
    title = ma.fields.String()
    until = ma.fields.DateTime()


class MessageLine(ma.Schema):
    """Something the account can tell the case now."""

    event = ma.fields.String(attribute="id")
    name = ma.fields.String()
    title = ma.fields.String()
    form_key = ma.fields.String()


class InstanceShown(Started):
    """Where a case stands, as far as the account's basis reaches."""

    title = ma.fields.String()
    person_id = ma.fields.UUID()
    basis = ma.fields.String()
    coordinator_id = ma.fields.UUID(allow_none=True)
    started_at = ma.fields.DateTime()
    ended_at = ma.fields.DateTime(allow_none=True)
    outcome = ma.fields.String(allow_none=True)
    tasks = ma.fields.List(ma.fields.Nested(TaskLine))
    waiting = ma.fields.List(ma.fields.Nested(WaitingLine))
    messages = ma.fields.List(ma.fields.Nested(MessageLine))


class HistoryLine(ma.Schema):
    """Something that happened. The answers have an address of their own."""

    id = ma.fields.UUID()
    seq = ma.fields.Integer()
    at = ma.fields.DateTime()
    kind = ma.fields.String()
    title = ma.fields.String()
    process_key = ma.fields.String()
    element = ma.fields.String()
    definition_version = ma.fields.String()
    task_id = ma.fields.UUID(allow_none=True)
    actor_id = ma.fields.UUID(allow_none=True)
    service_id = ma.fields.UUID(allow_none=True)
    form_key = ma.fields.String(allow_none=True)
    form_version = ma.fields.String(allow_none=True)
    answers = ma.fields.String(
        allow_none=True, metadata={"description": "Adressen til svarene, når de kan leses"}
    )


class HistoryPage(ma.Schema):
    """A page of what has happened, oldest first."""

    history = ma.fields.List(ma.fields.Nested(HistoryLine))
    next = ma.fields.String(allow_none=True)


class Answered(ma.Schema):
    """Old answers with the form they were given on."""

    id = ma.fields.UUID()
    at = ma.fields.DateTime()
    form = ma.fields.Dict()
    answers = ma.fields.Dict()


@noun.does(*("", access.START_PROCESS, INSTANCES_WRITE), takes=Start, gives=Started, status=201)
def start_instance(session: Session, actor: Actor, sent: Mapping[str, Any]) -> Any:
    """Start et forløp for en person"""
    page = starts.start_page(session, actor, sent["person_id"], sent["key"])
    answers = forms.taken(page.form, sent["answers"], {}, page.options)
    instance = process_instances.start_process(
        session, actor, sent["person_id"], sent["key"], answers
    )
    place = url_for("api_instances.get_instance", instance_id=instance.id)
    return instance, {"Location": place}


@noun.reads("/<uuid:instance_id>", access.READ_PERSON, INSTANCES_READ, gives=InstanceShown)
def get_instance(session: Session, actor: Actor, instance_id: UUID) -> dict[str, Any]:
    """Hvor et forløp står"""
    page = cases.case_page(session, actor, instance_id)
    instance = page.case.instance
    return {
        **{name: getattr(instance, name) for name in Started().fields},
        "title": instance.title,
        "person_id": page.person.id,
        "basis": page.basis.kind,
        "coordinator_id": instance.coordinator_id,
        "started_at": instance.started_at,
        "ended_at": instance.ended_at,
        "outcome": instance.outcome if page.may_read_plan else None,
        "tasks": page.case.open_tasks,
        "waiting": page.case.waiting,
        "messages": page.messages,
    }


@noun.reads(
    *("/<uuid:instance_id>/history", access.READ_PERSON, INSTANCES_READ),
    query=PageQuery,
    gives=HistoryPage,
)
def get_history(
    session: Session, actor: Actor, query: Mapping[str, Any], instance_id: UUID
) -> dict[str, Any]:
    """Hva som har skjedd i et forløp, det eldste først"""
    after = _after(query["cursor"])
    found, more = cases.history_after(session, actor, instance_id, after, query["limit"])
    following = fields.cursor([found[-1][0].seq]) if more else None
    return {
        "history": [_line(entry, readable=readable) for entry, readable in found],
        "next": fields.next_link(following),
    }


def _after(text: str | None) -> int:
    match fields.place(text):
        case None:
            return 0
        case [int() as seq] if 0 <= seq < 2**31:
            return seq
    raise Invalid(fields.NO_CURSOR, "cursor")


def _line(entry: Any, *, readable: bool) -> dict[str, Any]:
    place = url_for("api_instances.get_answers", instance_id=entry.instance_id, entry_id=entry.id)
    names = [name for name in HistoryLine().fields if name != "answers"]
    return {name: getattr(entry, name) for name in names} | {"answers": place if readable else None}


@noun.reads(
    *("/<uuid:instance_id>/history/<uuid:entry_id>", access.READ_PLAN, INSTANCES_READ),
    gives=Answered,
)
def get_answers(
    session: Session, actor: Actor, instance_id: UUID, entry_id: UUID
) -> dict[str, Any]:
    """Svarene i et steg, med skjemaet de ble gitt på"""
    page = history.read_answers(session, actor, entry_id)
    if page.entry.instance_id != instance_id:
        raise NotFound(access.UNKNOWN)
    facts = {"id": page.entry.id, "at": page.entry.at}
    return {**facts, "form": page.form.raw, "answers": page.answers}
