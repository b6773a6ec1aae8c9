"""Stored files that must go because their rows went: each is a due row of the same commit, so that none stays behind
where the store is away, or the process dies, just then."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, select

from engine import due
from engine.db import db
from engine.due import Due, Task
from engine.worker import Handler
from personalization.submission import goes, storage
from personalization.submission.blueprint import store
from personalization.submission.model import Evidence

KIND = "file"  # of due row; its key is the file's


def keys_of(evidence_ids: Collection[int]) -> set[str]:
    """The stored files that these rows name."""
    query = select(Evidence.storage_key).where(Evidence.id.in_(evidence_ids), Evidence.storage_key.is_not(None))
    return {key for key in db.session.scalars(query) if key}


def let_go(keys: Iterable[str], now: datetime) -> int:
    """Have those deleted that no row names any more; how many. The caller, who deleted the rows, commits."""
    unused = sorted(goes.unused(keys))
    for key in unused:
        due.schedule(db.session, KIND, key, now)
    return len(unused)


def waiting() -> list[str]:
    """The files that wait to be deleted, oldest first."""
    return list(db.session.scalars(select(Due.key).where(Due.kind == KIND).order_by(Due.at, Due.id)))


def delete_file(key: str) -> None:
    """Delete one file, unless somebody's row names it after all. Doing it twice is doing it once.

    Raises:
        BaseError, OSError: the store did not do it.
    """
    unused = goes.unused([key])
    db.session.rollback()  # no transaction waits for the store
    for one in unused:
        storage.delete(store(), one)


def is_deleted(key: str) -> None:
    """It waits no more; whoever deleted it without the worker says so, and commits."""
    db.session.execute(delete(Due).where(Due.kind == KIND, Due.key == key))


def handle(task: Task) -> None:
    """The worker's turn; what the store does not do comes again."""
    delete_file(task.key)


HANDLERS: dict[str, Handler] = {KIND: handle}
