"""What became of one request: noted on its row, with how far it reaches, be it the row, the column, course or platform.

It is committed before the next request leaves: nothing is held over the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests
import structlog
from sqlalchemy import and_, select, update
from sqlalchemy.orm import joinedload

from engine import clock
from engine.db import db
from engine.worker import backoff
from lti import quirks, score_request, tokens
from lti.column import ColumnFailed, Held, changed, pause_course, read_results
from lti.models import Context, Delivery, Deployment, LineItem, Membership, OutgoingScore, Platform
from lti.outgoing import NotAllowed, Unreachable
from lti.reasons import Reason
from lti.refusals import Do, Refusal
from lti.score_request import Request

log = structlog.get_logger()

MOST_CONFLICTS = 5
MOST_FAULTS = 5  # server errors that one score causes, before a teacher hears of it
CONFLICT_PAUSE = timedelta(seconds=2)  # Moodle compares whole seconds, on its own clock
SECOND = timedelta(seconds=1)


class Stop(Exception):
    """This run ends; the next is at `at`, or never."""

    def __init__(self, at: datetime | None) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True)
class Run:
    """One pass over a column; free of the session, so that it may cross network calls."""

    line_item_id: int
    platform_id: int
    url: str
    client: tokens.Client
    http: requests.Session
    held: Mapping[int, Held]


def leave_theirs(row: OutgoingScore, held: Held | None) -> None:
    """The gradebook holds somebody's own grade: ask about it, unless a teacher has said that this one stands."""
    if score_request.is_judged(held, row):
        row.sent_version, row.status = row.wanted_version, Delivery.KEPT
    else:
        row.status, row.overwrite, row.message = Delivery.CHANGED, False, changed(held).stored


def accepted(run: Run, row_id: int, request: Request, status: int) -> bool:
    """Whether nothing else waits to be told of this person."""
    row = locked(row_id)
    row.code, row.message, row.attempts, row.conflicts = status, "", 0, 0
    row.sent_at = clock.real_now()
    if request.number is not None:
        row.sent_hand_in_number = request.number
    check = False
    if request.version is not None:
        check = row.overwrite and quirks.keeps_its_override(row.line_item.platform)
        _delivered(row, request.version)
    settled = not score_request.is_hand_in_waiting(row) and not score_request.is_grade_waiting(row)
    if settled and row.status is Delivery.QUEUED:
        row.status = Delivery.SENT
    db.session.commit()
    if check:
        _check_override(run, row_id, request.sub)
    return settled


def _delivered(row: OutgoingScore, version: int) -> None:
    """The grade of `version` is in the gradebook; a newer one, wanted meanwhile, still waits."""
    row.sent_version = version
    if row.withdrawn and version == row.wanted_version:
        row.delivered_given = row.delivered_maximum = row.tried_given = row.tried_maximum = None
    else:
        row.delivered_given, row.delivered_maximum = row.tried_given, row.tried_maximum
    row.overwrite = row.overwrite and version != row.wanted_version
    row.judged_score = row.judged_at = None


def _check_override(run: Run, row_id: int, sub: str) -> None:
    """A grade that was to replace the teacher's may have been taken and not shown."""
    held = read_results(run.client, run.http, run.url, only=sub).get(sub)
    row = locked(row_id)
    if held and not held.is_same(row.delivered_given, row.delivered_maximum):
        row.status, row.message = Delivery.CHANGED, Reason("overridden").stored
        row.result_score, row.result_maximum = held.score, held.maximum
    db.session.commit()


def conflict(run: Run, row_id: int, request: Request) -> datetime | None:
    """The platform has a newer time for this person: never final. None if the row may go on at once, or is settled."""
    held = read_results(run.client, run.http, run.url, only=request.sub).get(request.sub)
    row = locked(row_id)
    comment_is_there = not row.comment or score_request.digest(row.comment) == request.spent_before
    row.comment_spent = request.spent_before
    row.conflicts += 1
    at: datetime | None = None
    if request.version is not None and score_request.holds_ours(held, row) and comment_is_there:
        row.comment_spent = score_request.digest(row.comment)
        row.sent_at, row.message = clock.real_now(), ""
        _delivered(row, request.version)
    elif request.version is not None and not score_request.may_overwrite(held, row):
        row.result_score, row.result_maximum = (held.score, held.maximum) if held else (None, None)
        leave_theirs(row, held)
    elif row.conflicts >= MOST_CONFLICTS:
        row.status, row.message = Delivery.REFUSED, Reason("newer").stored
    else:
        at = clock.real_now() + CONFLICT_PAUSE
    db.session.commit()
    return at


def rejected(run: Run, row_id: int, request: Request, refusal: Refusal, status: int) -> datetime | None:
    """Any other refusal: wait, or give up this row, the column, or the whole course.

    Raises:
        Stop: it concerns more than this row.
    """
    row, why = locked(row_id), refusal.why(status)
    row.code, row.attempts = status, row.attempts + 1
    log.info("score refused", row=row_id, status=status, attempts=row.attempts, by=refusal.name)
    if refusal.do is Do.WAIT and why.key == "throttled":
        row.comment_spent = request.spent_before  # it was turned away unread
    if refusal.do is Do.WAIT:
        db.session.commit()
        raise Stop(_end_of_pause(run.platform_id))
    if refusal.do is Do.TRY_AGAIN and not (status == 500 and row.attempts >= MOST_FAULTS):
        row.message = Reason("fault").stored
        at = clock.real_now() + backoff(row.attempts - 1)
        db.session.commit()
        return at
    row.comment_spent = request.spent_before
    if why.key == "not_a_student" and _is_test_student(row):
        row.sent_version, row.sent_hand_in_number, row.status = row.wanted_version, row.hand_in_number, Delivery.NOTED
    else:
        row.status, row.message = Delivery.REFUSED, why.stored
    everyone = refusal.do in {Do.STOP_COLUMN, Do.STOP_COURSE}
    if everyone:
        _give_up(run.line_item_id, refusal, why, status)
    db.session.commit()
    if everyone:
        raise Stop(None)
    return None


def _give_up(line_item_id: int, refusal: Refusal, why: Reason, status: int) -> None:
    """Nothing more goes to this column, or to the whole course."""
    refuse_waiting(line_item_id, why.stored, status)
    if refusal.do is Do.STOP_COURSE:
        pause_course(db.session, line_item_id, why, clock.real_now())
    elif why.key == "column_gone":
        gone = update(LineItem).where(LineItem.id == line_item_id)
        db.session.execute(gone.values(gone_at=clock.real_now(), problem=why.stored))


def _is_test_student(row: OutgoingScore) -> bool:
    """Canvas (read), before it learned to take them, says of its test student that it is no student."""
    query = select(Membership.is_test_student)
    mine = query.where(Membership.context_id == row.line_item.context_id, Membership.user_id == row.user_id)
    return bool(db.session.scalar(mine))


def no_answer(run: Run, row_id: int, failed: Unreachable | tokens.NoToken) -> Stop:
    """No answer, or no token: the comment may have arrived, so it stays spent."""
    final = not failed.again if isinstance(failed, tokens.NoToken) else isinstance(failed, NotAllowed)
    if final:
        refuse_waiting(run.line_item_id, failed.reason.stored, None)
        db.session.commit()
        return Stop(None)
    row = locked(row_id)
    row.attempts += 1
    row.message = failed.reason.stored
    db.session.commit()
    return Stop(_end_of_pause(run.platform_id))


def _end_of_pause(platform_id: int) -> datetime:
    """A second after the platform may be asked again: the columns that did not fail take their turn first."""
    until = db.session.scalars(select(Platform.paused_until).where(Platform.id == platform_id)).one()
    db.session.rollback()
    return max(until or clock.real_now(), clock.real_now()) + SECOND


def column_failed(line_item_id: int, platform_id: int, failed: ColumnFailed, attempts: int) -> datetime | None:
    """The results could not be read, so nothing may be overwritten: wait, or say why it cannot be."""
    if failed.again:
        waiting = and_(OutgoingScore.line_item_id == line_item_id, OutgoingScore.status == Delivery.QUEUED)
        db.session.execute(update(OutgoingScore).where(waiting).values(message=failed.reason.stored))
        db.session.commit()
        return max(_end_of_pause(platform_id), clock.real_now() + backoff(attempts))
    refuse_waiting(line_item_id, failed.reason.stored, failed.status)
    if failed.course:
        pause_course(db.session, line_item_id, failed.reason, clock.real_now())
    if failed.gone:
        gone = update(LineItem).where(LineItem.id == line_item_id)
        db.session.execute(gone.values(gone_at=clock.real_now(), problem=failed.reason.stored))
    db.session.commit()
    return None


def refuse_waiting(line_item_id: int, message: str, status: int | None) -> None:
    """Whatever waits for a column is refused for one reason. The caller commits."""
    waiting = and_(OutgoingScore.line_item_id == line_item_id, OutgoingScore.status == Delivery.QUEUED)
    refused = update(OutgoingScore).where(waiting).values(status=Delivery.REFUSED, message=message, code=status)
    db.session.execute(refused)


def locked(row_id: int) -> OutgoingScore:
    """A row with all that its request is made of, in one statement."""
    column = joinedload(OutgoingScore.line_item, innerjoin=True).joinedload(LineItem.context, innerjoin=True)
    whole = column.joinedload(Context.deployment, innerjoin=True).joinedload(Deployment.platform, innerjoin=True)
    query = select(OutgoingScore).where(OutgoingScore.id == row_id).with_for_update(of=OutgoingScore)
    query = query.options(joinedload(OutgoingScore.user, innerjoin=True), whole)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()
