"""How far bringing the gradebook in step is, in numbers that are the same for whoever looks, and after each reload."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

import lti
from engine.db import db
from personalization.activity.model import Activity
from personalization.grading.gradebook.columns import lms_name, told_column
from personalization.grading.gradebook.states import told_of
from personalization.people.model import Person
from personalization.people.sight import visible


@dataclass(frozen=True)
class Progress:
    """One activity's column, in students: whose grade is there as sent (`arrived`; `last`: when the newest came), on
    its way (`waiting`), `refused`, or `changed` there, which wait for a teacher, and whose grade there stands (`kept`).

    `comparing`: it is being compared with what it should hold. `read_at`: when it was last read whole. `problem` says
    why it could not be read, `gone` that the LMS says it was deleted. `has_column` False: the LMS gave none, so nothing
    can be sent.
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
    Activity) holds; of students whom I may see. In two statements, for a thousand students as for ten."""
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
    found = db.session.execute(query.order_by(Activity.published_at.desc(), Activity.id.desc()))
    name = lms_name(me.course.lms)
    return [
        Progress(
            activity=activity,
            has_column=line_item is not None,
            comparing=line_item is not None and line_item.compare_asked_at is not None,
            read_at=line_item.fetched_at if line_item is not None else None,
            problem=lti.say(line_item.problem, name) if line_item is not None else "",
            gone=line_item is not None and line_item.gone_at is not None,
            last=last.get(activity.id),
            **numbers.get(activity.id, {}),
        )
        for activity, line_item in found
    ]
