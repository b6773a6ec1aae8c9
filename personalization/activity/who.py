"""Who designs what: asked at the head of every view of this slice."""

from __future__ import annotations

from flask import g
from sqlalchemy import select

from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.whole import WHOLE
from personalization.people import access
from personalization.people.model import Person


def author(course_id: int) -> Person:
    """Me, on pages that show all times in the course's zone: dates are typed in it."""
    me = access.require_author(course_id)
    g.zone = me.course.zone
    return me


def mine(activity_id: int, alone: bool = False) -> tuple[Activity, Person]:
    """The activity and who designs it; `alone`: nobody else changes it until we are done."""
    activity = access.find(Activity, activity_id, *(() if alone else WHOLE))
    me = author(activity.course_id)
    if alone:
        db.session.refresh(activity, with_for_update=True)
    return activity, me


def my_desks(me: Person) -> list[Person]:
    """Who I am in each course where I may design, this one first: the same LMS user, still there."""
    found = db.session.scalars(select(Person).where(Person.user_id == me.user_id, Person.left_at.is_(None)))
    return sorted(
        (p for p in found if p.may_author), key=lambda p: (p.id != me.id, p.course.name.casefold(), p.course_id)
    )
