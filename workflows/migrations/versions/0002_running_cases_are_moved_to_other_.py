"""Running cases are moved to other versions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "bulk_job",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_bulk_job")),
    )
    with op.batch_alter_table("bulk_job", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bulk_job_municipality_id_kind_created_at"),
            ["municipality_id", "kind", "created_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_bulk_job_status_created_at"), ["status", "created_at"], unique=False
        )

    op.create_table(
        "bulk_item",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "job_id"],
            ["bulk_job.municipality_id", "bulk_job.id"],
            name=op.f("fk_bulk_item_job_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_bulk_item")),
    )
    with op.batch_alter_table("bulk_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bulk_item_municipality_id_job_id_status_id"),
            ["municipality_id", "job_id", "status", "id"],
            unique=False,
        )

    op.create_table(
        "instance_move",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("from_version", sa.String(), nullable=False),
        sa.Column("to_version", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("state_before", sa.LargeBinary(), nullable=False),
        sa.Column("revision_after", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("moved_by", sa.Uuid(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_instance_move_instance_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_instance_move")),
    )
    with op.batch_alter_table("instance_move", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_instance_move_municipality_id_instance_id_moved_at"),
            ["municipality_id", "instance_id", "moved_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_instance_move_municipality_id_job_id"),
            ["municipality_id", "job_id"],
            unique=False,
        )


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("instance_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instance_move_municipality_id_job_id"))
        batch_op.drop_index(batch_op.f("ix_instance_move_municipality_id_instance_id_moved_at"))

    op.drop_table("instance_move")
    with op.batch_alter_table("bulk_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bulk_item_municipality_id_job_id_status_id"))

    op.drop_table("bulk_item")
    with op.batch_alter_table("bulk_job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bulk_job_status_created_at"))
        batch_op.drop_index(batch_op.f("ix_bulk_job_municipality_id_kind_created_at"))

    op.drop_table("bulk_job")
