"""The queue of the workers: procrastinate's own tables, as its 3.10 makes them. PostgreSQL only.

Revision ID: 0005
"""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    _run("procrastinate-3.10.0.sql")


def downgrade() -> None:
    _run("drop-procrastinate.sql")


def _run(name: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        script = (SQL / name).read_text(encoding="utf-8")
        connection.connection.cursor().execute(script)  # as it is: `%` and `:` are not ours
