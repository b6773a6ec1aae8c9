"""What a column holds for each person, as far as we know, written down as it is read.

LTI Assignment and Grade Services 2.0, Result service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from engine import clock
from engine.db import db
from lti import grades, reasons
from lti.models.context import LineItem, User
from lti.models.score import Delivery, OutgoingScore
from lti.reasons import Reason
from lti.records import CHUNK, add_missing

FRESH = timedelta(minutes=1)  # how old what was read may be, for a grade that was wanted before that
LONGEST_FRESH = timedelta(minutes=15)  # for a gradebook that takes long to read
TOLERANCE = 0.00001  # points; Moodle keeps five decimals


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


def results_of(line_item: LineItem) -> dict[int, Held]:
    """{user_id: what the column held when it was last read}."""
    kept = (OutgoingScore.user_id, OutgoingScore.result_score, OutgoingScore.result_maximum)
    query = select(*kept).where(OutgoingScore.line_item_id == line_item.id, OutgoingScore.result_at.is_not(None))
    return {user_id: Held(score, maximum) for user_id, score, maximum in db.session.execute(query)}


def note_results(line_item_id: int, platform_id: int, held: Mapping[str, Held], began: datetime) -> datetime:
    """Write down what the gradebook holds, in a transaction of its own, as far as that is news; how long it may be
    gone by.

    Who is no longer in the results no longer has one. `began`: when the reading began; a score that arrived later says
    nothing about what was read, and what was read nothing about it.
    """
    ended = clock.real_now()
    fresh_until = ended + min(max(FRESH, 10 * (ended - began)), LONGEST_FRESH)
    mine = update(LineItem).where(LineItem.id == line_item_id)
    with Session(db.engine) as own:
        own.execute(mine.values(results_began=began, results_fresh_until=fresh_until))  # a write first: SQLite's turn
        known = _known(own, line_item_id)
        strangers = _users(
            own, platform_id, [sub for sub, one in held.items() if one.score is not None and sub not in known]
        )
        _write_results(own, known, held, began)
        key = {"tenant_id": platform_id, "line_item_id": line_item_id, "status": Delivery.NOTED}
        graded = [{**key, "user_id": user_id, **_result(held[sub], began)} for user_id, sub in strangers]
        add_missing(own, OutgoingScore, graded)
        if _notice_changes(own, known, held, began):
            grades.schedule(own, own.get_one(LineItem, line_item_id))
        own.commit()
    return fresh_until


def _known(session: Session, line_item_id: int) -> dict[str, Row[Any]]:
    """{sub: what we know of them in this column}, without a row's object for each of thousands."""
    row = OutgoingScore
    kept = (row.id, row.status, row.result_score, row.result_maximum, row.result_at, row.sent_at)
    more = (row.sent_version, row.wanted_version, row.delivered_given, row.delivered_maximum)
    query = select(User.sub, *kept, *more).join(User, User.id == row.user_id)
    rows: Any = session.execute(query.where(row.line_item_id == line_item_id))
    return {found.sub: found for found in rows}


def _write_results(session: Session, known: Mapping[str, Row[Any]], held: Mapping[str, Held], began: datetime) -> None:
    news = [
        {"i": row.id, **_result(held.get(sub), began)} for sub, row in known.items() if _is_news(row, held.get(sub))
    ]
    table = cast(Table, OutgoingScore.__table__)
    older = or_(table.c.result_at.is_(None), table.c.result_at <= began)
    values: dict[str, Any] = {name: bindparam(name) for name in ("result_score", "result_maximum", "result_at")}
    if news:
        session.execute(update(table).where(table.c.id == bindparam("i"), older).values(values), news)


def _is_news(row: Row[Any], held: Held | None) -> bool:
    if held is None or row.result_at is None:
        return held is not None or row.result_at is not None
    pairs = ((held.score, row.result_score), (held.maximum, row.result_maximum))
    return any(a is not b if a is None or b is None else abs(a - b) > TOLERANCE for a, b in pairs)


def _result(held: Held | None, began: datetime) -> dict[str, Any]:
    score, maximum = (held.score, held.maximum) if held else (None, None)
    return {"result_score": score, "result_maximum": maximum, "result_at": began if held else None}


def _notice_changes(session: Session, known: Mapping[str, Row[Any]], held: Mapping[str, Held], began: datetime) -> bool:
    """Ask about grades that somebody changed by hand since ours arrived; stop asking where ours lies there again, and
    say whether it does anywhere."""
    odd = {row.id: held[sub] for sub, row in known.items() if sub in held and _is_odd(row, held[sub], began)}
    again = False
    for start in range(0, len(odd), CHUNK):
        some = sorted(odd)[start : start + CHUNK]
        query = select(OutgoingScore).where(OutgoingScore.id.in_(some)).order_by(OutgoingScore.id).with_for_update()
        for row in session.scalars(query):
            again |= _notice_change(row, odd[row.id], began)
    return again


def _is_odd(row: Row[Any] | OutgoingScore, held: Held, began: datetime) -> bool:
    """Whether a teacher is asked about this row, or has to be."""
    differs = _is_settled(row, began) and not held.is_same(row.delivered_given, row.delivered_maximum)
    return row.status is Delivery.CHANGED or (row.status is Delivery.SENT and differs)


def _notice_change(row: OutgoingScore, held: Held, began: datetime) -> bool:
    if row.status is Delivery.CHANGED and held.is_same(row.score_given, row.score_maximum):
        grades.queue_again(row)
        return True
    if row.status is Delivery.CHANGED:
        row.message = row.message if reasons.of(row.message) == Reason("overridden") else changed(held).stored
    elif _is_odd(row, held, began):
        row.status, row.message = Delivery.CHANGED, changed(held).stored
    return False


def changed(held: Held | None) -> Reason:
    """Somebody put this into the gradebook."""
    if held is None or held.score is None:
        return Reason("emptied_there")
    return Reason("changed_there", {"points": f"{held.score:.5f}".rstrip("0").rstrip(".")})


def _is_settled(row: Row[Any] | OutgoingScore, began: datetime) -> bool:
    """Whether the gradebook took our newest grade before that moment, so that it should hold it still."""
    arrived = row.sent_at is not None and row.sent_at < began and row.sent_version == row.wanted_version
    return arrived and row.delivered_given is not None


def _users(session: Session, platform_id: int, subs: Sequence[str]) -> list[tuple[int, str]]:
    """(user id, sub), of those that we know."""
    found: list[tuple[int, str]] = []
    for start in range(0, len(subs), CHUNK):
        some = User.sub.in_(subs[start : start + CHUNK])
        query = select(User.id, User.sub).where(User.platform_id == platform_id, some)
        found += [(user_id, sub) for user_id, sub in session.execute(query)]
    return found
