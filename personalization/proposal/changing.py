"""The page of an agreement, for both who hold to it: what it says, and asking for another text."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.choice.places import hold
from personalization.errors import BadInput, Refused
from personalization.people.access import find, require_student_or_answerer, require_teacher_of
from personalization.people.model import Person
from personalization.proposal.agreement import Agreement
from personalization.proposal.blueprint import bp
from personalization.proposal.change import AgreementChange, move_rubric
from personalization.proposal.finding import changes_of, newest_agreement, teacher_name
from personalization.proposal.forms import AnswerForm, IdeaForm, idea_form
from personalization.proposal.version import line_name, unsure_name


@bp.get("/agreements/<int:agreement_id>", endpoint="agreement")
def show(agreement_id: int) -> Response:
    agreement, me = _asked(agreement_id)
    return _page(agreement, me, _form(agreement))


@bp.post("/agreements/<int:agreement_id>/changes", endpoint="ask_to_change")
def ask(agreement_id: int) -> AnyResponse:
    agreement, me = _asked(agreement_id)
    form = _form(agreement)
    if not form.validate() or not form.is_whole():
        return _page(agreement, me, form, 422)
    try:
        change = AgreementChange.ask(agreement, _latest(agreement), form.words(), form.criteria, me, clock.now())
    except (Refused, BadInput) as refused:
        return _page(agreement, me, form, refused.status, refused)
    db.session.add(change)
    db.session.commit()
    return _back(agreement)


@bp.post("/changes/<int:change_id>/agreement", endpoint="agree_to_change")
def agree(change_id: int) -> AnyResponse:
    change, me = _asked_change(change_id)
    now = clock.now()
    if not change.agree(me, now):
        return _back(change.agreement)
    db.session.flush()  # one agreement holds at a time: the old one ends before the new one is written down
    renewed = change.renewed(me, now)
    db.session.add(renewed)
    db.session.commit()
    return _back(renewed)


@bp.post("/changes/<int:change_id>/refusal", endpoint="decline_change")
def decline(change_id: int) -> AnyResponse:
    change, me = _asked_change(change_id)
    form = AnswerForm()
    if not form.validate():
        return _page(change.agreement, me, _form(change.agreement, fresh=True), 422, answering=form)
    try:
        change.decline(form.reason.data or "", me, clock.now())
    except (Refused, BadInput) as refused:
        blank = _form(change.agreement, fresh=True)
        return _page(change.agreement, me, blank, refused.status, refused, answering=form)
    db.session.commit()
    return _back(change.agreement)


@bp.post("/changes/<int:change_id>/withdrawal", endpoint="take_change_back")
def take_back(change_id: int) -> AnyResponse:
    change, me = _asked_change(change_id)
    change.take_back(me, clock.now())
    db.session.commit()
    return _back(change.agreement)


@bp.post("/agreements/<int:agreement_id>/rubric", endpoint="move_rubric")
def to_new_rubric(agreement_id: int) -> AnyResponse:
    agreement = find(Agreement, agreement_id)
    me = require_teacher_of(agreement.choice.student)
    hold(agreement.choice)
    form = AnswerForm()
    if not form.validate():
        return _page(agreement, me, _form(agreement, fresh=True), 422, moving=form)
    try:
        move_rubric(agreement, form.reason.data or "", me, clock.now())
    except (Refused, BadInput) as refused:
        return _page(agreement, me, _form(agreement, fresh=True), refused.status, refused, moving=form)
    db.session.commit()
    return _back(agreement)


def _asked(agreement_id: int) -> tuple[Agreement, Person]:
    """An agreement, which nobody else moves where it may change, and whichever side of it asks."""
    agreement = find(Agreement, agreement_id)
    me = require_student_or_answerer(agreement.choice.activity.course_id, agreement.choice.student)
    if request.method == "POST":
        hold(agreement.choice)
        db.session.refresh(agreement)
    return agreement, me


def _asked_change(change_id: int) -> tuple[AgreementChange, Person]:
    change = find(AgreementChange, change_id)
    _agreement, me = _asked(change.agreement_id)
    db.session.refresh(change)
    return change, me


def _latest(agreement: Agreement) -> AgreementChange | None:
    return next(reversed(changes_of(agreement)), None)


def _form(agreement: Agreement, *, fresh: bool = False) -> IdeaForm:
    """The text as it is agreed, to be changed; what was typed, where something was and not `fresh`."""
    criteria = agreement.choice.asked(agreement.rubric.criteria)
    version, choice = agreement.version, agreement.choice
    written: dict[str, object] = {"title": version.title, "plan": version.plan, "tool": version.tool, "message": ""}
    for criterion in criteria:
        written[line_name(criterion.key)] = version.line(criterion.key)
        written[unsure_name(criterion.key)] = version.is_unsure(criterion.key)
    kind = idea_form(criteria, teacher_name(choice.activity))
    form = kind(formdata=None, **written) if fresh else kind(**written)
    form["message"].label.text = _("Why should it change?")
    return form


def _back(agreement: Agreement) -> AnyResponse:
    return redirect(url_for("proposal.agreement", agreement_id=agreement.id), 303)


def _page(
    agreement: Agreement,
    me: Person,
    form: IdeaForm,
    status: int = 200,
    refused: Refused | BadInput | None = None,
    **answers: FlaskForm,
) -> Response:
    choice, changes = agreement.choice, changes_of(agreement)
    holds = newest_agreement(choice)
    page = render_template(
        "proposal/agreement.html",
        layout="ui/student.html" if me.is_student else "ui/teacher.html",
        tab="queue",
        course=choice.activity.course.name,
        me=me,
        agreement=agreement,
        choice=choice,
        activity=choice.activity,
        criteria=form.criteria,
        open_change=next((c for c in reversed(changes) if c.is_open), None),
        changes=[c for c in changes if not c.is_open],
        holds=holds,
        teacher=teacher_name(choice.activity),
        newer_rubric=agreement.rubric is not choice.activity.rubric,
        form=form,
        answering=answers.get("answering") or AnswerForm(formdata=None),
        moving=answers.get("moving") or AnswerForm(formdata=None),
        refused=refused,
        now=clock.now(),
    )
    return make_response(page, status)
