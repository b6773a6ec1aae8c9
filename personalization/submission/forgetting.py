"""Stored files that must go because their rows went: each is a due row of the same commit, so that none stays behind
where the store is away, or the process dies, just then."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select

from engine import due
from engine.db import db
from engine.due import Task
from engine.worker import Handler
from personalization.submission import goes, storage
from personalization.submission.blueprint import store
from personalization.submission.model import Evidence


def keys_of(evidence_ids: Collection[int]) -> set[str]:
    """The stored files that these rows name."""
    query = select(Evidence.storage_key).where(Evidence.id.in_(evidence_ids), Evidence.storage_key.is_not(None))
    return {key for key in db.session.scalars(query) if key}


def let_go(keys: Iterable[str], now: datetime) -> int:
    """Have those deleted that no row names any more; how many. The caller, who deleted the rows, commits."""
    unused = sorted(goes.unused(keys))
    for key in unused:
        due.schedule(db.session, "file", key, now)
    return len(unused)


def handle(task: Task) -> None:
    """Delete one file, unless somebody's row names it after all.

    Raises:
        BaseError, OSError: the store did not do it; the row stays and comes again.
    """
    unused = goes.unused([task.key])
    db.session.rollback()  # no transaction waits for the store
    for key in unused:
        storage.delete(store(), key)


HANDLERS: dict[str, Handler] = {"file": handle}
