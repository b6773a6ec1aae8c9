"""What the LTI room holds of people and courses, for erasing it. A door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, select

import lti
from engine.db import db
from personalization.people.model import Course, Person

USER = ("sub", "name", "given_name", "family_name", "email", "sourcedid", "locale", "zoneinfo")
MEMBERSHIP = ("launch_roles", "roster_roles", "other_roles", "status", "launched_at", "listed_at", "left_at",
              "sections", "mentees", "is_test_student")  # fmt: skip
SCORE = ("handed_in_at", "score_given", "score_maximum", "comment", "withdrawn", "status", "sent_at")


def user_named(course: Course, sub: str) -> int | None:
    """Whoever the LMS calls `sub` in this course, also where it only ever listed them."""
    query = select(lti.User.id).join(lti.Membership, lti.Membership.user_id == lti.User.id)
    return db.session.scalar(query.where(lti.Membership.context_id == course.context_id, lti.User.sub == sub))


def users_of(course: Course, user_id: int) -> set[int]:
    """All that the LMS called this user in a course: more than one where two rows were said to be the same person."""
    others = lti.left_behind(_context(course), db.session.get_one(lti.User, user_id))
    known = select(Person.user_id).where(Person.course_id == course.id, Person.user_id.in_(others))
    return {user_id, *(others - set(db.session.scalars(known)))}


def only_here(course: Course, user_ids: Collection[int]) -> set[int]:
    return lti.only_here(_context(course), user_ids)


def held_of_members(course: Course, user_ids: Collection[int]) -> Counter[str]:
    return lti.held_of_members(_context(course), user_ids)


def forget_members(course: Course, user_ids: Collection[int]) -> Counter[str]:
    """Also as those whom an observer observes: here, and of whoever is in no other course, everywhere."""
    context = _context(course)
    gone = lti.only_here(context, user_ids)
    subs = dict(db.session.execute(select(lti.User.id, lti.User.sub).where(lti.User.id.in_(user_ids))).all())
    everywhere = {sub for user_id, sub in subs.items() if user_id in gone}
    observers = select(Person).where(Person.tenant_id == course.tenant_id, cast(Person.mentees, String) != "[]")
    for observer in db.session.scalars(observers):
        lost = set(subs.values()) if observer.course_id == course.id else everywhere
        if lost & set(observer.mentees):
            observer.mentees = [sub for sub in observer.mentees if sub not in lost]
    db.session.flush()
    return lti.forget_members(context, user_ids)


def some_members(course: Course, most: int) -> list[int]:
    """Users who are still members of a course, `most` of them."""
    query = select(lti.Membership.user_id).where(lti.Membership.context_id == course.context_id)
    return list(db.session.scalars(query.order_by(lti.Membership.id).limit(most)))


def members(course: Course) -> list[int]:
    query = select(lti.Membership.user_id).where(lti.Membership.context_id == course.context_id)
    return list(db.session.scalars(query.order_by(lti.Membership.id)))


def held_of_course(course: Course) -> Counter[str]:
    """Beside its members."""
    return lti.held_of_context(_context(course))


def forget_course(course_context_id: int) -> Counter[str]:
    """After the course's own rows are gone."""
    return lti.forget_context(db.session.get_one(lti.Context, course_context_id))


def values_of(course: Course, user_id: int) -> dict[str, Any]:
    """What the LMS said of a user and their place in a course, and what its gradebook was told, in plain values."""
    user = db.session.get_one(lti.User, user_id)
    here = lti.Membership.context_id == course.context_id, lti.Membership.user_id == user_id
    membership = db.session.scalars(select(lti.Membership).where(*here)).one()
    scores = (
        select(lti.OutgoingScore)
        .join(lti.LineItem, lti.LineItem.id == lti.OutgoingScore.line_item_id)
        .where(lti.LineItem.context_id == course.context_id, lti.OutgoingScore.user_id == user_id)
        .order_by(lti.OutgoingScore.id)
    )
    return {
        "user": {name: getattr(user, name) for name in USER},
        "membership": {name: getattr(membership, name) for name in MEMBERSHIP},
        "scores": [{name: getattr(score, name) for name in SCORE} for score in db.session.scalars(scores)],
    }


def forget_old(now: datetime) -> None:
    """What is short-lived in the LTI room; `now` is real time."""
    lti.forget_old(now)


def make_nobody(person: Person) -> None:
    """Let go of who this was in the LMS."""
    person.user_id = lti.nobody(_context(person.course).platform).id


def unused(before: datetime) -> list[tuple[Course, int, str, datetime]]:
    """(course, platform id, its id in the LMS, when somebody last opened it from there) of those that nobody did since
    `before`, the longest unused first. A course that was only ever listed by its LMS has no row here."""
    last = func.max(lti.Membership.launched_at)
    query = (
        select(Course, lti.Context, last)
        .join(lti.Context, lti.Context.id == Course.context_id)
        .join(lti.Membership, lti.Membership.context_id == lti.Context.id)
        .group_by(Course.id, lti.Context.id)
        .having(last < before)
        .order_by(last, Course.id)
    )
    return [
        (course, context.platform.id, context.context_id, at) for course, context, at in db.session.execute(query) if at
    ]


def opened_at(course_ids: Collection[int]) -> dict[int, datetime]:
    """{course id: when somebody last opened it from its LMS}."""
    last = func.max(lti.Membership.launched_at)
    query = select(Course.id, last).join(lti.Membership, lti.Membership.context_id == Course.context_id)
    found = db.session.execute(query.where(Course.id.in_(course_ids)).group_by(Course.id))
    return {course_id: at for course_id, at in found if at}


def _context(course: Course) -> lti.Context:
    return db.session.get_one(lti.Context, course.context_id)
