"""A gradebook column as the LMS has it: its name, points and date, and what it holds for each person.

LTI Assignment and Grade Services 2.0, Line item service and Result service.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import clock
from engine.clock import parse_instant
from engine.db import db
from lti import grades, pausing, quirks, reasons, tokens
from lti.claims import text
from lti.held import Held, note_results
from lti.models.context import Context, LineItem
from lti.outgoing import NotAllowed, Unreachable, host_of, json_of, open_session, text_of
from lti.reasons import Reason
from lti.refusals import Do, refusal_of
from lti.storable import MOST_CHARACTERS, MOST_PEOPLE, plain

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
YOUNG = timedelta(minutes=2)


@dataclass(frozen=True)
class ColumnView:
    """A column as the LMS last showed it. `problem`: what could not be read, or ""."""

    label: str
    score_maximum: float | None
    due: datetime | None
    read_at: datetime | None
    problem: str


class ColumnFailed(Exception):
    """The column or its results could not be read: why, and the HTTP `status` if there was an answer.

    `again`: waiting may help. `gone`: there is no such column any more. `course`: the whole course is closed.
    """

    def __init__(
        self,
        reason: Reason,
        status: int | None = None,
        *,
        gone: bool = False,
        again: bool = False,
        course: bool = False,
    ) -> None:
        super().__init__(reason.said())
        self.reason, self.status, self.gone, self.again, self.course = reason, status, gone, again, course


def read_column(line_item: LineItem, *, fresh: bool = False) -> ColumnView:
    """The column; asked of the LMS anew, with all its grades, if that was not done just now, or if `fresh`.

    A platform that is left alone for a while is not asked. Call it before anything is written: it ends the session's
    transaction, so that none is held over the network.
    """
    now = clock.real_now()
    old = fresh or line_item.asked_at is None or line_item.asked_at < now - YOUNG
    if old and not pausing.is_paused(line_item.platform):
        ask(line_item, now)
    return ColumnView(
        line_item.label, line_item.score_maximum, line_item.due, line_item.fetched_at, _problem(line_item)
    )


def _problem(line_item: LineItem) -> str:
    platform = line_item.platform
    why = platform.paused_why if pausing.is_paused(platform) else line_item.problem
    return reasons.say(why, reasons.lms_name(platform.product_family))


def ask(line_item: LineItem, now: datetime) -> ColumnFailed | None:
    """Read the column and all its grades, and write down what they are; why that could not be, if so.

    It ends the session's transaction, as `read_column`.
    """
    client, item_id, url = tokens.Client.of(line_item.platform), line_item.id, line_item.url
    platform_id, may = line_item.platform.id, line_item.context.ags_scopes
    scope = tokens.LINE_ITEM if tokens.LINE_ITEM in may else tokens.LINE_ITEM_READ
    known: dict[str, Any] = {"label": line_item.label, "due": line_item.due, "asked_at": now}
    stopped = line_item.gone_at is not None or line_item.context.paused_at is not None
    db.session.rollback()
    failed: ColumnFailed | None = None
    try:
        with open_session() as http:
            seen = known | _seen(_read_line_item(client, http, scope, url)) | {"fetched_at": now}
            note_results(item_id, platform_id, read_results(client, http, url), now)
    except ColumnFailed as trouble:
        failed = trouble
        seen = known | {"problem": failed.reason.stored} | ({"gone_at": now} if failed.gone else {})
    with Session(db.engine) as own:
        own.execute(update(LineItem).where(LineItem.id == item_id).values(**seen))
        if failed is not None and failed.course:
            pause_course(own, item_id, failed.reason, now)
        elif failed is None and stopped:
            grades.go_on(own, item_id)
        own.commit()
    return failed


def pause_course(session: Session, line_item_id: int, why: Reason, now: datetime) -> None:
    """Send nothing to any column of this one's course until it is read again, or a teacher says so."""
    course = select(LineItem.context_id).where(LineItem.id == line_item_id).scalar_subquery()
    paused = update(Context).where(Context.id == course).values(paused_at=now, paused_why=why.stored)
    session.execute(paused, execution_options={"synchronize_session": False})


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
            if len(held) > MOST_PEOPLE:
                raise ColumnFailed(Reason("too_large", {"host": host_of(url)}))
    except (Unreachable, tokens.NoToken) as failed:
        raise _failed(failed) from failed
    return held


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
    refusal = refusal_of(status, text_of(answer))
    if refusal.do is Do.STOP_COURSE and status != 401:  # a 401 may mean reading alone
        raise ColumnFailed(refusal.why(status), status, course=True)
    if status == 404:
        raise ColumnFailed(Reason("no_such_column"), status, gone=True)
    # A page instead of JSON, with 200: a sign-in or maintenance page stands before the service for a while.
    busy = refusal.do is Do.WAIT or status in {403, 429} or status >= 500 or answer.ok
    raise ColumnFailed(Reason("not_shown", {"status": status}), status, again=busy)


def _failed(failed: Unreachable | tokens.NoToken) -> ColumnFailed:
    again = failed.again if isinstance(failed, tokens.NoToken) else not isinstance(failed, NotAllowed)
    return ColumnFailed(failed.reason, again=again)


def _sub(result: dict[str, Any]) -> str:
    """userId, which some write as a number; "" for one that is nobody's here, since no database could hold it."""
    found = result.get("userId")
    sub = str(found) if isinstance(found, int | str) else ""
    return sub if len(sub) <= MOST_CHARACTERS and plain(sub) == sub else ""


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
