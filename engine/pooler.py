"""Whether a pooler such as PgBouncer stands before PostgreSQL, which may hand each transaction to another session.

What a session keeps is then nobody's: psycopg would look for a statement that it prepared where it never was, or find
that somebody else had taken its name. So nothing is prepared there, unless the database's address says that it can be,
by the name that psycopg has for it: some poolers carry statements along, where they are set to.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

POOLED = "pooled"
THRESHOLD = "prepare_threshold"  # how often a connection sees a statement before it has it prepared


def init_engine(engine: Engine) -> None:
    """Have each new connection of a PostgreSQL engine find out."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[POOLED] = _is_another(connection)
        if record.info[POOLED] and THRESHOLD not in engine.url.query:
            connection.prepare_threshold = None


def is_pooled(connection: Connection) -> bool:
    """Of a connection of such an engine; those of any other are not."""
    return bool(connection.info.get(POOLED))


def _is_another(connection: Any) -> bool:
    """Whether the session that answers is not the one that let us in: PostgreSQL names its process at both."""
    connection.autocommit = True
    try:
        (answers,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    finally:
        connection.autocommit = False
    return bool(answers != connection.info.backend_pid)
