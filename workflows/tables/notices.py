"""Short messages to one account: that something waits, never what it is about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from workflows.database import TenantRow


class Notice(TenantRow):
    """A reminder or message in the product; the case is behind the link, with its own access."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "municipality_id", "account_id", "read_at"),)
    account_id: Mapped[UUID]
    instance_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    text: Mapped[str]
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
