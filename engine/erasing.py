"""Rows that go together: found by the foreign keys that lead to them, counted, deleted.

Each room says what its keys mean (`Keys`); nothing here knows a table by name. The caller commits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlalchemy import Column, Select, Table, delete, select, tuple_, union, update
from sqlalchemy.orm import Session

from engine.db import Base

SOME = 500  # ids in one statement

Held = dict[str, set[tuple[Any, ...]]]  # {table: primary keys of its rows}


@dataclass(frozen=True)
class Keys:
    """What becomes of a row when the row that it names goes; each key as "table.column".

    `goes`: it goes too. `loosens`: it stays, and names nobody any more. `stays`: it stays and goes on naming that one,
    who can then not be deleted (`named`). A foreign key in none of the three leads to what never goes.
    """

    goes: frozenset[str]
    loosens: frozenset[str] = frozenset()
    stays: frozenset[str] = frozenset()

    @cached_property
    def order(self) -> list[str]:
        """The tables, each before those that its rows are named by. An emptied key may close a circle; it gives way."""
        graph: dict[str, set[str]] = {}
        for key in sorted(self.goes | self.stays):
            graph.setdefault(table_of(key), set()).add(parent_of(key))
        for key in sorted(self.loosens):
            wider = {**graph, table_of(key): graph.get(table_of(key), set()) | {parent_of(key)}}
            try:
                TopologicalSorter(wider).prepare()
            except CycleError:
                continue
            graph = wider
        return list(TopologicalSorter(graph).static_order())


def table_of(key: str) -> str:
    return key.partition(".")[0]


def column_of(key: str) -> Column[Any]:
    name, _dot, column = key.partition(".")
    return Base.metadata.tables[name].c[column]


def parent_of(key: str) -> str:
    """The table that a foreign key leads to."""
    (foreign,) = column_of(key).foreign_keys
    return foreign.column.table.name


def held(session: Session, keys: Keys, roots: Mapping[str, Collection[int]]) -> Held:
    """These rows, {table: ids}, and all that goes with them."""
    found: Held = {table: {(row_id,) for row_id in ids} for table, ids in roots.items()}
    for name in keys.order:
        for key in sorted(key for key in keys.goes if table_of(key) == name):
            for piece in some(_ids(found, parent_of(key))):
                rows = session.execute(select(*_table(name).primary_key).where(column_of(key).in_(piece)))
                found.setdefault(name, set()).update(tuple(row) for row in rows)
    return {name: rows for name, rows in found.items() if rows}


def erase(session: Session, keys: Keys, rows: Held) -> Counter[str]:
    """Delete them, children first; {table: how many}. What the session had loaded is read anew."""
    for name in [*reversed(keys.order), *sorted(set(rows) - set(keys.order))]:
        if name not in rows:
            continue
        for key in sorted(key for key in keys.loosens if parent_of(key) == name):
            for piece in some(_ids(rows, name)):
                column = column_of(key)
                session.execute(update(column.table).where(column.in_(piece)).values({column: None}))
        for chunk in some(sorted(rows[name])):
            session.execute(delete(_table(name)).where(_is_one_of(_table(name), chunk)))
    session.expire_all()
    return counts(rows)


def named(session: Session, keys: Keys, table: str, ids: Collection[int]) -> set[int]:
    """Those of these rows that rows which stay go on naming."""
    columns = [column_of(key) for key in sorted(keys.stays) if parent_of(key) == table]
    found: set[int] = set()
    for piece in some(sorted(ids)):
        found |= set(session.scalars(union(*(select(column).where(column.in_(piece)) for column in columns))))
    return found


def picked(query: Select[Any], table: Table, keys: set[tuple[Any, ...]]) -> Iterator[Select[Any]]:
    """A query cut down to these rows of a table, in pieces that a statement can hold."""
    for chunk in some(sorted(keys)):
        yield query.where(_is_one_of(table, chunk)).order_by(*table.primary_key)


def counts(rows: Held) -> Counter[str]:
    return Counter({name: len(found) for name, found in rows.items()})


def _ids(rows: Held, table: str) -> list[int]:
    return sorted(row[0] for row in rows.get(table, ()))


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _is_one_of(table: Table, chunk: Sequence[tuple[Any, ...]]) -> Any:
    columns = list(table.primary_key)
    if len(columns) == 1:
        return columns[0].in_([row[0] for row in chunk])
    return tuple_(*columns).in_(chunk)


def some(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """In pieces of as many ids as a statement takes."""
    for start in range(0, len(values), SOME):
        yield values[start : start + SOME]
