"""What has stopped in a case."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "incident",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("next_retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_incident_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_incident_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_municipality_id_instance_id_status"),
            ["municipality_id", "instance_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_incident_municipality_id_status_first_failed_at_id"),
            ["municipality_id", "status", "first_failed_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_incident_next_retry_at_municipality_id"),
            ["next_retry_at", "municipality_id"],
            unique=False,
        )

    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.drop_column("failed_at")
        batch_op.drop_column("error")


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("error", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_next_retry_at_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_incident_municipality_id_status_first_failed_at_id"))
        batch_op.drop_index(batch_op.f("ix_incident_municipality_id_instance_id_status"))

    op.drop_table("incident")
