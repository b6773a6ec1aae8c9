"""Where our date for handing in and the LMS's differ, and what a teacher may do about it.

The LMS marks work late by its own date, whatever ours is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import contains_eager

from engine.db import UTC, db
from personalization.activity.model import Activity
from personalization.choice.keeping import keep
from personalization.choice.model import Choice
from personalization.errors import Stale
from personalization.grading import gradebook
from personalization.grading.lms_settled import LmsDateSettled, settle, unsettle
from personalization.people.model import Person
from personalization.people.sight import visible

Key = tuple[int, int | None, datetime, datetime]  # ids of activity and choice, our date, the LMS's
MINUTE = timedelta(minutes=1)  # 23:59 and 23:59:59 are one date for people


@dataclass(frozen=True)
class Difference:
    """`choice` None: the class's date. `settled`: a teacher has dealt with it, and neither date has moved since."""

    activity: Activity
    choice: Choice | None
    ours: datetime
    theirs: datetime
    settled: bool = False

    @property
    def is_late_there(self) -> bool:
        """Whether the LMS would mark work late that is in time here; else it gives longer than we do."""
        return self.theirs < self.ours

    @property
    def waits(self) -> bool:
        return self.is_late_there and not self.settled


def differences(me: Person, *where: ColumnElement[bool]) -> list[Difference]:
    """Of all published activities of my course, or those for which `where` (about Activity) holds; of students whom I
    may see. In as many statements for a thousand students as for ten."""
    published = select(Activity).where(
        Activity.course_id == me.course_id, Activity.published_at.is_not(None), Activity.work_due.is_not(None), *where
    )
    activities = db.session.scalars(published.order_by(Activity.published_at.desc(), Activity.id.desc())).all()
    return _differences(activities, _moved([activity.id for activity in activities], me))


def differences_in(activity: Activity, me: Person, choices: Sequence[Choice] | None = None) -> list[Difference]:
    """Of one activity; `choices`: all of students whom I may see, where they were read: then in one statement."""
    if activity.published_at is None or activity.work_due is None:
        return []
    moved = _moved([activity.id], me) if choices is None else [one for one in choices if _may_differ(one)]
    return _differences([activity], moved)


def _differences(activities: Sequence[Activity], moved: Iterable[Choice]) -> list[Difference]:
    dues, settled = _known([activity.id for activity in activities])
    found = [one for activity in activities if (one := _of_class(activity, dues.get(activity.id)))]
    for choice in moved:
        if one := _of_student(choice, dues.get(choice.activity_id)):
            found.append(one)
    return [replace(one, settled=_key(one) in settled) for one in found]


def counts(found: Iterable[Difference]) -> int:
    """How many of them wait for a teacher."""
    return sum(one.waits for one in found)


def take_for_all(activity: Activity, theirs: datetime, now: datetime) -> None:
    """The LMS's date becomes ours for the whole class; every student whose date moves reads of it.

    Raises:
        Stale: the LMS has another date by now.
        Refused: it would fall before another of the class's dates.
    """
    _check_is(theirs, class_due(activity))
    activity.set_dates(replace(activity.dates, work_due=theirs))
    db.session.flush()
    keep(activity, now)


def ignore(activity: Activity, theirs: datetime, by: Person, now: datetime) -> None:
    """The class's date stays as it is here, until one of the two moves.

    Raises:
        Stale: the LMS has another date by now.
    """
    _check_is(theirs, class_due(activity))
    if activity.work_due is not None:
        settle(LmsDateSettled(activity_id=activity.id, ours=activity.work_due, theirs=theirs, by_id=by.id, at=now))


def set_there(choice: Choice, ours: datetime, by: Person, now: datetime) -> None:
    """The teacher has given this student our date in the LMS too.

    Raises:
        Stale: our date is another one by now.
    """
    _check_is(ours, choice.work_due)
    theirs = choice.lms_due_at or class_due(choice.activity)
    if theirs is not None:
        row = LmsDateSettled(activity_id=choice.activity_id, ours=ours, theirs=theirs, by_id=by.id, at=now)
        row.choice_id = choice.id
        settle(row)


def not_set_there(choice: Choice) -> None:
    """It was not set there after all."""
    unsettle(choice)


def class_due(activity: Activity) -> datetime | None:
    """The LMS's date for the class, as far as it is known."""
    return _known([activity.id])[0].get(activity.id)


def _known_of(activity_ids: BindParameter[Sequence[int]]) -> CompoundSelect[Any]:
    """(kind, activity, choice, our date, theirs, rank) of all that `_known` goes by."""
    none_at, none_id = cast(null(), UTC()), cast(null(), Integer)
    brought = (
        select(literal(1).label("kind"), Choice.activity_id, none_id.label("choice_id"), none_at.label("ours"),
               Choice.lms_due_at.label("theirs"), func.count().label("rank"))
        .where(Choice.activity_id.in_(activity_ids), Choice.lms_due_at.is_not(None))
        .group_by(Choice.activity_id, Choice.lms_due_at)
    )  # fmt: skip
    columns = gradebook.lms_dues(activity_ids)
    column = select(literal(2), columns.c.activity_id, none_id, none_at, columns.c.due, columns.c.rank)
    said = select(
        literal(3), LmsDateSettled.activity_id, LmsDateSettled.choice_id, LmsDateSettled.ours, LmsDateSettled.theirs,
        LmsDateSettled.id,
    ).where(LmsDateSettled.activity_id.in_(activity_ids))  # fmt: skip
    return union_all(brought, column, said).order_by("kind", "rank", "theirs")


_KNOWN = _known_of(bindparam("activities", expanding=True))


def _known(activity_ids: Sequence[int]) -> tuple[dict[int, datetime], set[Key]]:
    """({activity id: the LMS's date for the class}, what teachers have said about differing dates), in one statement.

    The date is what staff launches and the column say; where neither says anything, the date that most students brought
    along, the later one of two as common.
    """
    rows = db.session.execute(_KNOWN, {"activities": list(activity_ids)})
    dues: dict[int, datetime] = {}
    settled: set[Key] = set()
    for kind, activity_id, choice_id, ours, theirs, _rank in rows:
        if kind == 3:
            settled.add((activity_id, choice_id, ours, theirs))
        else:
            dues[activity_id] = theirs
    return dues, settled


def _of_class(activity: Activity, theirs: datetime | None) -> Difference | None:
    ours = activity.work_due
    if ours is None or theirs is None or abs(ours - theirs) < MINUTE:
        return None
    return Difference(activity, None, ours, theirs)


def _moved(activity_ids: list[int], me: Person) -> Iterable[Choice]:
    """The choices whose date may differ from the LMS's for another reason than the class's does."""
    return db.session.scalars(
        select(Choice)
        .join(Choice.student)
        .join(Choice.activity)
        .where(
            Choice.activity_id.in_(activity_ids),
            Choice.work_due.is_not(None),
            or_(Choice.lms_due_at.is_not(None), Choice.work_due != Activity.work_due),
            Choice.excused_at.is_(None),
            Person.left_at.is_(None),
            Person.is_test.is_(False),
            visible(me),
        )
        .options(contains_eager(Choice.student), contains_eager(Choice.activity))
        .order_by(Choice.activity_id, Person.sort_name, Person.id)
    )


def _may_differ(choice: Choice) -> bool:
    """As `_moved`, of one choice that was read before."""
    ours = choice.work_due
    if ours is None or (choice.lms_due_at is None and ours == choice.activity.work_due):  # most of a class
        return False
    return not choice.is_excused and choice.student.left_at is None and not choice.student.is_test


def _of_student(choice: Choice, class_due: datetime | None) -> Difference | None:
    activity, ours, theirs = choice.activity, choice.work_due, choice.lms_due_at or class_due
    if ours is None or theirs is None or (ours, theirs) == (activity.work_due, class_due):
        return None  # nothing but what is said of the class
    if abs(ours - theirs) >= MINUTE:
        return Difference(activity, choice, ours, theirs)
    of_class = activity.work_due
    if choice.lms_due_at is not None and of_class is not None and theirs - of_class >= MINUTE:
        return Difference(activity, choice, of_class, theirs)  # longer there, and so here
    return None


def _key(one: Difference) -> Key:
    return one.activity.id, one.choice.id if one.choice else None, one.ours, one.theirs


def _check_is(seen: datetime, present: datetime | None) -> None:
    if seen != present:
        raise Stale(
            _("This date has moved while you were reading"),
            _("Nothing was changed."),
            now=_("Look at it as it is now."),
        )
