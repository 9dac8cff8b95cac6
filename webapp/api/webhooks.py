"""Which addresses are told of what, and what came of each message."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response
from sqlalchemy.orm import Session

from webapp.api import fields
from webapp.api.fields import PageQuery
from webapp.api.nouns import Noun
from workflows import access, webhooks
from workflows.actors import Actor
from workflows.api_tokens import WEBHOOKS_READ, WEBHOOKS_WRITE
from workflows.errors import Invalid
from workflows.tables import Webhook

noun = Noun("webhooks", "Webhooks: adresser som får vite at noe har skjedd")


class Subscription(ma.Schema):
    """An address and what to tell it."""

    url = ma.fields.String(required=True)
    events = ma.fields.List(
        ma.fields.String(metadata={"enum": list(webhooks.EVENTS)}), required=True
    )


class WebhookLine(ma.Schema):
    """A webhook, without its secret."""

    id = ma.fields.UUID()
    url = ma.fields.String()
    events = ma.fields.List(ma.fields.String())
    created_at = ma.fields.DateTime()


class WebhookMade(WebhookLine):
    """A new webhook with its secret, which is not shown again."""

    secret = ma.fields.String()


class WebhookList(ma.Schema):
    """The account's own webhooks."""

    webhooks = ma.fields.List(ma.fields.Nested(WebhookLine))


class DeliveryLine(ma.Schema):
    """A message and what came of it."""

    id = ma.fields.UUID()
    event = ma.fields.String()
    payload = ma.fields.Dict()
    created_at = ma.fields.DateTime()
    tries = ma.fields.Integer()
    next_try_at = ma.fields.DateTime(allow_none=True)
    sent_at = ma.fields.DateTime(allow_none=True)
    failed_at = ma.fields.DateTime(allow_none=True)
    result = ma.fields.String(allow_none=True)


class DeliveryList(ma.Schema):
    """A page of messages, newest first."""

    deliveries = ma.fields.List(ma.fields.Nested(DeliveryLine))
    next = ma.fields.String(allow_none=True)


@noun.reads("", access.OWN_ACCOUNT, WEBHOOKS_READ, gives=WebhookList)
def list_webhooks(session: Session, actor: Actor) -> dict[str, Any]:
    """Kontoens webhooks"""
    return {"webhooks": webhooks.list_webhooks(session, actor)}


@noun.does(
    *("", access.OWN_ACCOUNT, WEBHOOKS_WRITE), takes=Subscription, gives=WebhookMade, status=201
)
def subscribe(session: Session, actor: Actor, sent: Mapping[str, Any]) -> Webhook:
    """Få vite når noe skjer. Hemmeligheten vises bare her"""
    return webhooks.subscribe(session, actor, sent["url"], sent["events"])


@noun.does(*("/<uuid:webhook_id>", access.OWN_ACCOUNT, WEBHOOKS_WRITE), status=204, method="DELETE")
def unsubscribe(session: Session, actor: Actor, webhook_id: UUID) -> Response:
    """Slutt å få vite"""
    webhooks.unsubscribe(session, actor, webhook_id)
    return Response(status=204)


@noun.reads(
    *("/<uuid:webhook_id>/deliveries", access.OWN_ACCOUNT, WEBHOOKS_READ),
    query=PageQuery,
    gives=DeliveryList,
)
def list_deliveries(
    session: Session, actor: Actor, query: Mapping[str, Any], webhook_id: UUID
) -> dict[str, Any]:
    """Meldingene en webhook har fått eller skal få, de nyeste først"""
    before = _before(query["cursor"])
    found, more = webhooks.list_deliveries(session, actor, webhook_id, before, query["limit"])
    following = fields.cursor([str(found[-1].id)]) if more else None
    return {"deliveries": found, "next": fields.next_link(following)}


def _before(text: str | None) -> UUID | None:
    match fields.place(text):
        case None:
            return None
        case [str() as delivery_id]:
            try:
                return UUID(delivery_id)
            except ValueError:
                pass
    raise Invalid(fields.NO_CURSOR, "cursor")
