"""Where our date for handing in and the LMS's differ, and what a teacher has said about it.

The LMS marks work late by its own date, whatever ours is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ForeignKey, delete, func, or_, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column

from engine.db import db
from engine.tenant import Tenanted
from personalization.activity.model import Activity
from personalization.choice.keeping import keep
from personalization.choice.model import Choice
from personalization.errors import Stale
from personalization.grading import gradebook
from personalization.people.access import visible
from personalization.people.model import Person

MINUTE = timedelta(minutes=1)  # 23:59 and 23:59:59 are one date for people


class LmsDateSettled(Tenanted):
    """A teacher's word on two dates that differ; it stands while both stay as they were.

    Without a choice: the class's date stays as it is here. With one: that student's date was set in the LMS too.
    """

    __tablename__ = "lms_date_settled"
    __tenant_of__ = "activity_id"

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    choice_id: Mapped[int | None] = mapped_column(ForeignKey("choice.id"), index=True)
    ours: Mapped[datetime]
    theirs: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


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
    dues = _class_dues(me.course_id)
    found = [one for activity in activities if (one := _of_class(activity, dues.get(activity.id)))]
    for choice in _moved([activity.id for activity in activities], me):
        if one := _of_student(choice, dues.get(choice.activity_id)):
            found.append(one)
    return _known(found)


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
        _settle(LmsDateSettled(activity_id=activity.id, ours=activity.work_due, theirs=theirs, by_id=by.id, at=now))


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
        _settle(row)


def not_set_there(choice: Choice) -> None:
    """It was not set there after all."""
    db.session.execute(delete(LmsDateSettled).where(LmsDateSettled.choice_id == choice.id))


def class_due(activity: Activity) -> datetime | None:
    """The LMS's date for the class, as far as it is known."""
    return _class_dues(activity.course_id).get(activity.id)


def _class_dues(course_id: int) -> dict[int, datetime]:
    """{activity id: the LMS's date for the class}: what staff launches and the column say; where neither says anything,
    the date that most students brought along, the later one of two as common."""
    brought = (
        select(Choice.activity_id, Choice.lms_due_at, func.count())
        .join(Choice.activity)
        .where(Activity.course_id == course_id, Choice.lms_due_at.is_not(None))
        .group_by(Choice.activity_id, Choice.lms_due_at)
        .order_by(func.count(), Choice.lms_due_at)
    )
    found = {activity_id: due for activity_id, due, _count in db.session.execute(brought) if due is not None}
    return found | gradebook.lms_dues(course_id)


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


def _known(found: list[Difference]) -> list[Difference]:
    """With what teachers have said about them."""
    if not found:
        return found
    query = select(LmsDateSettled).where(LmsDateSettled.activity_id.in_({one.activity.id for one in found}))
    said = {(row.activity_id, row.choice_id, row.ours, row.theirs) for row in db.session.scalars(query)}
    return [replace(one, settled=_key(one) in said) for one in found]


def _key(one: Difference) -> tuple[int, int | None, datetime, datetime]:
    return one.activity.id, one.choice.id if one.choice else None, one.ours, one.theirs


def _settle(row: LmsDateSettled) -> None:
    """The same press twice is one row."""
    same = select(LmsDateSettled.id).where(
        LmsDateSettled.activity_id == row.activity_id,
        LmsDateSettled.choice_id.is_(None) if row.choice_id is None else LmsDateSettled.choice_id == row.choice_id,
        LmsDateSettled.ours == row.ours,
        LmsDateSettled.theirs == row.theirs,
    )
    if db.session.scalar(same.limit(1)) is None:
        db.session.add(row)


def _check_is(seen: datetime, present: datetime | None) -> None:
    if seen != present:
        raise Stale(
            _("This date has moved while you were reading"),
            _("Nothing was changed."),
            now=_("Look at it as it is now."),
        )
