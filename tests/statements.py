"""What the database is asked meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event

from engine.db import db


@contextmanager
def statements_of(app: Flask) -> Iterator[list[str]]:
    """The statements that reach the app's database while the block runs, from any thread; BEGIN, which only SQLite's
    driver sends as one, left out."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
