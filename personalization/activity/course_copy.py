"""A course was copied in the LMS: which activity its links mean now, and the copies that are started for them.

A link that came along keeps the key of an activity of the course before. It is worth something where the origin is
proven, by the LMS or by whoever asks; everywhere else it is worth what a key is that nobody ever made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from engine.db import db
from personalization.activity.copy_offer import CopyOffer, FormerKey
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
    copied = db.session.scalar(
        select(Activity)
        .join(CopyOffer, CopyOffer.copy_id == Activity.id)
        .join(origin, origin.id == CopyOffer.origin_id)
        .where(CopyOffer.course_id == course.id, origin.key == key)
    )
    return copied or _formerly(key, [course.id])


def find_offer(me: Person, key: str, ancestors: Sequence[Course], now: datetime) -> CopyOffer | None:
    """What may be started here for a key that means nothing in this course yet; None where nothing may, whatever the
    reason is.

    Args:
        ancestors: the courses that this one is a copy of, as the LMS says it, the nearest first; all of one platform.
    """
    if not me.may_author:
        return None
    desks = my_desks(me)
    origin = db.session.scalar(select(Activity).where(Activity.key == key))
    origin = origin or _formerly(key, [*(course.id for course in ancestors), *(desk.course_id for desk in desks)])
    if origin is None:
        return None
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
    for key in db.session.scalars(select(FormerKey.key).where(FormerKey.activity_id == source.id)).all():
        _remember(me.course_id, key, copy.id)
    return copy


def keep_keys(activity_ids: Collection[int]) -> None:
    """Before these are erased: links in other courses that name them go on opening the copies that were started."""
    origin = aliased(Activity)
    started = select(CopyOffer, origin).join(origin, origin.id == CopyOffer.origin_id)
    gone = or_(CopyOffer.origin_id.in_(activity_ids), CopyOffer.source_id.in_(activity_ids))
    for offer, named_there in db.session.execute(started.where(gone, CopyOffer.copy_id.is_not(None))).all():
        if offer.origin_id not in activity_ids:
            offer.source = named_there
        elif offer.copy_id is not None and offer.copy_id not in activity_ids:
            _remember(offer.course_id, named_there.key, offer.copy_id)
            db.session.delete(offer)
    db.session.flush()


def _remember(course_id: int, key: str, activity_id: int) -> None:
    there = select(FormerKey.id).where(FormerKey.course_id == course_id, FormerKey.key == key)
    if db.session.scalar(there) is None:
        db.session.add(FormerKey(course_id=course_id, key=key, activity_id=activity_id))
        db.session.flush()


def _formerly(key: str, course_ids: Sequence[int]) -> Activity | None:
    """What stands in one of these courses, the first of them first, for an activity of that key which was erased."""
    found = dict(
        db.session.execute(
            select(FormerKey.course_id, FormerKey.activity_id).where(
                FormerKey.key == key, FormerKey.course_id.in_(course_ids)
            )
        ).all()
    )
    return next((db.session.get_one(Activity, found[one]) for one in course_ids if one in found), None)


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
