"""The tables of version 0.1."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_entry_municipality_id_actor_id_action_day_person_id"),
            ["municipality_id", "actor_id", "action", "day", "person_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_audit_entry_municipality_id_person_id_at"),
            ["municipality_id", "person_id", "at"],
            unique=False,
        )

    op.create_table(
        "decision_version",
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "version", name=op.f("pk_decision_version")),
    )
    with op.batch_alter_table("decision_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_decision_version_municipality_id_key_published_at"),
            ["municipality_id", "key", "published_at"],
            unique=False,
        )

    op.create_table(
        "form_version",
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "version", name=op.f("pk_form_version")),
    )
    with op.batch_alter_table("form_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_form_version_municipality_id_key_published_at"),
            ["municipality_id", "key", "published_at"],
            unique=False,
        )

    op.create_table(
        "municipality",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipality")),
    )
    op.create_table(
        "notice",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notice_municipality_id_account_id_read_at"),
            ["municipality_id", "account_id", "read_at"],
            unique=False,
        )

    op.create_table(
        "person",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("national_number", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_person")),
        sa.UniqueConstraint(
            "municipality_id",
            "national_number",
            name=op.f("uq_person_municipality_id_national_number"),
        ),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_municipality_id_account_id"),
            ["municipality_id", "account_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_person_municipality_id_name"), ["municipality_id", "name"], unique=False
        )

    op.create_table(
        "process_definition",
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "version", name=op.f("pk_process_definition")),
    )
    with op.batch_alter_table("process_definition", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_process_definition_municipality_id_key_published_at"),
            ["municipality_id", "key", "published_at"],
            unique=False,
        )

    op.create_table(
        "service",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_service")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_municipality_id_kind"), ["municipality_id", "kind"], unique=False
        )

    op.create_table(
        "task_draft",
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "municipality_id", "task_id", "account_id", name=op.f("pk_task_draft")
        ),
    )
    op.create_table(
        "position",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_position_service_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_position")),
    )
    with op.batch_alter_table("position", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_position_municipality_id_account_id"),
            ["municipality_id", "account_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_position_municipality_id_service_id"),
            ["municipality_id", "service_id"],
            unique=False,
        )

    op.create_table(
        "process_instance",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("definition_key", sa.String(), nullable=False),
        sa.Column("definition_version", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("coordinator_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("history_length", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_process_instance_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_process_instance")),
    )
    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_process_instance_municipality_id_coordinator_id_ended_at"),
            ["municipality_id", "coordinator_id", "ended_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_process_instance_municipality_id_ended_at"),
            ["municipality_id", "ended_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_process_instance_municipality_id_person_id"),
            ["municipality_id", "person_id"],
            unique=False,
        )

    op.create_table(
        "relation",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("acts_for", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_relation_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_relation")),
    )
    with op.batch_alter_table("relation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_relation_municipality_id_account_id"),
            ["municipality_id", "account_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_relation_municipality_id_person_id"),
            ["municipality_id", "person_id"],
            unique=False,
        )

    op.create_table(
        "service_case",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_service_case_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_service_case_service_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_service_case")),
    )
    with op.batch_alter_table("service_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_case_municipality_id_service_id_person_id"),
            ["municipality_id", "service_id", "person_id"],
            unique=False,
        )

    op.create_table(
        "agreed_order",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_agreed_order_instance_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_agreed_order")),
        sa.UniqueConstraint(
            "municipality_id",
            "instance_id",
            "round",
            name=op.f("uq_agreed_order_municipality_id_instance_id_round"),
        ),
    )
    with op.batch_alter_table("agreed_order", schema=None) as batch_op:
        batch_op.create_index(
            "uq_agreed_order_in_force",
            ["municipality_id", "instance_id"],
            unique=True,
            sqlite_where=sa.text("replaced_at is null"),
            postgresql_where=sa.text("replaced_at is null"),
        )

    op.create_table(
        "consent",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("not_shared", sa.String(), nullable=True),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewal_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expiry_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_consent_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_consent_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_consent_service_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_municipality_id_person_id"),
            ["municipality_id", "person_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_consent_municipality_id_service_id_person_id"),
            ["municipality_id", "service_id", "person_id"],
            unique=False,
        )

    op.create_table(
        "family_sight",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_family_sight_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_family_sight_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_family_sight")),
    )
    with op.batch_alter_table("family_sight", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_family_sight_municipality_id_instance_id_person_id"),
            ["municipality_id", "instance_id", "person_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_family_sight_municipality_id_seen_by"),
            ["municipality_id", "seen_by"],
            unique=False,
        )

    op.create_table(
        "handover",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_handover_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_handover_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_handover_municipality_id_instance_id"),
            ["municipality_id", "instance_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_handover_municipality_id_to_id_status"),
            ["municipality_id", "to_id", "status"],
            unique=False,
        )

    op.create_table(
        "history_entry",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("definition_version", sa.String(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("for_person", sa.Boolean(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=True),
        sa.Column("form_version", sa.String(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_history_entry_instance_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_history_entry")),
        sa.UniqueConstraint(
            "municipality_id",
            "instance_id",
            "seq",
            name=op.f("uq_history_entry_municipality_id_instance_id_seq"),
        ),
    )
    with op.batch_alter_table("history_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_history_entry_municipality_id_person_id_at"),
            ["municipality_id", "person_id", "at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_history_entry_municipality_id_task_id"),
            ["municipality_id", "task_id"],
            unique=False,
        )

    op.create_table(
        "open_task",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("for_person", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("parked", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_open_task_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_open_task_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_open_task")),
    )
    with op.batch_alter_table("open_task", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_open_task_municipality_id_assignee_id_due_on_id"),
            ["municipality_id", "assignee_id", "due_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_open_task_municipality_id_instance_id"),
            ["municipality_id", "instance_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_open_task_municipality_id_person_id_due_on_id"),
            ["municipality_id", "person_id", "due_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_open_task_municipality_id_service_id_due_on_id"),
            ["municipality_id", "service_id", "due_on", "id"],
            unique=False,
        )

    op.create_table(
        "participant",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("household", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_participant_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_participant_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_participant")),
        sa.UniqueConstraint(
            "municipality_id",
            "instance_id",
            "person_id",
            name=op.f("uq_participant_municipality_id_instance_id_person_id"),
        ),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_participant_municipality_id_person_id"),
            ["municipality_id", "person_id"],
            unique=False,
        )

    op.create_table(
        "plan",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("form_version", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("interval_weeks", sa.Integer(), nullable=True),
        sa.Column("next_evaluation_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("own_view", sa.String(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_plan_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_plan_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_plan")),
        sa.UniqueConstraint(
            "municipality_id", "instance_id", name=op.f("uq_plan_municipality_id_instance_id")
        ),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plan_municipality_id_person_id"),
            ["municipality_id", "person_id"],
            unique=False,
        )

    op.create_table(
        "subscription",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_subscription_instance_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_subscription")),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subscription_municipality_id_instance_id_message"),
            ["municipality_id", "instance_id", "message"],
            unique=False,
        )

    op.create_table(
        "team_member",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_team_member_instance_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_team_member_municipality_id_instance_id"),
            ["municipality_id", "instance_id"],
            unique=False,
        )

    op.create_table(
        "timer",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("process_key", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_timer_instance_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_timer")),
    )
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_timer_due_at_municipality_id"),
            ["due_at", "municipality_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_timer_municipality_id_instance_id"),
            ["municipality_id", "instance_id"],
            unique=False,
        )

    op.create_table(
        "evaluation",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_seq", sa.Integer(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conclusion", sa.String(), nullable=True),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("standing", sa.JSON(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_evaluation_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "meeting_id"],
            ["history_entry.municipality_id", "history_entry.id"],
            name=op.f("fk_evaluation_meeting_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint(
            "municipality_id",
            "instance_id",
            "round",
            name=op.f("uq_evaluation_municipality_id_instance_id_round"),
        ),
    )
    op.create_table(
        "goal",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("persons", sa.JSON(), nullable=False),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("horizon", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "plan_id"],
            ["plan.municipality_id", "plan.id"],
            name=op.f("fk_goal_plan_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_goal")),
    )
    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_goal_municipality_id_plan_id"),
            ["municipality_id", "plan_id"],
            unique=False,
        )

    op.create_table(
        "measure",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("persons", sa.JSON(), nullable=False),
        sa.Column("extent", sa.String(), nullable=True),
        sa.Column("goal", sa.String(), nullable=True),
        sa.Column("how", sa.String(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("asks_of", sa.Uuid(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "asks_of"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_measure_asks_of"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "plan_id"],
            ["plan.municipality_id", "plan.id"],
            name=op.f("fk_measure_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_measure_service_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_measure")),
    )
    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_measure_municipality_id_plan_id"),
            ["municipality_id", "plan_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_measure_municipality_id_service_id"),
            ["municipality_id", "service_id"],
            unique=False,
        )

    op.create_table(
        "measurement",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("scale", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(), nullable=True),
        sa.Column("lowest", sa.Integer(), nullable=False),
        sa.Column("highest", sa.Integer(), nullable=False),
        sa.Column("lowest_label", sa.String(), nullable=True),
        sa.Column("highest_label", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "entry_id"],
            ["history_entry.municipality_id", "history_entry.id"],
            name=op.f("fk_measurement_entry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_measurement_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_measurement_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_measurement")),
        sa.UniqueConstraint(
            "municipality_id",
            "entry_id",
            "scale",
            name=op.f("uq_measurement_municipality_id_entry_id_scale"),
        ),
    )
    with op.batch_alter_table("measurement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_measurement_municipality_id_instance_id_person_id_scale"),
            ["municipality_id", "instance_id", "person_id", "scale"],
            unique=False,
        )

    op.create_table(
        "decision",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "evaluation_id"],
            ["evaluation.municipality_id", "evaluation.id"],
            name=op.f("fk_decision_evaluation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_decision_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_decision_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_decision_service_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_decision_municipality_id_evaluation_id_position"),
            ["municipality_id", "evaluation_id", "position"],
            unique=False,
        )

    op.create_table(
        "order_flag",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("against_id", sa.Uuid(), nullable=True),
        sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "instance_id"],
            ["process_instance.municipality_id", "process_instance.id"],
            name=op.f("fk_order_flag_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "measure_id"],
            ["measure.municipality_id", "measure.id"],
            name=op.f("fk_order_flag_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "order_id"],
            ["agreed_order.municipality_id", "agreed_order.id"],
            name=op.f("fk_order_flag_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_order_flag_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_order_flag")),
    )
    with op.batch_alter_table("order_flag", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_order_flag_municipality_id_instance_id"),
            ["municipality_id", "instance_id"],
            unique=False,
        )

    op.create_table(
        "order_place",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "measure_id"],
            ["measure.municipality_id", "measure.id"],
            name=op.f("fk_order_place_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "order_id"],
            ["agreed_order.municipality_id", "agreed_order.id"],
            name=op.f("fk_order_place_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_order_place_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_order_place_service_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_order_place")),
        sa.UniqueConstraint(
            "municipality_id",
            "order_id",
            "person_id",
            "position",
            name=op.f("uq_order_place_municipality_id_order_id_person_id_position"),
        ),
    )
    op.create_table(
        "rating",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "evaluation_id"],
            ["evaluation.municipality_id", "evaluation.id"],
            name=op.f("fk_rating_evaluation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "goal_id"],
            ["goal.municipality_id", "goal.id"],
            name=op.f("fk_rating_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["person.municipality_id", "person.id"],
            name=op.f("fk_rating_person_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "id", name=op.f("pk_rating")),
    )
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rating_municipality_id_evaluation_id"),
            ["municipality_id", "evaluation_id"],
            unique=False,
        )


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rating_municipality_id_evaluation_id"))

    op.drop_table("rating")
    op.drop_table("order_place")
    with op.batch_alter_table("order_flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_flag_municipality_id_instance_id"))

    op.drop_table("order_flag")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_municipality_id_evaluation_id_position"))

    op.drop_table("decision")
    with op.batch_alter_table("measurement", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_measurement_municipality_id_instance_id_person_id_scale")
        )

    op.drop_table("measurement")
    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_measure_municipality_id_service_id"))
        batch_op.drop_index(batch_op.f("ix_measure_municipality_id_plan_id"))

    op.drop_table("measure")
    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goal_municipality_id_plan_id"))

    op.drop_table("goal")
    op.drop_table("evaluation")
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_timer_municipality_id_instance_id"))
        batch_op.drop_index(batch_op.f("ix_timer_due_at_municipality_id"))

    op.drop_table("timer")
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_member_municipality_id_instance_id"))

    op.drop_table("team_member")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_municipality_id_instance_id_message"))

    op.drop_table("subscription")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_municipality_id_person_id"))

    op.drop_table("plan")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_municipality_id_person_id"))

    op.drop_table("participant")
    with op.batch_alter_table("open_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_open_task_municipality_id_service_id_due_on_id"))
        batch_op.drop_index(batch_op.f("ix_open_task_municipality_id_person_id_due_on_id"))
        batch_op.drop_index(batch_op.f("ix_open_task_municipality_id_instance_id"))
        batch_op.drop_index(batch_op.f("ix_open_task_municipality_id_assignee_id_due_on_id"))

    op.drop_table("open_task")
    with op.batch_alter_table("history_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_history_entry_municipality_id_task_id"))
        batch_op.drop_index(batch_op.f("ix_history_entry_municipality_id_person_id_at"))

    op.drop_table("history_entry")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_municipality_id_to_id_status"))
        batch_op.drop_index(batch_op.f("ix_handover_municipality_id_instance_id"))

    op.drop_table("handover")
    with op.batch_alter_table("family_sight", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_family_sight_municipality_id_seen_by"))
        batch_op.drop_index(batch_op.f("ix_family_sight_municipality_id_instance_id_person_id"))

    op.drop_table("family_sight")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_municipality_id_service_id_person_id"))
        batch_op.drop_index(batch_op.f("ix_consent_municipality_id_person_id"))

    op.drop_table("consent")
    with op.batch_alter_table("agreed_order", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_agreed_order_in_force",
            sqlite_where=sa.text("replaced_at is null"),
            postgresql_where=sa.text("replaced_at is null"),
        )

    op.drop_table("agreed_order")
    with op.batch_alter_table("service_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_case_municipality_id_service_id_person_id"))

    op.drop_table("service_case")
    with op.batch_alter_table("relation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_relation_municipality_id_person_id"))
        batch_op.drop_index(batch_op.f("ix_relation_municipality_id_account_id"))

    op.drop_table("relation")
    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_process_instance_municipality_id_person_id"))
        batch_op.drop_index(batch_op.f("ix_process_instance_municipality_id_ended_at"))
        batch_op.drop_index(
            batch_op.f("ix_process_instance_municipality_id_coordinator_id_ended_at")
        )

    op.drop_table("process_instance")
    with op.batch_alter_table("position", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_position_municipality_id_service_id"))
        batch_op.drop_index(batch_op.f("ix_position_municipality_id_account_id"))

    op.drop_table("position")
    op.drop_table("task_draft")
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_municipality_id_kind"))

    op.drop_table("service")
    with op.batch_alter_table("process_definition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_process_definition_municipality_id_key_published_at"))

    op.drop_table("process_definition")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_municipality_id_name"))
        batch_op.drop_index(batch_op.f("ix_person_municipality_id_account_id"))

    op.drop_table("person")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_municipality_id_account_id_read_at"))

    op.drop_table("notice")
    op.drop_table("municipality")
    with op.batch_alter_table("form_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_form_version_municipality_id_key_published_at"))

    op.drop_table("form_version")
    with op.batch_alter_table("decision_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_version_municipality_id_key_published_at"))

    op.drop_table("decision_version")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_municipality_id_person_id_at"))
        batch_op.drop_index(
            batch_op.f("ix_audit_entry_municipality_id_actor_id_action_day_person_id")
        )

    op.drop_table("audit_entry")
    op.drop_table("account")
