"""What must happen later: a row per thing, written in the same transaction as the fact that makes it due.

The rows are the truth; whatever moves them (engine/worker.py) may die at any moment. A row is taken by a lease, which
runs out by itself; scheduling a row again while it is being worked on makes it due again, so the newest fact wins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Index, String, UniqueConstraint, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base

LEASE = timedelta(minutes=2)
CLAIMING = 7_203_117  # the number of PostgreSQL's advisory lock under which claims come one after the other


class Due(Base):
    """One thing to do: `kind` says which handler, `key` what about; one row per pair.

    `at` is real time, not the domain's. `lane` names what must not be crowded, such as one platform.
    """

    __tablename__ = "due"
    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_due_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120))
    lane: Mapped[str] = mapped_column(String(60), default="")
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(60))
    leased_until: Mapped[datetime | None]
    slots: Mapped[int] = mapped_column(default=1, server_default="1")  # of its lane's, while it is leased


@dataclass(frozen=True)
class Task:
    """A leased row, as its handler sees it. `attempts` counts the times before this one.

    `slots` says how many requests this run may have in flight in its lane; other runs may hold the lane's rest.
    """

    id: int
    kind: str
    key: str
    version: int
    attempts: int
    lane: str = ""
    slots: int = 1


def one_each(lane: str) -> int:
    """The limit of a lane where nobody knows better."""
    return 1


def schedule(session: Session, kind: str, key: str, at: datetime, lane: str = "") -> None:
    """Make (kind, key) due at `at`; an older row of the same pair is replaced, also while it is being worked on."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Due).values(kind=kind, key=key, at=at, lane=lane, version=1, attempts=0)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["kind", "key"],
            set_={"at": row.excluded.at, "lane": row.excluded.lane, "attempts": 0, "version": Due.version + 1},
        )
    )


def ensure(session: Session, kind: str, at: datetime) -> None:
    """Have a row for what comes round for ever, due at `at` where there was none."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Due).values(kind=kind, key="", at=at, lane="", version=1, attempts=0)
    session.execute(row.on_conflict_do_nothing(index_elements=["kind", "key"]))


def claim(
    session: Session,
    kinds: list[str],
    now: datetime,
    owner: str,
    not_in: Collection[str] = (),
    room: Callable[[str], int] = one_each,
    wide: Collection[str] = (),
) -> Task | None:
    """Lease the row that is due longest to `owner`, if its lane has room and is not one of `not_in`.

    The slots of a lane's leased rows never add up to more than `room(lane)`. A row of a `wide` kind gets more than one
    where the lane has few others to share with. The caller commits before it works on it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CLAIMING)))  # two at once would both find a lane free
    in_use = dict(
        session.execute(
            select(Due.lane, func.sum(Due.slots)).where(Due.lane != "", Due.leased_until >= now).group_by(Due.lane)
        ).all()
    )
    full = [lane for lane, slots in in_use.items() if slots >= room(lane)]
    free = or_(Due.leased_until.is_(None), Due.leased_until < now)
    query = select(Due).where(Due.kind.in_(kinds), Due.at <= now, free, Due.lane.not_in([*full, *not_in]))
    row = session.scalar(query.order_by(Due.at, Due.id).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    slots = 1
    if row.lane and row.kind in wide:
        sharing = select(func.count()).where(Due.lane == row.lane, or_(Due.at <= now, Due.leased_until >= now))
        limit = room(row.lane)
        slots = max(1, min(limit - in_use.get(row.lane, 0), ceil(limit / (session.scalar(sharing) or 1))))
    row.leased_by, row.leased_until, row.slots = owner, now + LEASE, slots
    return Task(row.id, row.kind, row.key, row.version, row.attempts, row.lane, slots)


def renew(session: Session, task: Task, owner: str, now: datetime) -> None:
    """Let the lease begin anew, unless another owner has taken the row meanwhile."""
    session.execute(update(Due).where(Due.id == task.id, Due.leased_by == owner).values(leased_until=now + LEASE))


def give_back(session: Session, owner: str) -> None:
    """End all leases of an owner that stops."""
    session.execute(update(Due).where(Due.leased_by == owner).values(leased_by=None, leased_until=None))


def finish(session: Session, task: Task, owner: str, again_at: datetime | None) -> None:
    """Give the lease back: the row goes, or comes again at `again_at`, or at once if it was scheduled anew meanwhile.

    A lease that ran out and was taken by another owner is left to that one.
    """
    mine = (Due.id == task.id, Due.leased_by == owner)
    if again_at is None:
        session.execute(delete(Due).where(*mine, Due.version == task.version))
    else:
        session.execute(
            update(Due).where(*mine, Due.version == task.version).values(at=again_at, attempts=task.attempts + 1)
        )
    session.execute(update(Due).where(*mine).values(leased_by=None, leased_until=None))


def next_at(session: Session, kinds: list[str]) -> datetime | None:
    """When the next row of these kinds comes due, for a motor that wants to sleep till then."""
    return session.scalar(select(Due.at).where(Due.kind.in_(kinds)).order_by(Due.at).limit(1))
