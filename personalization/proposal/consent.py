"""The page about letting others do a student's idea too: the teacher asks and adds it, the student answers."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, false, or_, select
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.activity.bank import Banked
from personalization.activity.shelf import store
from personalization.choice.model import Choice
from personalization.choice.places import hold, hold_places, taken
from personalization.errors import BadInput, NotHere, Refused
from personalization.people.access import find, require_student, require_student_or_answerer, require_teacher_of
from personalization.people.model import Person
from personalization.proposal.agreement import Agreement
from personalization.proposal.blueprint import bp
from personalization.proposal.finding import agreement_of
from personalization.proposal.forms import SharedForm, shared_form
from personalization.proposal.sharing import Sharing

YES, BANK = "yes", "bank"  # what the buttons send


@bp.get("/choices/<int:choice_id>/sharing", endpoint="sharing")
def show(choice_id: int) -> Response:
    choice = find(Choice, choice_id)
    me = require_student_or_answerer(choice.activity.course_id, choice.student)
    if me.may_answer:
        require_teacher_of(choice.student)
    if me.is_student and sharing_of(choice) is None:
        raise NotHere(_("Nobody asked you this"), now=_("Start from the course page."))
    return _page(choice, me)


@bp.post("/choices/<int:choice_id>/sharing", endpoint="ask_to_share")
def ask(choice_id: int) -> AnyResponse:
    choice, me = _as_teacher(choice_id)
    agreement, asked = agreement_of(choice), sharing_of(choice)
    if agreement is None:
        raise Refused(_("There is no idea that you two agreed on"), now=_("Ask when there is one."))
    if asked is None or asked.agreement is not agreement:
        db.session.add(Sharing.ask(agreement, me, clock.now()))
    db.session.commit()
    return _back(choice)


@bp.post("/choices/<int:choice_id>/sharing/answer", endpoint="answer_sharing")
def answer(choice_id: int) -> AnyResponse:
    choice, sharing, me = _as_student(choice_id)
    form = shared_form(sharing)
    if not form.validate():
        return _page(choice, me, 422, form=form)
    try:
        if request.form.get("do") == YES:
            sharing.agree(form.title.data or "", form.text.data or "", form.means.data or "", me, clock.now())
        else:
            sharing.decline(me, clock.now())
    except (Refused, BadInput) as refused:
        return _page(choice, me, refused.status, refused, form)
    db.session.commit()
    return _back(choice)


@bp.post("/choices/<int:choice_id>/sharing/withdrawal", endpoint="take_sharing_back")
def take_back(choice_id: int) -> AnyResponse:
    choice, sharing, me = _as_student(choice_id)
    option = sharing.option
    if option is not None:
        hold_places(option)
    try:
        sharing.take_back(_on(sharing), me, clock.now())
    except Refused as refused:
        return _page(choice, me, 409, refused)
    kept = _kept_of(sharing)
    sharing.banked_id = None
    db.session.flush()
    db.session.execute(delete(Banked).where(kept))
    db.session.commit()
    return _back(choice)


@bp.post("/choices/<int:choice_id>/sharing/option", endpoint="share")
def share(choice_id: int) -> AnyResponse:
    choice, me = _as_teacher(choice_id)
    sharing = _found(choice)
    try:
        words = _keep(sharing, me) if request.form.get("to") == BANK else _add(sharing, me)
    except Refused as refused:
        return _page(choice, me, 409, refused)
    db.session.commit()
    flash(words)
    return _back(choice)


def _add(sharing: Sharing, me: Person) -> str:
    sharing.share(me, clock.now())
    return _("“%(title)s” is a way of this activity now.", title=sharing.title)


def _keep(sharing: Sharing, me: Person) -> str:
    """Into the teacher's bank, where a "not any more" of the student takes it out again.

    Raises:
        Refused: the student has not said yes, a colleague keeps it, of which there can be one, or the bank is full.
    """
    sharing.must_be_agreed()
    kept = db.session.get(Banked, sharing.banked_id) if sharing.banked_id is not None else None
    if kept is not None and kept.user_id != me.user_id:
        raise Refused(_("A colleague keeps it already"), now=_("Add it to the activity, then keep it from there."))
    said = {"title": sharing.title, "text": sharing.text, "means": sharing.means}
    entry = store(me, said, {}, None, clock.now())
    db.session.flush()
    sharing.banked_id = entry.id
    return _("“%(title)s” is in your bank.", title=sharing.title)


def sharing_of(choice: Choice) -> Sharing | None:
    """What was asked last about an idea of this choice."""
    asked = select(Sharing).join(Agreement).where(Agreement.choice_id == choice.id)
    return db.session.scalars(asked.order_by(Sharing.id.desc()).limit(1)).first()


def _kept_of(sharing: Sharing) -> ColumnElement[bool]:
    """What banks hold of it: what was kept of the words, and whoever kept the way that it became.

    Each only where there is one: in SQL "no option" would be every entry that came from none, of everybody.
    """
    known = [(Banked.id, sharing.banked_id), (Banked.option_id, sharing.option_id)]
    return or_(false(), *(column == number for column, number in known if number is not None))


def _found(choice: Choice) -> Sharing:
    sharing = sharing_of(choice)
    if sharing is None:
        raise NotHere(_("Nobody asked this student"), now=_("Start from the course page."))
    return sharing


def _on(sharing: Sharing) -> int:
    """How many others are on the way that it became."""
    choice = sharing.agreement.choice
    return taken(choice.activity, but=choice.student).get(sharing.option_id or 0, 0)


def _as_teacher(choice_id: int) -> tuple[Choice, Person]:
    choice = find(Choice, choice_id)
    me = require_teacher_of(choice.student)
    hold(choice)
    return choice, me


def _as_student(choice_id: int) -> tuple[Choice, Sharing, Person]:
    choice = find(Choice, choice_id)
    me = require_student(choice.activity.course_id, choice.student)
    hold(choice)
    return choice, _found(choice), me


def _back(choice: Choice) -> AnyResponse:
    return redirect(url_for("proposal.sharing", choice_id=choice.id), 303)


def _page(
    choice: Choice,
    me: Person,
    status: int = 200,
    refused: Refused | BadInput | None = None,
    form: SharedForm | None = None,
) -> Response:
    sharing = sharing_of(choice)
    page = render_template(
        "proposal/sharing_student.html" if me.is_student else "proposal/sharing_teacher.html",
        tab="queue",
        choice=choice,
        activity=choice.activity,
        agreement=agreement_of(choice),
        sharing=sharing,
        others=_on(sharing) if sharing else 0,
        form=form or shared_form(sharing),
        refused=refused,
    )
    return make_response(page, status)
