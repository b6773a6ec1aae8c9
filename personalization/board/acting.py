"""What a teacher does about one student, from their page or from a row: more time, a way, an excuse, a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.activity.fields import LAST_YEAR
from personalization.board import line, more_time
from personalization.board.action_forms import ExcuseForm, ExtensionForm, MessageForm, PlacementForm, PressForm
from personalization.board.blueprint import bp
from personalization.choice import asking
from personalization.choice.forms import option_named
from personalization.choice.keeping import retime_one
from personalization.choice.model import Choice
from personalization.choice.places import hold, hold_places, taken
from personalization.errors import BadInput, Refused
from personalization.grading import gradebook
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.finding import agreement_of, ideas_of, open_idea
from personalization.proposal.model import Proposal, Status
from personalization.proposal.placing import place as place_on
from personalization.proposal.starting import revive
from personalization.submission.goes import of_choice

AnyForm = TypeVar("AnyForm", bound=PressForm)


@bp.post("/choices/<int:choice_id>/extension")
def extend(choice_id: int) -> ResponseReturnValue:
    return act(*for_teacher(choice_id), ExtensionForm(), _extend)


@bp.post("/choices/<int:choice_id>/placement")
def place(choice_id: int) -> ResponseReturnValue:
    return act(*for_teacher(choice_id), PlacementForm(), _place)


@bp.post("/choices/<int:choice_id>/excuse")
def excuse(choice_id: int) -> ResponseReturnValue:
    return act(*for_teacher(choice_id), ExcuseForm(), _excuse)


@bp.post("/choices/<int:choice_id>/inclusion")
def include(choice_id: int) -> ResponseReturnValue:
    return act(*for_teacher(choice_id), PressForm(), _include)


@bp.post("/choices/<int:choice_id>/messages")
def write(choice_id: int) -> ResponseReturnValue:
    return act(*for_answerer(choice_id), MessageForm(), _write)


@bp.post("/choices/<int:choice_id>/help-done")
def help_done(choice_id: int) -> ResponseReturnValue:
    return act(*for_answerer(choice_id), PressForm(), _settle)


def for_teacher(choice_id: int) -> tuple[Choice, Person]:
    """Whoever decides there, and the choice they may decide about; an assistant answers and marks only."""
    choice = access.find(Choice, choice_id)
    return choice, access.require_teacher_of(choice.student)


def for_answerer(choice_id: int) -> tuple[Choice, Person]:
    choice = access.find(Choice, choice_id)
    return choice, access.require_answerer_of(choice.student)


def act(
    choice: Choice, me: Person, form: AnyForm, verb: Callable[[Choice, Person, AnyForm], str]
) -> ResponseReturnValue:
    """One press: the form, the verb, which says what it did, and back to where it came from. What can't be done is told
    on the student's page, with all that was typed."""
    if not form.validate():
        return line.page(choice, me, form=form, status=422)
    try:
        hold(choice)
        said = verb(choice, me, form)
    except (Refused, BadInput) as refused:
        db.session.rollback()
        return line.page(choice, me, form=form, refused=refused, status=refused.status)
    db.session.commit()
    flash(said)
    return redirect(_back(form.back.data or "", choice), 303)


def check_here(choice: Choice, kept: str = "") -> None:
    """Nothing is decided about who has left; what they did stays.

    Raises:
        Refused: they have left.
    """
    if choice.student.left_at is not None:
        raise Refused(
            _("%(name)s has left the course", name=choice.student.short_name),
            now=_("There is nothing to decide any more."),
            kept=kept,
        )


def _back(name: str, choice: Choice) -> str:
    pages = {"class": "board.activity", "live": "board.live"}
    if name in pages:
        return url_for(pages[name], activity_id=choice.activity_id)
    return url_for("board.line", choice_id=choice.id)


def _extend(choice: Choice, me: Person, form: ExtensionForm) -> str:
    check_here(choice, form.reason.data or "")
    now, tz, name = clock.now(), choice.activity.course.tz, choice.student.short_name
    if form.preset is None:
        dates = more_time.named(choice, form.typed, tz)
    else:
        of = more_time.WORK if form.of.data == "work" else more_time.meant(choice, bool(form.revive.data))
        had = {n: form.had.get(n) or getattr(choice, n) for n in of if getattr(choice, n) is not None}
        dates = more_time.later(had, form.preset, now, tz)
    if any(moment < getattr(choice, n) for n, moment in dates.items() if form.preset is None and getattr(choice, n)):
        raise BadInput(_("These dates are not later than what %(name)s has", name=name), now=_("Pick later days."))
    if any(moment.year >= LAST_YEAR for moment in dates.values()):
        raise BadInput(_("That is too far away"), now=_("Pick days in this century."))
    choice.extend(dates, form.reason.data or "", me, now)
    retime_one(choice)
    ideas = ideas_of(choice)
    if form.revive.data and ideas and ideas[-1].status is Status.EXPIRED:
        _revive(ideas[-1], me)
    return _("%(name)s has more time.", name=name)


def _revive(idea: Proposal, me: Person) -> None:
    work = of_choice(idea.choice).latest
    revive(idea, work_begun=work is not None and not work.is_empty, by=me, now=clock.now())


def _place(choice: Choice, me: Person, form: PlacementForm) -> str:
    check_here(choice, form.reason.data or "")
    option = option_named(choice.activity, form.option.data)
    if option is None:
        raise Refused(_("This way is not offered any more"), now=_("Pick another one."), kept=form.reason.data or "")
    hold_places(option)
    others = taken(choice.activity, but=choice.student).get(option.id, 0)
    idea, agreement = open_idea(ideas_of(choice)), agreement_of(choice)
    reason, anyway = form.reason.data or "", bool(form.anyway.data)
    place_on(choice, option, others, idea, agreement, reason, me, clock.now(), anyway=anyway)
    return _("%(name)s goes on with “%(way)s”.", name=choice.student.short_name, way=option.title)


def _excuse(choice: Choice, me: Person, form: ExcuseForm) -> str:
    check_here(choice, form.reason.data or "")
    choice.excuse(form.reason.data or "", me, clock.now())
    gradebook.excuse(choice)
    return _("%(name)s is excused.", name=choice.student.short_name)


def _include(choice: Choice, me: Person, form: PressForm) -> str:
    choice.include(me, clock.now())
    gradebook.include(choice)
    return _("%(name)s is in again.", name=choice.student.short_name)


def _write(choice: Choice, me: Person, form: MessageForm) -> str:
    asking.ask(choice, me, form.text.data or "", clock.now())
    return _("Sent to %(name)s.", name=choice.student.short_name)


def _settle(choice: Choice, me: Person, form: PressForm) -> str:
    asking.settle_help(choice, me, clock.now())
    return _("What %(name)s asked is settled.", name=choice.student.short_name)
