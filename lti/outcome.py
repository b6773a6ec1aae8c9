"""What became of one request, noted on its row, and how far it reaches: the row, the column, course or platform.

Nothing here commits, but for what is said to: lti/sending.py does, before the next request leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, select, update

from engine import clock
from engine.db import db
from engine.worker import backoff
from lti import pausing, score_request, tokens
from lti.column import ColumnFailed, pause_course
from lti.held import Held, changed
from lti.models.context import LineItem, Membership
from lti.models.platform import Platform
from lti.models.score import Delivery, OutgoingScore
from lti.outgoing import NotAllowed, Unreachable
from lti.reasons import Reason
from lti.refusals import Do, Refusal
from lti.senders import Outcome

log = structlog.get_logger()

MOST_CONFLICTS = 5
MOST_FAULTS = 5  # server errors that one score causes, before a teacher hears of it
MOST_PATIENCE = 2  # of engine/worker.py's steps: two minutes, for a column of which the results cannot be read
CONFLICT_PAUSE = timedelta(seconds=2)  # Moodle compares whole seconds, on its own clock
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Run:
    """One pass over a column; free of the session, so that it may cross network calls.

    `platform` belongs to no session. `began`: when the results were read by which grades are judged, None if they were
    not. `maximum`: the column's, as far as we know.
    """

    line_item_id: int
    context_id: int
    url: str
    maximum: float | None
    platform: Platform
    client: tokens.Client
    began: datetime | None


@dataclass(frozen=True)
class Noted:
    """What follows for one row: come again `at` that moment; or go `on` at once; or neither, since it is settled."""

    at: datetime | None = None
    on: bool = False
    new_attempt: bool = True


SETTLED, ON = Noted(), Noted(on=True)


def note(run: Run, row: OutgoingScore, outcome: Outcome, now: datetime) -> Noted:
    """Write down on its row what became of a request."""
    if outcome.unheard or outcome.is_throttled:
        row.comment_spent = outcome.request.spent_before  # it was turned away unread
        return ON
    if outcome.failed is not None:
        return _no_answer(row, outcome.failed)
    if outcome.refusal is None:
        return _accepted(run, row, outcome, now)
    if outcome.refusal.do is Do.AS_NO_ATTEMPT and outcome.request.new_attempt:
        return Noted(on=True, new_attempt=False)
    if outcome.refusal.do is Do.LATER:
        return _conflict(row, outcome, now)
    return _rejected(run, row, outcome, outcome.refusal, now)


def leave_theirs(row: OutgoingScore, held: Held | None) -> None:
    """The gradebook holds somebody's own grade: ask about it, unless a teacher has said that this one stands."""
    if score_request.is_judged(held, row):
        row.sent_version, row.status = row.wanted_version, Delivery.KEPT
    else:
        row.status, row.overwrite, row.message = Delivery.CHANGED, False, changed(held).stored


def _accepted(run: Run, row: OutgoingScore, outcome: Outcome, now: datetime) -> Noted:
    request = outcome.request
    row.code, row.message, row.attempts, row.conflicts = outcome.status, "", 0, 0
    row.sent_at = now
    if request.number is not None:
        row.sent_hand_in_number = request.number
    if request.version is not None:
        _delivered(row, request.version, run.maximum, now)
    more = score_request.is_hand_in_waiting(run.platform, row) or row.wanted_version > row.sent_version
    if not more and row.status in {Delivery.QUEUED, Delivery.REFUSED}:
        row.status = Delivery.SENT
    if outcome.held and not outcome.held.is_same(row.delivered_given, row.delivered_maximum):  # taken, but not shown
        row.status, row.message = Delivery.CHANGED, Reason("overridden").stored
        row.result_score, row.result_maximum = outcome.held.score, outcome.held.maximum
    return ON if more and row.status is not Delivery.REFUSED else SETTLED


def _delivered(row: OutgoingScore, version: int, maximum: float | None, now: datetime) -> None:
    """The grade of `version` is in the gradebook; a newer one, wanted meanwhile, still waits."""
    row.sent_version = version
    if row.withdrawn and version == row.wanted_version:
        row.delivered_given = row.delivered_maximum = row.tried_given = row.tried_maximum = None
    else:
        row.delivered_given, row.delivered_maximum = row.tried_given, row.tried_maximum
    row.overwrite = row.overwrite and version != row.wanted_version
    row.judged_score = row.judged_at = None
    given, top = row.delivered_given, maximum or row.delivered_maximum
    scaled = given / row.delivered_maximum * top if given is not None and row.delivered_maximum and top else None
    row.result_score, row.result_maximum, row.result_at = scaled, top, now


def _conflict(row: OutgoingScore, outcome: Outcome, now: datetime) -> Noted:
    """The platform has a newer time for this person: never final."""
    request, held = outcome.request, outcome.held
    comment_is_there = not row.comment or score_request.digest(row.comment) == request.spent_before
    row.comment_spent = request.spent_before
    if outcome.unread is not None:
        return ON
    row.conflicts += 1
    if request.version is not None and score_request.holds_ours(held, row) and comment_is_there:
        row.comment_spent = score_request.digest(row.comment)
        row.sent_at, row.message = now, ""
        _delivered(row, request.version, None, now)
        return ON
    if request.version is not None:
        row.result_score, row.result_maximum = (held.score, held.maximum) if held else (None, None)
        row.result_at = now if held else None
    if request.version is not None and not score_request.may_overwrite(held, row):
        leave_theirs(row, held)
        return ON  # a hand-in may yet wait
    if row.conflicts >= MOST_CONFLICTS:
        row.status, row.message = Delivery.REFUSED, Reason("newer").stored
        return SETTLED
    return Noted(at=now + CONFLICT_PAUSE)


def _rejected(run: Run, row: OutgoingScore, outcome: Outcome, refusal: Refusal, now: datetime) -> Noted:
    """Any other refusal: wait, or give up this row; what it says of others is the caller's matter."""
    request, why = outcome.request, refusal.why(outcome.status)
    row.code, row.attempts = outcome.status, row.attempts + 1
    log.info("score refused", row=row.id, status=outcome.status, attempts=row.attempts, by=refusal.name)
    if refusal.do is Do.WAIT:
        return ON
    if refusal.do is Do.TRY_AGAIN and not (outcome.status == 500 and row.attempts >= MOST_FAULTS):
        row.message = Reason("fault").stored
        return Noted(at=now + backoff(min(row.attempts - 1, pausing.LONGEST_STEP)))
    row.comment_spent = request.spent_before
    if why.key == "not_a_student" and _is_test_student(run, row):
        row.sent_version, row.sent_hand_in_number, row.status = row.wanted_version, row.hand_in_number, Delivery.NOTED
    else:
        row.status, row.message = Delivery.REFUSED, why.stored
    return SETTLED


def _is_test_student(run: Run, row: OutgoingScore) -> bool:
    """Canvas (read), before it learned to take them, says of its test student that it is no student."""
    query = select(Membership.is_test_student)
    mine = query.where(Membership.context_id == run.context_id, Membership.user_id == row.user_id)
    return bool(db.session.scalar(mine))


def _no_answer(row: OutgoingScore, failed: Unreachable) -> Noted:
    """The comment may have arrived, so it stays spent."""
    if not isinstance(failed, NotAllowed):
        row.attempts += 1
        row.message = failed.reason.stored
    return ON


def give_up(run: Run, refusal: Refusal, status: int) -> None:
    """Nothing more goes to this column, or to the whole course. The caller commits."""
    why = refusal.why(status)
    refuse_waiting(run.line_item_id, why.stored, status)
    if refusal.do is Do.STOP_COURSE:
        pause_course(db.session, run.line_item_id, why, clock.real_now())
    elif why.key == "column_gone":
        _mark_gone(run.line_item_id, why)


def _mark_gone(line_item_id: int, why: Reason) -> None:
    gone = update(LineItem).where(LineItem.id == line_item_id)
    db.session.execute(gone.values(gone_at=clock.real_now(), problem=why.stored))


def no_token(run: Run, failed: Unreachable | tokens.NoToken) -> datetime | None:
    """Nothing can be sent at all: when to come again, or None, and what waits is refused. It commits."""
    final = not failed.again if isinstance(failed, tokens.NoToken) else isinstance(failed, NotAllowed)
    if final:
        refuse_waiting(run.line_item_id, failed.reason.stored, None)
    else:
        _say(run.line_item_id, failed.reason)
    db.session.commit()
    return None if final else end_of_pause(run.platform.id)


def end_of_pause(platform_id: int) -> datetime:
    """A second after the platform may be asked again: the columns that did not fail take their turn first."""
    until = db.session.scalars(select(Platform.paused_until).where(Platform.id == platform_id)).one()
    db.session.rollback()
    return max(until or clock.real_now(), clock.real_now()) + SECOND


def column_failed(line_item_id: int, platform_id: int, failed: ColumnFailed, attempts: int) -> datetime | None:
    """The results could not be read, so nothing may be overwritten: wait, or say why it cannot be. It commits."""
    if failed.again:
        _say(line_item_id, failed.reason)
        db.session.commit()
        wait = backoff(min(attempts, MOST_PATIENCE))  # the task may have come again for other reasons, too
        return max(end_of_pause(platform_id), clock.real_now() + wait)
    refuse_waiting(line_item_id, failed.reason.stored, failed.status)
    if failed.course:
        pause_course(db.session, line_item_id, failed.reason, clock.real_now())
    if failed.gone:
        _mark_gone(line_item_id, failed.reason)
    db.session.commit()
    return None


def _say(line_item_id: int, why: Reason) -> None:
    """Why it waits, on all that waits."""
    waiting = and_(OutgoingScore.line_item_id == line_item_id, OutgoingScore.status == Delivery.QUEUED)
    db.session.execute(update(OutgoingScore).where(waiting).values(message=why.stored))


def refuse_waiting(line_item_id: int, message: str, status: int | None) -> None:
    """Whatever waits for a column is refused for one reason. The caller commits."""
    waiting = and_(OutgoingScore.line_item_id == line_item_id, OutgoingScore.status == Delivery.QUEUED)
    refused = update(OutgoingScore).where(waiting).values(status=Delivery.REFUSED, message=message, code=status)
    db.session.execute(refused)
