"""PostgreSQL's instants come as UTC by themselves: psycopg makes them in the session's own zone, and to move each value
of a class page into ours took longer than to read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from engine import pooler

KIND = "timestamptz"
ZONE = "UTC"  # by the one name of it for which psycopg takes Python's own


def init_engine(engine: Engine) -> None:
    """Have a PostgreSQL engine give aware UTC instants, whatever zone a session is in; after engine/pooler.py, since a
    session that is everybody's is left in the zone that it has."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: ConnectionPoolEntry) -> None:
        psycopg: Any = engine.dialect.loaded_dbapi
        kind = connection.adapters.types[KIND].oid
        usual = connection.adapters.get_loader(kind, psycopg.pq.Format.TEXT)
        connection.adapters.register_loader(kind, _loader(usual))
        if not record.info[pooler.POOLED]:
            connection.autocommit = True
            connection.execute(f"SET TIME ZONE '{ZONE}'")
            connection.autocommit = False


def _loader(usual: Any) -> type[Any]:
    """What psycopg asks for a loader: once for each answer that has instants."""

    class Instants:
        """psycopg's own where the session is in UTC; else its own, moved."""

        format = usual.format
        read: Callable[[bytes], datetime]

        def __new__(cls, oid: int, context: Any) -> Any:
            own = usual(oid, context)
            if context.connection.info.parameter_status("TimeZone") == ZONE:
                return own
            moved = super().__new__(cls)
            moved.read = own.load
            return moved

        def load(self, data: bytes) -> datetime:
            return self.read(data).astimezone(UTC)

    return Instants
