"""how many calls a platform bears at once, and how old what was read of a gradebook is"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import engine.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# {table: columns}, all empty at first: nothing is rewritten, so a live database waits for none of it
NEW: dict[str, tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = {
    "platform": (("at_once", sa.Integer()), ("slowed_to", sa.Integer())),
    "line_item": (("results_began", engine.db.UTC()), ("results_fresh_until", engine.db.UTC())),
    "outgoing_score": (("queued_at", engine.db.UTC()),),
}


def upgrade() -> None:
    for table, columns in NEW.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, columns in NEW.items():
        for name, _kind in reversed(columns):
            op.drop_column(table, name)
