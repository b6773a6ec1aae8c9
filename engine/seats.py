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
        self._closed = False
        self._changed = threading.Condition()

    @property
    def full(self) -> bool:
        """Whether every seat for rows with a lane is taken."""
        return self._left(self._tasks()) <= 0

    def wanted(self, kinds: Iterable[str]) -> Wanted | None:
        """What there is a seat for; None where all are taken, or closed."""
        tasks = self._tasks()
        lanes = {task.lane for task in tasks if task.lane}
        beside = {task.kind in self._apart for task in tasks if not task.lane}
        left = self._left(tasks)
        every = list(kinds)
        wanted = Wanted(
            in_lanes=every if left > 0 else (),
            beside=[kind for kind in every if (kind in self._apart) not in beside],
            not_in=lanes if left == 1 else (),
            later=lanes,
        )
        return wanted if (wanted.in_lanes or wanted.beside) and not self._closed else None

    def sit(self, task: Task) -> None:
        with self._changed:
            self._taken[task.lease] = task

    def leave(self, task: Task) -> None:
        with self._changed:
            del self._taken[task.lease]
            self._changed.notify_all()

    def close(self, seconds: float) -> list[Task]:
        """Give out no seat more, and wait till all have left, at most so long; who has not."""
        with self._changed:
            self._closed = True
            for task in self._taken.values():
                task.stops.set()
            self._changed.wait_for(lambda: not self._taken, seconds)
            return list(self._taken.values())

    def _tasks(self) -> list[Task]:
        with self._changed:
            return list(self._taken.values())

    def _left(self, tasks: list[Task]) -> int:
        return self._in_lanes - sum(1 for task in tasks if task.lane)
