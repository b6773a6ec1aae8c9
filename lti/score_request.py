"""What one row of the gradebook's outbox says on the wire, and whether it may be said: no session, no network.

LTI Assignment and Grade Services 2.0, Score publish service.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from lti import quirks
from lti.held import TOLERANCE, Held
from lti.library.sent import score_body
from lti.models.platform import Platform
from lti.models.score import Delivery, OutgoingScore


@dataclass(frozen=True)
class Request:
    """One score on its way. Accepted, it settles hand-in `number` or the grade of `version`; the other is None.

    `spent_before` is what `comment_spent` was before it left: a refusal puts it back. `look`: accepted, it may yet not
    be what the gradebook shows.
    """

    row_id: int
    body: str
    sub: str
    spent_before: str
    number: int | None = None
    version: int | None = None
    new_attempt: bool = False
    look: bool = False


def is_hand_in_waiting(platform: Platform, row: OutgoingScore) -> bool:
    return quirks.tells_of_hand_ins(platform) and row.hand_in_number > row.sent_hand_in_number


def is_grade_waiting(row: OutgoingScore | Row[Any]) -> bool:
    return row.status is Delivery.QUEUED and row.wanted_version > row.sent_version


def hand_in(platform: Platform, row: OutgoingScore, sub: str, now: datetime, *, new_attempt: bool) -> Request | None:
    """Work came in, which the row notes as told; None if the clock must move on first."""
    stamp = quirks.score_time(platform, now, row.last_timestamp)
    if stamp is None:
        return None
    row.last_timestamp = stamp
    more = quirks.hand_in_members(platform, row.work_url, new_attempt=new_attempt) | _submission(row)
    body = score_body(sub, _iso(stamp), "Submitted", "PendingManual", None, None, "", more)
    return Request(row.id, body, sub, row.comment_spent, number=row.hand_in_number, new_attempt=new_attempt)


def grade(platform: Platform, row: OutgoingScore, sub: str, now: datetime) -> Request | None:
    """The grade that is wanted, or its withdrawal, noted by the row; None if the clock must move on first."""
    stamp = quirks.score_time(platform, now, row.last_timestamp)
    if stamp is None:
        return None
    spent_before, comment = row.comment_spent, _comment(row, platform)
    row.last_timestamp, row.comment_spent = stamp, digest(row.comment)
    activity, grading, more = "Completed", "FullyGraded", quirks.grade_members(platform)
    if row.withdrawn:
        activity, grading, more = quirks.withdrawal(platform)
    else:
        row.tried_given, row.tried_maximum = row.score_given, row.score_maximum
    given, maximum = row.score_given, row.score_maximum
    body = score_body(sub, _iso(stamp), activity, grading, given, maximum, comment, more | _submission(row))
    look = row.overwrite and quirks.keeps_its_override(platform)
    return Request(row.id, body, sub, spent_before, version=row.wanted_version, look=look)


def held(row: OutgoingScore) -> Held | None:
    """What the gradebook holds for this person as far as we know, None if nothing."""
    return Held(row.result_score, row.result_maximum) if row.result_at else None


def may_overwrite(held: Held | None, row: OutgoingScore) -> bool:
    """Whether nothing would be lost: the gradebook holds nothing, a grade of ours, or one that the teacher gave up."""
    if held is None or held.score is None:
        return True
    ours = ((row.delivered_given, row.delivered_maximum), (row.tried_given, row.tried_maximum))
    if any(held.is_same(*one) for one in (*ours, (row.score_given, row.score_maximum))):
        return True
    return row.overwrite and (row.judged_at is None or is_judged(held, row))


def is_judged(held: Held | None, row: OutgoingScore) -> bool:
    """Whether the gradebook holds just what it held when the teacher last decided between that and ours."""
    if row.judged_at is None or held is None or held.score is None or row.judged_score is None:
        return False
    return abs(held.score - row.judged_score) <= TOLERANCE


def holds_ours(held: Held | None, row: OutgoingScore) -> bool:
    return (held or Held(None, None)).is_same(row.score_given, row.score_maximum)


def digest(comment: str) -> str:
    return hashlib.sha256(comment.encode()).hexdigest() if comment else ""


def _comment(row: OutgoingScore, platform: Platform) -> str:
    """Where comments pile up, each is sent once."""
    return "" if quirks.appends_comments(platform) and digest(row.comment) == row.comment_spent else row.comment


def _submission(row: OutgoingScore) -> dict[str, object]:
    return {"submission": {"submittedAt": _iso(row.handed_in_at)}} if row.handed_in_at else {}


def _iso(at: datetime) -> str:
    """ISO 8601 with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
