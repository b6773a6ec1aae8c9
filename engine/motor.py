"""The embedded motor: keeps a Worker going in the web server's own process, or in `flask worker`.

One thread looks for what is due, and starts one for each task that it takes. A single thread for all would let an LMS
that takes forty seconds a run hold up every other one and the deadlines, too. Threads do for that: a task waits for
LMSs, it does not compute; and SQLite, which has one writer, sees short transactions, one after the other.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session

from engine import due
from engine.worker import Worker

IDLE_SECONDS = 1.0
STOP_SECONDS = 3.0  # beside a web server: well within what it waits for its processes to end
FINISH_SECONDS = 20.0  # in a process of its own


class Motor:
    """Looks each second, and at once when a task ends or when this process committed something that is due.

    `unless` tells when it need not look since others do.
    """

    def __init__(self, worker: Worker, unless: Callable[[], bool] = lambda: False) -> None:
        self._worker = worker
        self._unless = unless
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def run_forever(self) -> None:
        """Take and do what is due until `stop`; then what is in hand is finished, or given back after a while."""
        self._look_for_ever()
        self._worker.hand_over(FINISH_SECONDS)

    def start(self) -> None:
        """Run beside this process's threads until it ends."""
        atexit.register(self.stop)
        event.listen(Session, "after_commit", self._committed)
        self._thread = threading.Thread(target=self._look_for_ever, name="third-option-motor", daemon=True)
        self._thread.start()

    def stop_soon(self) -> None:
        """Take nothing more."""
        self._stop.set()
        self._wake.set()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Take nothing more; what is not done in time is given back at once, for another process to go on with."""
        self.stop_soon()
        if self._thread:
            atexit.unregister(self.stop)
            if event.contains(Session, "after_commit", self._committed):
                event.remove(Session, "after_commit", self._committed)
            self._thread.join(seconds)
            self._worker.hand_over(seconds)

    def _look_for_ever(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            if not self._unless() and (task := self._worker.take()):
                threading.Thread(target=self._work, args=(task,), name="third-option-task", daemon=True).start()
            else:
                self._wake.wait(IDLE_SECONDS)

    def _work(self, task: due.Task) -> None:
        self._worker.do(task)
        self._wake.set()

    def _committed(self, session: Session) -> None:
        if session.info.pop(due.SCHEDULED, False):
            self._wake.set()
