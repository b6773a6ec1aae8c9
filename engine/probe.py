"""Asks something that may hang, such as a database, for somebody who cannot wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Asking(Generic[T]):
    """One question under way. `began` is by the monotonic clock."""

    began: float
    done: threading.Event = field(default_factory=threading.Event)
    said: T | None = None


class Probe(Generic[T]):
    """`ask`, in a thread of its own: never two at once, its answer good for `fresh` seconds.

    Whoever wants it waits at most `seconds` from when it was asked, and then hears `silence`; so does everybody after,
    at once, until the answer comes. `ask` may not raise.
    """

    def __init__(self, ask: Callable[[], T], silence: T, *, seconds: float = 2.0, fresh: float = 1.0) -> None:
        self._ask, self._silence = ask, silence
        self._seconds, self._fresh = seconds, fresh
        self._lock = threading.Lock()
        self._asking: _Asking[T] | None = None

    def answer(self) -> T:
        with self._lock:
            asking = self._asking
            if asking is None or (asking.done.is_set() and asking.began + self._fresh < time.monotonic()):
                asking = self._asking = _Asking(time.monotonic())
                threading.Thread(target=self._run, args=(asking,), name="third-option-probe", daemon=True).start()
        if not asking.done.wait(max(0.0, asking.began + self._seconds - time.monotonic())):
            return self._silence
        return asking.said if asking.said is not None else self._silence

    def _run(self, asking: _Asking[T]) -> None:
        try:
            asking.said = self._ask()
        finally:
            asking.done.set()
