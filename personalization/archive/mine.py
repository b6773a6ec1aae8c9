"""What the tool holds about somebody, for themself: the rows that erasing them would find, and their files.

Marks that were not released are left out: they are a teacher's notes until then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from obstore.store import ObjectStore
from sqlalchemy import select

from engine import erasing
from engine.db import Base, db
from engine.tenant import tenant_column
from personalization.archive import lms
from personalization.archive.keys import KEYS
from personalization.archive.names import Names
from personalization.archive.parcel import Parcel
from personalization.archive.works import Piece, sent
from personalization.people.model import Person

NOT_YET = {"grade", "mark"}
OTHERS = {"claim"}  # that a teacher is at their idea just now
MACHINERY = {"row_version", "storage_key", "digest"}  # columns that say nothing about anybody


@dataclass(frozen=True)
class Mine:
    """`values` as JSON holds them, `files` by path."""

    values: dict[str, Any]
    files: list[Piece]

    @classmethod
    def of(cls, me: Person) -> Mine:
        roots = {"person": [me.id], "user": [me.user_id]}
        rows = erasing.held(db.session, KEYS, roots)
        tables = {name: _rows(name, rows[name]) for name in sorted(rows) if name not in NOT_YET | OTHERS | {"user"}}
        about = {"course": me.course.name, "lms": lms.values_of(me.course, me.user_id)}
        return cls(about | {"rows": tables}, _files(rows, me.tz))

    def parcel(self, store: ObjectStore, now: datetime) -> Iterator[bytes]:
        zipped = Parcel()
        said = json.dumps(self.values, indent=2, ensure_ascii=False, default=_plain)
        yield zipped.raw("data.json", said.encode(), now)
        for piece in self.files:
            yield from sent(zipped, piece, store)
        yield zipped.end()


def _rows(name: str, keys: set[tuple[Any, ...]]) -> list[dict[str, Any]]:
    table = Base.metadata.tables[name]
    columns = [c for c in table.columns if c.name not in MACHINERY and c is not tenant_column(table)]
    found = []
    for query in erasing.picked(select(*columns), table, keys):
        found += [dict(row) for row in db.session.execute(query).mappings()]
    return found


def _files(rows: erasing.Held, tz: ZoneInfo) -> list[Piece]:
    table, names = Base.metadata.tables["evidence"], Names()
    wanted = (table.c.title, table.c.storage_key, table.c.size, table.c.added_at)
    return [
        Piece(f"files/{names.take(row.title)}", row.added_at.astimezone(tz), key=row.storage_key, size=row.size)
        for query in erasing.picked(select(*wanted), table, rows.get("evidence", set()))
        for row in db.session.execute(query)
        if row.storage_key
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"no plain value: {type(value).__name__}")
