"""Thousands of rows as one bound value, which a statement reads as if they were a table of its own.

To bind each value of each of them costs more than all that the database then does with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    String,
    cast,
    column,
    func,
    inspect,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from engine.db import Base, among, insert_missing

SOME = 5_000  # rows in one value: a few megabytes
IDS = "ids"  # of a group, beside its columns
IDS_KIND: TypeEngine[Any] = JSON().with_variant(postgresql.ARRAY(Integer), "postgresql")

Row = Mapping[str, Any]
Group = tuple[Row, Sequence[int]]  # what is the same of several, and their ids


def add_missing(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert these rows, {column: value} of the same columns each, but for those whose unique key is taken."""
    for start in range(0, len(rows), SOME):
        some = as_table(session, model, rows[start : start + SOME])
        # The condition says nothing: without one, SQLite takes ON CONFLICT for a part of the FROM.
        chosen = select(*some.columns).where(true())
        session.execute(insert_missing(session, model).from_select(list(rows[start]), chosen))


def as_table(session: Session, model: type[Base], rows: Sequence[Row]) -> FromClause:
    """Rows, {column of `model`: value} of the same columns each, as what a statement can select from; at least one."""
    dialect = session.get_bind().dialect
    columns = model.__table__.columns
    kinds = {name: IDS_KIND if name == IDS else columns[name].type for name in rows[0]}
    ways = {name: way for name, kind in kinds.items() if (way := _way(kind, dialect))}
    said = literal(json.dumps(list(_stored(rows, ways)), default=str, allow_nan=False), String())
    if dialect.name == "postgresql":
        known = func.json_to_recordset(cast(said, postgresql.JSON()))
        return known.table_valued(*(column(name, kind) for name, kind in kinds.items())).render_derived(
            name="said", with_types=True
        )
    one = func.json_each(said).table_valued("value").c.value
    return select(
        *(func.json_extract(one, f"$.{name}", type_=kind).label(name) for name, kind in kinds.items())
    ).subquery("said")


def change(session: Session, model: type[Base], groups: Sequence[Group], **more: ColumnElement[Any]) -> None:
    """Give rows new values: each group's to those with its ids, of the same columns each, and `more` to all of them."""
    said = each(session, model, groups)
    (key,) = inspect(model).primary_key
    changed = update(model).where(key == said.c.of)
    if session.get_bind().dialect.name == "postgresql":  # it can't count what is in one value, and would read it all
        changed = changed.where(among(key, sorted(row_id for _row, ids in groups for row_id in ids)))
    put: dict[str, Any] = {name: said.c[name] for name in groups[0][0]}
    session.connection().execute(changed.values(**put, **more))


def each(session: Session, model: type[Base], groups: Sequence[Group]) -> FromClause:
    """Groups as what a statement can select from: each row as often as it has ids, which are the column `of`."""
    some = as_table(session, model, [{**row, IDS: ids} for row, ids in groups])
    if session.get_bind().dialect.name == "postgresql":
        return select(*_but_ids(some), func.unnest(some.c[IDS]).label("of")).subquery("each")
    # The offset that is none has SQLite read a group once, and not again for each of its ids.
    once = select(*some.columns).offset(0).subquery("once")
    ids = func.json_each(once.c[IDS]).table_valued("value", name="ids")
    return select(*_but_ids(once), ids.c.value.label("of")).select_from(once.join(ids, true())).subquery("each")


def _but_ids(some: FromClause) -> list[ColumnElement[Any]]:
    return [one for one in some.columns if one.key != IDS]


def _way(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes of a value what the database keeps of it; PostgreSQL takes lists and objects as they are."""
    impl: Any = kind.dialect_impl(dialect)
    if isinstance(impl, postgresql.JSONB):
        return None
    found: Callable[[Any], Any] | None = impl.bind_processor(dialect)
    return found


def _stored(rows: Sequence[Row], ways: Mapping[str, Callable[[Any], Any]]) -> Iterator[Row]:
    if not ways:
        return iter(rows)
    once = {name: _once(way) for name, way in ways.items()}
    return ({**row, **{name: way(row[name]) for name, way in once.items()}} for row in rows)


def _once(way: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, worked out once for each value: of thousands of rows most have the same moment and the same roles."""
    known: dict[object, Any] = {}

    def stored(value: Any) -> Any:
        # By its type too: to Python one and true are the same, to JSON they are not.
        key = repr(value) if isinstance(value, list | dict) else (value.__class__, value)
        if key not in known:
            found = way(value)
            known[key] = str(found) if isinstance(found, datetime) else found
        return known[key]

    return stored
