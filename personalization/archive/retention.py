"""Courses that nobody opens any more go after a while, where whoever runs the tool says after how long.

Nothing is erased by itself otherwise. What is short-lived anyhow is tidied by the way.
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
from personalization.archive import erasing, lms
from personalization.people.model import Course

log = structlog.get_logger()

EVERY = timedelta(days=1)


def handle(_task: Task) -> datetime:
    """The worker's turn, once a day: one course in one go, since a large one takes a while."""
    config: Config = current_app.extensions["config"]
    lms.forget_old(clock.real_now())
    db.session.commit()
    courses = unused(config.retention_days) if config.retention_days else []
    if not courses:
        return clock.real_now() + EVERY
    erase(courses[0][0], audit.RULE, config.retention_days)
    return clock.real_now() + (EVERY if len(courses) == 1 else timedelta(0))


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
