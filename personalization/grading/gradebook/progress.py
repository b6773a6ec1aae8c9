"""How far bringing the gradebook in step is, in numbers that are the same for whoever looks, and after each reload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Float, cast, func, select
from sqlalchemy.orm import aliased

import lti
from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.grading.gradebook.columns import lms_name, told_column
from personalization.grading.gradebook.states import told_of
from personalization.grading.release import Release
from personalization.people.model import Person
from personalization.people.sight import visible


@dataclass(frozen=True)
class Progress:
    """One activity's column, in students: whose grade is there as sent (`arrived`; `last`: when the newest came), on
    its way (`waiting`), `refused`, or `changed` there, which wait for a teacher, and whose grade there stands (`kept`).

    `comparing`: it is being compared with what it should hold. `read_at`: when it was last read whole. `problem` says
    why it could not be read, `gone` that the LMS says it was deleted. `has_column` False: the LMS gave none, so nothing
    can be sent. `kept_here`: whose grade was released since then, and has no column to go to.
    """

    activity: Activity
    has_column: bool
    comparing: bool
    read_at: datetime | None
    problem: str
    gone: bool = False
    arrived: int = 0
    waiting: int = 0
    refused: int = 0
    changed: int = 0
    kept: int = 0
    kept_here: int = 0
    last: datetime | None = None

    @property
    def total(self) -> int:
        return self.arrived + self.waiting + self.refused + self.changed + self.kept

    @property
    def there(self) -> int:
        """Of whom the gradebook holds what it should."""
        return self.arrived + self.kept

    @property
    def yours(self) -> int:
        """Which need a teacher."""
        return self.refused + self.changed

    @property
    def goes_on(self) -> bool:
        """Whether anything is still under way."""
        return self.comparing or self.waiting > 0


WORDS = {
    lti.Delivery.SENT: "arrived",
    lti.Delivery.QUEUED: "waiting",
    lti.Delivery.REFUSED: "refused",
    lti.Delivery.CHANGED: "changed",
    lti.Delivery.KEPT: "kept",
}


def progress(me: Person, *where: ColumnElement[bool]) -> list[Progress]:
    """Of all graded activities of my course that were published, newest first, or those for which `where` (about
    Activity) holds; of students whom I may see. In two statements, for a thousand students as for ten, and a third
    where a column is missing."""
    column = told_column(Activity.id).correlate(Activity).scalar_subquery()
    graded = (Activity.course_id == me.course_id, Activity.graded.is_(True), Activity.published_at.is_not(None), *where)
    counts = (
        select(Activity.id, lti.OutgoingScore.status, func.count(), func.max(lti.OutgoingScore.sent_at))
        .join(lti.OutgoingScore, lti.OutgoingScore.line_item_id == column)
        .join(Person, Person.user_id == lti.OutgoingScore.user_id)
        .where(*graded, Person.course_id == me.course_id, visible(me), told_of())
        .group_by(Activity.id, lti.OutgoingScore.status)
    )
    numbers: dict[int, dict[str, int]] = {}
    last: dict[int, datetime | None] = {}
    for activity_id, status, count, newest in db.session.execute(counts):
        numbers.setdefault(activity_id, {})[WORDS[status]] = count
        if status is lti.Delivery.SENT:
            last[activity_id] = newest
    query = select(Activity, lti.LineItem).outerjoin(lti.LineItem, lti.LineItem.id == column).where(*graded)
    found = db.session.execute(query.order_by(Activity.published_at.desc(), Activity.id.desc())).all()
    here = _kept_here(me, [activity.id for activity, line_item in found if line_item is None or line_item.gone_at])
    name = lms_name(me.course.lms)
    return [
        Progress(
            activity=activity,
            has_column=line_item is not None,
            comparing=line_item is not None and line_item.compare_asked_at is not None,
            read_at=line_item.fetched_at if line_item is not None else None,
            problem=lti.say(line_item.problem, name) if line_item is not None else "",
            gone=line_item is not None and line_item.gone_at is not None,
            kept_here=here.get(activity.id, 0),
            last=last.get(activity.id),
            **numbers.get(activity.id, {}),
        )
        for activity, line_item in found
    ]


def _kept_here(me: Person, activity_ids: Sequence[int]) -> dict[int, int]:
    """{activity id: students whom I may see and whose newest release is not what the gradebook was last told}."""
    if not activity_ids:
        return {}
    other = aliased(Release)
    later = select(other.id).where(
        other.choice_id == Release.choice_id, other.withdrawn_at.is_(None), other.id > Release.id
    )
    told = select(lti.OutgoingScore.id).where(
        lti.OutgoingScore.line_item_id == told_column(Choice.activity_id).correlate(Choice).scalar_subquery(),
        lti.OutgoingScore.user_id == Person.user_id,
        lti.OutgoingScore.score_given == cast(Release.points, Float),
    )
    counts = (
        select(Choice.activity_id, func.count())
        .join(Person, Person.id == Choice.student_id)
        .join(Release, Release.choice_id == Choice.id)
        .where(Choice.activity_id.in_(activity_ids), Choice.excused_at.is_(None), visible(me))
        .where(Release.withdrawn_at.is_(None), ~later.exists(), ~told.exists())
        .group_by(Choice.activity_id)
    )
    rows: Sequence[tuple[int, int]] = db.session.execute(counts).all()
    return dict(rows)
