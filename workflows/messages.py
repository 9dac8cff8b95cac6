"""What people can tell a running case: the messages its diagram waits for and has a form for.

A process owner who gives a message event a `formKey` has made a way to report; its role says who
may. It will not tell what the system itself tells a case: those messages have no form.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from bpmn.reading import Element
from bpmn.rules import REPORTERS
from forms.definitions import Form
from workflows import (
    access,
    assignment,
    audit,
    definitions,
    history_entries,
    participants,
    prefill,
    process_instances,
)
from workflows.access import Basis
from workflows.actors import Actor
from workflows.errors import Denied, Invalid
from workflows.history_entries import Answered
from workflows.prefill import Options, Origin
from workflows.tables import Person, ProcessInstance, Subscription
from workflows.texts import Say, _

NOT_NOW = _("Forløpet kan ikke ta imot dette nå.")


@dataclass(frozen=True)
class Message:
    """Something that can be told a case now, at an event of its diagram or of one it has called."""

    process: str
    event: Element

    @property
    def id(self) -> str:
        return self.event.id

    @property
    def name(self) -> str:
        """What the diagram calls the message."""
        return self.event.trigger or ""

    @property
    def title(self) -> str:
        return self.event.name

    @property
    def form_key(self) -> str:
        return self.event.properties["formKey"]


@dataclass(frozen=True)
class MessagePage:
    """What the page that tells a case something shows."""

    instance: ProcessInstance
    person: Person
    message: Message
    basis: Basis
    form: Form
    prefill: dict[str, Any]
    sources: Mapping[str, Origin]
    options: Options


def sendable(session: Session, actor: Actor, instance: ProcessInstance) -> list[Message]:
    """What the actor can tell a case now, in the diagram's order."""
    if (
        access.basis_for(session, actor, access.GIVE_MESSAGE, instance.person_id, instance.id)
        is None
    ):
        return []
    awaited = list(_awaited(session, instance))
    return [each for each in awaited if _is_theirs(session, actor, instance, each)]


def _awaited(session: Session, instance: ProcessInstance) -> Iterator[Message]:
    """The events that wait for a message and ask a form, each once."""
    waiting = session.execute(
        select(Subscription.process_key, Subscription.element)
        .where(
            Subscription.municipality_id == instance.municipality_id,
            Subscription.instance_id == instance.id,
        )
        .distinct()
    )
    found = {tuple(row) for row in waiting}
    for key, diagram in process_instances.process_of(session, instance).diagrams.items():
        for event in filter(_can_be_reported, diagram.elements.values()):
            if (key, _waits_at(event)) in found:
                yield Message(key, event)


def _waits_at(event: Element) -> str | None:
    """What starts an event subprocess waits by the subprocess's id."""
    return event.parent if event.kind == "startEvent" else event.id


def _can_be_reported(event: Element) -> bool:
    return event.event == "message" and "formKey" in event.properties and event.role in REPORTERS


def _is_theirs(session: Session, actor: Actor, instance: ProcessInstance, message: Message) -> bool:
    """True for those who would be given a task of the event's role."""
    place = assignment.Place(instance, {})
    given = assignment.assign(session, message.event.role or "", place)
    if given.for_person:
        return instance.person_id in actor.acts_as
    if given.account_id is not None:
        return given.account_id == actor.account_id
    return given.service_id in actor.services


def message_page(
    session: Session, actor: Actor, instance_id: UUID, event_id: str, say: Say = _
) -> MessagePage:
    """The form of a message to a running case, with what is known; seeing it leaves an audit line.

    `event_id` is the event's id or the name of the message.

    Raises Invalid when the case does not wait for it, Denied when it is for others to tell.
    """
    instance = process_instances.find_instance(session, actor, instance_id)
    basis = access.require(session, actor, access.GIVE_MESSAGE, instance.person_id, instance.id)
    process_instances.require_running(instance)
    message = _find(session, actor, instance, event_id)
    form = definitions.latest_form(session, instance.municipality_id, message.form_key)
    seen = participants.seen_in_task(session, actor, instance)
    known = prefill.collect(session, instance, form, seen=seen, say=say)
    _record(session, actor, instance, basis, "process:read", process=instance.definition_key)
    return MessagePage(
        instance=instance,
        person=instance.person,
        message=message,
        basis=basis,
        form=form,
        prefill=known.data,
        sources=known.origins,
        options=prefill.choices(session, actor, instance, form, seen, say=say),
    )


def _find(session: Session, actor: Actor, instance: ProcessInstance, event_id: str) -> Message:
    found = next(
        (each for each in _awaited(session, instance) if event_id in (each.id, each.name)), None
    )
    if found is None:
        raise Invalid(NOT_NOW)
    if not _is_theirs(session, actor, instance, found):
        raise Denied(access.NOT_THIS)
    return found


def send_message(
    session: Session, actor: Actor, instance_id: UUID, event_id: str, answers: dict[str, Any]
) -> ProcessInstance:
    """Tell a running case something. Raises as `message_page`."""
    page = message_page(session, actor, instance_id, event_id)
    instance, message = page.instance, page.message
    process = process_instances.process_of(session, instance)
    answered = Answered(
        process=message.process,
        element=message.id,
        form=page.form,
        answers=answers,
        kind="message",
        service_id=actor.service_in(instance.municipality_id),
    )
    history_entries.write_answers(session, actor, instance, process, answered)
    told = process_instances.routed(process, answers)
    process_instances.deliver(
        session, actor, page.basis, instance, message.name, told, sent=page.form
    )
    _record(session, actor, instance, page.basis, "process:message", message=message.name)
    return instance


def _record(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    basis: Basis,
    action: str,
    **details: str,
) -> None:
    audit.record(
        session,
        actor,
        municipality_id=instance.municipality_id,
        person_id=instance.person_id,
        action=action,
        basis=basis,
        **details,
    )
