"""What the dates of the activities that run now would become for one student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from engine.db import db
from personalization.accommodation.allowance import STAYING, Allowance
from personalization.activity.dates import Dates
from personalization.activity.model import Activity
from personalization.activity.rubric import Rubric
from personalization.people.model import Person

MOST = 20  # activities on the form: the newest


@dataclass(frozen=True)
class Shift:
    """One activity's dates: (name, without the arrangement, with it)."""

    activity: Activity
    moved: list[tuple[str, datetime, datetime]]


def running(course_id: int, now: datetime) -> list[Activity]:
    """The published activities whose work is still taken, newest first."""
    query = (
        select(Activity)
        .where(Activity.course_id == course_id, Activity.published_at.is_not(None))
        .where(or_(Activity.lock.is_(None), Activity.lock >= now))
        .options(selectinload(Activity.rubrics).selectinload(Rubric.criteria))
        .order_by(Activity.published_at.desc(), Activity.id.desc())
        .limit(MOST)
    )
    return list(db.session.scalars(query))


def shifts(student: Person, allowance: Allowance, activities: Sequence[Activity], now: datetime) -> list[Shift]:
    """Of the activities with a date still to come, those whose dates would move; the next to be handed in first.

    An extension, the LMS's own due date or time to reply to an answer may move them further.
    """
    found = []
    for activity in activities:
        tz, dates = activity.course.tz, activity.dates
        if activity.work_due is None or max(filter(None, (activity.work_due, activity.lock))) < now:
            continue
        came = student.came_for(dates.propose_by or dates.pick_by)
        before, after = dates, allowance.move(dates, tz)
        if dates.is_missed_by(came):
            before, after = (d.from_first_seen(came, tz) for d in (before, after))
        if moved := _moved(before, after):
            found.append(Shift(activity, moved))
    return sorted(found, key=lambda shift: (shift.activity.work_due or now, shift.activity.id))


def _moved(before: Dates, after: Dates) -> list[tuple[str, datetime, datetime]]:
    names = [f.name for f in fields(Dates) if f.name not in STAYING]
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return [(name, old, new) for name, old, new in pairs if old is not None and old != new]
