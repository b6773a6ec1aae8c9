"""A course was copied in the LMS: which activity its links mean now, and the copies that are started for them.

A link that came along keeps the key of an activity of the course before. It is worth something where the origin is
proven, by the LMS or by whoever asks; everywhere else it is worth what a key is that nobody ever made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from engine.db import db
from personalization.activity.copy_offer import CopyOffer
from personalization.activity.copying import copy_into, opening
from personalization.activity.model import Activity
from personalization.activity.who import my_desks
from personalization.people.model import Course, Person


@dataclass(frozen=True)
class Said:
    """What the LMS says about time in a launch, aware UTC: of this link, and of the course."""

    unlock_at: datetime | None = None
    due_at: datetime | None = None
    begins_at: datetime | None = None


def named(course: Course, key: str) -> Activity | None:
    """What a key means in a course: its own activity of that key, or the one that stands for it here."""
    if not key:
        return None
    own = db.session.scalar(select(Activity).where(Activity.key == key, Activity.course_id == course.id))
    if own is not None:
        return own
    origin = aliased(Activity)
    return db.session.scalar(
        select(Activity)
        .join(CopyOffer, CopyOffer.copy_id == Activity.id)
        .join(origin, origin.id == CopyOffer.origin_id)
        .where(CopyOffer.course_id == course.id, origin.key == key)
    )


def find_offer(me: Person, key: str, ancestors: Sequence[Course], now: datetime) -> CopyOffer | None:
    """What may be started here for a key that means nothing in this course yet; None where nothing may, whatever the
    reason is.

    Args:
        ancestors: the courses that this one is a copy of, as the LMS says it, the nearest first; all of one platform.
    """
    origin = db.session.scalar(select(Activity).where(Activity.key == key))
    if origin is None or not me.may_author:
        return None
    desks = my_desks(me)
    sources = _in_these(origin, ancestors)
    mine = [origin] if any(desk.course_id == origin.course_id for desk in desks) else []
    db.session.execute(select(Course.id).where(Course.id == me.course_id).with_for_update())  # two may come at once
    offer = _offer(me.course, origin)
    if sources or (mine and (offer is None or not offer.proven)):
        offer = offer or _note(me.course, origin, now)
        offer.source, offer.proven = _best(sources or mine), bool(sources)
        db.session.flush()
    return offer if offer is not None and offer.is_for(desks) else None


def day_for(source: Activity, course: Course, said: Said, now: datetime) -> date:
    """The day on which a copy best opens: as the LMS opens the link, or so long before it wants the work as there, or
    with the course; today, where it says none of these or speaks of a time that is over, as unchanged copies do."""
    tz, days = course.tz, []
    if said.unlock_at is not None:
        days.append(said.unlock_at.astimezone(tz).date())
    if said.due_at is not None and source.opens is not None and source.work_due is not None:
        there = source.course.tz
        lasts = source.work_due.astimezone(there).date() - source.opens.astimezone(there).date()
        days.append(said.due_at.astimezone(tz).date() - lasts)
    if said.begins_at is not None:
        days.append(said.begins_at.astimezone(tz).date())
    today = now.astimezone(tz).date()
    return next((day for day in days if day >= today), today)


def companions(offer: CopyOffer) -> list[Activity]:
    """The other activities that students of the offered one's course see, and that nothing stands for here yet: links
    to them may have come along too."""
    here = select(CopyOffer.source_id).where(CopyOffer.course_id == offer.course_id, CopyOffer.copy_id.is_not(None))
    query = select(Activity).where(
        Activity.course_id == offer.source.course_id,
        Activity.id != offer.source_id,
        Activity.published_at.is_not(None),
        Activity.id.not_in(here),
    )
    return list(db.session.scalars(query.order_by(Activity.opens, Activity.id)))


def start(offer: CopyOffer, me: Person, day: date | None, others: Iterable[Activity], now: datetime) -> Activity:
    """A draft of what is offered, and of `others` of that course; links that name them open these from now on.

    Whoever asks again, or at the same moment, gets the draft that is there.

    Args:
        day: when the copy opens; the others keep their distance from it. None: they have no dates.
    """
    db.session.execute(select(Course.id).where(Course.id == offer.course_id).with_for_update())
    db.session.refresh(offer)
    copy = offer.copy or _copy(offer.source, me, day, now)
    offer.copy = copy
    for other in others:
        _copy(other, me, _as_far(other, offer.source, day, now), now)
    return copy


def _copy(source: Activity, me: Person, day: date | None, now: datetime) -> Activity:
    """The draft that stands here for `source`, and for whatever `source` itself stands for in its course."""
    before = select(CopyOffer.origin_id).where(CopyOffer.copy_id == source.id)
    names = [source, *db.session.scalars(select(Activity).where(Activity.id.in_(before)).order_by(Activity.id))]
    offers = [_offer(me.course, origin) or _note(me.course, origin, now, source) for origin in names]
    copy = next((offer.copy for offer in offers if offer.copy is not None), None)
    if copy is None:
        copy = copy_into(source, me.course, me, now, opening(source, day, me.course, now) if day else None)
        db.session.add(copy)
    for offer in offers:
        offer.copy = offer.copy or copy
    db.session.flush()
    return copy


def _as_far(other: Activity, first: Activity, day: date | None, now: datetime) -> date | None:
    """The day on which `other` opens, if `first` opens on `day`."""
    if day is None:
        return None
    tz = first.course.tz
    return day + ((other.opens or now).astimezone(tz).date() - (first.opens or now).astimezone(tz).date())


def _in_these(origin: Activity, courses: Sequence[Course]) -> list[Activity]:
    """What `origin` is in each of these courses: itself, or what stands for it there."""
    ids = [course.id for course in courses]
    query = select(CopyOffer.course_id, Activity).join(Activity, Activity.id == CopyOffer.copy_id)
    there = dict(db.session.execute(query.where(CopyOffer.origin_id == origin.id, CopyOffer.course_id.in_(ids))).all())
    there[origin.course_id] = origin
    return [there[course_id] for course_id in ids if course_id in there]


def _best(sources: Sequence[Activity]) -> Activity:
    """The nearest that was ever published; a draft that nobody looked over only where there is nothing else."""
    return next((source for source in sources if source.published_at is not None), sources[0])


def _offer(course: Course, origin: Activity) -> CopyOffer | None:
    return db.session.scalar(
        select(CopyOffer).where(CopyOffer.course_id == course.id, CopyOffer.origin_id == origin.id)
    )


def _note(course: Course, origin: Activity, now: datetime, source: Activity | None = None) -> CopyOffer:
    offer = CopyOffer(course=course, origin=origin, source=source or origin, proven=False, made_at=now)
    db.session.add(offer)
    return offer
