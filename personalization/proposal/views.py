"""The student's side of the talk: write, send, agree, withdraw."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, url_for
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.activity.whole import WHOLE
from personalization.choice.forms import option_named
from personalization.choice.model import Choice
from personalization.choice.places import hold
from personalization.errors import Refused
from personalization.people.access import find, require_student, require_student_or_answerer
from personalization.people.model import Person
from personalization.proposal import changing, choosing, consent, in_person
from personalization.proposal.agreement import agree as agree_to
from personalization.proposal.blueprint import bp
from personalization.proposal.finding import agreement_of, held, ideas_of, teacher_name
from personalization.proposal.forms import IdeaForm, VersionForm, form_for
from personalization.proposal.model import Proposal, Status, Version
from personalization.proposal.starting import no_start
from personalization.proposal.thread import turns
from ui import saved

__all__ = ["bp", "changing", "choosing", "consent", "in_person"]

CHOICE = joinedload(Proposal.choice, innerjoin=True)
# What the page of an idea shows, with the idea itself.
PAGE = (
    CHOICE.joinedload(Choice.student, innerjoin=True),
    CHOICE.joinedload(Choice.activity, innerjoin=True).options(*WHOLE),
    selectinload(Proposal.versions).joinedload(Version.lines),
    selectinload(Proposal.decisions),
)


@bp.post("/activities/<int:activity_id>/proposals")
def start(activity_id: int) -> AnyResponse:
    choice, me = choosing.my_choice(activity_id)
    hold(choice)
    next_page = choosing.start_idea(choice, me)
    db.session.commit()
    return redirect(next_page, 303)


@bp.get("/proposals/<int:proposal_id>")
def show(proposal_id: int) -> AnyResponse:
    proposal = find(Proposal, proposal_id, *PAGE)
    me = require_student_or_answerer(proposal.choice.activity.course_id, proposal.choice.student)
    if me.may_answer:
        return redirect(url_for("board.decision", proposal_id=proposal.id), 303)
    return _page(proposal, _form(proposal))


@bp.post("/proposals/<int:proposal_id>/draft")
def autosave(proposal_id: int) -> AnyResponse:
    proposal, me = _mine(proposal_id)
    form, now = _form(proposal), clock.now()
    if not form.validate():
        return make_response({"status": next(error for errors in form.errors.values() for error in errors)}, 422)
    _keep(proposal, form, me)
    db.session.commit()
    return make_response(saved(now))


@bp.post("/proposals/<int:proposal_id>/versions")
def send(proposal_id: int) -> AnyResponse:
    proposal, me = _mine(proposal_id)
    form = _form(proposal)
    if not form.validate():
        return _page(proposal, form, 422)
    try:
        whole = _send_or_keep(proposal, form, me)
    except Refused as refused:
        return _page(proposal, form, 409, refused)
    db.session.commit()
    return redirect(url_for("proposal.show", proposal_id=proposal.id), 303) if whole else _page(proposal, form, 422)


@bp.post("/proposals/<int:proposal_id>/agreement")
def agree(proposal_id: int) -> AnyResponse:
    proposal, me = _mine(proposal_id)
    form = VersionForm()
    if not form.validate():
        return _page(proposal, _form(proposal), 422)
    try:
        agreement = agree_to(proposal, form.number, proposal.choice.activity.rubric, me, clock.now())
    except Refused as refused:
        return _page(proposal, _form(proposal), 409, refused)
    if agreement is not None:
        db.session.add(agreement)
    db.session.commit()
    return redirect(url_for("proposal.show", proposal_id=proposal.id), 303)


@bp.post("/proposals/<int:proposal_id>/withdrawal")
def withdraw(proposal_id: int) -> AnyResponse:
    proposal, me = _mine(proposal_id)
    try:
        proposal.withdraw(me, clock.now())
    except Refused as refused:
        return _page(proposal, _form(proposal), 409, refused)
    db.session.commit()
    return redirect(url_for("choice.show", activity_id=proposal.choice.activity_id), 303)


def _mine(proposal_id: int) -> tuple[Proposal, Person]:
    """The asking student's own idea, held until the commit, and the student."""
    proposal = find(Proposal, proposal_id)
    me = require_student(proposal.choice.activity.course_id, proposal.choice.student)
    return held(proposal.id), me


def _form(proposal: Proposal) -> IdeaForm:
    return form_for(proposal, teacher_name(proposal.choice.activity, [proposal]))


def _send_or_keep(proposal: Proposal, form: IdeaForm, me: Person) -> bool:
    """Send what is whole; keep what is not, so that nothing typed is lost. Whether it was sent.

    Raises:
        Refused: as `Proposal.submit`.
    """
    if not form.is_whole():
        _keep(proposal, form, me)
        return False
    proposal.submit(form.words(), form.criteria, me, clock.now(), form.seen_version)
    proposal.choice.keep_plan_b(option_named(proposal.choice.activity, form.plan_b.data))
    return True


def _keep(proposal: Proposal, form: IdeaForm, me: Person) -> None:
    proposal.save(form.words(), me, clock.now(), form.seen_version)
    proposal.choice.keep_plan_b(option_named(proposal.choice.activity, form.plan_b.data))


def _page(proposal: Proposal, form: IdeaForm, status: int = 200, refused: Refused | None = None) -> Response:
    choice, now = proposal.choice, clock.now()
    activity, ideas = choice.activity, ideas_of(choice)
    earlier = [p for p in ideas if p.id < proposal.id and p.status is Status.SENT_BACK]
    writing = proposal.status is Status.DRAFT and proposal.may_write(now)
    page = render_template(
        "proposal/draft.html" if writing else "proposal/talk.html",
        course=activity.course.name,
        activity=activity,
        criteria=form.criteria,
        choice=choice,
        dates=choice.dates,
        proposal=proposal,
        sent_back=earlier[-1] if earlier else None,
        turns=turns(proposal, form.criteria),
        may_write=proposal.may_write(now),
        may_start=no_start(choice, ideas, now) is None,
        agreement=agreement_of(choice),
        sharing=consent.sharing_of(choice) if proposal.status is Status.ACCEPTED else None,
        asked=asked_about(proposal, form),
        teacher=teacher_name(activity, [proposal]),
        form=form,
        refused=refused,
        now=now,
    )
    return make_response(page, status)


def asked_about(proposal: Proposal, form: IdeaForm) -> list[int]:
    """The keys of the criteria that the next version is about: named in the teacher's words, not sure yet, or wrong in
    the form; all of them where that is none."""
    decision = proposal.last_decision
    words = decision.reason.casefold() if decision else ""
    keys = [
        c.key
        for c in form.criteria
        if c.name.casefold() in words or proposal.latest.is_unsure(c.key) or form[f"criterion-{c.key}"].errors
    ]
    return keys or [c.key for c in form.criteria]
