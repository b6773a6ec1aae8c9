"""What a PostgreSQL answer says of its columns, no more than SQLAlchemy reads of it.

psycopg makes an object of each column of each answer, and asks its registry of types for it. A launch reads a hundred
columns, of one row each, and had much of its time with results go there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

UNSAID = (None, None, None, None, None)  # sizes and nullability, which PEP 249 leaves open


def init_engine(engine: Engine) -> None:
    """Give the connections of a PostgreSQL engine cursors that describe briefly."""
    cursor = type("Cursor", (engine.dialect.loaded_dbapi.Cursor,), {"description": property(_description)})

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        connection.cursor_factory = cursor


def _description(cursor: Any) -> list[tuple[Any, ...]] | None:
    """(name, number of its type, None × 5) of each column (PEP 249); None where no rows were asked for."""
    result = cursor.pgresult
    if result is None or not result.nfields:
        return None
    return [((result.fname(n) or b"").decode(), result.ftype(n), *UNSAID) for n in range(result.nfields)]
