"""Before a course that nobody opens any more is erased, its teachers are told: when, what goes, and how to prevent it.

That they were told is a line of the log, which stays: from it follows when the course may go. Whoever opens the course
after it has it kept, and is told once more the next time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from engine import audit
from engine.audit import Audit
from engine.db import db
from personalization.archive import lms
from personalization.notice.ending import Ending, about_ending
from personalization.notice.model import Mail
from personalization.people.model import Course, Person, Rhythm, Role

NOTICE = timedelta(days=28)  # holidays are shorter, but for the summer's
SAID = "course end announced"


class Unused(NamedTuple):
    """A course, when it was last opened, and the moment that its teachers were told of; None: they were not."""

    course: Course
    opened_at: datetime
    goes_at: datetime | None


def told(unused: Iterable[tuple[Course, int, str, datetime]]) -> list[Unused]:
    """What `lms.unused` found, with what their teachers were told since they were last opened."""
    found = list(unused)
    dates = _announced({course.id for course, *_said in found})
    rows = []
    for course, _platform, _context, opened_at in found:
        said_at, goes_at = dates.get(course.id, (opened_at, None))
        rows.append(Unused(course, opened_at, goes_at if said_at > opened_at else None))
    return rows


def announce(course: Course, goes_at: datetime, really: datetime, *, by_mail: bool) -> None:
    """Tell its teachers, once for each date: in the log, from which their other courses show it, and by mail. Whoever
    wants no mail from here has none. The caller commits."""
    named = {"platform_id": course.tenant_id, "course_id": course.id}
    audit.note(db.session, SAID, **named, actor=audit.RULE, about={"goes": goes_at.date().isoformat()})
    staff = select(Person).where(Person.course_id == course.id, Person.role == Role.TEACHER, Person.left_at.is_(None))
    for teacher in db.session.scalars(staff.where(Person.is_test.is_(False))) if by_mail else ():
        if teacher.mail_rhythm is not Rhythm.OFF:
            db.session.add(Mail.to(teacher, about_ending(goes_at), None, really))


def ending(me: Person) -> list[Ending]:
    """Courses that this person teaches and that are about to go, the next first; this one may be among them."""
    mine = select(Course).join(Person, Person.course_id == Course.id)
    mine = mine.where(Person.user_id == me.user_id, Person.role == Role.TEACHER, Person.left_at.is_(None))
    announced = select(Audit.course_id).where(Audit.verb == SAID, Audit.course_id == Course.id).exists()
    courses = {course.id: course for course in db.session.scalars(mine.where(announced))}
    if not courses:
        return []
    opened, dates = lms.opened_at(courses), _announced(courses)
    there = [Ending(courses[key].name, goes) for key, (said, goes) in dates.items() if said > opened.get(key, said)]
    return sorted(there, key=lambda one: one.goes_at)


def _announced(course_ids: Collection[int]) -> dict[int, tuple[datetime, datetime]]:
    """{course id: (when it was last announced, the moment that was named)}."""
    said = select(Audit.course_id, Audit.at, Audit.about).where(Audit.verb == SAID)
    rows = db.session.execute(said.where(Audit.course_id.in_(course_ids)).order_by(Audit.id))
    return {course_id: (at, datetime.fromisoformat(about["goes"]).replace(tzinfo=UTC)) for course_id, at, about in rows}
