"""The queue: what waits for me, for students, and what is at risk, by deadline and then by age."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.board.blueprint import bp
from personalization.board.comparing import alike
from personalization.board.deciding import pane
from personalization.board.following import at_risk, with_students
from personalization.board.forms import decision_form
from personalization.board.listing import listed
from personalization.board.waiting import Kind, Row, next_promise, number, waiting
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.model import Proposal

ME, THEM, RISK = "me", "them", "risk"
LISTS: dict[str, Callable[[Person, datetime], list[Row]]] = {ME: waiting, THEM: with_students, RISK: at_risk}


@bp.get("/courses/<int:course_id>/queue")
def queue(course_id: int) -> ResponseReturnValue:
    """`?for=` names the list, `?page=` its page; the first idea that waits for me lies open beside it."""
    me, now = access.require_answerer(course_id), clock.now()
    lists = {name: rows_of(me, now) for name, rows_of in LISTS.items()}
    shown = request.args.get("for", ME)
    shown = shown if shown in LISTS else ME
    rows = lists[shown]
    first = next((row.id for row in rows if row.kind is Kind.IDEA), None) if shown == ME else None
    proposal = db.session.get_one(Proposal, first) if first else None
    opened = pane(proposal, decision_form(proposal), rows) if proposal else {}
    return render_template(
        "board/queue.html",
        promise=next_promise(me.course, now),
        lists=[(name, label, number(lists[name])) for name, label in _labels().items()],
        shown=shown,
        alike_groups=_alike_groups(me) if shown == ME and first else [],
        **listed(me, rows, now, first, _page_asked()),
        **opened,
    )


@bp.get("/courses/<int:course_id>/queue/next", endpoint="next")
def to_next(course_id: int) -> ResponseReturnValue:
    me = access.require_answerer(course_id)
    rows = waiting(me, clock.now())
    return redirect(rows[0].href if rows else url_for("board.queue", course_id=course_id), 303)


def _labels() -> dict[str, str]:
    return {ME: _("For you"), THEM: _("With students"), RISK: _("At risk")}


def _page_asked() -> int | None:
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 and int(text) else None


def _alike_groups(me: Person) -> list[tuple[str, Proposal, int]]:
    """[(address, one of them, how many)] of each group of alike ideas."""
    found = []
    for ids in alike(me):
        one = db.session.get_one(Proposal, ids[0])  # the list has read it
        href = url_for("board.together", activity_id=one.choice.activity_id, like=one.id)
        found.append((href, one, len(ids)))
    return found
