"""Time passes: every choice with a date that is over is looked at, and what is due happens to it.

The same function serves the worker, `flask jobs run`, and each request before it is answered, so that a stopped worker
lets nothing late through and wrongs nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import inf
from time import monotonic

import structlog
from flask import g
from sqlalchemy import BindParameter, ColumnElement, Integer, and_, bindparam, exists, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload

from engine import clock
from engine.db import UTC, among, db, writing
from engine.due import Task
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.choice.places import Places
from personalization.people.model import Person, Role
from personalization.proposal import cohorts
from personalization.proposal.clockwork import step
from personalization.proposal.model import Proposal

log = structlog.get_logger()

BATCH = 2_000  # choices in one transaction that go on together: others wait no longer than that takes
FEW = 100  # and of those who go one by one
MOST = 100_000  # ids in hand at once
EVERY = timedelta(seconds=20)
ROUND_SECONDS = 5.0  # at a stretch: who stops the worker waits no longer for it
PAGE_SECONDS = 2.0  # that a request gives to it before its own answer; the worker goes on with the rest
AGAIN = timedelta(minutes=15)  # until a choice that broke is tried anew


def handle(task: Task) -> datetime:
    """The worker's turn; it comes round for ever, at once where it could not do everything."""
    until = monotonic() + ROUND_SECONDS
    pass_time(clock.now(), until=until)
    return clock.real_now() + (EVERY if monotonic() < until else timedelta(0))


def catch_up(course_id: int, now: datetime, due: bool | None = None) -> None:
    """Before a page of a course is shown or a verb is said there, whatever is due by now happens, once a request.

    It is committed on its own; what the request had loaded is read anew afterwards. `due`: what `IS_DUE` said; where
    it was not asked before, that costs one statement. Where a whole school is due, not all of it is waited for: what a
    press may still do is said by the dates themselves.
    """
    known: set[int] = g.setdefault("caught_up", set())
    if course_id in known:
        return
    known.add(course_id)
    if not (db.session.scalar(select(IS_DUE), {"course": course_id, "now": now}) if due is None else due):
        return
    db.session.rollback()
    with writing():
        pass_time(now, _here(course_id), until=monotonic() + PAGE_SECONDS)


def pass_time(now: datetime, where: ColumnElement[bool] | None = None, until: float = inf) -> int:
    """Look at every choice with a date that is over, and commit batch by batch; how many were looked at.

    Stopped at any point it has done whole choices only, and goes on with the rest the next time. At `until`, by the
    monotonic clock, it takes no further batch.
    """
    done = 0
    while ids := _ids(now, where):
        db.session.rollback()  # SQLite's only writer for one batch at a time
        for some in _parts(ids, BATCH):
            if monotonic() >= until:
                return done
            done += _go_on(some, now)
    db.session.rollback()
    return done


def _ids(now: datetime, where: ColumnElement[bool] | None) -> list[int]:
    """Whom to look at, `MOST` at a time, of all choices those first whose date was over first."""
    due = select(Choice.id)
    if where is not None:
        return list(db.session.scalars(due.where(_due(now), where).order_by(Choice.id).limit(MOST)))
    # In the order of the index of dates, the first one apart: whatever a database believes to know about how many there
    # are, it does not look through all choices where nothing is due.
    due = due.where(_due(now)).order_by(Choice.step_at)
    if db.session.scalar(due.limit(1)) is None:
        return []
    return sorted(db.session.scalars(due.order_by(Choice.id).limit(MOST)))


def _go_on(ids: Sequence[int], now: datetime) -> int:
    """One batch: together where they stand alike, then the others one by one."""
    try:
        count, alone = cohorts.go_on(ids, now)
        db.session.commit()
    except SQLAlchemyError:  # the database's trouble is everybody's: the next look begins anew
        raise
    except Exception:
        db.session.rollback()
        count, alone = 0, list(ids)
        log.exception("deadlines could not be worked out together; looking one by one")
    return count + sum(_one_by_one(some, now) for some in _parts(alone, FEW))


def _one_by_one(ids: Sequence[int], now: datetime) -> int:
    try:
        return _look_at(_take(now, among(Choice.id, ids)), now)
    except SQLAlchemyError:
        raise
    except Exception:
        db.session.rollback()
        return sum(_alone(choice_id, now) for choice_id in ids)


def _look_at(choices: Sequence[Choice], now: datetime) -> int:
    ideas = _ideas(choices)
    places = Places(choice.activity_id for choice in choices)
    for choice in choices:
        step(choice, ideas[choice.id], places, now)
    db.session.commit()
    return len(choices)


def _alone(choice_id: int, now: datetime) -> int:
    """One choice of a batch in which something broke: a bug about one student must not hold up a whole course."""
    try:
        return _look_at(_take(now, Choice.id == choice_id), now)
    except SQLAlchemyError:
        raise
    except Exception:
        db.session.rollback()
        log.exception("a deadline could not be worked out; looking again later", choice=choice_id)
        db.session.execute(update(Choice).where(Choice.id == choice_id).values(step_at=now + AGAIN))
        db.session.commit()
        return 1


def _here(course_id: int | BindParameter[int]) -> ColumnElement[bool]:
    return Choice.activity_id.in_(select(Activity.id).where(Activity.course_id == course_id))


def _due(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Choices of students with a date that is over. Nothing happens to those of who has left, until they come back and
    their dates are worked out anew; they are looked at so that no later look goes past them again."""
    return and_(Choice.step_at < now, Choice.student.has(Person.role == Role.STUDENT))


def _take(now: datetime, condition: ColumnElement[bool]) -> Sequence[Choice]:
    """The next choices to look at, which nobody else moves until the commit.

    Locked in the order of their ids, as whatever else writes several of them does: none waits for the other for ever.
    """
    query = select(Choice).where(_due(now), condition).order_by(Choice.id)
    return db.session.scalars(
        query.options(
            joinedload(Choice.student, innerjoin=True),
            selectinload(Choice.activity).selectinload(Activity.options),
            selectinload(Choice.events),
        )
        .with_for_update(of=Choice)
        .execution_options(populate_existing=True)
    ).all()


def _parts(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _ideas(choices: Sequence[Choice]) -> dict[int, list[Proposal]]:
    found: dict[int, list[Proposal]] = defaultdict(list)
    query = select(Proposal).where(Proposal.choice_id.in_([c.id for c in choices])).order_by(Proposal.id)
    loaded = query.options(selectinload(Proposal.versions)).execution_options(populate_existing=True)
    for idea in db.session.scalars(loaded):
        found[idea.choice_id].append(idea)
    return found


# Whether anything is due in the course `course` at the moment `now`: a part of a statement that a request needs anyway.
IS_DUE = exists().where(_due(bindparam("now", type_=UTC())), _here(bindparam("course", type_=Integer)))
