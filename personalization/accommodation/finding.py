"""Which arrangements there are: what an activity's dates and criteria become for one student."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engine.db import db
from personalization.accommodation.allowance import Allowance
from personalization.accommodation.demands import left_out
from personalization.accommodation.model import Accommodation
from personalization.activity.model import Activity
from personalization.activity.rubric import Rubric
from personalization.people.model import Person

NotAsked = dict[int, list[int]]  # {activity id: criterion keys}


def allowances(course_id: int) -> dict[int, Allowance]:
    """{person id: the time they are given}, of those who are given some."""
    query = (
        select(Accommodation.person_id, Accommodation.days, Accommodation.factor)
        .join(Person, Person.id == Accommodation.person_id)
        .where(Person.course_id == course_id, Accommodation.ended_at.is_(None))
    )
    found = {person_id: Allowance(days, factor) for person_id, days, factor in db.session.execute(query)}
    return {person_id: allowance for person_id, allowance in found.items() if allowance}


def allowance_of(person_id: int) -> Allowance | None:
    accommodation = accommodation_of(person_id)
    return accommodation.allowance or None if accommodation else None


def not_asked_of(person_id: int) -> NotAsked:
    """The criteria that this student need not show, where there are any."""
    accommodation = accommodation_of(person_id)
    if accommodation is None or not accommodation.in_force:
        return {}
    return {activity_id: list(keys) for activity_id, keys in accommodation.terms.not_asked.items()}


def not_asked_in(course_id: int) -> dict[int, NotAsked]:
    """{person id: as `not_asked_of`}, of those who have an arrangement."""
    query = select(Accommodation).join(Person, Person.id == Accommodation.person_id)
    found = db.session.scalars(query.where(Person.course_id == course_id, Accommodation.ended_at.is_(None)))
    return {a.person_id: {activity_id: list(keys) for activity_id, keys in a.terms.not_asked.items()} for a in found}


def accommodation_of(person_id: int) -> Accommodation | None:
    """Also one that has ended."""
    return db.session.scalar(select(Accommodation).where(Accommodation.person_id == person_id))


def less_in_words(accommodations: Iterable[Accommodation]) -> dict[int, list[tuple[str, list[str]]]]:
    """{accommodation id: [(activity's title, names of the criteria not asked there)]}."""
    fewer = {one.id: one.terms.not_asked for one in accommodations}
    wanted = {activity_id for not_asked in fewer.values() for activity_id in not_asked}
    query = select(Activity).where(Activity.id.in_(wanted)).order_by(Activity.id)
    query = query.options(selectinload(Activity.rubrics).selectinload(Rubric.criteria))
    activities = list(db.session.scalars(query)) if wanted else []
    return {
        accommodation_id: [
            (a.title, [c.name for c in left_out(a.criteria, not_asked[a.id])]) for a in activities if a.id in not_asked
        ]
        for accommodation_id, not_asked in fewer.items()
    }
