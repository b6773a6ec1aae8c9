"""What stands beside an answer without being one: who is at an idea, and the talk with its student."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.board import claim
from personalization.board.blueprint import bp
from personalization.board.deciding import ask_beside, asked
from personalization.board.forms import decision_form
from personalization.board.pane import page
from personalization.proposal.answering import stale
from personalization.proposal.model import Proposal, Status
from ui.dates import clock as time_of_day


@bp.post("/proposals/<int:proposal_id>/claim", endpoint="claim")
def take(proposal_id: int) -> ResponseReturnValue:
    proposal, me = asked(proposal_id)
    now = clock.now()
    if proposal.status is not Status.SUBMITTED:
        return page(proposal, decision_form(proposal), 409, stale(proposal))
    holds = claim.take(proposal, me, now)
    db.session.commit()
    if holds.by_id != me.id:
        flash(_("%(name)s is on it since %(time)s.", name=holds.by.short_name, time=time_of_day(holds.at)), "warn")
    return _back(proposal)


@bp.post("/proposals/<int:proposal_id>/release", endpoint="let_go")
def let_go(proposal_id: int) -> ResponseReturnValue:
    proposal, me = asked(proposal_id)
    claim.let_go(proposal, me)
    db.session.commit()
    return _back(proposal)


@bp.post("/proposals/<int:proposal_id>/questions", endpoint="question")
def question(proposal_id: int) -> ResponseReturnValue:
    """Ask where no answer is begun beside it."""
    proposal, me = asked(proposal_id)
    form, status = ask_beside(proposal, me)
    if status != HTTPStatus.OK:
        return page(proposal, decision_form(proposal), status, asking=form)
    return _back(proposal)


def _back(proposal: Proposal) -> ResponseReturnValue:
    return redirect(url_for("board.decision", proposal_id=proposal.id), 303)
