"""Alike ideas answered together: side by side, one set of words, and each with a record of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.board.blueprint import bp
from personalization.board.comparing import alike
from personalization.board.deciding import decide
from personalization.board.forms import TogetherForm
from personalization.board.selecting import counts
from personalization.choice.model import Choice
from personalization.errors import Refused
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.finding import held
from personalization.proposal.model import Proposal, Status, Version


class Went(NamedTuple):
    """Names of those to whom it went, of those to whom it had gone before, and what stood in the way of the others."""

    sent: list[str]
    before: list[str]
    refused: list[str]


@bp.route("/activities/<int:activity_id>/decisions", methods=["GET", "POST"])
def together(activity_id: int) -> ResponseReturnValue:
    """`?like=` names one of the ideas; without it the first group is shown."""
    activity = access.find(Activity, activity_id)
    me, form = access.require_answerer(activity.course_id), TogetherForm()
    if not form.is_submitted():
        return _page(activity, me, form, _group(activity, me, request.args.get("like", "")))
    if not form.validate():
        return _page(activity, me, form, list(form.judged) or _group(activity, me, ""), 422)
    went = _decide_all(activity, me, form)
    db.session.commit()
    if went.refused:
        return _page(activity, me, form, list(form.judged), 409, went)
    for said in _said(went):
        flash(said)
    return redirect(url_for("board.next", course_id=activity.course_id), 303)


def _decide_all(activity: Activity, me: Person, form: TogetherForm) -> Went:
    """Each by itself: one that was changed meanwhile holds up nobody else's. In one order, so that two who do this at
    once never wait for each other."""
    went, now = Went([], [], []), clock.now()
    for proposal in _ideas(activity, me, list(form.judged), Status):
        name = proposal.choice.student.short_name
        try:
            with db.session.begin_nested():
                fresh = decide(held(proposal.id), form.judged[proposal.id], form.decision.data, form.words, me, now)
        except Refused as refused:
            went.refused.append(refused.title)
        else:
            (went.sent if fresh else went.before).append(name)
    return went


def _said(went: Went) -> list[str]:
    said = []
    if went.sent:
        said.append(_("Sent to %(names)s.", names=", ".join(went.sent)))
    if went.before:
        said.append(_("%(names)s had that already. Nothing was sent twice.", names=", ".join(went.before)))
    return said


def _group(activity: Activity, me: Person, like: str) -> list[int]:
    found = alike(me, activity.id)
    return next((ids for ids in found if like in map(str, ids)), found[0] if found and not like else [])


def _ideas(activity: Activity, me: Person, ids: Sequence[int], at: Sequence[Status] | type[Status]) -> list[Proposal]:
    """Those of these ideas that are of this activity and of students whom I may see, in the order of their choices."""
    query = (
        select(Proposal)
        .join(Proposal.choice)
        .join(Choice.student)
        .join(Choice.activity)
        .where(counts(me), Activity.id == activity.id, Proposal.id.in_(ids), Proposal.status.in_(list(at)))
        .options(selectinload(Proposal.versions).selectinload(Version.lines))
        .order_by(Choice.id, Proposal.id)
    )
    return [idea for idea in db.session.scalars(query) if idea.sent]


def _page(
    activity: Activity, me: Person, form: TogetherForm, ids: Sequence[int], status: int = 200, went: Went | None = None
) -> ResponseReturnValue:
    ideas = _ideas(activity, me, ids, [Status.SUBMITTED])
    body = render_template(
        "board/together.html",
        tab="queue",
        activity=activity,
        criteria=activity.criteria,
        ideas=ideas,
        form=form,
        went=went,
        said=_said(went) if went else [],
        title=ngettext("One idea", "%(num)d alike ideas", len(ideas)),
        now=clock.now(),
    )
    return make_response(body, status)
