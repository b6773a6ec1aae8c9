"""Sends what waits for one gradebook column. The rows are the truth: killed at any moment, it goes on where they say.

Nothing is held over the network: a request is noted and committed before it leaves, its answer after it came.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import requests
from sqlalchemy import ColumnElement, and_, false, or_, select

from engine import clock, due
from engine.db import db
from lti import pausing, quirks, score_request, tokens
from lti.column import ColumnFailed, Held, note_results, read_results
from lti.models import Delivery, LineItem, OutgoingScore
from lti.outcome import (
    Run,
    Stop,
    accepted,
    column_failed,
    conflict,
    leave_theirs,
    locked,
    no_answer,
    refuse_waiting,
    rejected,
)
from lti.outgoing import Unreachable, open_session, text_of
from lti.refusals import Do, refusal_of
from lti.score_request import Request

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RUN_SECONDS = 40.0  # then the next run goes on, well before the lease of this one is over
FAULTS_IN_A_ROW = 3  # by then it is the server, not the score
SECOND = timedelta(seconds=1)


def handle(task: due.Task) -> datetime | None:
    """Send what waits in one column; when to come again, or None if nothing is left to do."""
    line_item = db.session.get(LineItem, int(task.key))
    if line_item is None or line_item.context.held_at is not None:
        return None
    if line_item.context.paused_at is not None:
        _stop(line_item)
        return None
    platform = line_item.platform
    if pausing.is_paused(platform):
        return platform.paused_until
    rows = _waiting(line_item)
    ids, graded = [row.id for row in rows], any(map(score_request.is_grade_waiting, rows))
    known = (line_item.id, platform.id, line_item.url, tokens.Client.of(platform))
    db.session.rollback()
    with open_session() as http:
        try:
            held = _held(known, http) if graded else {}
            return _send_all(Run(*known, http, held), ids)
        except ColumnFailed as failed:
            return column_failed(known[0], known[1], failed, task.attempts)
        except Stop as stop:
            return stop.at


def _stop(line_item: LineItem) -> None:
    """The course takes nothing: whatever waits says so, without a request."""
    refuse_waiting(line_item.id, line_item.context.paused_why, None)
    db.session.commit()


def _held(known: tuple[int, int, str, tokens.Client], http: requests.Session) -> Mapping[int, Held]:
    """What the gradebook holds, once for all rows of the run, so that no grade changed by hand is overwritten."""
    line_item_id, platform_id, url, client = known
    began = clock.real_now()
    return note_results(line_item_id, platform_id, read_results(client, http, url), began)


def _waiting(line_item: LineItem) -> Sequence[OutgoingScore]:
    """Rows with something to tell, those that failed least first: one bad row must not keep the others."""
    untold: ColumnElement[bool] = false()
    if quirks.tells_of_hand_ins(line_item.platform):  # work is told of also while a teacher decides about the grade
        untold = and_(
            OutgoingScore.status.in_([Delivery.CHANGED, Delivery.KEPT]),
            OutgoingScore.hand_in_number > OutgoingScore.sent_hand_in_number,
        )
    query = select(OutgoingScore).where(OutgoingScore.line_item_id == line_item.id)
    query = query.where(or_(OutgoingScore.status == Delivery.QUEUED, untold))
    return db.session.scalars(query.order_by(OutgoingScore.attempts, OutgoingScore.id)).all()


def _send_all(run: Run, ids: Sequence[int]) -> datetime | None:
    until, faults, again = time.monotonic() + RUN_SECONDS, 0, list[datetime]()
    for row_id in ids:
        if time.monotonic() > until:
            return clock.real_now()
        at = _send(run, row_id)
        if at:
            again.append(at)
        faults = faults + 1 if at else 0
        if faults >= FAULTS_IN_A_ROW:
            break
    return min(again, default=None)


def _send(run: Run, row_id: int) -> datetime | None:
    """Tell what one row has to tell, the hand-in before the grade; when to come again, None if it is settled.

    Raises:
        Stop: what happened concerns the whole column, course or platform.
    """
    new_attempt = True
    while True:
        request = _prepare(run, row_id, new_attempt=new_attempt)
        if not isinstance(request, Request):
            return request
        try:
            answer = tokens.call(
                run.client, run.http, [tokens.SCORES], "POST", quirks.with_path_end(run.url, "/scores"),
                data=request.body.encode(), headers={"Content-Type": SCORE_TYPE},
            )  # fmt: skip
        except (Unreachable, tokens.NoToken) as failed:
            raise no_answer(run, row_id, failed) from failed
        if answer.ok:
            if accepted(run, row_id, request, answer.status_code):
                return None
            continue
        refusal = refusal_of(answer.status_code, text_of(answer))
        if refusal.do is Do.AS_NO_ATTEMPT and request.number is not None and new_attempt:
            new_attempt = False
        elif refusal.do is Do.LATER:
            if at := conflict(run, row_id, request):
                return at
        else:
            return rejected(run, row_id, request, refusal, answer.status_code)


def _prepare(run: Run, row_id: int, *, new_attempt: bool) -> Request | datetime | None:
    """A row's next request, noted as leaving; or when to come again; or None, with the row settled."""
    row, now = locked(row_id), clock.real_now()
    if row.line_item.context.held_at is not None:
        raise Stop(None)  # a teacher stopped it between two
    made: Request | datetime | None = None
    if score_request.is_hand_in_waiting(row):
        made = score_request.hand_in(row, now, new_attempt=new_attempt) or now + SECOND
    elif score_request.is_grade_waiting(row):
        made = _next_grade(row, run.held.get(row.user_id), now)
    if made is None and row.status is Delivery.QUEUED:
        row.status = Delivery.SENT if row.sent_at else Delivery.NOTED
    db.session.commit()
    return made


def _next_grade(row: OutgoingScore, held: Held | None, now: datetime) -> Request | datetime | None:
    if row.withdrawn and row.tried_given is None:
        row.sent_version = row.wanted_version  # it never left, so there is nothing to take back
        return None
    if not score_request.may_overwrite(held, row):
        leave_theirs(row, held)
        return None
    return score_request.grade(row, now) or now + SECOND
