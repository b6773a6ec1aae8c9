"""the audit log, people who were erased, keys of activities that were"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("about", engine.db.Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_course_id_id", "audit", ["course_id", "id"])
    op.create_table(
        "former_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_former_key_activity_id_activity")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_former_key_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_key")),
        sa.UniqueConstraint("course_id", "key", name=op.f("uq_former_key_course_id_key")),
    )
    op.create_index("ix_former_key_activity_id", "former_key", ["activity_id"])
    op.create_index("ix_former_key_key", "former_key", ["key"])
    op.add_column("person", sa.Column("erased_at", engine.db.UTC(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "erased_at")
    op.drop_table("former_key")
    op.drop_table("audit")
