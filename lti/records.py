"""Rows that two requests may want to make at once: the first makes it, the second finds it, nobody fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.db import Base

Row = TypeVar("Row", bound=Base)

CHUNK = 500  # rows in one INSERT: well under SQLite's limit of bound values


def ensure(session: Session, model: type[Row], new: dict[str, Any] | None = None, **key: Any) -> Row:
    """The row with this unique key, made with the values of `new` if there was none."""
    found = session.scalar(select(model).filter_by(**key))
    return found or make(session, model, new, **key)


def make(session: Session, model: type[Row], new: dict[str, Any] | None = None, **key: Any) -> Row:
    """As `ensure`, where a look a moment ago found none: that of whoever made it since then, or one of our own."""
    add_missing(session, model, [{**key, **(new or {})}])
    return session.scalars(select(model).filter_by(**key)).one()


def add_missing(session: Session, model: type[Row], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose unique key is free; leave the others as they are."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(model).on_conflict_do_nothing(), list(rows[start : start + CHUNK]))
