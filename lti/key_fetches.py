"""When a platform may be asked for its keys: often enough for a rotation, never as often as strangers would have us.

Anybody can name unknown keys before anything is believed. Each platform has a few askings in hand and gets a new one
every half minute; since each brings the whole set, a rotation amid such a flood is noticed within that time. Who waits
for somebody else's asking keeps a thread of the server from all others, so nobody waits long for a slow platform. All
of this is the memory of one process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from lti.reasons import Reason

IN_HAND = 5
ANOTHER_AFTER = timedelta(seconds=30)
PATIENCE = 2.0  # seconds: most key sets are there long before
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)


@dataclass
class KeyFetches:
    """One platform's: the askings in hand at a moment, and how the last one went.

    `turn` is held by whoever asks now, `asks_since` is since when, by the monotonic clock. `rest_until` is when known
    keys are tried to be renewed again after failures.
    """

    turn: Lock = field(default_factory=Lock)
    asks_since: float | None = None
    in_hand: float = IN_HAND
    counted_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None
    rest_until: datetime | None = None
    reason: Reason | None = None

    def take(self, now: datetime) -> bool:
        """Use one asking up, if there is one. Only whoever holds the turn does."""
        if self.counted_at is not None:
            self.in_hand = min(IN_HAND, self.in_hand + max(0.0, (now - self.counted_at) / ANOTHER_AFTER))
        self.counted_at = now
        if self.in_hand < 1:
            return False
        self.in_hand -= 1
        return True

    def went_well(self) -> None:
        self.failures, self.failed_at, self.rest_until, self.reason = 0, None, None, None

    def failed(self, now: datetime, reason: Reason) -> None:
        """Leave the platform alone for a while, longer each time."""
        self.rest_until = now + min(SHORTEST_PAUSE * 2**self.failures, LONGEST_PAUSE)
        self.failures = min(self.failures + 1, 10)
        self.failed_at, self.reason = now, reason

    def rests(self, now: datetime) -> bool:
        return self.rest_until is not None and now < self.rest_until

    @contextmanager
    def only_one(self, patience: float = 0) -> Iterator[bool]:
        """True for the one who gets the turn; False for those who come while it is somebody else's.

        They wait till that asking is `patience` seconds old, however late they come.
        """
        since = self.asks_since
        left = patience if since is None else max(0.0, since + patience - time.monotonic())
        if not self.turn.acquire(timeout=left):
            yield False
            return
        self.asks_since = time.monotonic()
        try:
            yield True
        finally:
            self.asks_since = None
            self.turn.release()
