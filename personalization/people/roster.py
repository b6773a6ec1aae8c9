"""LTI's context and memberships become our course and people. A door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

import lti
from engine import clock
from engine.db import db
from personalization.people.model import Course, Person, PersonSection, Role
from personalization.people.roles import translate


def course_of(context: lti.Context, zone: str | None = None) -> Course:
    """The course of a context, made at its first launch; its zone is the first valid one that a launch brought."""
    course = db.session.scalar(select(Course).where(Course.context_id == context.id))
    if course is None:
        course = Course(context_id=context.id, zone="UTC")
        db.session.add(course)
    course.title, course.label = context.title[:255], context.label[:255]
    course.lms = context.platform.product_family[:40]
    if zone and course.zone == "UTC":
        course.zone = zone
    db.session.flush()
    return course


def person_of(course: Course, membership: lti.Membership, now: datetime, zone: str | None = None) -> Person:
    """Whoever a launch names, in this course."""
    person = db.session.scalar(
        select(Person).where(Person.course_id == course.id, Person.user_id == membership.user_id)
    )
    if person is None:
        person = _new(course, membership, now)
        db.session.add(person)
    _describe(person, membership, membership.context)
    person.left_at = None  # whoever launches is there
    if zone:
        person.zone = zone
    db.session.flush()
    return person


def take_over(context: lti.Context) -> None:
    """Bring the people of a course in step with its memberships; called when a roster was read.

    Someone whom a whole roster no longer names has left; a roster that ended in error marks nobody.
    """
    now = clock.now()
    course = course_of(context)
    known = {p.user_id: p for p in db.session.scalars(select(Person).where(Person.course_id == course.id))}
    query = (
        select(lti.Membership).where(lti.Membership.context_id == context.id).options(joinedload(lti.Membership.user))
    )
    for membership in db.session.scalars(query):
        person = known.get(membership.user_id)
        if person is None:
            if membership.left_at is not None:
                continue
            person = _new(course, membership, now)
            db.session.add(person)
        _describe(person, membership, context)
        person.left_at = membership.left_at
    db.session.flush()
    keep_all: Callable[[Course, datetime], None] = current_app.extensions["third_option"].keep_all
    keep_all(course, now)


def courses_named(context_id: str, platform_id: int | None = None) -> list[tuple[int, str, Course]]:
    """(platform id, platform name, course) of every course that has this LTI context id."""
    query = (
        select(Course, lti.Context)
        .join(lti.Context, lti.Context.id == Course.context_id)
        .where(lti.Context.context_id == context_id)
        .order_by(Course.id)
    )
    rows = [(context.platform.id, context.platform.name, course) for course, context in db.session.execute(query)]
    return [row for row in rows if platform_id is None or row[0] == platform_id]


def roster_state(course: Course) -> tuple[datetime | None, str]:
    """(when the class list was last read, what was wrong with it in plain words or "")."""
    context = db.session.get_one(lti.Context, course.context_id)
    return context.roster_synced_at, context.roster_error


def people_named(course: Course, subs: list[str]) -> list[Person]:
    """The people of a course by the names the LMS has for them: an observer's students."""
    query = (
        select(Person)
        .join(lti.User, lti.User.id == Person.user_id)
        .where(Person.course_id == course.id, lti.User.sub.in_(subs))
        .order_by(Person.sort_name)
    )
    return list(db.session.scalars(query))


def subs_of(course: Course) -> dict[int, str]:
    """{person id: the LMS's own id of them}, for exports."""
    query = select(Person.id, lti.User.sub).join(lti.User, lti.User.id == Person.user_id)
    return dict(db.session.execute(query.where(Person.course_id == course.id)).all())


def _new(course: Course, membership: lti.Membership, now: datetime) -> Person:
    return Person(
        course=course,
        user_id=membership.user_id,
        role=Role.ADMINISTRATOR,
        roles=[],
        role_chosen=False,
        mentees=[],
        is_test=False,
        first_seen_at=now,
    )


def _describe(person: Person, membership: lti.Membership, context: lti.Context) -> None:
    user = membership.user
    given, family = user.given_name.strip(), user.family_name.strip()
    full = user.name.strip() or f"{given} {family}".strip()
    listed = None if context.roster_synced_at is None else membership.listed_at is not None
    roles = translate([*membership.launch_roles, *membership.other_roles], membership.roster_roles, listed)
    person.full_name, person.given_name = full[:255], given[:255]
    person.sort_name = (f"{family}, {given}" if family else full)[:255]
    person.is_test = membership.is_test_student
    person.mentees = list(membership.mentees)
    person.sees_only_sections = membership.section_restricted
    _move(person, {section[:255] for section in membership.sections})
    names = [role.value for role in roles]
    if person.roles != names:
        person.roles, person.role, person.role_chosen = names, roles[0], False
    if user.zoneinfo and not person.zone and _is_zone(user.zoneinfo):
        person.zone = user.zoneinfo


def _move(person: Person, sections: set[str]) -> None:
    if person.sections != sections:
        person.in_sections = [
            *(row for row in person.in_sections if row.section in sections),
            *(PersonSection(section=section) for section in sorted(sections - person.sections)),
        ]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
