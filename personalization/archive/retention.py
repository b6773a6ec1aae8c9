"""Courses that nobody opens any more go after a while, where whoever runs the tool says after how long.

Their teachers are told four weeks before (announcing.py). Nothing is erased by itself otherwise. What is short-lived
anyhow is tidied by the way.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from flask import current_app

from engine import audit, clock
from engine.config import Config
from engine.db import db
from engine.due import Task
from engine.worker import Handler
from personalization.archive import announcing, erasing, lms
from personalization.people.model import Course

log = structlog.get_logger()

EVERY = timedelta(days=1)


def handle(_task: Task) -> datetime:
    """The worker's turn, once a day: teachers are told, then one course goes; a large one takes a while."""
    config: Config = current_app.extensions["config"]
    lms.forget_old(clock.real_now())
    db.session.commit()
    if not config.retention_days:
        return clock.real_now() + EVERY
    _announce(config)
    gone = over(config.retention_days)
    if gone:
        erase(gone[0], audit.RULE, config.retention_days)
    return clock.real_now() + (EVERY if len(gone) <= 1 else timedelta(0))


def _announce(config: Config) -> None:
    """Tell the teachers of each course that goes in four weeks; of one that was unused for longer, four weeks from now.

    Each course is committed by itself: a mail is made once, whoever dies meanwhile.
    """
    days, now = timedelta(days=config.retention_days), clock.real_now()
    soon = lms.unused(now - max(days - announcing.NOTICE, days / 2))
    for course, opened_at, goes_at in announcing.told(soon):
        if goes_at is None:
            at = max(opened_at + days, now + announcing.NOTICE) + EVERY  # a whole day, by any zone's clock
            announcing.announce(course, at, now, by_mail=bool(config.smtp_url))
            db.session.commit()


def over(days: int) -> list[Course]:
    """The courses that nobody has opened for so long and whose teachers were told of this day, or of one before it."""
    now = clock.real_now()
    return [course for course, _opened, goes_at in announcing.told(unused(days)) if goes_at and goes_at <= now]


HANDLERS: dict[str, Handler] = {"retention": handle}


def unused(days: int) -> list[tuple[Course, int, str, datetime]]:
    """As `lms.unused`, for so many days by the real clock."""
    return lms.unused(clock.real_now() - timedelta(days=days))


def erase(course: Course, actor: str, days: int = 0) -> None:
    """Erase a whole course, committed batch by batch, and write down that it happened."""
    course_id, platform_id, rows = course.id, course.tenant_id, 0
    named = {"platform_id": platform_id, "course_id": course_id}
    audit.note(db.session, "course erasing begun", **named, actor=actor, about={"days": days})
    db.session.commit()
    for done in erasing.erase_course(course, clock.real_now()):
        rows += done.total()
        db.session.commit()
    audit.note(db.session, "course erased", **named, actor=actor, about={"rows": rows})
    db.session.commit()
    log.info("course erased", course=course_id, platform=platform_id, rows=rows, actor=actor)
