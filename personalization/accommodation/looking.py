"""Who may read which arrangements, and the note of it that comes first.

Looking writes, and a GET must not: browsers and scanners open addresses on their own. So a page shows what is arranged
only to somebody whose look was written down by a press just before, and that look lasts a while.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.db import db
from personalization.accommodation.finding import accommodation_of
from personalization.accommodation.model import OPEN_FOR, Accommodation, Look
from personalization.errors import NotHere
from personalization.people import access
from personalization.people.model import Person, Role
from personalization.people.roster import people_named
from personalization.people.sight import in_class


def readable(me: Person) -> list[Accommodation]:
    """Those in force in my course that I may read, by name."""
    query = (
        select(Accommodation)
        .join(Accommodation.person)
        .where(Person.course_id == me.course_id, in_class(me), Accommodation.ended_at.is_(None))
        .options(joinedload(Accommodation.person), joinedload(Accommodation.written_by))
        .order_by(Person.sort_name)
    )
    return [one for one in db.session.scalars(query) if one.may_be_read_by(me)]


def looked_at(me: Person, accommodations: Collection[Accommodation], now: datetime) -> set[int]:
    """The ids of those of which I have a look that still lasts."""
    query = select(Look.accommodation_id).where(
        Look.by_id == me.id,
        Look.accommodation_id.in_([one.id for one in accommodations]),
        Look.at > now - OPEN_FOR,
        Look.at <= now,
    )
    return set(db.session.scalars(query))


def look(me: Person, accommodations: Collection[Accommodation], page: str, now: datetime) -> None:
    """Write down that I read these now; a look that still lasts covers it."""
    known = looked_at(me, accommodations, now)
    db.session.add_all(
        Look(accommodation_id=one.id, by_id=me.id, at=now, page=page) for one in accommodations if one.id not in known
    )


def student_of(person_id: int) -> Person:
    """The student whom an address names; who may see them is asked next.

    Raises:
        NotHere: there is no such person, or they are no student.
    """
    person = access.find(Person, person_id)
    if not person.is_student:
        access.me_in(person.course_id)
        raise NotHere(_("Arrangements are for students"), now=_("Start from your class."))
    return person


def require_reader(student: Person) -> Person:
    """Teachers who may see this student, and the assistants named.

    Raises:
        NotYours: everyone else; an assistant does not learn whether there is anything.
    """
    me = access.require_answerer_of(student)
    accommodation = accommodation_of(student.id)
    if me.may_teach or (accommodation is not None and accommodation.may_be_read_by(me)):
        return me
    raise access.not_yours()


def require_list_reader(course_id: int) -> Person:
    """Teachers, and assistants who are named in one of the course.

    Raises:
        NotYours: everyone else.
    """
    me = access.require_answerer(course_id)
    if me.may_teach or readable(me):
        return me
    raise access.not_yours()


def require_observer(me: Person, student: Person) -> None:
    """Whoever the LMS says observes this student.

    Raises:
        NotYours: someone else's child, or a student who has left.
    """
    if student.id not in {person.id for person in observed(me)}:
        raise access.not_yours()


def observed(me: Person) -> list[Person]:
    """The students whom an observer may follow, by name."""
    if me.role is not Role.OBSERVER:
        return []
    return [p for p in people_named(me.course, me.mentees) if p.is_student and p.left_at is None]
