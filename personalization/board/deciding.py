"""The answer to one idea: decide, and on to the next, in one request where the page can swap its parts."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.board import claim
from personalization.board.action_forms import MessageForm
from personalization.board.blueprint import bp
from personalization.board.forms import (
    ACCEPT,
    ASK,
    KEEP,
    NEXT,
    REVISE,
    DecisionForm,
    OfferForm,
    canned,
    decision_form,
    offer_form,
)
from personalization.board.pane import page, page_of
from personalization.board.reply import Fits, keep, replies_of
from personalization.board.waiting import Kind, Row, waiting
from personalization.choice.asking import ask
from personalization.errors import BadInput, NotHere, Refused
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.answering import accept, ask_for_revision, send_back
from personalization.proposal.answering import offer as make_offer
from personalization.proposal.finding import held
from personalization.proposal.model import Proposal, Status
from ui.dates import clock as time_of_day


@bp.route("/proposals/<int:proposal_id>/decision", methods=["GET", "POST"])
def decision(proposal_id: int) -> AnyResponse:
    proposal, me = asked(proposal_id)
    form = decision_form(proposal)
    if request.method == "GET" or form.put_in(canned(proposal, replies_of(me))):
        return page(proposal, form)
    if form.go.data == KEEP:
        return _keep(proposal, form, me)
    if form.go.data == ASK:
        return _ask(proposal, form, me)
    if not form.validate():
        return page(proposal, form, 422)
    try:
        _warn(proposal, form, me)
        fresh = decide(proposal, form.number, form.decision.data, form.words, me, clock.now())
    except Refused as refused:
        return page(proposal, form, 409, refused)
    db.session.commit()
    return _onward(proposal, form.number, fresh, form.go.data == NEXT)


@bp.route("/proposals/<int:proposal_id>/offer", methods=["GET", "POST"])
def offer(proposal_id: int) -> AnyResponse:
    proposal, me = asked(proposal_id)
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


def asked(proposal_id: int) -> tuple[Proposal, Person]:
    """The idea, held until the commit where it may change, and who answers it.

    Raises:
        NotHere: it was never sent; a draft is the student's own.
    """
    proposal = access.find(Proposal, proposal_id)
    me = access.require_answerer_of(proposal.choice.student)
    if not proposal.sent:
        raise NotHere(_("This idea has not been sent yet"), now=_("It comes to you when it is."))
    return held(proposal.id) if request.method == "POST" else proposal, me


def decide(proposal: Proposal, version: int, answer: str, words: str, me: Person, now: datetime) -> bool:
    """Give the answer that was picked; False where it was given before.

    Raises:
        Refused: as the verbs of `proposal/answering.py`.
    """
    given = len(proposal.decisions)
    if answer == ACCEPT:
        agreement = accept(proposal, version, proposal.choice.activity.rubric, me, now, words)
        if agreement is not None:
            db.session.add(agreement)
    elif answer == REVISE:
        ask_for_revision(proposal, version, words, me, now)
    else:
        send_back(proposal, version, words, me, now)
    claim.end(proposal)
    return len(proposal.decisions) > given


def _warn(proposal: Proposal, form: DecisionForm, me: Person) -> None:
    """Raises Refused: somebody else took this idea, and the page that was judged did not say so yet."""
    other = claim.claim_on(proposal, clock.now()) if proposal.status is Status.SUBMITTED else None
    if other is not None and other.by_id != me.id and form.knows.data != str(other.by_id):
        raise Refused(
            _("%(name)s is on it since %(time)s", name=other.by.short_name, time=time_of_day(other.at)),
            now=_("Send it again if you want to answer all the same."),
        )


def _keep(proposal: Proposal, form: DecisionForm, me: Person) -> AnyResponse:
    """Keep the words in the box for other answers; the page stays as it is, and nothing is sent."""
    fits = Fits(form.decision.data) if form.decision.data in set(Fits) else Fits.REVISE
    if not form["reply"].validate(form):
        return page(proposal, form, 422)
    try:
        kept = keep(replies_of(me), me, fits, form.words, clock.now())
    except (Refused, BadInput) as refused:
        form["reply"].errors = [f"{refused.title}. {refused.now}"]
        return page(proposal, form, refused.status)
    db.session.add(kept)
    db.session.commit()
    flash(_("Kept. You find it above the box from now on; nothing was sent."))
    return page(proposal, form)


def _ask(proposal: Proposal, form: DecisionForm, me: Person) -> AnyResponse:
    """Ask beside an answer that was begun: nothing is decided, and the answer stays in its box, scripts or not."""
    asking, status = ask_beside(proposal, me)
    if status == HTTPStatus.OK:
        asking = MessageForm(formdata=None)
    return page(proposal, form, status, asking=asking)


def ask_beside(proposal: Proposal, me: Person) -> tuple[MessageForm, int]:
    """Ask the student something, or answer them, and decide nothing: the form, and 200, or why not is in it."""
    form = MessageForm()
    if not form.validate():
        return form, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        ask(proposal.choice, me, form.text.data or "", clock.now())
    except (Refused, BadInput) as refused:
        form.text.errors = [f"{refused.title}. {refused.now}"]
        return form, refused.status
    db.session.commit()
    flash(_("Sent to %(name)s.", name=proposal.choice.student.short_name))
    return form, HTTPStatus.OK


def _offer(proposal: Proposal, form: OfferForm, me: Person) -> bool:
    given = len(proposal.decisions)
    make_offer(proposal, form.number, form.edited(), form.words, me, clock.now())
    claim.end(proposal)
    return len(proposal.decisions) > given


def _onward(proposal: Proposal, version: int, fresh: bool, to_next: bool) -> AnyResponse:
    """To what waits next, or back to this idea; with a word about what was sent."""
    me: Person = g.me
    rows = waiting(me, clock.now()) if to_next else []
    said = _said(proposal, version, fresh, rows)
    if to_next and rows and rows[0].kind is Kind.IDEA and "HX-Request" in request.headers:
        return _next_page(rows, said)
    flash(said)
    if to_next:
        return _go(rows[0].href if rows else url_for("board.queue", course_id=me.course_id))
    return _go(url_for("board.decision", proposal_id=proposal.id))


def _said(proposal: Proposal, version: int, fresh: bool, rows: list[Row]) -> str:
    name = proposal.choice.student.short_name
    if not fresh:
        at = next(d.at for d in proposal.decisions if d.version == version)
        return _("That went out already, at %(time)s. Nothing was sent twice.", time=time_of_day(at))
    if rows:
        return _("Sent to %(name)s. %(next)s is next.", name=name, next=rows[0].person.short_name)
    return _("Sent to %(name)s.", name=name)


def _go(address: str) -> AnyResponse:
    """There; a page that swaps its parts is told to open the address whole."""
    if "HX-Request" in request.headers:
        return Response("", headers={"HX-Redirect": address})
    return redirect(address, 303)


def _next_page(rows: list[Row], said: str) -> Response:
    """The next idea is the answer to this press. What was said goes with it as an event, in ASCII as headers need."""
    proposal = db.session.get_one(Proposal, rows[0].id)
    response = page_of(proposal, decision_form(proposal, fresh=True), rows)
    response.headers["HX-Push-Url"] = rows[0].href
    response.headers["HX-Trigger"] = json.dumps({"said": said})
    return response


def _offer_page(
    proposal: Proposal, form: OfferForm, status: int = 200, refused: Refused | BadInput | None = None
) -> Response:
    body = render_template(
        "board/offer.html",
        tab="queue",
        proposal=proposal,
        activity=proposal.choice.activity,
        criteria=form.criteria,
        choice=proposal.choice,
        form=form,
        refused=refused,
    )
    return make_response(body, status)
