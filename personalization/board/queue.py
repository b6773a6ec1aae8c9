"""The queue: what waits for me, for students, and what is at risk, by deadline and then by age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine import clock
from engine.db import db
from personalization.activity.whole import RUBRICS
from personalization.board import following, selecting
from personalization.board.blueprint import bp
from personalization.board.claim import Claim
from personalization.board.comparing import alike_in, others
from personalization.board.forms import decision_form
from personalization.board.gathering import gather
from personalization.board.listing import listed
from personalization.board.pane import pane
from personalization.board.reply import Reply
from personalization.board.waiting import Kind, Row, next_promise, number, waiting
from personalization.board.watch import Watch
from personalization.choice.model import Choice
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.finding import whole_ideas
from personalization.proposal.model import Proposal

ME, THEM, RISK = "me", "them", "risk"
CHOICE = joinedload(Proposal.choice, innerjoin=True)
# What the answer to an idea shows, with the idea itself.
OPENED = (
    CHOICE.joinedload(Choice.student, innerjoin=True),
    CHOICE.joinedload(Choice.activity, innerjoin=True).options(RUBRICS),
)


@bp.get("/courses/<int:course_id>/queue")
def queue(course_id: int) -> ResponseReturnValue:
    """`?for=` names the list, `?page=` its page; the first idea that waits for me lies open beside it."""
    me, now = access.require_answerer(course_id), clock.now()
    watch, replies = _wishes(me)
    gathered = gather(selecting.waiting(me, now) | following.asked(me, now))
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
    beside = listed(me, rows, now, first.id if first else None, _page_asked(), gathered.claims)
    return render_template(
        "board/queue.html",
        promise=next_promise(me.course, now) if not rows else None,
        lists=[(name, label, number(lists[name])) for name, label in _labels().items()],
        shown=shown,
        alike_groups=_alike_groups(found, gathered.ideas),
        **beside,
        **(_opened(first, rows, beside["claims"], found, replies) if first else {}),
    )


@bp.get("/courses/<int:course_id>/queue/next", endpoint="next")
def to_next(course_id: int) -> ResponseReturnValue:
    me = access.require_answerer(course_id)
    rows = waiting(me, clock.now())
    return redirect(rows[0].href if rows else url_for("board.queue", course_id=course_id), 303)


def _wishes(me: Person) -> tuple[Watch, list[Reply]]:
    """What I want to be told of, and my ready words: one statement."""
    query = select(Watch, Reply).select_from(Person).outerjoin(Watch, Watch.person_id == Person.id)
    query = query.outerjoin(Reply, Reply.user_id == Person.user_id).where(Person.id == me.id).order_by(Reply.id)
    kept = db.session.execute(query).all()
    return kept[0][0] or Watch.usual(me.id), [reply for _watch, reply in kept if reply is not None]


def _opened(
    first: Row, rows: list[Row], claims: Mapping[int, Claim], found: list[list[int]], replies: Sequence[Reply]
) -> dict[str, Any]:
    """The answer to the first idea, read with all others of its student."""
    ideas = whole_ideas(Proposal.choice_id == first.choice, *OPENED)
    idea = next(idea for idea in ideas if idea.id == first.id)
    return pane(idea, decision_form(idea), rows, claims, alike=others(idea, found), ideas=ideas, replies=replies)


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
