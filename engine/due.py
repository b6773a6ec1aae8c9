"""What must happen later: a row per thing, written in the same transaction as the fact that makes it due.

The rows are the truth; whatever moves them (engine/worker.py) may die at any moment. A row is taken by a lease
(engine/lanes.py), which runs out by itself; scheduling a row again while it is being worked on makes it due again, so
the newest fact wins.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, delete, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base

# How long the rows of a killed process wait for another to go on with them. Who lives renews in time.
LEASE = timedelta(seconds=30)
# After so long in a lane in which nobody works, a row is not just about to be taken: there are too few hands.
PATIENCE = timedelta(seconds=3)
BY_ITSELF = {"synchronize_session": False}  # no row of a session's is looked for
SCHEDULED = "scheduled"  # in a session's info: it made something due that its commit will show to others


LEASED = text("leased_until IS NOT NULL")  # few rows at a time, whatever waits


class Due(Base):
    """One thing to do: `kind` says which handler, `key` what about; one row per pair.

    `at` is real time, not the domain's. `lane` names what must not be crowded, such as one platform.
    """

    __tablename__ = "due"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_due_at", "at"),
        Index("ix_due_lane", "lane", "at", "id"),
        Index("ix_due_leased_until", "leased_until", postgresql_where=LEASED, sqlite_where=LEASED),
        CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name="lease"),
        CheckConstraint("version >= 1 AND attempts >= 0 AND slots >= 1", name="counts"),
    )

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

    `slots` says how many requests this run may have in flight in its lane; other runs may hold the lane's rest. `lease`
    is a word that no other run has: who holds it may still finish the row. `stops` is set when this process is to end:
    a long run comes to a good end soon then, before the row is taken from it.
    """

    id: int
    kind: str
    key: str
    version: int
    attempts: int
    lane: str = ""
    slots: int = 1
    lease: str = ""
    stops: Event = field(default_factory=Event, compare=False, repr=False)


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
    session.info[SCHEDULED] = True


def come_round(session: Session, task: Task, at: datetime) -> None:
    """What is well done comes again: due at `at` as if for the first time, unless it was scheduled anew meanwhile."""
    same = (Due.id == task.id, Due.version == task.version)
    session.execute(update(Due).where(*same).values(at=at, attempts=0, version=Due.version + 1))


def ensure(session: Session, kind: str, at: datetime) -> None:
    """Have a row for what comes round for ever, due at `at` where there was none."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Due).values(kind=kind, key="", at=at, lane="", version=1, attempts=0)
    session.execute(row.on_conflict_do_nothing(index_elements=["kind", "key"]))


def wake(session: Session, lane: str, now: datetime, at: datetime) -> None:
    """What went wrong was the lane's matter, and may be over: whatever waits there to be tried again is due `at` that
    moment, if not before, and goes as the lane has room. What merely comes round keeps its time."""
    free = or_(Due.leased_until.is_(None), Due.leased_until < now)
    waits = select(Due.id).where(Due.lane == lane, Due.at > at, Due.attempts > 0, free)
    # Whoever has a row locked decides about it just now; two that wake one lane must not wait for each other.
    mine = waits.with_for_update(skip_locked=True).scalar_subquery()
    session.execute(update(Due).where(Due.id.in_(mine)).values(at=at), execution_options=BY_ITSELF)
    session.info[SCHEDULED] = True


def renew(session: Session, task: Task, now: datetime) -> bool:
    """Let the lease begin anew; False where it ran out or was given back: others may have the row, or its lane."""
    mine = update(Due).where(Due.id == task.id, Due.leased_by == task.lease, Due.leased_until >= now)
    return bool(session.scalar(mine.values(leased_until=now + LEASE).returning(Due.id)))


def others_wait(session: Session, task: Task, now: datetime) -> bool:
    """Whether a long run should make room: another row of its lane is due and nobody works on it, or one of a lane in
    which nobody works, and has been for a while, so that every process must be taken up by runs such as this."""
    free = or_(Due.leased_until.is_(None), Due.leased_until < now)
    mine = select(Due.id).where(Due.lane == task.lane, Due.id != task.id, Due.at <= now, free)
    if session.scalar(mine.limit(1)) is not None:
        return True
    # Each but once is told here: SQLite would go through all rows, lane by lane, and not through the few leases.
    busy = set(session.scalars(select(Due.lane).where(Due.leased_until >= now)))
    starving = select(Due.id).where(Due.lane.not_in(["", *busy]), Due.at <= now - PATIENCE, free)
    return session.scalar(starving.limit(1)) is not None


def give_back(session: Session, tasks: Collection[Task]) -> None:
    """End the leases of who stops: others may go on at once."""
    leases = [task.lease for task in tasks]
    mine = update(Due).where(Due.leased_until.is_not(None), Due.leased_by.in_(leases))  # the index has but these
    session.execute(mine.values(leased_by=None, leased_until=None))


def finish(session: Session, task: Task, again_at: datetime | None) -> None:
    """End the lease: the row goes, or comes again at `again_at`, or at once if it was scheduled anew meanwhile.

    A row whose lease ran out and that another run has taken is left to that one.
    """
    mine = (Due.id == task.id, Due.leased_by == task.lease)
    if again_at is None:
        session.execute(delete(Due).where(*mine, Due.version == task.version))
    else:
        session.execute(
            update(Due).where(*mine, Due.version == task.version).values(at=again_at, attempts=task.attempts + 1)
        )
    session.execute(update(Due).where(*mine).values(leased_by=None, leased_until=None))
