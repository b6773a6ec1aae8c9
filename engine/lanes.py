"""Which row comes next, and how much of its lane it gets.

A lane is what must not be crowded, such as one platform. The slots of its leased rows never add up to more than its
limit, on however many machines: a claim counts them under a lock of that lane alone, so no lane waits for another.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.db import reading
from engine.due import LEASE, Due, Task

LOCKS = 7_203_117  # the first number of PostgreSQL's advisory locks for lanes; the second is the lane's hash
WINDOW = 100  # rows that are read at first, oldest first: nearly always one of them can be taken
HOST = socket.gethostname()[:30]


@dataclass(frozen=True)
class Wanted:
    """What a claim may take: rows in a lane if of the kinds `in_lanes`, rows without one if of the kinds `beside`; none
    of the lanes `not_in`, and of the lanes `later` only where there is nothing else."""

    in_lanes: Collection[str]
    beside: Collection[str]
    not_in: Collection[str] = ()
    later: Collection[str] = ()


class Head(NamedTuple):
    """A row that waits, perhaps the next of its lane."""

    id: int
    lane: str


class Lease(NamedTuple):
    """A row that is being worked on; `at` is when it was due, or will be anew."""

    lane: str
    slots: int
    at: datetime


class Full(Exception):
    """The lane has no slot left."""


def one_each(lane: str) -> int:
    """The limit of a lane where nobody knows better."""
    return 1


@dataclass(frozen=True)
class Lanes:
    """`room` says how many requests a lane bears at once; a row of a `wide` kind may be given more than one of them,
    where the lane has few others to share with. What has no lane crowds nobody and is counted nowhere."""

    room: Callable[[str], int] = one_each
    wide: Collection[str] = ()

    def claim(self, session: Session, wanted: Wanted, now: datetime) -> Task | None:
        """Lease the row that is due longest among the lanes that have room; None where there is none.

        It commits, after looking and after each try: who tries holds one lane's lock and waits for no other.
        """
        full: set[str] = set()
        with reading():
            used = _used(_leases(session, now))
        for head in _candidates(session, wanted, now):
            if head.lane in full:
                continue
            limit = self._limit(head.lane)
            if used.get(head.lane, 0) >= limit:
                full.add(head.lane)
                continue
            session.commit()
            try:
                if task := self._take(session, head, limit, now):
                    return task
            except Full:
                full.add(head.lane)
            finally:
                session.commit()
        session.commit()
        return None

    def _limit(self, lane: str) -> float:
        with reading():
            return self.room(lane) if lane else float("inf")

    def _take(self, session: Session, head: Head, limit: float, now: datetime) -> Task | None:
        """Lease the row, unless it is gone meanwhile.

        Raises:
            Full: others took what was free in its lane meanwhile.
        """
        if head.lane and session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyhow
            session.execute(select(func.pg_advisory_xact_lock(LOCKS, func.hashtext(head.lane))))
        mine = [lease for lease in _leases(session, now) if lease.lane == head.lane]
        used = sum(lease.slots for lease in mine)
        if used >= limit:
            raise Full
        same = (Due.id == head.id, Due.lane == head.lane, Due.at <= now, _free(Due, now))
        row = session.scalar(select(Due).where(*same).with_for_update(skip_locked=True))
        if row is None:
            return None
        early = sum(lease.at > now for lease in mine)
        row.slots = self._slots(session, row, early, int(limit) - used, int(limit), now) if row.lane else 1
        row.leased_by, row.leased_until = f"{HOST}:{os.getpid()}:{secrets.token_hex(8)}", now + LEASE
        return Task(row.id, row.kind, row.key, row.version, row.attempts, row.lane, row.slots, row.leased_by)

    def _slots(self, session: Session, row: Due, early: int, free: int, limit: int, now: datetime) -> int:
        """A fair part of the lane for each row that is due or being worked on; `early` of these are no longer due."""
        if row.kind not in self.wide:
            return 1
        due = select(Due.id).where(Due.lane == row.lane, Due.at <= now).limit(limit)  # more make no difference
        sharing = early + (session.scalar(select(func.count()).select_from(due.subquery())) or 0)
        return max(1, min(free, ceil(limit / max(1, sharing))))


def _leases(session: Session, now: datetime) -> Sequence[Lease]:
    """Of all lanes; they are few, whatever waits. Told apart here: where SQLite is to do that, it does not begin with
    those that are leased, but goes through every row, lane by lane."""
    query = select(Due.lane, Due.slots, Due.at).where(Due.leased_until >= now, Due.lane != "")
    return [Lease(*row) for row in session.execute(query)]


def _used(leases: Iterable[Lease]) -> dict[str, int]:
    """{lane: slots of its leased rows}"""
    used: dict[str, int] = defaultdict(int)
    for lease in leases:
        used[lease.lane] += lease.slots
    return used


def _free(row: type[Due], now: datetime) -> ColumnElement[bool]:
    return or_(row.leased_until.is_(None), row.leased_until < now)


def _waits(row: type[Due], wanted: Wanted, now: datetime) -> ColumnElement[bool]:
    beside = and_(row.lane == "", row.kind.in_(wanted.beside))
    kinds = or_(and_(row.lane != "", row.kind.in_(wanted.in_lanes)), beside) if wanted.in_lanes else beside
    return and_(row.at <= now, _free(row, now), kinds)


def _candidates(session: Session, wanted: Wanted, now: datetime) -> Iterator[Head]:
    """Rows to try, the oldest first: those of the first window, and where these are all of lanes that are out of the
    question, the first of each lane."""
    window = _front(session, wanted, now)
    front = [head for head in window if head.lane not in wanted.not_in]
    yield from (head for head in front if head.lane not in wanted.later)
    if len(window) == WINDOW:
        heads = [head for head in _heads(session, wanted, now) if head.lane not in wanted.not_in]
        yield from (head for head in heads if head.lane not in wanted.later)
    yield from (head for head in front if head.lane in wanted.later)


def _front(session: Session, wanted: Wanted, now: datetime) -> Sequence[Head]:
    # By nothing but the date: a class whose grades are released at once shares one, and would be sorted at each claim.
    query = select(Due.id, Due.lane).where(_waits(Due, wanted, now)).order_by(Due.at).limit(WINDOW)
    with reading():
        return [Head(*row) for row in session.execute(query)]


def _heads(session: Session, wanted: Wanted, now: datetime) -> Sequence[Head]:
    """The oldest row of each lane. It steps from lane to lane along the index: a lane's other rows cost nothing."""
    lanes = select(func.min(Due.lane).label("lane")).cte("lanes", recursive=True)
    behind, waiting = aliased(Due), aliased(Due)
    following = select(func.min(behind.lane)).where(behind.lane > lanes.c.lane).scalar_subquery()
    lanes = lanes.union_all(select(following).where(lanes.c.lane.is_not(None)))
    oldest = select(waiting.id).where(waiting.lane == lanes.c.lane, _waits(waiting, wanted, now))
    first = oldest.order_by(waiting.at, waiting.id).limit(1).correlate(lanes).scalar_subquery()
    query = select(Due.id, Due.lane).select_from(lanes).join(Due, Due.id == first).order_by(Due.at, Due.id)
    with reading():
        return [Head(*row) for row in session.execute(query)]
