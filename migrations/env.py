"""Alembic's way in: the app's own engine, the models' own metadata."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import lti.models.context
import lti.models.launch
import lti.models.platform
import lti.models.score
import personalization.accommodation.model
import personalization.activity.bank
import personalization.activity.copy_offer
import personalization.activity.placement
import personalization.board.claim
import personalization.board.reply
import personalization.board.watch
import personalization.choice.message
import personalization.grading.lms_settled
import personalization.grading.model  # with it come all the slices below
import personalization.notice.model
import personalization.proposal.change
import personalization.proposal.model
import personalization.proposal.sharing
from engine import audit, due, online
from engine.db import UTC, Base, Json, db

ROOMS = (  # every table is known
    audit,
    due,
    lti.models.context,
    lti.models.launch,
    lti.models.platform,
    lti.models.score,
    personalization.accommodation.model,
    personalization.activity.bank,
    personalization.activity.copy_offer,
    personalization.activity.placement,
    personalization.board.claim,
    personalization.board.reply,
    personalization.board.watch,
    personalization.choice.message,
    personalization.grading.lms_settled,
    personalization.grading.model,
    personalization.notice.model,
    personalization.proposal.change,
    personalization.proposal.model,
    personalization.proposal.sharing,
)


def render(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our own types by their own names, so that a migration reads like the models."""
    if kind != "type":
        return False
    if isinstance(item, UTC):
        return "engine.db.UTC()"
    if isinstance(item, sa.Enum):
        return f"sa.String({item.length})"
    if item is Json or isinstance(item, sa.JSON):
        return "engine.db.Json"
    return False


def same_type(ctx: Any, column: Any, metadata_column: Any, found: Any, wanted: Any) -> bool | None:
    """An enum is stored as text of its length; the words are the models' business."""
    return False if isinstance(wanted, sa.Enum | sa.JSON) else None


@contextmanager
def tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making another and dropping the old one, which its rows' children would forbid. It lets
    that pass only where keys are off before the transaction begins; `nothing_broken` looks at what they guard."""
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


def nothing_broken(connection: Connection) -> None:
    """Before the commit: an upgrade that would lose a row's parent does not happen."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"rows point to rows that are not there: {broken[:5]}")


def configure(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=same_type,
        transaction_per_migration=True,
    )


def run() -> None:
    """SQLite: all migrations in one transaction. PostgreSQL: one each, so that a lock ends with what it was for, or
    several, where a migration says so itself (engine/online.py)."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            with tables_may_be_made_anew(connection), connection.begin():
                configure(connection)
                context.run_migrations()
                nothing_broken(connection)
            return
        try:
            connection.exec_driver_sql(f"SET lock_timeout = '{online.GLANCE}'")
            connection.commit()
            configure(connection)
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.invalidate()  # its setting is not for whoever has the connection next


run()
