"""Who may read which arrangements, and the note of it that comes first.

Looking writes, and a GET must not: browsers and scanners open addresses on their own. So a page shows what is arranged
only to somebody whose look was written down by a press just before, and that look lasts a while.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.db import db
from personalization.accommodation.model import OPEN_FOR, Accommodation, Look
from personalization.people import access
from personalization.people.model import Person


def readable(me: Person) -> list[Accommodation]:
    """Those in force in my course that I may read, by name."""
    query = (
        select(Accommodation)
        .join(Accommodation.person)
        .where(Person.course_id == me.course_id, Person.left_at.is_(None), Accommodation.ended_at.is_(None))
        .where(access.visible(me))
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
