"""Whose row it is, on every row: a school's rows can be told apart, and moved, without a walk up to the school."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# (table, its foreign key, parent, the parent's column with the tenant), parents before their children
FROM = (
    ("context", "deployment_id", "deployment", "platform_id"),
    ("reply", "user_id", "user", "platform_id"),
    ("course", "context_id", "context", "tenant_id"),
    ("deep_link_request", "context_id", "context", "tenant_id"),
    ("line_item", "context_id", "context", "tenant_id"),
    ("membership", "context_id", "context", "tenant_id"),
    ("outgoing_score", "line_item_id", "line_item", "tenant_id"),
    ("person", "course_id", "course", "tenant_id"),
    ("resource_link", "context_id", "context", "tenant_id"),
    ("accommodation", "person_id", "person", "tenant_id"),
    ("activity", "course_id", "course", "tenant_id"),
    ("person_section", "person_id", "person", "tenant_id"),
    ("watch", "person_id", "person", "tenant_id"),
    ("accommodation_change", "accommodation_id", "accommodation", "tenant_id"),
    ("accommodation_look", "accommodation_id", "accommodation", "tenant_id"),
    ("copy_offer", "course_id", "course", "tenant_id"),
    ("learning_target", "activity_id", "activity", "tenant_id"),
    ("option", "activity_id", "activity", "tenant_id"),
    ("placement", "activity_id", "activity", "tenant_id"),
    ("rubric", "activity_id", "activity", "tenant_id"),
    ("banked", "user_id", "user", "platform_id"),
    ("choice", "activity_id", "activity", "tenant_id"),
    ("criterion", "rubric_id", "rubric", "tenant_id"),
    ("showing", "option_id", "option", "tenant_id"),
    ("choice_event", "choice_id", "choice", "tenant_id"),
    ("level", "criterion_id", "criterion", "tenant_id"),
    ("lms_date_settled", "activity_id", "activity", "tenant_id"),
    ("message", "choice_id", "choice", "tenant_id"),
    ("proposal", "choice_id", "choice", "tenant_id"),
    ("submission", "choice_id", "choice", "tenant_id"),
    ("claim", "proposal_id", "proposal", "tenant_id"),
    ("decision", "proposal_id", "proposal", "tenant_id"),
    ("evidence", "submission_id", "submission", "tenant_id"),
    ("grade", "submission_id", "submission", "tenant_id"),
    ("mail", "person_id", "person", "tenant_id"),
    ("proposal_version", "proposal_id", "proposal", "tenant_id"),
    ("agreement", "choice_id", "choice", "tenant_id"),
    ("mark", "grade_id", "grade", "tenant_id"),
    ("proposal_line", "version_id", "proposal_version", "tenant_id"),
    ("release", "choice_id", "choice", "tenant_id"),
    ("agreement_change", "agreement_id", "agreement", "tenant_id"),
    ("sharing", "agreement_id", "agreement", "tenant_id"),
)


def upgrade() -> None:
    for table, key, parent, column in FROM:
        op.add_column(table, sa.Column("tenant_id", sa.Integer(), nullable=True))
        child, above = (
            sa.table(table, sa.column("tenant_id"), sa.column(key)),
            sa.table(parent, sa.column("id"), sa.column(column)),
        )
        found = sa.select(above.c[column]).where(above.c.id == child.c[key]).scalar_subquery()
        op.execute(child.update().values(tenant_id=found))
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("tenant_id", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    for table, _key, _parent, _column in reversed(FROM):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("tenant_id")
