"""What is arranged for the students of a course, who changed it and who has looked, as plain values for the export."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engine.db import db
from personalization.accommodation.model import Accommodation, Change, Look
from personalization.people.model import Course, Person


def arrangements(course: Course) -> list[dict[str, Any]]:
    """Ended ones too; by person, each look and change oldest first."""
    here = select(Accommodation).join(Accommodation.person).where(Person.course_id == course.id)
    looks: dict[int, list[Look]] = defaultdict(list)
    for look in db.session.scalars(select(Look).where(Look.accommodation_id.in_(select(here.subquery().c.id)))):
        looks[look.accommodation_id].append(look)
    found = db.session.scalars(here.options(selectinload(Accommodation.changes)).order_by(Accommodation.person_id))
    return [_values(one, sorted(looks[one.id], key=lambda look: look.id)) for one in found]


def _values(one: Accommodation, looks: list[Look]) -> dict[str, Any]:
    return {
        "person": one.person_id,
        **one.terms.as_json(),
        "written_by": one.written_by_id,
        "written_at": one.written_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "changes": [_change(change) for change in one.changes],
        "looks": [{"by": look.by_id, "at": look.at.isoformat(), "page": look.page} for look in looks],
    }


def _change(change: Change) -> dict[str, Any]:
    return {"by": change.by_id, "at": change.at.isoformat(), "before": change.before}
