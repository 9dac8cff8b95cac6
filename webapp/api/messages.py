"""Telling a running case something: the messages its diagram waits for and has a form for."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy.orm import Session

from webapp.api import forms
from webapp.api.fields import Answers, Text
from webapp.api.nouns import Noun
from webapp.edge import translated
from workflows import access, messages
from workflows.actors import Actor
from workflows.api_tokens import INSTANCES_READ, MESSAGES_WRITE

noun = Noun("messages", "Meldinger: å melde fra til et forløp i gang, slik diagrammet åpner for")


class Message(ma.Schema):
    """What to tell which case."""

    instance_id = ma.fields.UUID(required=True)
    name = Text(required=True, metadata={"description": "Meldingens navn, eller hendelsens id"})
    answers = Answers(load_default=dict)


class Told(ma.Schema):
    """The case after it was told."""

    instance_id = ma.fields.UUID()
    ended = ma.fields.Boolean()


@noun.does("", access.GIVE_MESSAGE, MESSAGES_WRITE, takes=Message, gives=Told)
def send_message(session: Session, actor: Actor, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Meld fra til et forløp"""
    page = messages.message_page(session, actor, sent["instance_id"], sent["name"])
    answers = forms.taken(page.form, sent["answers"], page.prefill, page.options)
    instance = messages.send_message(session, actor, sent["instance_id"], page.message.id, answers)
    return {"instance_id": instance.id, "ended": instance.ended_at is not None}


@noun.reads(
    *("/<uuid:instance_id>/<event>", access.GIVE_MESSAGE, INSTANCES_READ), gives=forms.Asked
)
def get_message_form(
    session: Session, actor: Actor, instance_id: UUID, event: str
) -> dict[str, Any]:
    """Skjemaet til en melding, med det som er kjent"""
    page = messages.message_page(session, actor, instance_id, event, translated)
    return forms.asked(page.form, page.prefill, page.options)
