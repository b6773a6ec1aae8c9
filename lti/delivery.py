"""Sends what waits for one gradebook column. The rows are the truth: killed at any moment, it goes on where they say.

Nothing is held over the network: a request is noted and committed before it leaves, its answer after it came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, or_, select

from engine import clock, due
from engine.db import db
from lti import pausing, quirks, score_request, tokens
from lti.column import ColumnFailed, read_results
from lti.held import note_results
from lti.models.context import LineItem
from lti.models.score import Delivery, OutgoingScore
from lti.outcome import Run, column_failed, no_token, refuse_waiting
from lti.outgoing import Unreachable, open_session
from lti.pace import Pace
from lti.sending import Sending
from lti.traffic import Traffic

Waiting = Row[Any]  # id, status, queued_at and versions of a row with something to tell


def handle(task: due.Task) -> datetime | None:
    """Send what waits in one column; when to come again, or None if nothing is left to do."""
    line_item = db.session.get(LineItem, int(task.key))
    if line_item is None or line_item.context.held_at is not None:
        return None
    if line_item.context.paused_at is not None:
        _stop(line_item)
        return None
    platform, now = line_item.platform, clock.real_now()
    if pausing.is_paused(platform):
        return platform.paused_until
    rows = _waiting(line_item)
    stale, fresh_until = _must_read(line_item, rows, now), line_item.results_fresh_until
    run = _run(line_item)
    db.session.rollback()
    limit = pausing.limit_of(platform)
    pace = Pace(limit, min(task.slots, limit), min(platform.slowed_to or limit, limit))
    try:
        if stale:
            began, fresh_until = _read(run)
            run = replace(run, began=began)
        return Sending(run, Traffic(run, task, pace, fresh_until), deque(row.id for row in rows)).send_all()
    except ColumnFailed as failed:
        return column_failed(run.line_item_id, run.platform.id, failed, task.attempts)
    except (tokens.NoToken, Unreachable) as failed:
        return no_token(run, failed)


def _stop(line_item: LineItem) -> None:
    """The course takes nothing: whatever waits says so, without a request."""
    refuse_waiting(line_item.id, line_item.context.paused_why, None)
    db.session.commit()


def _run(line_item: LineItem) -> Run:
    """All that a run needs to know, free of the session."""
    platform, context_id = line_item.platform, line_item.context_id
    client, maximum = tokens.Client.of(platform), line_item.score_maximum
    db.session.expunge(platform)
    return Run(line_item.id, context_id, line_item.url, maximum, platform, client, line_item.results_began)


def _read(run: Run) -> tuple[datetime, datetime]:
    """Have what the gradebook holds written down, once for all rows of the run, so that no grade changed by hand is
    overwritten: when that was begun, and how long it may be gone by."""
    began = clock.real_now()
    with open_session() as http:
        held = read_results(run.client, http, run.url)
    return began, note_results(run.line_item_id, run.platform.id, held, began)


def _must_read(line_item: LineItem, rows: Sequence[Waiting], now: datetime) -> bool:
    """Whether some grade waits that was wanted since the gradebook was last read, or that was too long ago."""
    began, until = line_item.results_began, line_item.results_fresh_until
    if began is None or until is None or until < now:
        return any(map(score_request.is_grade_waiting, rows))
    return any(score_request.is_grade_waiting(row) and began <= (row.queued_at or now) <= now for row in rows)


def _waiting(line_item: LineItem) -> Sequence[Waiting]:
    """Rows with something to tell, those that failed least first: one bad row must not keep the others."""
    untold: ColumnElement[bool] = false()
    if quirks.tells_of_hand_ins(line_item.platform):  # work is told of also while a teacher decides about the grade
        untold = and_(
            OutgoingScore.status.in_([Delivery.CHANGED, Delivery.KEPT]),
            OutgoingScore.hand_in_number > OutgoingScore.sent_hand_in_number,
        )
    kept = (OutgoingScore.id, OutgoingScore.status, OutgoingScore.wanted_version, OutgoingScore.sent_version)
    query = select(*kept, OutgoingScore.queued_at).where(OutgoingScore.line_item_id == line_item.id)
    query = query.where(or_(OutgoingScore.status == Delivery.QUEUED, untold))
    found: Any = db.session.execute(query.order_by(OutgoingScore.attempts, OutgoingScore.id)).all()
    return list(found)
