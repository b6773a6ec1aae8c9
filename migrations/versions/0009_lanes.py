"""what is due, by lane and by lease"""

from __future__ import annotations

from engine import online

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.add_index("ix_due_lane", "due", ["lane", "at", "id"])
    online.add_index("ix_due_leased_until", "due", ["leased_until"], where="leased_until IS NOT NULL")


def downgrade() -> None:
    online.drop_index("ix_due_leased_until", "due")
    online.drop_index("ix_due_lane", "due")
