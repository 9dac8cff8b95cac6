"""The parked tasks are found, however many tasks there are that are not parked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PARKED = sa.text("parked IS NOT NULL")


def upgrade() -> None:
    """To this version."""
    op.create_index(
        *("ix_open_task_parked", "open_task", ["municipality_id", "instance_id"]),
        postgresql_where=PARKED,
        sqlite_where=PARKED,
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index("ix_open_task_parked", "open_task")
