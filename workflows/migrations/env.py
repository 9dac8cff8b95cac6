"""Alembic's way in: `workflows.schema` gives it an open connection, and that is all it uses."""

from typing import Any, Literal

from alembic import context

import workflows.tables  # noqa: F401 - fills the metadata
from workflows.database import Base, Instant
from workflows.schema import is_ours


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A new migration names SQLAlchemy's types, not ours: it must read the same for ever."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    render_item=render_item,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()
