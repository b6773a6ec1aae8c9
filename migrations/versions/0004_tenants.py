"""Whose row it is, on every row: a school's rows can be told apart, and moved, without a walk up to the school.

A PostgreSQL in use goes on being used meanwhile, by the release before too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine import online

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


# The release before goes on writing until it is stopped, and knows nothing of the column: its rows are filled in.
OF_PARENT = """
CREATE OR REPLACE FUNCTION tenant_of_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.tenant_id IS NULL THEN
        EXECUTE format('SELECT %I FROM %I WHERE id = ($1).%I', TG_ARGV[2], TG_ARGV[1], TG_ARGV[0])
        INTO NEW.tenant_id USING NEW;
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    if online.is_postgresql() and online.in_use():
        _amid_traffic()
        return
    for table, key, parent, column in FROM:
        op.add_column(table, sa.Column("tenant_id", sa.Integer(), nullable=True))
        op.execute(f'UPDATE "{table}" SET tenant_id = {_found(table, key, parent, column)}')  # noqa: S608 (names of ours)
        if online.is_postgresql():
            op.alter_column(table, "tenant_id", nullable=False)
        else:
            online.remake(table, lambda words: words.replace("tenant_id INTEGER", "tenant_id INTEGER NOT NULL"))


def _found(table: str, key: str, parent: str, column: str) -> str:
    return f'(SELECT above.{column} FROM "{parent}" above WHERE above.id = "{table}".{key})'  # noqa: S608


def _amid_traffic() -> None:
    """The triggers stay until the next migration after this one's release, by when nobody writes without the column."""
    online.run(OF_PARENT)
    for table, key, parent, column in FROM:
        online.add_column(table, "tenant_id", "integer")
        online.run(
            f'DROP TRIGGER IF EXISTS tenant_of_parent ON "{table}"',
            f'CREATE TRIGGER tenant_of_parent BEFORE INSERT ON "{table}" FOR EACH ROW '
            f"EXECUTE FUNCTION tenant_of_parent('{key}', '{parent}', '{column}')",
        )
        online.fill(table, "tenant_id", _found(table, key, parent, column))
        online.require(table, "tenant_id")


def downgrade() -> None:
    if online.is_postgresql():
        op.execute("DROP FUNCTION IF EXISTS tenant_of_parent() CASCADE")
    for table, _key, _parent, _column in reversed(FROM):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("tenant_id")
