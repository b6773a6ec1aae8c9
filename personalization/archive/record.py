"""The audit log of a course, read from where each thing is written down: the log itself, who looked at arrangements and
changed them, and what staff did about a student in the history of each choice. Nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from engine.audit import PERSON, Audit
from engine.db import db
from personalization.accommodation.model import Accommodation, Change, Look
from personalization.activity.model import Activity
from personalization.choice.model import Choice, Event
from personalization.people.model import Person

Some = Select[*tuple[Any, ...]]
Kind = type[Audit | Look | Change | Event]

# Verbs of a choice's history by which staff decide something for a student, or in their place.
ACTS = (
    "released",
    "release withdrawn",
    "returned",
    "extended",
    "placed",
    "excused",
    "included again",
    "told in person",
    "shown in person",
    "draft taken",
    "noted as nothing handed in",
    "rubric moved",
    "idea revived",
    "same person",
)


@dataclass(frozen=True)
class Entry:
    """`by` is a person's id; None for whoever runs the tool, or a rule of theirs: `actor` says which. `about` holds ids
    and words of ours."""

    at: datetime
    verb: str
    by: int | None
    actor: str
    about: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "actor": self.actor, "by": self.by, "verb": self.verb, **self.about}


def of_course(course_id: int, since: datetime | None = None, newest: int | None = None) -> list[Entry]:
    """Oldest first; `newest`: that many of the newest, the newest first."""
    queries = (
        (_logged, _cut(select(Audit).where(Audit.course_id == course_id), Audit, since, newest)),
        (_looked, _cut(_looks(course_id), Look, since, newest)),
        (_changed, _cut(_changes(course_id), Change, since, newest)),
        (_acted, _cut(_acts(course_id), Event, since, newest)),
    )
    found = [entry(*row) for entry, query in queries for row in db.session.execute(query)]
    found.sort(key=lambda entry: entry.at, reverse=newest is not None)
    return found if newest is None else found[:newest]


def of_tool(since: datetime | None = None, platform_id: int | None = None) -> Iterator[Entry]:
    """What concerns no single course, oldest first; of one platform, where it is named."""
    query = select(Audit).where(Audit.course_id.is_(None))
    if platform_id is not None:
        query = query.where(Audit.platform_id == platform_id)
    for (row,) in db.session.execute(_cut(query, Audit, since, None)):
        yield _logged(row)


def _looks(course_id: int) -> Some:
    query = select(Look, Accommodation.person_id).join(Look.accommodation).join(Accommodation.person)
    return query.where(Person.course_id == course_id)


def _changes(course_id: int) -> Some:
    query = select(Change, Accommodation.person_id).join(Accommodation, Accommodation.id == Change.accommodation_id)
    return query.join(Accommodation.person).where(Person.course_id == course_id)


def _acts(course_id: int) -> Some:
    query = select(Event, Choice.student_id, Choice.activity_id).join(Choice, Choice.id == Event.choice_id)
    here = query.join(Activity, Activity.id == Choice.activity_id).where(Activity.course_id == course_id)
    return here.where(Event.verb.in_(ACTS), Event.by_id.is_not(None))


def _cut(query: Some, kind: Kind, since: datetime | None, newest: int | None) -> Some:
    query = query if since is None else query.where(kind.at >= since)
    if newest is None:
        return query.order_by(kind.at, kind.id)
    return query.order_by(kind.at.desc(), kind.id.desc()).limit(newest)


def _logged(row: Audit) -> Entry:
    return Entry(row.at, row.verb, row.by_id, row.actor, row.about)


def _looked(look: Look, student_id: int) -> Entry:
    about = {"student": student_id, "page": look.page}
    return Entry(look.at, "arrangement looked at", look.by_id, PERSON, about)


def _changed(change: Change, student_id: int) -> Entry:
    return Entry(change.at, "arrangement changed", change.by_id, PERSON, {"student": student_id})


def _acted(event: Event, student_id: int, activity_id: int) -> Entry:
    about = {"student": student_id, "activity": activity_id}
    return Entry(event.at, event.verb, event.by_id, PERSON, about)
