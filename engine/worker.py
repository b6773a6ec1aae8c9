"""What moves the rows of engine/due.py: a thread beside the web server, or a process of its own.

app.py hands in the handlers: the engine knows none.
"""

from __future__ import annotations

import atexit
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from engine import clock, due, logs, metrics
from engine.db import db, reason

log = structlog.get_logger()

# A handler does one task and says when it wants to be called again, or None when it is done. It opens and commits its
# own transactions, so that none is held over a network call.
Handler = Callable[[due.Task], datetime | None]

IDLE_SECONDS = 1.0
RENEW_SECONDS = due.LEASE.total_seconds() / 4
STOP_SECONDS = 3.0  # well within what a server waits for its processes to end
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))


def backoff(attempts: int) -> timedelta:
    """How long to wait after the given number of failed attempts."""
    return BACKOFF[min(attempts, len(BACKOFF) - 1)]


class Worker:
    """Works through what is due. Several may run at once, in threads, processes or on machines.

    `standing` are the kinds that come round for ever: their handlers always say when next. `apart` are those that may
    wait long for somebody else, such as a mail server: for ever, they run in a thread of their own, one at a time.
    `room` says how many requests a lane bears at once; tasks of `wide` kinds may be given more than one of them.
    """

    def __init__(
        self,
        app: Flask,
        handlers: Mapping[str, Handler],
        standing: Collection[str] = (),
        apart: Collection[str] = (),
        *,
        room: Callable[[str], int] = due.one_each,
        wide: Collection[str] = (),
    ) -> None:
        self._app = app
        self._room = room
        self._wide = wide
        self._handlers = handlers
        self._standing = standing
        self._apart = apart
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"[:60]
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._beside: threading.Thread | None = None  # what works on a task of a kind apart

    def run_once(self, limit: int = 20, *, beside: bool = False) -> int:
        """Do what is due now, one task of each lane, oldest first; return how many were done, or begun `beside`.

        A task is claimed when its turn comes and not before: others may take the rest, and no lease runs out waiting.
        """
        lanes: set[str] = set()
        done = 0
        while done < limit and not self._stop.is_set() and (task := self._claim(lanes)):
            if beside and task.kind in self._apart:
                self._begin_beside(task)
            else:
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

    def run_forever(self) -> None:
        """Until `stop`. A database that is away is waited for, not died of: told once, and once when it is back."""
        trouble, begun = "", False
        while not self._stop.is_set():
            try:
                if not begun:
                    self.stand()
                    begun = True
                busy = self.run_once(beside=True)
                if trouble:
                    log.info("worker goes on")
                trouble = ""
            except Exception as failed:  # a thread that died would leave every grade waiting, and nobody would know
                busy, kind = 0, type(failed).__name__
                if kind != trouble:
                    unknown = not isinstance(failed, SQLAlchemyError)
                    log.warning("worker cannot take what is due; waiting", why=reason(failed), exc_info=unknown)
                trouble = kind
            if not busy:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()
        if self._beside:
            self._beside.join()

    def stand(self, at_once: bool = False) -> None:
        """See to it that what comes round for ever has its rows; `at_once` makes them due now."""
        with self._app.app_context():
            for kind in self._standing:
                if at_once:
                    due.schedule(db.session, kind, "", clock.real_now())
                else:
                    due.ensure(db.session, kind, clock.real_now())
            db.session.commit()

    def start(self) -> None:
        """Run in a thread of this process until it ends."""
        atexit.register(self.stop)
        self._thread = threading.Thread(target=self.run_forever, name="third-option-worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at once instead of at the next idle tick."""
        self._wake.set()

    def stop_soon(self) -> None:
        """Take nothing more; what is in hand is finished."""
        self._stop.set()
        self._wake.set()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Take nothing more; what is not done in time is given back at once, for another process to go on with."""
        atexit.unregister(self.stop)
        self._stop.set()
        self._wake.set()
        if not self._thread:
            return
        self._thread.join(seconds)
        if self._thread.is_alive():
            with suppress(SQLAlchemyError), self._app.app_context():  # else its lease runs out by itself
                due.give_back(db.session, self._owner)
                db.session.commit()

    def _claim(self, lanes: set[str]) -> due.Task | None:
        taken = self._apart if self._beside and self._beside.is_alive() else ()
        kinds = [kind for kind in self._handlers if kind not in taken]
        with self._app.app_context():
            task = due.claim(db.session, kinds, clock.real_now(), self._owner, lanes, self._room, self._wide)
            db.session.commit()
        return task

    def _begin_beside(self, task: due.Task) -> None:
        def work() -> None:
            with suppress(SQLAlchemyError):  # told by the thread that claims; the lease runs out by itself
                self._do(task)

        self._beside = threading.Thread(target=work, name="third-option-beside", daemon=True)
        self._beside.start()

    def _do(self, task: due.Task) -> None:
        began, done = time.perf_counter(), False
        with self._app.app_context(), logs.of_task(task.id, task.kind, task.lane, task.attempts + 1):
            try:
                with self._keeping(task):
                    again_at = self._handlers[task.kind](task)
                done = True
            except Exception:  # a handler's bug must not stop the others; the row stays and comes again
                log.exception("task failed", kind=task.kind, task=task.id)
                db.session.rollback()
                again_at = clock.real_now() + backoff(task.attempts)
            metrics.task(task.kind, time.perf_counter() - began, done)
            due.finish(db.session, task, self._owner, again_at)
            db.session.commit()

    @contextmanager
    def _keeping(self, task: due.Task) -> Iterator[None]:
        """Renew the lease while the task is worked on: a slow LMS may take longer than a lease lasts."""
        done = threading.Event()

        def keep() -> None:
            while not done.wait(RENEW_SECONDS):
                with suppress(SQLAlchemyError), self._app.app_context():  # the next round may reach the database
                    due.renew(db.session, task, self._owner, clock.real_now())
                    db.session.commit()

        keeper = threading.Thread(target=keep, name="third-option-lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()
            keeper.join()
