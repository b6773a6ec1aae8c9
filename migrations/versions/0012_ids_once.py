"""an id of a course, a person or an activity is given once: in SQLite that of the newest row would come again after it
was erased, and the audit log, which outlives it, would tell of somebody else"""

from __future__ import annotations

import re
from functools import partial

from engine import online

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("course", "person", "activity")
USUAL = "id INTEGER NOT NULL"
ONCE = USUAL + " CONSTRAINT pk_{table} PRIMARY KEY AUTOINCREMENT"


def upgrade() -> None:
    for table in () if online.is_postgresql() else TABLES:
        online.remake(table, partial(_given_once, table))


def downgrade() -> None:
    for table in () if online.is_postgresql() else TABLES:
        online.remake(table, partial(_as_usual, table))


def _given_once(table: str, columns: str) -> str:
    """SQLite wants the key beside its column, and not behind all columns."""
    without = re.sub(rf',\s*CONSTRAINT "?pk_{table}"? PRIMARY KEY \(id\)', "", columns, count=1)
    return without.replace(USUAL, ONCE.format(table=table), 1)


def _as_usual(table: str, columns: str) -> str:
    without = columns.replace(ONCE.format(table=table), USUAL, 1)
    return f"{without.rstrip()[:-1]}, CONSTRAINT pk_{table} PRIMARY KEY (id))"
