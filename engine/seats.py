"""What one process has in hand, and hence what it may still take."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable

from engine.due import Task
from engine.lanes import Wanted


class Seats:
    """One seat for each task that is worked on at once.

    `in_lanes` seats are for rows that have a lane, that is, for talk with an LMS. The last of them goes to a lane that
    has none here yet: one slow LMS with much to do leaves a way for the others. Two seats more keep what has no lane
    out of any LMS's way: one for the kinds `apart`, which wait long for somebody else, and one for all that waits for
    nobody, such as the deadlines.
    """

    def __init__(self, in_lanes: int, apart: Collection[str]) -> None:
        self.count = in_lanes + 2
        self._in_lanes = in_lanes
        self._apart = apart
        self._taken: dict[str, Task] = {}
        self._changed = threading.Condition()

    def wanted(self, kinds: Iterable[str]) -> Wanted | None:
        """What there is a seat for; None where all are taken."""
        with self._changed:
            tasks = list(self._taken.values())
        lanes = [task.lane for task in tasks if task.lane]
        beside = {task.kind in self._apart for task in tasks if not task.lane}
        left = self._in_lanes - len(lanes)
        every = list(kinds)
        wanted = Wanted(
            in_lanes=every if left > 0 else (),
            beside=[kind for kind in every if (kind in self._apart) not in beside],
            not_in=set(lanes) if left == 1 else (),
            later=set(lanes),
        )
        return wanted if wanted.in_lanes or wanted.beside else None

    def sit(self, task: Task) -> None:
        with self._changed:
            self._taken[task.lease] = task

    def leave(self, task: Task) -> None:
        with self._changed:
            del self._taken[task.lease]
            self._changed.notify_all()

    def empty(self, seconds: float) -> list[Task]:
        """Wait till all have left, at most so long; who has not."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken, seconds)
            return list(self._taken.values())
