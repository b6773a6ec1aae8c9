"""What moves the rows of engine/due.py: one thread beside the web server, or a process of its own.

app.py hands in the handlers: the engine knows none.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from engine import clock, due
from engine.db import db

log = structlog.get_logger()

# A handler does one task and says when it wants to be called again, or None when it is done. It opens and commits its
# own transactions, so that none is held over a network call.
Handler = Callable[[due.Task], datetime | None]

IDLE_SECONDS = 1.0
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))


def backoff(attempts: int) -> timedelta:
    """How long to wait after the given number of failed attempts."""
    return BACKOFF[min(attempts, len(BACKOFF) - 1)]


class Worker:
    """Works through what is due. Several may run at once, in threads, processes or on machines."""

    def __init__(self, app: Flask, handlers: Mapping[str, Handler]) -> None:
        self._app = app
        self._handlers = handlers
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"[:60]
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def run_once(self, limit: int = 20) -> int:
        """Do what is due now, once each; return how many tasks were done."""
        with self._app.app_context():
            tasks = due.claim(db.session, list(self._handlers), clock.real_now(), self._owner, limit)
            db.session.commit()
        for task in tasks:
            self._do(task)
        return len(tasks)

    def run_all(self, most: int = 100_000) -> int:
        """Do what is due until nothing is; `most` bounds a task that keeps making itself due."""
        total = 0
        while total < most and (done := self.run_once()):
            total += done
        return total

    def run_forever(self) -> None:
        """Until `stop`. A database that is away is waited for, not died of."""
        while not self._stop.is_set():
            try:
                busy = self.run_once()
            except SQLAlchemyError:
                log.warning("worker cannot reach the database; waiting", exc_info=True)
                busy = 0
            if not busy:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()

    def start(self) -> None:
        """Run for ever in a thread of this process."""
        self._thread = threading.Thread(target=self.run_forever, name="third-option-worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at once instead of at the next idle tick."""
        self._wake.set()

    def stop(self, seconds: float = 10.0) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread:
            self._thread.join(seconds)

    def _do(self, task: due.Task) -> None:
        with self._app.app_context():
            try:
                again_at = self._handlers[task.kind](task)
            except Exception:  # a handler's bug must not stop the others; the row stays and comes again
                log.exception("task failed", kind=task.kind, task=task.id)
                db.session.rollback()
                again_at = clock.real_now() + backoff(task.attempts)
            due.finish(db.session, task, self._owner, again_at)
            db.session.commit()
