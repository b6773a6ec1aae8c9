"""A choice for every student of every published activity, with the dates that hold for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.people.model import Course, Person


def keep(activity: Activity, now: datetime) -> None:
    """Make the choices that are missing and work every student's dates out anew; a draft has none.

    Test students get theirs when they come: they are never counted.
    """
    if activity.published_at is None:
        return
    choices = {c.student_id: c for c in db.session.scalars(select(Choice).where(Choice.activity_id == activity.id))}
    for choice in choices.values():
        choice.take_dates()
    for student in activity.course.students:
        if student.id not in choices:
            db.session.add(Choice.for_student(activity, student, now))
    db.session.flush()


def keep_all(course: Course, now: datetime) -> None:
    """`keep` for every published activity of a course, after its roster was read."""
    for activity in db.session.scalars(
        select(Activity).where(Activity.course_id == course.id, Activity.published_at.is_not(None))
    ):
        keep(activity, now)


def choice_of(activity: Activity, student: Person, now: datetime) -> Choice:
    """This student's choice, made if they were not on the roster yet (a newcomer, a test student)."""
    choice = db.session.scalar(select(Choice).where(Choice.activity_id == activity.id, Choice.student_id == student.id))
    if choice is None:
        choice = Choice.for_student(activity, student, now)
        db.session.add(choice)
        db.session.flush()
    return choice
