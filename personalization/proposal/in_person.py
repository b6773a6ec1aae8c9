"""The page on which a teacher or an assistant writes down what a student told them."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.choice.model import Choice
from personalization.choice.places import hold
from personalization.errors import Refused
from personalization.people.access import find, require_answerer_of
from personalization.people.model import Person
from personalization.proposal.answering import accept
from personalization.proposal.blueprint import bp
from personalization.proposal.finding import ideas_of
from personalization.proposal.forms import IdeaForm, idea_form
from personalization.proposal.told import objection, write_down

ACCEPT = "accept"  # the press that also says yes


@bp.route("/choices/<int:choice_id>/told", methods=["GET", "POST"])
def told(choice_id: int) -> AnyResponse:
    choice = find(Choice, choice_id)
    me = require_answerer_of(choice.student)
    form = _form(choice)
    if request.method == "GET":
        return _page(choice, form, refused=objection(choice, ideas_of(choice), clock.now()))
    hold(choice)
    if not form.validate() or not form.is_whole():
        return _page(choice, form, 422)
    try:
        next_page = _write_down(choice, form, me)
    except Refused as refused:
        return _page(choice, form, 409, refused)
    db.session.commit()
    return redirect(next_page, 303)


def _write_down(choice: Choice, form: IdeaForm, me: Person) -> str:
    """Write it down, and say yes to it where that was pressed; the address of the idea.

    Raises:
        Refused: as `write_down`, and as `accept` where it was answered otherwise meanwhile.
    """
    now, name = clock.now(), choice.student.short_name
    idea = write_down(choice, ideas_of(choice), form.words(), form.criteria, me, now)
    db.session.add(idea)
    flash(_("Written down for %(name)s, who sees it and that you wrote it.", name=name))
    if request.form.get("do") == ACCEPT:
        agreement = accept(idea, 1, choice.activity.rubric, me, now)
        if agreement is not None:
            db.session.add(agreement)
    db.session.flush()
    return url_for("board.decision", proposal_id=idea.id)


def _form(choice: Choice) -> IdeaForm:
    """The form of an idea, in words about somebody else."""
    name = choice.student.short_name
    form = idea_form(choice.asked(choice.activity.criteria), name)()
    form["title"].label.text = _("What do they call it?")
    form["plan"].label.text = _("What will they make or do?")
    form["message"].data = ""  # nobody writes to themselves
    return form


def _page(choice: Choice, form: IdeaForm, status: int = 200, refused: Refused | None = None) -> Response:
    page = render_template(
        "proposal/told.html",
        tab="class",
        choice=choice,
        activity=choice.activity,
        student=choice.student,
        criteria=form.criteria,
        form=form,
        refused=refused,
    )
    return make_response(page, status)
