"""The queue: what waits for me, for students, and what is at risk, by deadline and then by age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from engine import clock
from engine.db import db
from personalization.activity.whole import RUBRICS
from personalization.board import following
from personalization.board.blueprint import bp
from personalization.board.claim import Claim
from personalization.board.comparing import alike_in, others
from personalization.board.deciding import pane
from personalization.board.forms import decision_form
from personalization.board.gathering import gather
from personalization.board.listing import listed
from personalization.board.live import watch_of
from personalization.board.waiting import Kind, Row, asked, next_promise, number, waiting
from personalization.choice.model import Choice
from personalization.people import access
from personalization.proposal.model import Proposal, Version

ME, THEM, RISK = "me", "them", "risk"
CHOICE = joinedload(Proposal.choice, innerjoin=True)
# What the answer to an idea shows, with the idea itself.
OPENED = (
    CHOICE.joinedload(Choice.student, innerjoin=True),
    CHOICE.joinedload(Choice.activity, innerjoin=True).options(RUBRICS),
    selectinload(Proposal.versions).options(joinedload(Version.lines), joinedload(Version.by)),
    selectinload(Proposal.decisions),
)


@bp.get("/courses/<int:course_id>/queue")
def queue(course_id: int) -> ResponseReturnValue:
    """`?for=` names the list, `?page=` its page; the first idea that waits for me lies open beside it."""
    me, now = access.require_answerer(course_id), clock.now()
    watch = watch_of(me)
    gathered = gather(asked(me, now) | following.asked(me, now, watch))
    lists = {
        ME: waiting(me, now, gathered),
        THEM: following.with_students(gathered),
        RISK: following.at_risk(me, now, watch, gathered),
    }
    shown = request.args.get("for", ME)
    shown = shown if shown in lists else ME
    rows = lists[shown]
    first = next((row for row in rows if row.kind is Kind.IDEA), None) if shown == ME else None
    found = alike_in(gathered) if first else []
    beside = listed(me, rows, now, first.id if first else None, _page_asked())
    return render_template(
        "board/queue.html",
        promise=next_promise(me.course, now) if not rows else None,
        lists=[(name, label, number(lists[name])) for name, label in _labels().items()],
        shown=shown,
        alike_groups=_alike_groups(found, gathered.ideas),
        **beside,
        **(_opened(first, rows, beside["claims"], found) if first else {}),
    )


@bp.get("/courses/<int:course_id>/queue/next", endpoint="next")
def to_next(course_id: int) -> ResponseReturnValue:
    me = access.require_answerer(course_id)
    rows = waiting(me, clock.now())
    return redirect(rows[0].href if rows else url_for("board.queue", course_id=course_id), 303)


def _opened(first: Row, rows: list[Row], claims: Mapping[int, Claim], found: list[list[int]]) -> dict[str, Any]:
    """The answer to the first idea, read with all others of its student."""
    query = select(Proposal).where(Proposal.choice_id == first.choice).options(*OPENED).order_by(Proposal.id)
    ideas = db.session.scalars(query.execution_options(populate_existing=True)).unique().all()
    idea = next(idea for idea in ideas if idea.id == first.id)
    return pane(idea, decision_form(idea), rows, claims, alike=others(idea, found), ideas=ideas)


def _labels() -> dict[str, str]:
    return {ME: _("For you"), THEM: _("With students"), RISK: _("At risk")}


def _page_asked() -> int | None:
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 and int(text) else None


def _alike_groups(found: list[list[int]], ideas: Sequence[Proposal]) -> list[tuple[str, Proposal, int]]:
    """[(address, one of them, how many)] of each group of alike ideas."""
    known = {idea.id: idea for idea in ideas}
    firsts = [(known[ids[0]], len(ids)) for ids in found]
    return [
        (url_for("board.together", activity_id=one.choice.activity_id, like=one.id), one, many) for one, many in firsts
    ]
