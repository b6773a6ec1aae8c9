"""What the gradebook should know: rows, newest per person and column, and what the gradebook holds.

LTI Assignment and Grade Services 2.0. Sending is delivery.py's work.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import requests
from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from engine import clock, due
from engine.clock import parse_instant
from engine.db import db
from lti import quirks, tokens
from lti.claims import text
from lti.models import Delivery, LineItem, OutgoingScore, User
from lti.outgoing import NotAllowed, Unreachable, json_of, open_session
from lti.records import add_missing, ensure

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
YOUNG = timedelta(minutes=2)
TOLERANCE = 0.00001  # points; Moodle keeps five decimals


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


@dataclass(frozen=True)
class Held:
    """What the gradebook holds for one person; `score` None: nothing, or a grade that was emptied."""

    score: float | None
    maximum: float | None
    comment: str = ""

    def is_same(self, given: float | None, maximum: float | None) -> bool:
        """Whether this is that score, rescaled to the column, and cut to its maximum as some platforms do."""
        if self.score is None or given is None or not maximum:
            return self.score is None and given is None
        top = self.maximum or maximum
        ours = given / maximum * top
        return any(abs(self.score - one) <= TOLERANCE for one in (ours, min(ours, top)))


@dataclass(frozen=True)
class ColumnView:
    """A column as the LMS last showed it. `results`: {user_id: Held}; `problem`: what could not be read, or ""."""

    label: str
    score_maximum: float | None
    due: datetime | None
    read_at: datetime | None
    problem: str
    results: Mapping[int, Held]


class ColumnFailed(Exception):
    """The column or its results could not be read: `message` for people, the HTTP `status` if there was an answer."""

    def __init__(self, message: str, status: int | None = None, *, gone: bool = False, again: bool = False) -> None:
        super().__init__(message)
        self.message, self.status, self.gone, self.again = message, status, gone, again


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
                _queue_again(row)
            _schedule(line_item)
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

    The caller commits.
    """
    if row.status in {Delivery.CHANGED, Delivery.KEPT}:
        row.wanted_version += 1
        row.overwrite = True
    _queue_again(row)
    _schedule(row.line_item)


def keep_theirs(row: OutgoingScore) -> None:
    """The gradebook's grade stands; ours is not sent. A later release asks again. The caller commits."""
    row.sent_version, row.status, row.overwrite, row.message = row.wanted_version, Delivery.KEPT, False, ""


def outgoing(line_item: LineItem) -> dict[int, OutgoingScore]:
    """{user_id: how telling the gradebook about them goes}."""
    query = select(OutgoingScore).where(OutgoingScore.line_item_id == line_item.id)
    return {row.user_id: row for row in db.session.scalars(query)}


def read_column(line_item: LineItem, *, fresh: bool = False) -> ColumnView:
    """The column and all its grades; asked of the LMS anew if that was not done just now, or if `fresh`.

    Call it before anything is written: it ends the session's transaction, so that none is held over the network.
    """
    now = clock.real_now()
    if fresh or line_item.asked_at is None or line_item.asked_at < now - YOUNG:
        _ask_for_column(line_item, now)
    rows = outgoing(line_item).values()
    results = {row.user_id: Held(row.result_score, row.result_maximum) for row in rows if row.result_at}
    return ColumnView(
        line_item.label, line_item.score_maximum, line_item.due, line_item.fetched_at, line_item.problem, results
    )


def _ask_for_column(line_item: LineItem, now: datetime) -> None:
    client, item_id, url = tokens.Client.of(line_item.platform), line_item.id, line_item.url
    platform_id, may = line_item.platform.id, line_item.context.ags_scopes
    scope = tokens.LINE_ITEM if tokens.LINE_ITEM in may else tokens.LINE_ITEM_READ
    known: dict[str, Any] = {"label": line_item.label, "due": line_item.due, "asked_at": now}
    db.session.rollback()
    try:
        with open_session() as http:
            seen = known | _seen(_read_line_item(client, http, scope, url)) | {"fetched_at": now}
            note_results(item_id, platform_id, read_results(client, http, url))
    except ColumnFailed as failed:
        seen = known | {"problem": failed.message} | ({"gone_at": now} if failed.gone else {})
    with db.engine.begin() as connection:
        connection.execute(update(LineItem).where(LineItem.id == item_id).values(**seen))


def _seen(column: dict[str, Any]) -> dict[str, Any]:
    """What a line item says, as column values (Line item service); what it does not say stays as it was."""
    found = {
        "label": text(column, "label"),
        "score_maximum": _number(column.get("scoreMaximum")),
        "due": _moment(text(column, "endDateTime")),
        "resource_id": text(column, "resourceId"),
        "tag": text(column, "tag"),
    }
    return {name: value for name, value in found.items() if value} | {"gone_at": None, "problem": ""}


def read_results(client: tokens.Client, http: requests.Session, url: str, *, only: str = "") -> dict[str, Held]:
    """{sub: what the gradebook holds} (Result service), of one person if `only` names them.

    Never with `limit`: Moodle (seen) answers that with an error.

    Raises:
        ColumnFailed
    """
    held: dict[str, Held] = {}
    address, accept = quirks.with_path_end(url, "/results"), {"Accept": RESULTS_TYPE}
    asked = {"headers": accept, "params": {"user_id": only}} if only else {"headers": accept}
    try:
        for answer in tokens.pages(client, http, [tokens.RESULTS], address, **asked):
            for result in _json(answer, list):
                if isinstance(result, dict) and (sub := _sub(result)):
                    score, maximum = _number(result.get("resultScore")), _number(result.get("resultMaximum"))
                    held[sub] = Held(score, maximum, text(result, "comment"))
    except (Unreachable, tokens.NoToken) as failed:
        raise _failed(failed) from failed
    return held


def note_results(line_item_id: int, platform_id: int, held: Mapping[str, Held]) -> dict[int, Held]:
    """Write down what the gradebook holds, in a transaction of its own; the same by user_id, unknown people left out.

    Who is no longer in the results no longer has one.
    """
    users, at = _users(platform_id, held), clock.real_now()
    mine = OutgoingScore.line_item_id == line_item_id
    change = update(cast(Table, OutgoingScore.__table__)).where(mine, OutgoingScore.user_id == bindparam("u"))
    change = change.values(result_score=bindparam("s"), result_maximum=bindparam("m"), result_at=at)
    key = {"line_item_id": line_item_id, "status": Delivery.NOTED}
    graded = [{**key, "user_id": user_id} for user_id, one in users.items() if one.score is not None]
    with Session(db.engine) as own:
        own.execute(update(OutgoingScore).where(mine).values(result_score=None, result_maximum=None, result_at=None))
        add_missing(own, OutgoingScore, graded)
        if users:
            own.execute(change, [{"u": user_id, "s": one.score, "m": one.maximum} for user_id, one in users.items()])
        own.commit()
    return users


def _users(platform_id: int, held: Mapping[str, Held]) -> dict[int, Held]:
    query = select(User.id, User.sub).where(User.platform_id == platform_id)
    with db.engine.connect() as connection:
        return {user_id: held[sub] for user_id, sub in connection.execute(query) if sub in held}


def _row(line_item: LineItem, user: User) -> OutgoingScore:
    """This person's row in this column, locked till the caller commits: a worker may be sending it."""
    ensure(db.session, OutgoingScore, {"status": Delivery.NOTED}, line_item_id=line_item.id, user_id=user.id)
    query = select(OutgoingScore).filter_by(line_item_id=line_item.id, user_id=user.id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def _want(row: OutgoingScore) -> None:
    row.wanted_version += 1
    row.overwrite = False
    _queue_again(row)
    _schedule(row.line_item)


def _queue_again(row: OutgoingScore) -> None:
    row.status, row.attempts, row.conflicts, row.code, row.message = Delivery.QUEUED, 0, 0, None, ""


def _schedule(line_item: LineItem) -> None:
    """Wake the delivery of this column: one due row per column, so that results are read once for all who wait."""
    now, platform_id = clock.real_now(), line_item.platform.id
    due.schedule(db.session, "score", str(line_item.id), now, lane=f"platform:{platform_id}")


def _read_line_item(client: tokens.Client, http: requests.Session, scope: str, url: str) -> dict[str, Any]:
    try:
        answer = tokens.call(client, http, [scope], "GET", url, headers={"Accept": LINE_ITEM_TYPE})
    except (Unreachable, tokens.NoToken) as failed:
        raise _failed(failed) from failed
    found: dict[str, Any] = _json(answer, dict)
    return found


def _json(answer: requests.Response, kind: type) -> Any:
    said, status = json_of(answer), answer.status_code
    if answer.ok and isinstance(said, kind):
        return said
    if status == 404:
        gone = quirks.is_column_gone(status, text_of(answer))
        raise ColumnFailed(_("The LMS has no such column any more."), status, gone=gone)
    # A page instead of JSON, with 200: a sign-in or maintenance page stands before the service for a while.
    busy = status in {403, 429} or status >= 500 or answer.ok
    raise ColumnFailed(_("The LMS did not show the column (answer %(status)s).", status=status), status, again=busy)


def text_of(answer: requests.Response) -> str:
    """What an answer says: Canvas in the body, Moodle in the reason phrase. At most 2,000 characters."""
    return f"{answer.text[:1500]} {(answer.reason or '')[:500]}"


def _failed(failed: Unreachable | tokens.NoToken) -> ColumnFailed:
    again = failed.again if isinstance(failed, tokens.NoToken) else not isinstance(failed, NotAllowed)
    return ColumnFailed(failed.message, again=again)


def _sub(result: dict[str, Any]) -> str:
    """userId, which some write as a number."""
    found = result.get("userId")
    return str(found) if isinstance(found, int | str) else ""


def _number(found: object) -> float | None:
    """A number that can be reckoned with; None for anything else, also for one of hundreds of figures."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        number = float(found)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _moment(said: str) -> datetime | None:
    try:
        return parse_instant(said) if said else None
    except (ValueError, OverflowError):
        return None
