"""Each foreign key has an index, or a reason to have none; and the statements that run most use theirs."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Table, UniqueConstraint

from engine.db import Base

# Without an index whoever deletes a parent has the whole table read. These tables stay small, or the parent stays.
NONE_NEEDED = {
    "deep_link_request.context_id": "a teacher's requests of one day",
    "deep_link_request.user_id": "a teacher's requests of one day",
    "invite.platform_id": "one for each school, ever",
    "sign_in.platform_id": "platforms stay",
}


def led_by(table: Table) -> Iterator[str]:
    """The columns with which an index begins that has every row with something in that column."""
    for index in table.indexes:
        first, where = index.columns[0], index.dialect_options["postgresql"]["where"]
        if where is None or str(where) == f"{first.name} is not null":
            yield first.name
    for held in (table.primary_key, *table.constraints):
        if held is table.primary_key or isinstance(held, UniqueConstraint):
            yield next(iter(held.columns)).name


def without_index() -> set[str]:
    keys: list[Column[int]] = [key.parent for table in Base.metadata.sorted_tables for key in table.foreign_keys]
    return {str(column) for column in keys if column.name not in led_by(column.table)}


def test_every_foreign_key_has_an_index_or_a_reason() -> None:
    assert without_index() == set(NONE_NEEDED)


def test_no_index_is_the_beginning_of_another() -> None:
    """It would be written and never be read."""
    for table in Base.metadata.sorted_tables:
        whole = [index for index in table.indexes if index.dialect_options["postgresql"]["where"] is None]
        columns = [tuple(index.columns.keys()) for index in whole]
        columns += [tuple(c.columns.keys()) for c in table.constraints if isinstance(c, UniqueConstraint)]
        columns.append(tuple(table.primary_key.columns.keys()))
        for one in columns:
            assert columns.count(one) == 1, (table.name, one)
            assert not [other for other in columns if other != one and other[: len(one)] == one], (table.name, one)
