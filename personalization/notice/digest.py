"""Who of the staff has a digest this morning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as day_time

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from engine.db import db
from personalization.notice.letter import Waits
from personalization.notice.model import Mail, Rhythm, rhythm_of
from personalization.people.model import Person, Role

MORNING, TOO_LATE = day_time(7), day_time(12)  # course time; a worker that starts in the afternoon leaves it be
MONDAY = 0


def write_down(now: datetime, really: datetime) -> None:
    """Make a mail for everybody on the staff for whom something waits this morning, once a morning.

    `now` is the domain's time, `really` the machine's.
    """
    waits: Callable[[Person, datetime], Waits] = current_app.extensions["third_option"].waits
    for person in _candidates(now):
        if not is_due(person, now):
            continue
        person.digest_at = now
        if wants_today(person, now) and waits(person, now).total:
            about = f"digest {now.astimezone(person.course.tz).date()}"
            db.session.add(Mail.to(person, about, None, really))


def is_due(person: Person, now: datetime) -> bool:
    """Whether it is morning in their course and nobody has thought of their digest yet."""
    local = now.astimezone(person.course.tz)
    began = local.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    thought_of = person.digest_at is not None and person.digest_at >= began
    return MORNING <= local.time() < TOO_LATE and not thought_of


def wants_today(person: Person, now: datetime) -> bool:
    rhythm = rhythm_of(person)
    is_monday = now.astimezone(person.course.tz).weekday() == MONDAY
    return rhythm is Rhythm.DAILY or (rhythm is Rhythm.WEEKLY and is_monday)


def _candidates(now: datetime) -> list[Person]:
    """Staff for whom half a day has passed since the last time."""
    staff = (Person.role.in_([Role.TEACHER, Role.ASSISTANT]), Person.left_at.is_(None), Person.is_test.is_(False))
    rested = or_(Person.digest_at.is_(None), Person.digest_at < now - timedelta(hours=12))
    query = select(Person).join(Person.course).where(*staff, rested).options(contains_eager(Person.course))
    return list(db.session.scalars(query.order_by(Person.id)))
