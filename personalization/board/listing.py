"""The list beside an answer, a hundred rows at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from personalization.board.claim import Claim, claims_on
from personalization.board.waiting import Kind, Row, answered_since, number
from personalization.people import access
from personalization.people.model import Person

PAGE = 100  # rows


def listed(
    me: Person,
    rows: list[Row],
    now: datetime,
    current: int | None,
    page: int | None = None,
    claims: Mapping[int, Claim] | None = None,
) -> dict[str, Any]:
    """What the list shows. `current`: the id of the idea that lies open; its page is shown unless one is asked for.
    `claims`: those on all of its ideas, ended or not, where they were read before."""
    midnight = datetime.combine(now.astimezone(zone := ZoneInfo(access.zone_name())), time.min, zone)
    last = max(1, -(-len(rows) // PAGE))
    at = min(page or _page_with(rows, current), last)
    shown = rows[(at - 1) * PAGE : at * PAGE]
    answered = answered_since(me, midnight)
    ideas = {row.id for row in shown if row.kind is Kind.IDEA} | ({current} if current else set())
    return {
        "tab": "queue",
        "rows": shown,
        "total": number(rows),
        "page": at,
        "pages": last,
        "current": current,
        "now": now,
        "claims": claims_on(ideas, now) if claims is None else {i: c for i, c in claims.items() if c.holds(now)},
        "answered": answered,
        "answers": sum(1 for _decision, idea in answered if not idea.choice.student.is_test),
    }


def _page_with(rows: list[Row], current: int | None) -> int:
    index = next((i for i, row in enumerate(rows) if row.kind is Kind.IDEA and row.id == current), 0)
    return index // PAGE + 1
