"""What does the rows of engine/due.py, one after the other or some beside each other; engine/motor.py and
engine/celery_motor.py keep it going. app.py hands in the handlers: the engine knows none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from engine import clock, due, logs, metrics
from engine.db import db, reading, reason
from engine.lanes import Lanes, Wanted, one_each
from engine.seats import Seats
from engine.shape import obstacle

log = structlog.get_logger()

# A handler does one task and says when it wants to be called again, or None when it is done. It opens and commits its
# own transactions, so that none is held over a network call. Who works long asks `due.renew` whether the row is still
# theirs.
Handler = Callable[[due.Task], datetime | None]

THREADS = 4
RENEW_SECONDS = due.LEASE.total_seconds() / 4
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))


class NotYet(Exception):
    """The database is not of the shape that this code needs: with rows of another one it could do harm."""


def backoff(attempts: int) -> timedelta:
    """How long to wait after the given number of failed attempts."""
    return BACKOFF[min(attempts, len(BACKOFF) - 1)]


class Worker:
    """Works through what is due. Several may run at once, in processes or on machines.

    `standing` are the kinds that come round for ever: their handlers always say when next. `apart` are those that may
    wait long for somebody else, such as a mail server: their rows have no lane. `room` and `wide` are those of Lanes.
    At most `threads` tasks with a lane are in hand at once, and two without (see Seats).
    """

    def __init__(
        self,
        app: Flask,
        handlers: Mapping[str, Handler],
        standing: Collection[str] = (),
        apart: Collection[str] = (),
        *,
        room: Callable[[str], int] = one_each,
        wide: Collection[str] = (),
        threads: int = THREADS,
    ) -> None:
        self._app = app
        self._handlers = handlers
        self._standing = standing
        self._lanes = Lanes(room, wide)
        self._seats = Seats(threads, apart)
        self._claiming = threading.Lock()  # a claim sees what the one before it took
        self._stood = False
        self._trouble = ""

    @property
    def most(self) -> int:
        """How many tasks may be in hand at once."""
        return self._seats.count

    @property
    def full(self) -> bool:
        """Whether no more tasks with a lane can be taken."""
        return self._seats.full

    def run_once(self, limit: int = 20) -> int:
        """Do what is due now, one task of each lane, oldest first, in this thread; return how many were done.

        A task is claimed when its turn comes and not before: others may take the rest, and no lease runs out waiting.
        """
        lanes: set[str] = set()
        done = 0
        while done < limit and (task := self._claim(Wanted(self._handlers, self._handlers, not_in=lanes))):
            self._do(task)
            lanes |= {task.lane} - {""}
            done += 1
        return done

    def run_all(self, most: int = 100_000) -> int:
        """Do what is due until nothing is; `most` bounds a task that keeps making itself due."""
        total = 0
        while total < most and (done := self.run_once()):
            total += done
        return total

    def stand(self, at_once: bool = False) -> None:
        """See to it that what comes round for ever has its rows; `at_once` makes them due now."""
        with self._app.app_context():
            for kind in self._standing:
                if at_once:
                    due.schedule(db.session, kind, "", clock.real_now())
                else:
                    due.ensure(db.session, kind, clock.real_now())
            db.session.commit()

    def take(self) -> due.Task | None:
        """A task for `do`; None where nothing can be taken now: nothing is due, its lane is full, all seats are taken.

        So too while the database is away, which is waited for and not died of: told once, and once when it is back.
        """
        with self._claiming:
            try:
                task = self._take()
            except Exception as failed:  # a motor that died would leave every grade waiting, and nobody would know
                self._tell(failed)
                return None
            if self._trouble:
                log.info("worker goes on")
            self._trouble = ""
        return task

    def do(self, task: due.Task) -> None:
        """Do a task that was taken. Where the database is away its lease runs out by itself; `take` tells of it."""
        try:
            with suppress(SQLAlchemyError):
                self._do(task)
        finally:
            self._seats.leave(task)

    def hand_over(self, seconds: float) -> bool:
        """Take nothing more. What is in hand has so long to end; the rest is given back at once, for another process to
        go on with. Whether anything was."""
        if rest := self._seats.close(seconds):
            with suppress(SQLAlchemyError), self._app.app_context():  # else its lease runs out by itself
                due.give_back(db.session, rest)
                db.session.commit()
        return bool(rest)

    def _take(self) -> due.Task | None:
        if not self._stood:
            if why := self._obstacle():
                raise NotYet(why)
            self.stand()
            self._stood = True
        wanted = self._seats.wanted(self._handlers)
        task = self._claim(wanted) if wanted else None
        if task:
            self._seats.sit(task)
        return task

    def _claim(self, wanted: Wanted) -> due.Task | None:
        with self._app.app_context():
            return self._lanes.claim(db.session, wanted, clock.real_now())

    def _obstacle(self) -> str:
        with self._app.app_context(), reading():
            db.session.execute(select(1))  # a database that is away says more itself
            return obstacle()

    def _tell(self, failed: Exception) -> None:
        kind = type(failed).__name__
        if kind != self._trouble:
            unknown = not isinstance(failed, (SQLAlchemyError, NotYet))
            log.warning("worker cannot take what is due; waiting", why=reason(failed), exc_info=unknown)
        self._trouble = kind

    def _do(self, task: due.Task) -> None:
        with self._app.app_context(), logs.of_task(task.id, task.kind, task.lane, task.attempts + 1):
            again_at = self._handle(task)
            due.finish(db.session, task, again_at)
            db.session.commit()

    def _handle(self, task: due.Task) -> datetime | None:
        begun, whole = time.monotonic(), False
        try:
            with self._keeping(task):
                again_at = self._handlers[task.kind](task)
            whole = True
        except Exception:  # a handler's bug must not stop the others; the row stays and comes again
            log.exception("task failed", kind=task.kind, task=task.id)
            db.session.rollback()
            again_at = clock.real_now() + backoff(task.attempts)
        metrics.task(task.kind, time.monotonic() - begun, whole)
        return again_at

    @contextmanager
    def _keeping(self, task: due.Task) -> Iterator[None]:
        """Renew the lease while the task is worked on: a slow LMS may take longer than a lease lasts."""
        done = threading.Event()

        def keep() -> None:
            while not done.wait(RENEW_SECONDS):
                with suppress(SQLAlchemyError), self._app.app_context():  # the next round may reach the database
                    due.renew(db.session, task, clock.real_now())
                    db.session.commit()

        keeper = threading.Thread(target=keep, name="third-option-lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()
            keeper.join()
