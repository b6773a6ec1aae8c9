"""Rows that many tests begin with, made once by the models and then put in again as they are."""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import Any

from sqlalchemy import Engine, NullPool, Table, create_engine, event, select

from engine.db import Base

Rows = dict[str, list[dict[str, Any]]]
# Tables may point at each other in a circle, so no order would please every foreign key.
UNCHECKED = {"sqlite": "PRAGMA foreign_keys=OFF", "postgresql": "SET LOCAL session_replication_role = replica"}
# No test outlives a power cut, so none waits for the disk.
AT_CONNECT = "PRAGMA foreign_keys=ON; PRAGMA synchronous=OFF"


@cache
def engine_of(url: str) -> Engine:
    """An engine of the tests' own, so that nothing they do changes how the app's engine behaves.

    PostgreSQL's connections are kept, since making one costs a process; SQLite's are not, since UNCHECKED would last.
    """
    if not url.startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", lambda connection, _: connection.executescript(AT_CONNECT).close())
    return engine


def tables() -> list[Table]:
    return list(Base.metadata.tables.values())


def empty(engine: Engine) -> None:
    """Delete all rows, in one go: a round trip for each table would take longer than most tests. Most tables have none,
    and to ask for that costs a tenth of deleting nothing."""
    asked = ", ".join(f'EXISTS (SELECT 1 FROM "{table.name}")' for table in tables())  # noqa: S608 (names of ours)
    with engine.connect() as connection:
        filled = connection.exec_driver_sql(f"SELECT {asked}").one()
        connection.rollback()  # SQLite turns its keys off outside of a transaction only
        chosen = [table.name for table, has_rows in zip(tables(), filled, strict=True) if has_rows]
        deletions = "; ".join(f'DELETE FROM "{name}"' for name in chosen)  # noqa: S608 (names of ours)
        if not deletions:
            return
        connection.exec_driver_sql(UNCHECKED[engine.dialect.name])
        held = connection.connection.driver_connection
        if isinstance(held, sqlite3.Connection):
            held.executescript(f"BEGIN; {deletions}; COMMIT")
        else:
            connection.exec_driver_sql(deletions)
        connection.commit()


def recorded(engine: Engine) -> Rows:
    """Every row that is there."""
    with engine.connect() as connection:
        found = {table.name: connection.execute(select(table)).mappings().all() for table in tables()}
    return {name: [dict(row) for row in rows] for name, rows in found.items() if rows}


def put(engine: Engine, rows: Rows) -> None:
    """These rows into an empty database, with the ids they had: whatever comes after them gets higher ones."""
    with engine.connect() as connection:
        connection.exec_driver_sql(UNCHECKED[engine.dialect.name])
        for name, values in rows.items():
            connection.execute(Base.metadata.tables[name].insert(), values)
        connection.commit()
