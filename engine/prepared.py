"""Statements stay prepared from one request to the next.

A request that reads ends in a rollback, as SQLAlchemy ends whatever was not committed; and with each rollback psycopg
has the session drop all that it prepared, lest a table that the transaction made and lost is still named there. No
request makes tables. So PostgreSQL worked out anew how to do each statement of each page, which took it longer than
doing it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.pool import ConnectionPoolEntry


def init_engine(engine: Engine) -> None:
    """Give a PostgreSQL engine connections that keep what they prepared when a transaction is rolled back in which
    nothing failed.

    Where something failed it all goes as before. So a statement whose columns an upgrade gave other types, which
    PostgreSQL does not take once it is prepared, fails once on a connection and not for ever.
    """
    psycopg: Any = engine.dialect.loaded_dbapi
    nothing_failed, done = psycopg.pq.TransactionStatus.INTRANS, psycopg.pq.ExecStatus.COMMAND_OK

    class Connection(psycopg.Connection):  # type: ignore[misc]  # known once there is an engine
        def rollback(self) -> None:
            if self.pgconn.transaction_status == nothing_failed:
                with self.lock:
                    result = self.pgconn.exec_(b"ROLLBACK")
                if result.status == done:
                    return
            super().rollback()  # which also tells of a connection that is gone

    @event.listens_for(engine, "do_connect")
    def connect(
        dialect: Dialect, record: ConnectionPoolEntry, arguments: list[Any], named: dict[str, Any]
    ) -> DBAPIConnection:
        connection: DBAPIConnection = Connection.connect(*arguments, **named)
        return connection
