"""Stored files whose commit never came: the process died, or the database went away, between the two. Once a day those
that are a day old and that no row names wait to be deleted, as others do whose rows went (forgetting.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from obstore.exceptions import BaseError

from engine import clock
from engine.db import db, reading
from engine.due import Task
from engine.worker import Handler
from personalization.submission import forgetting, goes, storage
from personalization.submission.blueprint import store

log = structlog.get_logger()

KIND = "orphans"  # of due row
EVERY = timedelta(days=1)
AGE = timedelta(days=1)  # an upload and its commit are minutes apart
MOST = 1_000  # let go in one day
OURS = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass
class Found:
    """What a look through the store found of files that are old enough: how many a row names and how many none does,
    and the keys of `MOST` of these."""

    named: int = 0
    unnamed: int = 0
    keys: list[str] = field(default_factory=list)

    @property
    def is_likely(self) -> bool:
        """Whether this is a store of this database. Where most files have no row, it is rather another's, or the
        database is an old copy that will give way to a newer one."""
        return self.unnamed <= self.named


def handle(task: Task) -> datetime:
    """The worker's turn. Who may not list the store, or cannot now, looks again the next day."""
    try:
        found = _look(task)
    except (BaseError, OSError) as wrong:
        log.warning("the stored files could not be listed", kind=type(wrong).__name__)
        return clock.real_now() + EVERY
    if found is None:
        return clock.real_now()
    if found.unnamed and not found.is_likely:
        log.warning("most stored files have no row; none is deleted", files=found.unnamed, named=found.named)
    elif found.unnamed:
        count = forgetting.let_go(found.keys, clock.real_now())
        db.session.commit()
        log.info("stored files that no row names will be deleted", files=count, named=found.named)
    return clock.real_now() + EVERY


def _look(task: Task) -> Found | None:
    """None: this process is to end, and another begins anew."""
    found, before = Found(), clock.real_now() - AGE
    for keys in _old(before):
        if task.stops.is_set():
            return None
        with reading():
            unnamed = goes.unused(keys)
            db.session.rollback()  # no transaction waits for the store
        found.named += len(keys) - len(unnamed)
        found.unnamed += len(unnamed)
        found.keys += sorted(unnamed)[: MOST - len(found.keys)]
    return found


def _old(before: datetime) -> Iterator[list[str]]:
    """The keys of files that are older, a few hundred at a time; what else lies in the store is nobody's here."""
    for some in storage.stored(store()):
        if keys := [key for key, at in some if at < before and OURS.fullmatch(key)]:
            yield keys


HANDLERS: dict[str, Handler] = {KIND: handle}
