"""What waits, and the answer to an idea: decide, and on to the next."""

from __future__ import annotations

from datetime import datetime, time
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.board.blueprint import bp
from personalization.board.forms import (
    ACCEPT,
    NEXT,
    REVISE,
    DecisionForm,
    OfferForm,
    canned,
    decision_form,
    offer_form,
)
from personalization.board.waiting import Kind, Row, answered_since, next_promise, waiting
from personalization.errors import BadInput, NotHere, Refused
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.finding import held
from personalization.proposal.model import ROUNDS, Proposal, Status
from personalization.proposal.thread import turns
from ui.dates import clock as time_of_day


@bp.get("/courses/<int:course_id>/queue")
def queue(course_id: int) -> Response:
    me = access.require_answerer(course_id)
    rows, now = waiting(me), clock.now()
    first = next((row.id for row in rows if row.kind is Kind.IDEA), None)
    proposal = db.session.get_one(Proposal, first) if first else None
    pane = _pane(proposal, decision_form(proposal), rows) if proposal else {}
    promise = next_promise(me.course, now)
    page = render_template("board/queue.html", promise=promise, **_list(me, rows, now, first), **pane)
    return make_response(page)


@bp.get("/courses/<int:course_id>/queue/next", endpoint="next")
def to_next(course_id: int) -> AnyResponse:
    me = access.require_answerer(course_id)
    rows = waiting(me)
    return redirect(rows[0].href if rows else url_for("board.queue", course_id=course_id), 303)


@bp.route("/proposals/<int:proposal_id>/decision", methods=["GET", "POST"])
def decision(proposal_id: int) -> AnyResponse:
    proposal, me = _asked(proposal_id)
    form = decision_form(proposal)
    if request.method == "GET" or form.put_in(canned(proposal)):
        return _page(proposal, form)
    if not form.validate():
        return _page(proposal, form, 422)
    try:
        fresh = _decide(proposal, form, me)
    except Refused as refused:
        return _page(proposal, form, 409, refused)
    db.session.commit()
    return _onward(proposal, form.number, fresh, form.go.data == NEXT)


@bp.route("/proposals/<int:proposal_id>/offer", methods=["GET", "POST"])
def offer(proposal_id: int) -> AnyResponse:
    proposal, me = _asked(proposal_id)
    form = offer_form(proposal)
    if request.method == "GET":
        return _offer_page(proposal, form)
    if not form.validate() or not form.is_whole():
        return _offer_page(proposal, form, 422)
    try:
        fresh = _offer(proposal, form, me)
    except (Refused, BadInput) as refused:
        return _offer_page(proposal, form, refused.status, refused)
    db.session.commit()
    return _onward(proposal, form.number, fresh, to_next=True)


def _asked(proposal_id: int) -> tuple[Proposal, Person]:
    """The idea, held until the commit where it may change, and who answers it.

    Raises:
        NotHere: it was never sent; a draft is the student's own.
    """
    proposal = access.find(Proposal, proposal_id)
    me = access.require_answerer_of(proposal.choice.student)
    if not proposal.sent:
        raise NotHere(_("This idea has not been sent yet"), now=_("It comes to you when it is."))
    return held(proposal.id) if request.method == "POST" else proposal, me


def _decide(proposal: Proposal, form: DecisionForm, me: Person) -> bool:
    """Give the answer that was picked; False where it was given before.

    Raises:
        Refused: as the verbs of `Proposal`.
    """
    now, version, given = clock.now(), form.number, len(proposal.decisions)
    if form.decision.data == ACCEPT:
        agreement = proposal.accept(version, proposal.choice.activity.rubric, me, now, form.words)
        if agreement is not None:
            db.session.add(agreement)
    elif form.decision.data == REVISE:
        proposal.ask_for_revision(version, form.words, me, now)
    else:
        proposal.send_back(version, form.words, me, now)
    return len(proposal.decisions) > given


def _offer(proposal: Proposal, form: OfferForm, me: Person) -> bool:
    given = len(proposal.decisions)
    proposal.offer(form.number, form.edited(), form.words, me, clock.now())
    return len(proposal.decisions) > given


def _onward(proposal: Proposal, version: int, fresh: bool, to_next: bool) -> AnyResponse:
    """To what waits next, or back to this idea; with a word about what was sent."""
    me: Person = g.me
    name = proposal.choice.student.short_name
    rows = waiting(me) if to_next else []
    if not fresh:
        at = next(d.at for d in proposal.decisions if d.version == version)
        flash(_("That went out already, at %(time)s. Nothing was sent twice.", time=time_of_day(at)))
    elif rows:
        flash(_("Sent to %(name)s. %(next)s is next.", name=name, next=rows[0].person.short_name))
    else:
        flash(_("Sent to %(name)s.", name=name))
    if to_next:
        return redirect(rows[0].href if rows else url_for("board.queue", course_id=me.course_id), 303)
    return redirect(url_for("board.decision", proposal_id=proposal.id), 303)


# Pages


def _page(proposal: Proposal, form: DecisionForm, status: int = 200, refused: Refused | None = None) -> Response:
    """The page again; 409 with the words where there is nothing left to answer, whatever else was wrong."""
    if request.method == "POST" and proposal.status is not Status.SUBMITTED and refused is None:
        status, refused = HTTPStatus.CONFLICT, proposal.stale()
    me: Person = g.me
    rows, now = waiting(me), clock.now()
    page = render_template(
        "board/decision.html",
        refused=refused,
        **_list(me, rows, now, proposal.id),
        **_pane(proposal, form, rows),
    )
    return make_response(page, status)


def _offer_page(
    proposal: Proposal, form: OfferForm, status: int = 200, refused: Refused | BadInput | None = None
) -> Response:
    page = render_template(
        "board/offer.html",
        tab="queue",
        proposal=proposal,
        activity=proposal.choice.activity,
        criteria=form.criteria,
        choice=proposal.choice,
        form=form,
        refused=refused,
    )
    return make_response(page, status)


def _list(me: Person, rows: list[Row], now: datetime, current: int | None) -> dict[str, Any]:
    """What the list shows; `current` is the id of the idea that lies open."""
    midnight = datetime.combine(now.astimezone(zone := ZoneInfo(access.zone_name())), time.min, zone)
    return {
        "tab": "queue",
        "rows": rows,
        "current": current,
        "now": now,
        "answered": answered_since(me, midnight),
    }


def _pane(proposal: Proposal, form: DecisionForm, rows: list[Row]) -> dict[str, Any]:
    """What the answer stands on: the idea beside its last version, what is not sure first, and the talk so far."""
    choice, sent = proposal.choice, proposal.sent
    activity, latest, criteria = choice.activity, sent[-1], choice.asked(choice.activity.criteria)
    parts = latest.parts(sent[-2] if len(sent) > 1 else None, criteria)
    return {
        "proposal": proposal,
        "choice": choice,
        "activity": activity,
        "criteria": criteria,
        "latest": latest,
        "whole": {part.field: part for part in parts if part.key is None},
        "lines": sorted((part for part in parts if part.key is not None), key=lambda part: not part.unsure),
        "turns": turns(proposal, criteria),
        "waits": proposal.status is Status.SUBMITTED,
        "many_rounds": proposal.rounds >= ROUNDS,
        "canned": canned(proposal),
        "next_row": next((r for r in rows if not (r.kind is Kind.IDEA and r.id == proposal.id)), None),
        "form": form,
    }
