"""The page on which one idea is answered: the list of what waits, and what the answer stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, g, make_response, render_template, request

from engine import clock
from personalization.board.action_forms import MessageForm
from personalization.board.claim import Claim
from personalization.board.comparing import alike_to
from personalization.board.forms import DecisionForm, canned
from personalization.board.listing import listed
from personalization.board.reply import Reply, replies_of
from personalization.board.waiting import Kind, Row, waiting
from personalization.choice.asking import thread
from personalization.errors import Refused
from personalization.people.model import Person
from personalization.proposal.answering import stale
from personalization.proposal.clockwork import ends_at
from personalization.proposal.finding import ideas_of
from personalization.proposal.model import ROUNDS, Proposal, Status
from personalization.proposal.thread import turns


def page(
    proposal: Proposal,
    form: DecisionForm,
    status: int = 200,
    refused: Refused | None = None,
    asking: MessageForm | None = None,
) -> Response:
    """The page again; 409 with the words where there is nothing left to answer, whatever else was wrong."""
    if request.method == "POST" and proposal.status is not Status.SUBMITTED and refused is None and asking is None:
        status, refused = HTTPStatus.CONFLICT, stale(proposal)
    me: Person = g.me
    return page_of(proposal, form, waiting(me, clock.now()), status, refused, asking)


def page_of(
    proposal: Proposal,
    form: DecisionForm,
    rows: list[Row],
    status: int = 200,
    refused: Refused | None = None,
    asking: MessageForm | None = None,
) -> Response:
    """As `page`, with what waits, `rows`, known already."""
    me: Person = g.me
    shown = listed(me, rows, clock.now(), proposal.id)
    opened = pane(proposal, form, rows, shown["claims"], asking)
    body = render_template("board/decision.html", refused=refused, **shown, **opened)
    return make_response(body, status)


def pane(
    proposal: Proposal,
    form: DecisionForm,
    rows: list[Row],
    claims: Mapping[int, Claim],
    asking: MessageForm | None = None,
    alike: list[int] | None = None,
    ideas: Sequence[Proposal] | None = None,
    replies: Sequence[Reply] | None = None,
) -> dict[str, Any]:
    """What the answer stands on: the idea beside its last version, what is not sure first, and the talk so far.
    `claims`: those of `claims_on`. Where they were looked for: `alike`, the ids of the others that are like it,
    `ideas`, all of its student's, oldest first, and `replies`, the ready words of whoever asks."""
    choice, sent, me = proposal.choice, proposal.sent, g.me
    activity, latest, criteria = choice.activity, sent[-1], choice.asked(choice.activity.criteria)
    parts = latest.parts(sent[-2] if len(sent) > 1 else None, criteria)
    waits = proposal.status is Status.SUBMITTED
    return {
        "proposal": proposal,
        "choice": choice,
        "activity": activity,
        "criteria": criteria,
        "latest": latest,
        "whole": {part.field: part for part in parts if part.key is None},
        "lines": sorted((part for part in parts if part.key is not None), key=lambda part: not part.unsure),
        "turns": turns(proposal, criteria),
        "earlier": [idea for idea in ideas or ideas_of(choice) if idea.id < proposal.id and idea.sent],
        "waits": waits,
        "promised": choice.promised(latest.sent_at or proposal.started_at),
        "ends": ends_at(proposal) if waits else None,
        "many_rounds": proposal.rounds >= ROUNDS,
        "canned": canned(proposal, replies_of(me) if replies is None else replies),
        "claim": claims.get(proposal.id) if waits else None,
        "alike": (alike_to(proposal, me) if alike is None else alike) if waits else [],
        "thread": thread(choice),
        "asking": asking or MessageForm(formdata=None),
        "viewer": me,
        "next_row": next((r for r in rows if not (r.kind is Kind.IDEA and r.id == proposal.id)), None),
        "form": form,
    }
