"""The queue of the workers: procrastinate's own tables, as its 3.10 has them. PostgreSQL only.

They are made by the migrations that come with procrastinate, up to the last of that version: what a
later version adds is for a migration of ours that comes with it.
"""

from importlib.resources import files
from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LAST = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
DROP = Path(__file__).parents[1] / "sql/drop-procrastinate.sql"


def upgrade() -> None:
    """To this version."""
    folder = files("procrastinate").joinpath("sql/migrations")
    steps = [each for each in folder.iterdir() if each.name.endswith(".sql") and each.name <= LAST]
    for step in sorted(steps, key=lambda each: each.name):
        _run(step.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Back to the version before."""
    _run(DROP.read_text(encoding="utf-8"))


def _run(script: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.connection.cursor().execute(script)  # as it is: `%` and `:` are not ours
