"""What the gradebook should know: rows, newest per person and column. LTI Assignment and Grade Services 2.0.

Sending is delivery.py's work, what the gradebook holds column.py's.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from engine import clock, due
from engine.db import db
from lti import pausing, quirks
from lti.models.context import Context, LineItem, User
from lti.models.score import Delivery, OutgoingScore
from lti.reasons import Reason
from lti.records import ensure

COURSE = ("course_ended", "course_closed", "no_access", "switched_off")  # reasons that stop a whole course
COLUMN = ("column_gone", "no_such_column")


@dataclass(frozen=True)
class Score:
    """A grade: 0 ≤ given, 0 < maximum, in points; the platform rescales to its column.

    Raises:
        ValueError: it is none.
    """

    given: float
    maximum: float
    comment: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.given) and math.isfinite(self.maximum) and self.given >= 0 and self.maximum > 0):
            raise ValueError("a score is 0 ≤ given, 0 < maximum")


def queue_hand_in(line_item: LineItem, user: User, at: datetime, number: int, work_url: str) -> OutgoingScore:
    """Tell the gradebook that work was handed in, where it wants to know before the grade. The caller commits.

    `number` counts this person's hand-ins from 1; an older or repeated one changes nothing. `at` is real time.
    `work_url` opens this very work by a launch, for whoever grades in the LMS.
    """
    row = _row(line_item, user)
    if number > row.hand_in_number:
        row.hand_in_number, row.handed_in_at, row.work_url = number, at, work_url
        if quirks.tells_of_hand_ins(line_item.platform):
            if row.status in {Delivery.NOTED, Delivery.SENT, Delivery.REFUSED}:
                queue_again(row)
            schedule(db.session, line_item)
    return row


def queue_score(line_item: LineItem, user: User, score: Score) -> OutgoingScore:
    """Give this person this grade, in place of any earlier one. The caller commits."""
    row = _row(line_item, user)
    row.score_given, row.score_maximum, row.comment = score.given, score.maximum, score.comment
    row.withdrawn = False
    _want(row)
    return row


def withdraw_score(line_item: LineItem, user: User) -> OutgoingScore:
    """Take this person's grade back out of the gradebook, if it ever got there. The caller commits."""
    row = _row(line_item, user)
    row.score_given, row.comment, row.withdrawn = None, "", True
    _want(row)
    return row


def retry(row: OutgoingScore) -> None:
    """Try again, at once; where the gradebook holds another grade, a teacher thereby decides for ours.

    A course to which nothing was sent any more is tried again too. The caller commits.
    """
    if row.status in {Delivery.CHANGED, Delivery.KEPT}:
        row.wanted_version += 1
        row.overwrite = True
        _judge(row)
    queue_again(row)
    pausing.lift(row.line_item.context)
    schedule(db.session, row.line_item)
    pausing.try_soon(row.line_item.platform.id)


def retry_all(line_item: LineItem, user_ids: Collection[int]) -> int:
    """Try every refused score of these people in a column again; how many there were. The caller commits.

    Grades that somebody changed are left: they want a word about each.
    """
    pausing.lift(line_item.context)
    pausing.try_soon(line_item.platform.id)
    return _requeue(db.session, OutgoingScore.line_item_id == line_item.id, OutgoingScore.user_id.in_(user_ids))


def resume(context: Context) -> int:
    """Send to this course again, also what it refused; how many scores go. The caller commits."""
    pausing.lift(context)
    pausing.try_soon(context.platform.id)
    columns = select(LineItem.id).where(LineItem.context_id == context.id)
    return _requeue(db.session, OutgoingScore.line_item_id.in_(columns), _refused_for(COURSE))


def let_go(context: Context) -> None:
    """Send to this course again, as `pausing.hold` had it stopped: all that waits. The caller commits."""
    context.held_at = None
    pausing.try_soon(context.platform.id)
    waits = select(OutgoingScore.line_item_id).where(OutgoingScore.status == Delivery.QUEUED)
    here = select(LineItem).where(LineItem.context_id == context.id, LineItem.id.in_(waits))
    for line_item in db.session.scalars(here):
        schedule(db.session, line_item)


def go_on(session: Session, line_item_id: int) -> None:
    """The column, and so its course, answers again: what had stopped there goes. The caller commits."""
    line_item = session.get_one(LineItem, line_item_id)
    if pausing.lift(line_item.context):
        columns = select(LineItem.id).where(LineItem.context_id == line_item.context_id)
        _requeue(session, OutgoingScore.line_item_id.in_(columns), _refused_for(COURSE))
    column_is_back(session, line_item)


def column_is_back(session: Session, line_item: LineItem) -> None:
    """A deleted column was restored: what it refused goes again. The caller commits."""
    _requeue(session, OutgoingScore.line_item_id == line_item.id, _refused_for(COLUMN))


def keep_theirs(row: OutgoingScore) -> None:
    """The gradebook's grade stands; ours is not sent, a later one neither, until theirs changes. The caller commits."""
    _judge(row)
    row.sent_version, row.status, row.overwrite, row.message = row.wanted_version, Delivery.KEPT, False, ""


def forget_waiting(line_item: LineItem, user: User) -> None:
    """Nothing about this person waits to be sent any more; what was sent stays. The caller commits."""
    query = select(OutgoingScore).filter_by(line_item_id=line_item.id, user_id=user.id)
    row = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is not None and row.status in {Delivery.QUEUED, Delivery.REFUSED}:
        row.sent_version, row.sent_hand_in_number = row.wanted_version, row.hand_in_number
        row.status, row.message = (Delivery.SENT if row.sent_at else Delivery.NOTED), ""


def outgoing(line_item: LineItem) -> dict[int, OutgoingScore]:
    """{user_id: how telling the gradebook about them goes}."""
    query = select(OutgoingScore).where(OutgoingScore.line_item_id == line_item.id)
    return {row.user_id: row for row in db.session.scalars(query)}


def queue_again(row: OutgoingScore) -> None:
    for name, value in anew().items():
        setattr(row, name, value)


def anew() -> dict[str, Any]:
    """{column: value} of a row that is queued, from now on, as if it had never been tried."""
    fresh = {"attempts": 0, "conflicts": 0, "code": None, "message": ""}
    return {"status": Delivery.QUEUED, "queued_at": clock.real_now(), **fresh}


def schedule(session: Session, line_item: LineItem) -> None:
    """Wake the delivery of this column: one due row per column, so that results are read once for all who wait."""
    now, platform_id = clock.real_now(), line_item.platform.id
    due.schedule(session, "score", str(line_item.id), now, lane=f"platform:{platform_id}")


def _row(line_item: LineItem, user: User) -> OutgoingScore:
    """This person's row in this column, locked till the caller commits: a worker may be sending it."""
    new = {"tenant_id": line_item.tenant_id, "status": Delivery.NOTED}
    ensure(db.session, OutgoingScore, new, line_item_id=line_item.id, user_id=user.id)
    query = select(OutgoingScore).filter_by(line_item_id=line_item.id, user_id=user.id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def _want(row: OutgoingScore) -> None:
    row.wanted_version += 1
    row.overwrite = False
    queue_again(row)
    schedule(db.session, row.line_item)


def _judge(row: OutgoingScore) -> None:
    row.judged_score, row.judged_at = row.result_score, clock.real_now()


def _refused_for(keys: tuple[str, ...]) -> ColumnElement[bool]:
    """Refused for one of these reasons."""
    return or_(*(OutgoingScore.message.startswith(Reason(key).stored[:-1], autoescape=True) for key in keys))


def _requeue(session: Session, *where: ColumnElement[bool]) -> int:
    """Queue what was refused, in as many statements for a thousand as for ten; how many there were."""
    refused = [OutgoingScore.status == Delivery.REFUSED, *where]
    columns = session.scalars(
        select(LineItem).where(LineItem.id.in_(select(OutgoingScore.line_item_id).where(*refused)))
    ).all()
    done = session.execute(
        update(OutgoingScore).where(*refused).values(**anew()), execution_options={"synchronize_session": "fetch"}
    )
    for line_item in columns:
        schedule(session, line_item)
    count: int = done.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    return count
