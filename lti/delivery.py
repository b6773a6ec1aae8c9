"""Sends what waits for one gradebook column. The rows are the truth: killed at any moment, it goes on where they say.

Nothing is held over the network: a request is noted and committed before it leaves, its answer after it came.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import requests
import structlog
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, false, or_, select, update

from engine import clock, due
from engine.db import db
from engine.worker import backoff
from lti import quirks, tokens
from lti.grades import ColumnFailed, Held, note_results, read_results, text_of
from lti.library import score_body
from lti.models import Delivery, LineItem, OutgoingScore, Platform
from lti.outgoing import NotAllowed, Unreachable, open_session

log = structlog.get_logger()

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RUN_SECONDS = 40.0  # then the next run goes on, well before the lease of this one is over
MOST_CONFLICTS = 5
MOST_FAULTS = 5  # server errors that one score causes, before a teacher hears of it
FAULTS_IN_A_ROW = 3  # by then it is the server, not the score
CONFLICT_PAUSE = timedelta(seconds=2)  # Moodle compares whole seconds, on its own clock
SECOND = timedelta(seconds=1)


class _Stop(Exception):
    """This run ends; the next is at `at`, or never."""

    def __init__(self, at: datetime | None) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True)
class _Run:
    """One pass over a column; free of the session, so that it may cross network calls."""

    line_item_id: int
    platform_id: int
    url: str
    client: tokens.Client
    http: requests.Session
    held: Mapping[int, Held]


@dataclass(frozen=True)
class _Request:
    """One score on its way. Accepted, it settles hand-in `number` or the grade of `version`; the other is None.

    `spent_before` is what `comment_spent` was before it left: a refusal puts it back.
    """

    body: str
    sub: str
    spent_before: str
    number: int | None = None
    version: int | None = None


def handle(task: due.Task) -> datetime | None:
    """Send what waits in one column; when to come again, or None if nothing is left to do."""
    line_item = db.session.get(LineItem, int(task.key))
    if line_item is None:
        return None
    platform = line_item.platform
    if platform.paused_until and platform.paused_until > clock.real_now():
        return platform.paused_until
    rows = _waiting(line_item)
    ids, graded = [row.id for row in rows], any(map(_is_grade_waiting, rows))
    known = (line_item.id, platform.id, line_item.url, tokens.Client.of(platform))
    db.session.rollback()
    with open_session() as http:
        try:
            held = _held(known, http) if graded else {}
            return _send_all(_Run(*known, http, held), ids)
        except ColumnFailed as failed:
            return _column_failed(known[0], ids, failed)
        except _Stop as stop:
            return stop.at


def _held(known: tuple[int, int, str, tokens.Client], http: requests.Session) -> Mapping[int, Held]:
    """What the gradebook holds, once for all rows of the run, so that no grade changed by hand is overwritten."""
    line_item_id, platform_id, url, client = known
    return note_results(line_item_id, platform_id, read_results(client, http, url))


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


def _send_all(run: _Run, ids: Sequence[int]) -> datetime | None:
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


def _send(run: _Run, row_id: int) -> datetime | None:
    """Tell what one row has to tell, the hand-in before the grade; when to come again, None if it is settled.

    Raises:
        _Stop: what happened concerns the whole column or platform.
    """
    new_attempt = True
    while True:
        request = _prepare(run, row_id, new_attempt=new_attempt)
        if not isinstance(request, _Request):
            return request
        try:
            answer = tokens.call(
                run.client, run.http, [tokens.SCORES], "POST", quirks.with_path_end(run.url, "/scores"),
                data=request.body.encode(), headers={"Content-Type": SCORE_TYPE},
            )  # fmt: skip
        except (Unreachable, tokens.NoToken) as failed:
            raise _no_answer(run, row_id, failed) from failed
        status, said = answer.status_code, text_of(answer)
        if answer.ok:
            _accepted(run, row_id, request, status)
        elif request.number is not None and new_attempt and quirks.is_attempts_used_up(status, said):
            new_attempt = False
        elif quirks.is_older_timestamp(status, said):
            if at := _conflict(run, row_id, request):
                return at
        else:
            return _rejected(run, row_id, request, answer)


def _prepare(run: _Run, row_id: int, *, new_attempt: bool) -> _Request | datetime | None:
    """A row's next request, noted as leaving; or when to come again; or None, with the row settled."""
    row = _locked(row_id)
    platform = row.line_item.platform
    if quirks.tells_of_hand_ins(platform) and row.hand_in_number > row.sent_hand_in_number:
        made = _hand_in(row, platform, new_attempt=new_attempt)
    elif _is_grade_waiting(row) and row.withdrawn and row.tried_given is None:
        row.sent_version, made = row.wanted_version, None  # it never left, so there is nothing to take back
    elif _is_grade_waiting(row) and not row.overwrite and _is_foreign(run.held.get(row.user_id), row):
        row.status, made = Delivery.CHANGED, None
        row.message = _("The gradebook holds a grade that did not come from here. It was not overwritten.")
    elif _is_grade_waiting(row):
        made = _grade(row, platform)
    else:
        made = None
    if made is None and row.status is Delivery.QUEUED:
        row.status = Delivery.SENT if row.sent_at else Delivery.NOTED
    db.session.commit()
    return made


def _hand_in(row: OutgoingScore, platform: Platform, *, new_attempt: bool) -> _Request | datetime:
    stamp = quirks.score_time(platform, clock.real_now(), row.last_timestamp)
    if stamp is None:
        return clock.real_now() + SECOND
    row.last_timestamp = stamp
    more = quirks.hand_in_members(platform, row.work_url, new_attempt=new_attempt) | _submission(row)
    body = score_body(row.user.sub, _iso(stamp), "Submitted", "PendingManual", None, None, "", more)
    return _Request(body, row.user.sub, row.comment_spent, number=row.hand_in_number)


def _grade(row: OutgoingScore, platform: Platform) -> _Request | datetime:
    stamp = quirks.score_time(platform, clock.real_now(), row.last_timestamp)
    if stamp is None:
        return clock.real_now() + SECOND
    spent_before, digest = row.comment_spent, _digest(row.comment)
    comment = "" if quirks.appends_comments(platform) and digest == spent_before else row.comment
    row.last_timestamp, row.comment_spent = stamp, digest
    activity, grading, more = "Completed", "FullyGraded", quirks.grade_members(platform)
    if row.withdrawn:
        activity, grading, more = quirks.withdrawal(platform)
    else:
        row.tried_given, row.tried_maximum = row.score_given, row.score_maximum
    given, maximum = row.score_given, row.score_maximum
    body = score_body(row.user.sub, _iso(stamp), activity, grading, given, maximum, comment, more | _submission(row))
    return _Request(body, row.user.sub, spent_before, version=row.wanted_version)


def _accepted(run: _Run, row_id: int, request: _Request, status: int) -> None:
    row = _locked(row_id)
    row.code, row.message, row.attempts, row.conflicts = status, "", 0, 0
    row.sent_at = clock.real_now()
    if request.number is not None:
        row.sent_hand_in_number = request.number
    check = False
    if request.version is not None:
        check = row.overwrite and quirks.keeps_its_override(row.line_item.platform)
        _delivered(row, request.version)
    db.session.commit()
    if check:
        _check_override(run, row_id, request.sub)


def _delivered(row: OutgoingScore, version: int) -> None:
    """The grade of `version` is in the gradebook; a newer one, wanted meanwhile, still waits."""
    row.sent_version = version
    if row.withdrawn and version == row.wanted_version:
        row.delivered_given = row.delivered_maximum = row.tried_given = row.tried_maximum = None
    else:
        row.delivered_given, row.delivered_maximum = row.tried_given, row.tried_maximum
    row.overwrite = row.overwrite and version != row.wanted_version


def _check_override(run: _Run, row_id: int, sub: str) -> None:
    """A grade that was to replace the teacher's may have been taken and not shown."""
    held = read_results(run.client, run.http, run.url, only=sub).get(sub)
    row = _locked(row_id)
    if held and not held.is_same(row.delivered_given, row.delivered_maximum):
        row.status = Delivery.CHANGED
        row.message = _(
            "The LMS still shows its own grade. Untick “Overridden” there in the gradebook, then send again."
        )
    db.session.commit()


def _conflict(run: _Run, row_id: int, request: _Request) -> datetime | None:
    """The platform has a newer time for this person: never final. None if the row may go on at once."""
    held = read_results(run.client, run.http, run.url, only=request.sub).get(request.sub)
    row = _locked(row_id)
    comment_is_there = not row.comment or _digest(row.comment) == request.spent_before
    row.comment_spent = request.spent_before
    row.conflicts += 1
    at: datetime | None = None
    if request.version is not None and _holds_ours(held, row) and comment_is_there:
        row.comment_spent = _digest(row.comment)
        row.sent_at, row.message = clock.real_now(), ""
        _delivered(row, request.version)
    elif row.conflicts >= MOST_CONFLICTS:
        row.status = Delivery.REFUSED
        row.message = _(
            "The LMS says it has something newer for this student. Look at the grade there, then send again."
        )
    else:
        at = clock.real_now() + CONFLICT_PAUSE
    db.session.commit()
    return at


def _rejected(run: _Run, row_id: int, request: _Request, answer: requests.Response) -> datetime | None:
    """Any other refusal: wait, give this row up, or give the whole column up."""
    status, said = answer.status_code, text_of(answer)
    row = _locked(row_id)
    row.code, row.attempts = status, row.attempts + 1
    at = clock.real_now() + backoff(row.attempts - 1)
    log.info("score refused", row=row_id, status=status, attempts=row.attempts)
    if quirks.is_throttled(status, said):
        row.comment_spent = request.spent_before
        at = max(at, clock.real_now() + _retry_after(answer))
        row.line_item.platform.paused_until = at
        row.message = _("The LMS asked for slower calls; it is sent later.")
        db.session.commit()
        raise _Stop(at)
    if status >= 500 and not (status == 500 and row.attempts >= MOST_FAULTS):
        row.message = _("The LMS has a fault; it is tried again.")
        db.session.commit()
        if quirks.is_fault_of_one(status):
            return at
        raise _Stop(at)
    row.comment_spent = request.spent_before
    row.status, row.message = Delivery.REFUSED, quirks.why_refused(status, said, row)
    everyone = quirks.stops_the_column(status, said)
    if quirks.is_column_gone(status, said):
        row.line_item.gone_at, row.line_item.problem = clock.real_now(), row.message
    message = row.message
    if everyone:
        _refuse_waiting(run.line_item_id, message, status)
    db.session.commit()
    if everyone:
        raise _Stop(None)
    return None


def _no_answer(run: _Run, row_id: int, failed: Unreachable | tokens.NoToken) -> _Stop:
    """No answer, or no token: the comment may have arrived, so it stays spent."""
    final = not failed.again if isinstance(failed, tokens.NoToken) else isinstance(failed, NotAllowed)
    if final:
        _refuse_waiting(run.line_item_id, failed.message, None)
        db.session.commit()
        return _Stop(None)
    row = _locked(row_id)
    row.attempts += 1
    row.message = _("%(why)s It is tried again.", why=failed.message)
    at = clock.real_now() + backoff(row.attempts - 1)
    db.session.commit()
    return _Stop(at)


def _column_failed(line_item_id: int, ids: Sequence[int], failed: ColumnFailed) -> datetime | None:
    """The results could not be read, so nothing may be overwritten: wait, or say why it cannot be."""
    if not failed.again:
        _refuse_waiting(line_item_id, failed.message, failed.status)
        if failed.gone:
            gone = update(LineItem).where(LineItem.id == line_item_id)
            db.session.execute(gone.values(gone_at=clock.real_now(), problem=failed.message))
        db.session.commit()
        return None
    rows = [_locked(row_id) for row_id in ids]
    for row in rows:
        row.attempts += 1
        row.message = _("%(why)s It is tried again.", why=failed.message)
    at = clock.real_now() + backoff(min((row.attempts for row in rows), default=1) - 1)
    db.session.commit()
    return at


def _refuse_waiting(line_item_id: int, message: str, status: int | None) -> None:
    waiting = and_(OutgoingScore.line_item_id == line_item_id, OutgoingScore.status == Delivery.QUEUED)
    refused = update(OutgoingScore).where(waiting).values(status=Delivery.REFUSED, message=message, code=status)
    db.session.execute(refused)


def _locked(row_id: int) -> OutgoingScore:
    query = select(OutgoingScore).where(OutgoingScore.id == row_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _is_grade_waiting(row: OutgoingScore) -> bool:
    return row.status is Delivery.QUEUED and row.wanted_version > row.sent_version


def _is_foreign(held: Held | None, row: OutgoingScore) -> bool:
    """Whether the gradebook holds a grade that is neither one of ours nor the one about to be sent."""
    if held is None or held.score is None:
        return False
    ours = ((row.delivered_given, row.delivered_maximum), (row.tried_given, row.tried_maximum))
    return not any(held.is_same(*one) for one in (*ours, (row.score_given, row.score_maximum)))


def _holds_ours(held: Held | None, row: OutgoingScore) -> bool:
    return (held or Held(None, None)).is_same(row.score_given, row.score_maximum)


def _submission(row: OutgoingScore) -> dict[str, object]:
    return {"submission": {"submittedAt": _iso(row.handed_in_at)}} if row.handed_in_at else {}


def _retry_after(answer: requests.Response) -> timedelta:
    """Retry-After in seconds, at most an hour; a date there, or nothing, is left to the usual waiting."""
    said = answer.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(said), 3600)) if said.isascii() and said.isdigit() else timedelta(0)


def _digest(comment: str) -> str:
    return hashlib.sha256(comment.encode()).hexdigest() if comment else ""


def _iso(at: datetime) -> str:
    """ISO 8601 with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
