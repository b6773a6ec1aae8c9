"""The LMS's column of an activity, as it was last read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Select, Subquery, func, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

import lti
from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.people.model import Course

CONTEXT = joinedload(lti.LineItem.context, innerjoin=True)
PLATFORM = joinedload(lti.Context.deployment, innerjoin=True).joinedload(lti.Deployment.platform, innerjoin=True)
WHOLE = CONTEXT.joinedload(lti.Context.deployment, innerjoin=True).joinedload(lti.Deployment.platform, innerjoin=True)


@dataclass(frozen=True)
class Column:
    """The LMS's gradebook column. `problem` says in plain words why it could not be read; the rest is then what was
    read last. `gone`: the LMS says it was deleted. `line_item` is kept with it, so that a page reads it once.
    """

    label: str
    points: float | None
    due: datetime | None
    read_at: datetime | None
    problem: str
    gone: bool
    line_item: lti.LineItem


@dataclass(frozen=True)
class Health:
    """How the way to the gradebook is, in counts and without a student's name, for whoever sets things up.

    `unread`: columns that could not be read when they were last asked for; `gone`: those deleted in the LMS; `refused`:
    scores it did not take; `waiting`: those on their way. `pause`: why nothing goes out, where nothing does.
    """

    columns: int
    unread: int
    gone: int
    refused: int
    waiting: int
    pause: lti.Pause | None


def line_item_of(activity: Activity) -> lti.LineItem | None:
    """The column that takes the grades: the newest link's that has one."""
    return db.session.scalar(
        select(lti.LineItem)
        .join(Placement, Placement.line_item_id == lti.LineItem.id)
        .where(Placement.activity_id == activity.id, lti.LineItem.gone_at.is_(None))
        .order_by(Placement.id.desc())
        .limit(1)
    )


def told_column(of: InstrumentedAttribute[int] | int) -> Select[int]:
    """The column that was told last about the activity with this id: a deleted one only while there is no other."""
    return (
        select(lti.LineItem.id)
        .join(Placement, Placement.line_item_id == lti.LineItem.id)
        .where(Placement.activity_id == of)
        .order_by(lti.LineItem.gone_at.is_not(None), Placement.id.desc())
        .limit(1)
    )


def told(activity: Activity) -> lti.LineItem | None:
    """That column, with the course and the platform that it is of, in one statement."""
    found = select(lti.LineItem).where(lti.LineItem.id == told_column(activity.id).scalar_subquery())
    return db.session.scalar(found.options(WHOLE))


def column(activity: Activity, fresh: bool = False) -> Column | None:
    """The column as the LMS has it; None where the activity has none. `fresh` reads it anew, also when it is young.

    Called before anything is written: it may talk to the LMS, outside any transaction.
    """
    line_item = told(activity)
    if line_item is None:
        return None
    view = lti.read_column(line_item, fresh=fresh)
    return Column(
        label=view.label,
        points=view.score_maximum,
        due=view.due,
        read_at=view.read_at,
        problem=view.problem,
        gone=line_item.gone_at is not None,
        line_item=line_item,
    )


def lms_dues(activity_ids: BindParameter[Sequence[int]]) -> Subquery:
    """The LMS's due dates of these activities for the class, as a part of a statement: `activity_id`, `due`, `rank`. Of
    several, that of the newest column counts, which has the highest rank."""
    return (
        select(Placement.activity_id, lti.LineItem.due, Placement.id.label("rank"))
        .join(lti.LineItem, lti.LineItem.id == Placement.line_item_id)
        .where(Placement.activity_id.in_(activity_ids), lti.LineItem.due.is_not(None), lti.LineItem.gone_at.is_(None))
        .subquery()
    )


def pause_of(course: Course) -> lti.Pause | None:
    """Why nothing is sent to this course's gradebook now, if so."""
    return lti.pause_of(context_of(course))


def why_slowly(course: Course) -> str:
    """Why grades of this course go a few at a time just now, "" if they do not."""
    return lti.why_slowly(context_of(course))


def context_of(course: Course) -> lti.Context:
    """What LTI knows of a course; asks nothing where the page has read a column of it."""
    found = db.session.get_one(lti.Context, course.context_id, options=[PLATFORM])
    db.session.info[("context", found.id)] = found  # a session forgets, and reads again, what nobody holds
    return found


def health(course: Course) -> Health:
    """Of all columns that this course's activities have, in two statements."""
    here = select(lti.LineItem.id).where(lti.LineItem.context_id == course.context_id)
    gone = lti.LineItem.gone_at.is_not(None)
    counts = select(
        func.count().filter(~gone), func.count().filter(~gone, lti.LineItem.problem != ""), func.count().filter(gone)
    ).where(lti.LineItem.id.in_(here))
    columns, unread, deleted = db.session.execute(counts).one()
    status = lti.OutgoingScore.status
    scores = select(
        func.count().filter(status == lti.Delivery.REFUSED), func.count().filter(status == lti.Delivery.QUEUED)
    ).where(lti.OutgoingScore.line_item_id.in_(here))
    refused, waiting = db.session.execute(scores).one()
    return Health(columns, unread, deleted, refused, waiting, pause_of(course))


def lms_name(family: str) -> str:
    """What the pages call the LMS."""
    return lti.lms_name(family)
