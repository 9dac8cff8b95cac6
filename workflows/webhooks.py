"""Telling other systems that something happened: who wants to know, and what is on its way.

A message is written in the transaction of what it tells, for those whose account has a basis to
know of it, and holds ids alone: the receiver fetches the rest with its token and its basis. It will
not send anything: `webapp.deliveries` does, outside the transaction.
"""

import random
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from hmac import digest
from secrets import token_bytes
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import CursorResult, bindparam, delete, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from workflows import access, clock, definitions, worklist
from workflows.actors import Actor, load_actor
from workflows.errors import Invalid, NotFound
from workflows.tables import OpenTask, ProcessInstance, Webhook, WebhookDelivery
from workflows.texts import _

INSTANCE_STARTED, INSTANCE_ENDED = "instance.started", "instance.ended"
TASK_OPENED, TASK_COMPLETED = "task.opened", "task.completed"
INCIDENT_OPENED = "incident.opened"
EVENTS = (INSTANCE_STARTED, INSTANCE_ENDED, TASK_OPENED, TASK_COMPLETED, INCIDENT_OPENED)

SECRET_PREFIX = "whsec_"  # noqa: S105 - how every secret begins (Standard Webhooks), and no secret
SECRET_BYTES = 32
MOST_WEBHOOKS = 20
LONGEST_URL = 500
MOST_TRIES = 10
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=6)
LEASE = timedelta(seconds=60)
"""How long who has taken a message has to send it before another may."""
KEPT = timedelta(days=30)
WITHHELD = "uten grunnlag"


def subscribe(session: Session, actor: Actor, url: str, events: Sequence[str]) -> Webhook:
    """Tell an address of these events from now on. Raises Invalid."""
    if not _is_address(url):
        raise Invalid(
            _("Adressen må begynne med https:// eller http:// og ha et vertsnavn."), "url"
        )
    if not events or not set(events) <= set(EVENTS):
        raise Invalid(_("Velg minst én hendelse som finnes."), "events")
    if len(list_webhooks(session, actor)) >= MOST_WEBHOOKS:
        raise Invalid(_("Kontoen har så mange webhooks som den kan ha. Slett en først."))
    webhook = Webhook(
        municipality_id=definitions.home(actor),
        id=uuid7(),
        account_id=actor.account_id,
        url=url,
        events=sorted(set(events)),
        secret=SECRET_PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode(),
        created_at=clock.now(),
    )
    session.add(webhook)
    session.flush()
    return webhook


def _is_address(url: str) -> bool:
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    try:
        parts = urlsplit(url)
        there = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return plain and there and parts.scheme in {"http", "https"} and "@" not in parts.netloc


def list_webhooks(session: Session, actor: Actor) -> Sequence[Webhook]:
    """The account's own, the oldest first."""
    return session.scalars(
        select(Webhook)
        .where(
            Webhook.municipality_id.in_(actor.municipalities),
            Webhook.account_id == actor.account_id,
        )
        .order_by(Webhook.id)
    ).all()


def find_webhook(session: Session, actor: Actor, webhook_id: UUID) -> Webhook:
    """One of the account's own. Raises NotFound."""
    found = [each for each in list_webhooks(session, actor) if each.id == webhook_id]
    if not found:
        raise NotFound(_("Vi finner ikke denne webhooken."))
    return found[0]


def unsubscribe(session: Session, actor: Actor, webhook_id: UUID) -> None:
    """Stop telling, and forget what was told. Raises NotFound."""
    webhook = find_webhook(session, actor, webhook_id)
    session.execute(delete(WebhookDelivery).where(*_of(webhook)))
    session.delete(webhook)


def _of(webhook: Webhook) -> tuple[Any, Any]:
    return (
        WebhookDelivery.municipality_id == webhook.municipality_id,
        WebhookDelivery.webhook_id == webhook.id,
    )


def list_deliveries(
    session: Session, actor: Actor, webhook_id: UUID, before: UUID | None, limit: int
) -> tuple[Sequence[WebhookDelivery], bool]:
    """What a webhook has been told, newest first, and whether there is more. Raises NotFound."""
    query = select(WebhookDelivery).where(*_of(find_webhook(session, actor, webhook_id)))
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    found = session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit + 1)).all()
    return found[:limit], len(found) > limit


def tell(session: Session, instance: ProcessInstance, event: str) -> None:
    """Put a message about a case on its way to those who may know of the case now."""
    for webhook, actor in _listeners(session, instance):
        if event in webhook.events and _knows_of(session, actor, instance):
            _add(session, webhook, event, instance)


def tell_of_incident(session: Session, instance: ProcessInstance, incident_id: UUID) -> None:
    """Put a message about what has stopped on its way, also to those who run the system."""
    for webhook, actor in _listeners(session, instance):
        if INCIDENT_OPENED in webhook.events and _may_see_stopped(session, actor, instance):
            _add(session, webhook, INCIDENT_OPENED, instance, incident_id=incident_id)


def tell_of_tasks(
    session: Session,
    changes: Iterable[tuple[ProcessInstance, Collection[UUID], Collection[UUID]]],
) -> None:
    """Put messages about the tasks that were opened and completed in cases on their way to those

    who may see each. All must be there still.
    """
    known: dict[UUID, list[tuple[Webhook, Actor]]] = {}
    for instance, opened, completed in changes:
        if not opened and not completed:
            continue
        if instance.municipality_id not in known:
            known[instance.municipality_id] = _listeners(session, instance)
        told = {TASK_COMPLETED: completed, TASK_OPENED: opened}
        for webhook, actor in known[instance.municipality_id]:
            visible = _visible(session, actor, [*opened, *completed])
            for event, tasks in told.items():
                for task_id in tasks:
                    if event in webhook.events and task_id in visible:
                        _add(session, webhook, event, instance, task_id=task_id)


def _listeners(session: Session, instance: ProcessInstance) -> list[tuple[Webhook, Actor]]:
    """Who is told in the case's municipality. Most have nobody, so that is found out cheaply."""
    key = {"place": instance.municipality_id}
    if session.scalar(_ANY_WEBHOOK, key) is None:
        return []
    webhooks = session.scalars(_WEBHOOKS, key).all()
    actors = {each.account_id: load_actor(session, each.account_id) for each in webhooks}
    return [(each, actors[each.account_id]) for each in webhooks]


_ANY_WEBHOOK = select(Webhook.id).where(Webhook.municipality_id == bindparam("place")).limit(1)
_WEBHOOKS = (
    select(Webhook).where(Webhook.municipality_id == bindparam("place")).order_by(Webhook.id)
)


def _visible(session: Session, actor: Actor, tasks: Collection[UUID]) -> set[UUID]:
    seen = worklist.visible_tasks(actor).where(OpenTask.id.in_(tasks))
    return set(session.scalars(seen.with_only_columns(OpenTask.id)))


def _knows_of(session: Session, actor: Actor, instance: ProcessInstance) -> bool:
    """Whether the actor could open the case: the same question as its page asks."""
    return bool(
        access.people_in(session, actor, access.READ_PLAN, instance)
        or access.basis_for(session, actor, access.READ_PERSON, instance.person_id)
    )


def _may_see_stopped(session: Session, actor: Actor, instance: ProcessInstance) -> bool:
    """Whoever runs the system sees what has stopped, by its ids, without knowing of the person."""
    runs_it = instance.municipality_id in actor.operates_in
    return runs_it or _knows_of(session, actor, instance)


def _add(
    session: Session, webhook: Webhook, event: str, instance: ProcessInstance, **more: UUID
) -> None:
    now = clock.now()
    data = {"instance_id": str(instance.id)} | {name: str(each) for name, each in more.items()}
    session.add(
        WebhookDelivery(
            municipality_id=webhook.municipality_id,
            id=uuid7(),
            webhook_id=webhook.id,
            event=event,
            payload={"type": event, "timestamp": now.isoformat(), "data": data},
            created_at=now,
            next_try_at=now,
            tries=0,
        )
    )


@dataclass(frozen=True)
class Outgoing:
    """A message somebody has taken to send."""

    municipality_id: UUID
    id: UUID
    url: str
    secret: str
    payload: dict[str, Any]

    @property
    def message_id(self) -> str:
        """The same at every try, so that the receiver can know it again."""
        return f"msg_{self.id.hex}"

    def signature(self, timestamp: int, body: bytes) -> str:
        """As in Standard Webhooks: HMAC-SHA-256 of the id, the time and the body."""
        key = b64decode(self.secret.removeprefix(SECRET_PREFIX))
        signed = f"{self.message_id}.{timestamp}.".encode() + body
        return "v1," + b64encode(digest(key, signed, sha256)).decode()


def take_next(session: Session) -> Outgoing | None:
    """Take the message that has waited longest, for LEASE; None when none is due.

    What its account may not know of any more is not sent, but for a case's end: that itself ends
    many a basis.
    """
    while (row := _next_due(session)) is not None:
        webhook = session.get_one(Webhook, (row.municipality_id, row.webhook_id))
        if _may_still_know(session, webhook, row):
            row.tries += 1
            row.next_try_at = clock.now() + LEASE
            session.flush()
            return Outgoing(row.municipality_id, row.id, webhook.url, webhook.secret, row.payload)
        row.next_try_at, row.result = None, WITHHELD
        session.flush()
    return None


def _next_due(session: Session) -> WebhookDelivery | None:
    return session.scalar(
        select(WebhookDelivery)
        .where(WebhookDelivery.next_try_at <= clock.now())
        .order_by(WebhookDelivery.next_try_at, WebhookDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _may_still_know(session: Session, webhook: Webhook, row: WebhookDelivery) -> bool:
    actor = load_actor(session, webhook.account_id)
    if row.event == INSTANCE_ENDED:
        return webhook.municipality_id in actor.works_in
    instance_id = UUID(row.payload["data"]["instance_id"])
    instance = session.get(ProcessInstance, (row.municipality_id, instance_id))
    allowed = _may_see_stopped if row.event == INCIDENT_OPENED else _knows_of
    return instance is not None and allowed(session, actor, instance)


def note_result(session: Session, sent: Outgoing, *, delivered: bool, result: str) -> None:
    """Write down what came of a try, and when the next is, if there is to be one."""
    row = session.get(WebhookDelivery, (sent.municipality_id, sent.id))
    if row is None:  # the webhook was deleted meanwhile
        return
    row.result = result
    if delivered:
        row.sent_at, row.next_try_at = clock.now(), None
    elif row.tries >= MOST_TRIES:
        row.failed_at, row.next_try_at = clock.now(), None
    else:
        row.next_try_at = clock.now() + wait_after(row.tries)


def wait_after(tries: int) -> timedelta:
    """How long to wait after a number of tries: four times longer each time, up to LONGEST_WAIT,

    and never quite the same, so that all who failed at once do not come back at once.
    """
    longest: timedelta = min(FIRST_WAIT * 4 ** (tries - 1), LONGEST_WAIT)
    return longest * random.uniform(0.75, 1.25)  # noqa: S311 - nobody gains by guessing it


def list_failed(session: Session) -> Sequence[tuple[WebhookDelivery, Webhook]]:
    """The messages that were given up, with where they were to go."""
    rows = session.execute(
        select(WebhookDelivery, Webhook)
        .join(
            Webhook,
            (Webhook.municipality_id == WebhookDelivery.municipality_id)
            & (Webhook.id == WebhookDelivery.webhook_id),
        )
        .where(WebhookDelivery.failed_at.is_not(None))
        .order_by(WebhookDelivery.id)
    )
    return [(row, webhook) for row, webhook in rows]


def retry_failed(session: Session) -> int:
    """Try all that were given up again, as if for the first time; how many there are."""
    rows = [row for row, _webhook in list_failed(session)]
    for row in rows:
        row.failed_at, row.tries, row.next_try_at = None, 0, clock.now()
    return len(rows)


def prune(session: Session) -> int:
    """Forget what is long since delivered or withheld; how many there were."""
    old = delete(WebhookDelivery).where(
        WebhookDelivery.created_at < clock.now() - KEPT,
        WebhookDelivery.next_try_at.is_(None),
        WebhookDelivery.failed_at.is_(None),
    )
    return cast("CursorResult[Any]", session.execute(old)).rowcount
