"""Steps of a migration that a PostgreSQL in use bears: no lock for longer than a glance, every step committed.

Each may come twice: a migration that was cut off, or gave way to somebody who held a table, starts over and finds what
is done (engine/migrate.py). SQLite has one writer at a time anyway, who upgrades in one transaction and holds the rest
up; what is called here does the same there by the usual means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.compiler import IdentifierPreparer

GLANCE = "1s"  # how long a step waits for others to let go of a table, while those who come after it wait behind it
PAGES = 200  # of a table, 8 KiB each, in one UPDATE: some 20,000 rows, a fifth of a second


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def in_use() -> bool:
    """Whether anybody's rows are in there; a database just made needs none of the care, and gets none."""
    return op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM platform)")) is True


def quoted(name: str) -> str:
    preparer: IdentifierPreparer = op.get_bind().dialect.identifier_preparer
    return preparer.quote(name)


def run(*statements: str) -> None:
    """PostgreSQL: each by itself, committed at once."""
    with op.get_context().autocommit_block():
        for statement in statements:
            op.get_bind().execute(sa.text(statement.replace(":", "\\:")))


def add_column(table: str, name: str, kind: str) -> None:
    """PostgreSQL: a column that may be empty, which costs no rewriting."""
    run(f"ALTER TABLE {quoted(table)} ADD COLUMN IF NOT EXISTS {quoted(name)} {kind}")


def fill(table: str, column: str, value: str) -> None:
    """PostgreSQL: set a column wherever it is empty, to an SQL expression, some pages of the table at a time."""
    size = sa.text("SELECT pg_relation_size(cast(:name AS regclass)) / current_setting('block_size')::bigint")
    pages = op.get_bind().scalar(size, {"name": quoted(table)}) or 0
    change = f"UPDATE {quoted(table)} SET {quoted(column)} = {value} WHERE {quoted(column)} IS NULL"  # noqa: S608 (ours)
    for first in range(0, pages, PAGES):
        run(f"{change} AND ctid >= '({first},0)' AND ctid < '({first + PAGES},0)'")
    run(change)  # what came meanwhile


def require(table: str, column: str) -> None:
    """PostgreSQL: NOT NULL, which a constraint that was looked at beforehand makes a matter of a moment."""
    name, table, column = quoted(f"{column}_is_there"), quoted(table), quoted(column)
    run(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID",
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}",
        f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def must_hold(
    checks: Mapping[str, Mapping[str, str]], once: Sequence[tuple[str, str, Sequence[str], str]] = ()
) -> None:
    """Look before anything is changed whether the rows that are there meet {table: {name: condition}} and are one of a
    kind, as `once` has it: (name, table, columns, of which rows).

    Raises:
        RuntimeError: some do not; the message says how many of which, for whoever has to mend them.
    """
    asked = [(table, name, f"NOT coalesce({condition}, true)") for table, all_ in checks.items()
             for name, condition in all_.items()]  # fmt: skip
    for name, table, columns, where in once:
        same = " AND ".join(f"other.{column} = {quoted(table)}.{column}" for column in columns)
        others = f"SELECT 1 FROM {quoted(table)} other WHERE other.id < {quoted(table)}.id AND {same}"  # noqa: S608
        only = f"{where} AND " if where else ""
        asked.append((table, name, f"{only}EXISTS ({others}{f' AND other.{where}' if where else ''})"))
    wrong = []
    for table, name, against in asked:
        counted = op.get_bind().scalar(sa.text(f"SELECT count(*) FROM {quoted(table)} WHERE {against}"))  # noqa: S608
        if counted:
            wrong.append(f"{table}: {counted} against {name}")
    if wrong:
        raise RuntimeError("rows that should not be there, nothing was changed: " + "; ".join(wrong))


def add_checks(table: str, checks: Mapping[str, str]) -> None:
    """{name: condition} that every row of a table has to meet from now on.

    PostgreSQL holds new rows to them at once, and looks through the old ones while others go on writing.
    """
    if not is_postgresql():
        more = "".join(f", CONSTRAINT {name} CHECK ({condition})" for name, condition in checks.items())
        return remake(table, lambda words: f"{words.rstrip()[:-1]}{more})")
    gone = [f"DROP CONSTRAINT IF EXISTS {quoted(name)}" for name in checks]
    new = [f"ADD CONSTRAINT {quoted(name)} CHECK ({condition}) NOT VALID" for name, condition in checks.items()]
    seen = [f"VALIDATE CONSTRAINT {quoted(name)}" for name in checks]
    run(*(f"ALTER TABLE {quoted(table)} " + ", ".join(steps) for steps in (gone + new, seen)))


def remake(table: str, change: Callable[[str], str]) -> None:
    """SQLite: the table anew, its own CREATE TABLE changed in words, with its rows and indexes.

    As Alembic's batches do, which read the whole table's description first: forty tables take seconds by them.
    """
    held = sa.text("SELECT sql FROM sqlite_master WHERE type = :kind AND tbl_name = :name AND sql IS NOT NULL")
    found = {kind: op.get_bind().scalars(held, {"kind": kind, "name": table}).all() for kind in ("table", "index")}
    columns = change(str(found["table"][0]).partition("(")[2])
    for statement in (
        f'CREATE TABLE "_{table}" ({columns}',
        f'INSERT INTO "_{table}" SELECT * FROM "{table}"',  # noqa: S608 (names of ours)
        f'DROP TABLE "{table}"',
        f'ALTER TABLE "_{table}" RENAME TO "{table}"',
        *map(str, found["index"]),
    ):
        op.get_bind().exec_driver_sql(statement)


def drop_checks(table: str, names: Sequence[str]) -> None:
    with op.batch_alter_table(table) as batch_op:
        for name in names:
            batch_op.drop_constraint(batch_op.f(name), type_="check")


def add_index(name: str, table: str, columns: Sequence[str], *, unique: bool = False, where: str = "") -> None:
    """PostgreSQL builds it while others go on writing, and waits for them as long as it takes, holding up nobody."""
    if not is_postgresql():
        only = sa.text(where) if where else None
        op.create_index(name, table, list(columns), unique=unique, sqlite_where=only)
        return
    listed = ", ".join(quoted(column) for column in columns)
    kind = "UNIQUE INDEX" if unique else "INDEX"
    run(
        "SET lock_timeout = 0",
        f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(name)}",  # one that was cut off is there, and of no use
        f"CREATE {kind} CONCURRENTLY {quoted(name)} ON {quoted(table)} ({listed})"
        + (f" WHERE {where}" if where else ""),
        f"SET lock_timeout = '{GLANCE}'",
    )


def drop_index(name: str, table: str) -> None:
    if is_postgresql():
        run(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(name)}")
    else:
        op.drop_index(name, table)
