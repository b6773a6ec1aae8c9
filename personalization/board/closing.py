"""What becomes of an activity in which a student handed nothing in by the lock: the teacher's hand, never a rule."""

from __future__ import annotations

from flask import current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.board.acting import act, check_here, for_teacher
from personalization.board.action_forms import PressForm, ZeroForm
from personalization.board.blueprint import bp
from personalization.choice.model import Choice
from personalization.errors import Refused
from personalization.grading.nothing import zero
from personalization.people.model import Person
from personalization.submission.goes import of_choice
from personalization.submission.receiving import note_nothing
from personalization.submission.receiving import take_draft as take_over


@bp.post("/choices/<int:choice_id>/draft-taking")
def take_draft(choice_id: int) -> ResponseReturnValue:
    return act(*for_teacher(choice_id), PressForm(), _take)


@bp.post("/choices/<int:choice_id>/zero")
def give_zero(choice_id: int) -> ResponseReturnValue:
    return act(*for_teacher(choice_id), ZeroForm(), _zero)


def _take(choice: Choice, me: Person, form: PressForm) -> str:
    check_here(choice)
    go, name = of_choice(choice).latest, choice.student.short_name
    if go is None:
        raise Refused(_("%(name)s saved nothing", name=name), now=_("Give more time, excuse it, or note a zero."))
    if take_over(go, me, clock.now(), clock.real_now()):
        db.session.flush()  # the address of the work holds its id
        current_app.extensions["third_option"].handed_in(go)
    return _("The saved draft of %(name)s lies with you now, as late work.", name=name)


def _zero(choice: Choice, me: Person, form: ZeroForm) -> str:
    now, goes, reason = clock.now(), of_choice(choice), form.reason.data or ""
    check_here(choice, reason)
    go = goes.draft(now, by_teacher=True)
    if note_nothing(go, reason, me, now):
        db.session.add(zero(go, goes.rubric, reason, me, now))
    return _("Noted. The zero goes out when you release it.")
