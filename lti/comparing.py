"""A gradebook column is compared with what it should hold, when somebody who teaches asks for it.

It is read anew. What it lost is sent again; what somebody changed there is left, and asked about (held.note_results).
Since when it was asked stands on the column's row, so that every page can tell whether that is still under way.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Update, exists, select, update

from engine import clock, due
from engine.db import db
from engine.worker import backoff
from lti import column, grades, pausing
from lti.models.context import LineItem, Membership
from lti.models.score import Delivery, OutgoingScore

SECOND = timedelta(seconds=1)


def compare(line_item: LineItem) -> None:
    """Have a column compared soon; asking twice is asking once. The caller commits."""
    now = clock.real_now()
    line_item.compare_asked_at = now
    pausing.try_soon(line_item.platform.id)
    due.schedule(db.session, "compare", str(line_item.id), now, lane=f"platform:{line_item.platform.id}")


def handle(task: due.Task) -> datetime | None:
    """The worker's turn; when to come again, None if the column was compared, or cannot be."""
    line_item = db.session.get(LineItem, int(task.key))
    if line_item is None or line_item.compare_asked_at is None:
        return None
    if pausing.is_paused(line_item.platform):
        return line_item.platform.paused_until
    item_id, began = line_item.id, clock.real_now()
    failed = column.ask(line_item, began)
    db.session.expire_all()  # what that wrote, in transactions of its own
    if failed is not None and failed.again:
        return max(line_item.platform.paused_until or began, began + backoff(task.attempts)) + SECOND
    if failed is None and db.session.execute(_lost(item_id, began)).rowcount:  # type: ignore[attr-defined]
        grades.schedule(db.session, line_item)
    asked = update(LineItem).where(LineItem.id == item_id, LineItem.compare_asked_at <= began)
    db.session.execute(asked.values(compare_asked_at=None))  # who asked meanwhile has it compared once more
    db.session.commit()
    return None


def _lost(item_id: int, began: datetime) -> Update:
    """Queue what the gradebook took before that moment, and says nothing of any more, of those who are still there."""
    course = select(LineItem.context_id).where(LineItem.id == item_id).scalar_subquery()
    there = exists().where(
        Membership.context_id == course, Membership.user_id == OutgoingScore.user_id, Membership.left_at.is_(None)
    )
    lost = update(OutgoingScore).where(
        OutgoingScore.line_item_id == item_id,
        OutgoingScore.status == Delivery.SENT,
        OutgoingScore.delivered_given.is_not(None),
        OutgoingScore.sent_version == OutgoingScore.wanted_version,
        OutgoingScore.sent_at < began,
        OutgoingScore.result_at.is_(None),
        there,
    )
    return lost.values(wanted_version=OutgoingScore.wanted_version + 1, **grades.anew()).execution_options(
        synchronize_session=False
    )
