"""A student's own arrangements, for themself and for whoever observes them."""

from __future__ import annotations

from datetime import datetime

from flask import render_template, request
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.accommodation import looking
from personalization.accommodation.blueprint import bp
from personalization.accommodation.finding import accommodation_of, less_in_words
from personalization.accommodation.model import Accommodation
from personalization.accommodation.words import time_words
from personalization.people import access
from personalization.people.model import Person, Role


@bp.get("/courses/<int:course_id>/my-arrangements")
def mine(course_id: int) -> str:
    """A student's own. An observer opens that of one student, `?student=`, by a press, which notes the look."""
    me, now = access.require(course_id, Role.STUDENT, Role.OBSERVER), clock.now()
    if me.is_student:
        return _page(me, me, now)
    student = _whom(me)
    if student is None:
        return render_template("accommodation/whose.html", students=looking.observed(me), me=me)
    accommodation = accommodation_of(student.id)
    if accommodation and accommodation.in_force and not looking.looked_at(me, [accommodation], now):
        return render_template("accommodation/closed.html", student=student, me=me)
    return _page(student, me, now)


def _whom(me: Person) -> Person | None:
    """The student whom the address names, or the only one there is; None where an observer has to say which.

    Raises:
        NotYours: not a student of this observer.
    """
    text, students = request.args.get("student", ""), looking.observed(me)
    if not text:
        return students[0] if len(students) == 1 else None
    found = next((student for student in students if str(student.id) == text), None)
    if found is None:
        raise access.not_yours()
    return found


def _page(student: Person, me: Person, now: datetime) -> str:
    accommodation = accommodation_of(student.id)
    in_force = accommodation if accommodation is not None and accommodation.in_force else None
    return render_template(
        "accommodation/mine.html",
        student=student,
        me=me,
        accommodation=in_force,
        time=time_words(in_force.allowance) if in_force else "",
        less=less_in_words([in_force])[in_force.id] if in_force else [],
        assistants=_named(in_force) if in_force else [],
        course=student.course.name,
        now=now,
    )


def _named(accommodation: Accommodation) -> list[Person]:
    query = select(Person).where(
        Person.id.in_(accommodation.shown_to), Person.role == Role.ASSISTANT, Person.left_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Person.sort_name)))
