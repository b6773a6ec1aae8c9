"""A choice for every student of every published activity, with the dates that hold for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from engine.db import db
from personalization.accommodation.allowance import Allowance
from personalization.accommodation.finding import allowance_of, allowances, not_asked_of
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.people.model import Course, Person, Role

TOLD = ("pick_by", "work_due")  # a student is told where one of these moved


def keep(activity: Activity, now: datetime) -> None:
    """Make the choices that are missing and work every student's dates out anew; a draft has none.

    Test students get theirs when they come: they are never counted.
    """
    if activity.published_at is None:
        return
    allowed = allowances(activity.course_id)
    _people = activity.course.people  # asked for once, else once for each choice
    for choice in db.session.scalars(select(Choice).where(Choice.activity_id == activity.id)):
        _take(choice, allowed.get(choice.student_id), now)
    _make_missing(activity, now, allowed)


def keep_all(course: Course, now: datetime) -> None:
    """The missing choices of every published activity of a course, after its roster was read.

    A roster moves nobody's dates, so the lines that exist are left alone: a second reading writes nothing.
    """
    allowed = allowances(course.id)
    published = select(Activity).where(Activity.course_id == course.id, Activity.published_at.is_not(None))
    for activity in db.session.scalars(published):
        _make_missing(activity, now, allowed)


def retime(student: Person, now: datetime) -> None:
    """One student's dates and what is asked of them anew, in every activity, after their arrangement changed; also when
    they come back, since the clock passes by whoever is away."""
    allowance, not_asked = allowance_of(student.id), not_asked_of(student.id)
    for choice in db.session.scalars(select(Choice).where(Choice.student_id == student.id)):
        choice.not_asked = not_asked.get(choice.activity_id, [])
        _take(choice, allowance, now)
        choice.look_again()
    db.session.flush()


def retime_one(choice: Choice) -> None:
    """This choice's dates anew: an extension, the LMS's due date."""
    choice.take_dates(allowance_of(choice.student_id))


def choice_of(activity: Activity, student: Person, now: datetime) -> Choice:
    """This student's choice, made if they were not on the roster yet (a newcomer, a test student)."""
    choice = db.session.scalar(select(Choice).where(Choice.activity_id == activity.id, Choice.student_id == student.id))
    if choice is None:
        choice = Choice.for_student(activity, student, now, allowance_of(student.id))
        choice.not_asked = not_asked_of(student.id).get(activity.id, [])
        db.session.add(choice)
        db.session.flush()
    return choice


def _take(choice: Choice, allowance: Allowance | None, now: datetime) -> None:
    """This choice's dates anew, noted where the student is to be told."""
    before = choice.dates
    if choice.take_dates(allowance):
        moved = {n: d.isoformat() for n in TOLD if (d := getattr(choice, n)) != getattr(before, n) and d is not None}
        if moved and not choice.is_excused:
            choice.note("dates moved", None, now, dates=moved)


def _make_missing(activity: Activity, now: datetime, allowed: dict[int, Allowance]) -> None:
    has_one = exists().where(Choice.activity_id == activity.id, Choice.student_id == Person.id)
    counted = (Person.role == Role.STUDENT, Person.is_test.is_(False), Person.left_at.is_(None))
    for student in db.session.scalars(select(Person).where(Person.course_id == activity.course_id, *counted, ~has_one)):
        db.session.add(Choice.for_student(activity, student, now, allowed.get(student.id)))
    db.session.flush()
