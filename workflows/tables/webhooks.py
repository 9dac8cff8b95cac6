"""Who wants to be told by the product itself, and what they have been told or are still to be."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.database import TenantRow, belongs_to


class Webhook(TenantRow):
    """An address that is told of events a service account has a basis to know of."""

    __tablename__ = "webhook"
    __table_args__ = (Index(None, "municipality_id", "account_id"),)
    account_id: Mapped[UUID]
    url: Mapped[str]
    events: Mapped[list[str]]
    secret: Mapped[str]
    """What the messages are signed with. Kept as it is: a signature cannot be made from a hash."""
    created_at: Mapped[datetime]


class WebhookDelivery(TenantRow):
    """One message on its way, written in the transaction of what it tells. Ids alone."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        belongs_to("webhook_id", "webhook"),
        Index(None, "next_try_at"),
        Index(None, "municipality_id", "webhook_id", "id"),
    )
    webhook_id: Mapped[UUID]
    event: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    """None when it is sent, given up, or no longer the receiver's to know."""
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    result: Mapped[str | None]
    """What came of the last try: an HTTP status or a word for what went wrong."""
