"""LTI's context and memberships become our course and people. A door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    Result,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

import lti
from engine import clock, many
from engine.db import among, db
from personalization.people.model import Course, Person, PersonSection, Role
from personalization.people.roles import translate

SOME = 500  # pairs in one statement
JUST_NOW = timedelta(minutes=1)
ABSENCE = timedelta(days=1)  # a shorter one is a slip of the class list, and gives nobody new dates

# What an LMS says of somebody in a course, and what we keep of that.
SAID = (
    lti.User.name,
    lti.User.given_name,
    lti.User.family_name,
    lti.User.zoneinfo,
    lti.Membership.user_id,
    lti.Membership.launch_roles,
    lti.Membership.other_roles,
    lti.Membership.roster_roles,
    lti.Membership.listed_at,
    lti.Membership.left_at,
    lti.Membership.sections,
    lti.Membership.section_restricted,
    lti.Membership.mentees,
    lti.Membership.is_test_student,
)
KEPT = (
    Person.role,
    Person.roles,
    Person.role_chosen,
    Person.given_name,
    Person.full_name,
    Person.sort_name,
    Person.zone,
    Person.is_test,
    Person.mentees,
    Person.sees_only_sections,
    Person.left_at,
    Person.away_since,
    Person.back_at,
)
OF_KEPT = itemgetter(*(column.key for column in KEPT))


def course_of(context: lti.Context, family: str, zone: str | None = None) -> Course:
    """The course of a context, made at its first launch; its zone is the first valid one that a launch brought.

    Args:
        family: the LMS's product family code.
    """
    course = db.session.scalar(select(Course).where(Course.context_id == context.id))
    if course is None:
        course = Course(context_id=context.id, zone="UTC")
        db.session.add(course)
    for name, value in course_values(context, course.zone, family, zone).items():
        setattr(course, name, value)
    db.session.flush()
    return course


def course_values(context: lti.Context, was: str, family: str, zone: str | None) -> dict[str, str]:
    """What is kept of a context; `was` is the zone kept before."""
    kept = zone if zone and was == "UTC" else was
    return {"title": context.title[:255], "label": context.label[:255], "lms": family[:40], "zone": kept}


def person_of(course: Course, launch: lti.Launch, now: datetime) -> Person:
    """Whoever a launch names, in this course."""
    membership, context = launch.membership, launch.context
    assert membership is not None and context is not None  # noqa: S101, PT018  # no course without them
    person = db.session.scalar(
        select(Person).where(Person.course_id == course.id, Person.user_id == membership.user_id)
    )
    values = person_values(launch.user, membership, person, context.roster_synced_at is not None, now, launch.zone)
    if person is None:
        person = Person(course=course, user_id=membership.user_id, first_seen_at=now, **values)
        db.session.add(person)
        db.session.flush()
    was_away = person.left_at is not None
    for name, value in values.items():
        setattr(person, name, value)
    there = {(row.person_id, row.section) for row in person.in_sections}
    _move(course, {person.id: sections_of(membership)}, there)
    db.session.flush()
    if was_away:
        current_app.extensions["third_option"].retime(person, now)
    return person


def is_known(course: Course, person: Person, sections: frozenset[str], launch: lti.Launch, now: datetime) -> bool:
    """Whether a launch says of the course and the person nothing but what is kept of them."""
    context, membership = launch.context, launch.membership
    if context is None or membership is None or sections != sections_of(membership):
        return False
    synced = context.roster_synced_at is not None
    new = course_values(context, course.zone, launch.product_family, launch.zone)
    said = person_values(launch.user, membership, person, synced, now, launch.zone)
    return all(getattr(course, n) == v for n, v in new.items()) and all(
        getattr(person, n) == v for n, v in said.items()
    )


def person_values(
    user: lti.User, membership: lti.Membership, was: Any, synced: bool, now: datetime, zone: str | None
) -> dict[str, Any]:
    """What is kept of somebody whom a launch names, beside what was kept before: as `_values`, where a valid `zone` of
    the launch counts most."""
    told = {"user": user, "membership": membership}
    said = SimpleNamespace(**{column.key: getattr(told[column.class_.__tablename__], column.key) for column in SAID})
    return _values(said, was, synced, now) | ({"zone": zone} if zone else {})


def take_over(context: lti.Context) -> None:
    """Bring the people of a course in step with its memberships; called when a roster was read.

    Someone whom a whole roster no longer names has left; a roster that ended in error marks nobody. Rows are compared
    as plain values, and only what differs is written: a class list that says nothing new changes nothing.
    """
    now, course, synced = (
        clock.now(),
        course_of(context, context.platform.product_family),
        context.roster_synced_at is not None,
    )
    known = {row.user_id: row for row in _known(course)}
    new: list[dict[str, Any]] = []
    changed, back = [], []
    everyone = _said(context.id).all()
    for said in everyone:
        was = known.get(said.user_id)
        values = _values(said, was, synced, now)
        if was is None:
            if said.left_at is None:
                key = {"tenant_id": course.tenant_id, "course_id": course.id, "user_id": said.user_id}
                new.append({**key, "first_seen_at": now, **values})
        elif OF_KEPT(values) != was[2:]:
            changed.append({"id": was.id, **values})
            if was.left_at is not None and values["left_at"] is None:
                back.append(was.id)
    many.add_missing(db.session, Person, new)
    if changed:
        db.session.execute(update(Person), changed)
    _move_all(course, everyone)
    db.session.expire_all()  # what the session had loaded knows nothing of these rows
    current_app.extensions["third_option"].retime_all(course, back, now)
    current_app.extensions["third_option"].keep_all(course, now)


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


def read_soon(course: Course, now: datetime) -> bool:
    """Have the class list read now, because somebody asks for it; False where the LMS shows none. Read a moment ago it
    is not read again. `now` is real time."""
    context = db.session.get_one(lti.Context, course.context_id)
    read_at = context.roster_synced_at
    if context.memberships_url and (read_at is None or context.roster_error or now - read_at > JUST_NOW):
        lti.refresh_roster(context, now)
    return bool(context.memberships_url)


def people_named(course: Course, subs: list[str]) -> list[Person]:
    """The people of a course by the names the LMS has for them: an observer's students."""
    query = (
        select(Person)
        .join(lti.User, lti.User.id == Person.user_id)
        .where(Person.course_id == course.id, lti.User.sub.in_(subs))
        .order_by(Person.sort_name)
    )
    return list(db.session.scalars(query))


def observed(me: Person) -> list[Person]:
    """The students whom an observer may follow now, by name: those whom their last launch named and who are there."""
    if me.role is not Role.OBSERVER or not me.mentees:
        return []
    return [student for student in people_named(me.course, me.mentees) if student.is_in_class]


def alike(course: Course) -> list[tuple[int, int, str]]:
    """(person id of a student who left, of one who is there, "school id" or "e-mail") where both have the same one.

    A name says nothing: two may share it. Whether they are one person a teacher has to say.
    """
    old, new, was, now_is = aliased(Person), aliased(Person), aliased(lti.User), aliased(lti.User)
    same_id = and_(was.sourcedid != "", was.sourcedid == now_is.sourcedid)
    same_mail = and_(was.email != "", func.lower(was.email) == func.lower(now_is.email))
    query = (
        select(old.id, new.id, case((same_id, "school id"), else_="e-mail"))
        .join(was, was.id == old.user_id)
        .join(new, and_(new.course_id == old.course_id, new.id != old.id))
        .join(now_is, now_is.id == new.user_id)
        .where(old.course_id == course.id, old.left_at.is_not(None), new.left_at.is_(None), or_(same_id, same_mail))
        .order_by(old.id, new.id)
    )
    return [(left, present, why) for left, present, why in db.session.execute(query)]


def subs_of(course: Course) -> dict[int, str]:
    """{person id: the LMS's own id of them}, for exports."""
    query = select(Person.id, lti.User.sub).join(lti.User, lti.User.id == Person.user_id)
    return dict(db.session.execute(query.where(Person.course_id == course.id)).all())


def emails_of(person_ids: Iterable[int]) -> dict[int, str]:
    """{person id: e-mail address} of those whose address the LMS told."""
    # Outer: SQLite would else begin with the users, and look through all of these ids for each of them.
    query = select(Person.id, lti.User.email).outerjoin(lti.User, lti.User.id == Person.user_id)
    found = db.session.execute(query.where(among(Person.id, list(person_ids))))
    return {person_id: email for person_id, email in found if email}


def _said(context_id: int, *which: ColumnElement[bool]) -> Result[Any]:
    query = select(*SAID).join(lti.User, lti.User.id == lti.Membership.user_id)
    # Plain rows, of this and of what is kept: the session would look at each of their values.
    return db.session.connection().execute(query.where(lti.Membership.context_id == context_id, *which))


def _known(course: Course) -> Result[Any]:
    kept = select(Person.id, Person.user_id, *KEPT).where(Person.course_id == course.id)
    return db.session.connection().execute(kept)


def _values(said: Any, was: Any, synced: bool, now: datetime) -> dict[str, Any]:
    """What to keep of what the LMS says, beside what was kept of it (a person, a row of one, or None).

    `synced`: whether a roster was ever read, so that it means something not to be on it.
    """
    given, family = said.given_name.strip(), said.family_name.strip()
    full = said.name.strip() or f"{given} {family}".strip()
    listed = said.listed_at is not None if synced else None
    roles = translate([*said.launch_roles, *said.other_roles], said.roster_roles, listed)
    names = [role.value for role in roles]
    same = was is not None and was.roles == names
    zone = was.zone if was is not None else None
    return {
        "role": was.role if same else roles[0],
        "roles": names,
        "role_chosen": same and was.role_chosen,
        "given_name": given[:255],
        "full_name": full[:255],
        "sort_name": (f"{family}, {given}" if family else full)[:255],
        "zone": zone or (said.zoneinfo if _is_zone(said.zoneinfo) else None),
        "is_test": said.is_test_student,
        "mentees": list(said.mentees),
        "sees_only_sections": said.section_restricted,
        **_presence(said.left_at is not None, was, now),
    }


def _presence(has_left: bool, was: Any, now: datetime) -> dict[str, datetime | None]:
    """Whoever comes back finds their own line again; what they missed meanwhile is remembered as their absence."""
    left_at, away_since, back_at = (was.left_at, was.away_since, was.back_at) if was is not None else (None, None, None)
    if has_left:
        left_at = left_at or now
    elif left_at is not None:
        if now - left_at >= ABSENCE:
            away_since, back_at = left_at, now
        left_at = None
    return {"left_at": left_at, "away_since": away_since, "back_at": back_at}


def sections_of(said: Any) -> frozenset[str]:
    """The LMS's ids of somebody's sections, of a membership or a row of one."""
    return frozenset(section[:255] for section in said.sections)


def _move_all(course: Course, everyone: Iterable[Any]) -> None:
    people = {user_id: person_id for person_id, user_id in
              db.session.execute(select(Person.id, Person.user_id).where(Person.course_id == course.id))}  # fmt: skip
    query = select(PersonSection.person_id, PersonSection.section).join(Person).where(Person.course_id == course.id)
    there = {(person_id, section) for person_id, section in db.session.execute(query)}
    _move(course, {people[said.user_id]: sections_of(said) for said in everyone if said.user_id in people}, there)


def _move(course: Course, wanted: Mapping[int, frozenset[str]], there: set[tuple[int, str]]) -> None:
    """Bring everybody's sections in a course from `there`, pairs of person id and section, to `wanted`."""
    pairs = {(person_id, section) for person_id, sections in wanted.items() for section in sections}
    gone = sorted(there - pairs)
    for start in range(0, len(gone), SOME):
        these = tuple_(PersonSection.person_id, PersonSection.section).in_(gone[start : start + SOME])
        db.session.execute(delete(PersonSection).where(these))
    come = [{"tenant_id": course.tenant_id, "person_id": p, "section": s} for p, s in sorted(pairs - there)]
    many.add_missing(db.session, PersonSection, come)


def _is_zone(name: str) -> bool:
    try:
        return bool(name and ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False
