"""What one call may take in all, whoever it waits for meanwhile: when that is over, its connections are shut down."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Self


class _Watch:
    """Lets deadlines pass, all of this process in one thread: a timer of its own would cost a call more than itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: set[Deadline] = set()
        self._looks_at = float("inf")  # when the thread wakes by itself
        self._thread: threading.Thread | None = None

    def begin(self, deadline: Deadline) -> None:
        with self._changed:
            self._running.add(deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="third-option-deadlines", daemon=True)
                self._thread.start()
            elif deadline.at < self._looks_at:
                self._changed.notify()

    def end(self, deadline: Deadline) -> None:
        with self._changed:
            self._running.discard(deadline)

    def _look(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                over = [deadline for deadline in self._running if deadline.at <= now]
                self._running.difference_update(over)
                if not over:
                    self._looks_at = min((deadline.at for deadline in self._running), default=float("inf"))
                    self._changed.wait(None if self._looks_at == float("inf") else self._looks_at - now)
            for deadline in over:
                deadline.hang_up()


class Deadline:
    """Hangs up on a server that says so little at a time that no single wait is ever too long.

    It holds a second handle to each connection, since TLS takes the first one away, and shuts the connection down by
    it: amid a handshake, a header, a body, or our own sending.
    """

    def __init__(self, seconds: float) -> None:
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()
        self.at = time.monotonic() + seconds
        self.passed = False

    def __enter__(self) -> Self:
        _watch_over.begin(self)
        self._outer = _present.set(self)
        return self

    def __exit__(self, *_error: object) -> None:
        _watch_over.end(self)
        _present.reset(self._outer)
        with self._lock:
            while self._handles:
                self._handles.pop().close()

    def watch(self, connected: socket.socket) -> None:
        with self._lock:
            self._handles.append(_handle_of(connected))
        if self.passed:
            self.hang_up()

    def hang_up(self) -> None:
        self.passed = True
        with self._lock:
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


def _handle_of(connected: socket.socket) -> socket.socket:
    """A bare socket on the same connection; one of TLS cannot be asked for a copy."""
    return socket.socket(connected.family, connected.type, connected.proto, fileno=os.dup(connected.fileno()))


_present: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
_watch_over = _Watch()


def _watch_anew() -> None:
    """A process that was forked off has none of its parent's threads."""
    global _watch_over
    _watch_over = _Watch()


os.register_at_fork(after_in_child=_watch_anew)


@contextmanager
def own_or_outer(seconds: float) -> Iterator[Deadline]:
    """The deadline of the call that goes on here; one of its own for a call that a library makes."""
    if outer := _present.get():
        yield outer
    else:
        with Deadline(seconds) as own:
            yield own


def is_over() -> bool:
    """Of the call that goes on here."""
    present = _present.get()
    return present is not None and present.passed


def watch(connected: socket.socket) -> None:
    """Let the deadline of the call that goes on here hold for this connection."""
    if present := _present.get():
        present.watch(connected)
