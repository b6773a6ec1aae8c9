"""Since when a teacher has sending to a course stopped, and that a column is to be compared with the LMS's.

Both nullable and without a default: the tables are not rewritten, and no lock lasts.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import engine.db

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("context", sa.Column("held_at", engine.db.UTC(), nullable=True))
    op.add_column("line_item", sa.Column("compare_asked_at", engine.db.UTC(), nullable=True))


def downgrade() -> None:
    op.drop_column("line_item", "compare_asked_at")
    op.drop_column("context", "held_at")
