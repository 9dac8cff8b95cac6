"""What is written in the history of a case: answers as they are given, and what follows from them.

Rows are only ever added. It will not read them: `workflows.history` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from bpmn.diagrams import ACTIVITIES
from bpmn.reading import Element
from forms.definitions import Form
from workflows import clock, participants
from workflows.actors import Actor
from workflows.definitions import Process
from workflows.engine import Case, Event
from workflows.tables import HistoryEntry, ProcessInstance

WORTH_REMEMBERING: Mapping[str, frozenset[str] | None] = {
    "completed": ACTIVITIES | {"startEvent", "intermediateThrowEvent", "endEvent"},
    "cancelled": ACTIVITIES,
    "fired": None,
    "ended": None,
    "failed": None,
    "retried": None,
    "skipped": None,
}
"""Kinds of event → the kinds of element whose events go into the history; None for all.

Every activity and event that was finished is there once: one that waits when it fires, others when
they are complete. A gateway leaves nothing: between two steps the diagram says which it was.
"""


@dataclass(frozen=True)
class Answered:
    """A form's answers on their way into the history: where in the diagram, by whom, for whom."""

    process: str
    element: str
    form: Form
    answers: dict[str, Any]
    kind: str = "completed"
    task_id: UUID | None = None
    item: str | None = None
    service_id: UUID | None = None
    for_person: bool = False
    person_id: UUID | None = None
    """Whom they are about, where that is not the person the place in the diagram is about."""


def write_answers(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    process: Process,
    answered: Answered,
) -> None:
    """Put answers into the history, before the case moves, so that operations find them."""
    instance.history_length += 1
    entry = _entry(instance, process, answered.kind, answered.process, answered.element)
    about = participants.member_at(session, instance, answered.item)
    entry |= {
        "seq": instance.history_length,
        "task_id": answered.task_id,
        "item": answered.item,
        "person_id": answered.person_id or about,
        "actor_id": actor.account_id,
        "service_id": answered.service_id,
        "for_person": answered.for_person,
        "form_key": answered.form.key,
        "form_version": answered.form.version,
        "answers": answered.answers,
    }
    session.add(HistoryEntry(**entry))


def of_events(
    session: Session,
    instance: ProcessInstance,
    process: Process,
    case: Case,
    answered: UUID | None = None,
) -> list[dict[str, Any]]:
    """The entries of what happened as a case moved, numbered from those it has.

    `answered` is the task whose completion stands there already, with its answers.
    """
    events = [
        event
        for event in case.events
        if _worth_remembering(process, event) and not _is_answer(event, answered)
    ]
    return [
        {
            **_entry(instance, process, event.kind, event.process, event.element),
            "seq": seq,
            "task_id": event.task_id,
            "item": event.item,
            "person_id": participants.member_at(session, instance, event.item),
        }
        for seq, event in enumerate(events, instance.history_length + 1)
    ]


def _is_answer(event: Event, answered: UUID | None) -> bool:
    return event.kind == "completed" and event.task_id == answered


def _worth_remembering(process: Process, event: Event) -> bool:
    kinds = WORTH_REMEMBERING.get(event.kind, frozenset())
    if kinds is None:
        return True
    element = process.diagrams[event.process].elements[event.element]
    by_link = element.kind == "intermediateCatchEvent" and element.event == "link"
    if event.kind == "completed" and (by_link or _is_answered_start(process, element)):
        return by_link
    return element.kind in kinds


def _is_answered_start(process: Process, element: Element) -> bool:
    """Whether the history has it with its answers already."""
    return element == process.diagram.start and "formKey" in element.properties


def _entry(
    instance: ProcessInstance, process: Process, kind: str, process_key: str, element_id: str
) -> dict[str, Any]:
    element = process.diagrams[process_key].elements.get(element_id)
    return {
        "municipality_id": instance.municipality_id,
        "id": uuid7(),
        "instance_id": instance.id,
        "at": clock.now(),
        "kind": kind,
        "process_key": process_key,
        "element": element_id,
        "title": (element.name if element else "") or element_id,
        "definition_version": instance.definition_version,
        "role": process.diagrams[process_key].role_of(element_id) if element else None,
        "for_person": False,
    }
