"""The page where a student picks a way. It joins a choice with the ideas and the agreement that picking may end, so it
stands above choice/, whose address and templates it has."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask import Response, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.whole import WHOLE
from personalization.choice.blueprint import bp
from personalization.choice.forms import OWN, PickForm
from personalization.choice.keeping import choice_of
from personalization.choice.model import Choice, Way, is_full
from personalization.choice.places import hold, hold_places, taken
from personalization.errors import NotHere, Refused
from personalization.people.access import find, require_student
from personalization.people.model import Person
from personalization.proposal.clockwork import promise_ends_at
from personalization.proposal.finding import agreement_of, ideas_of, open_idea, teacher_name
from personalization.proposal.model import Proposal, Status
from personalization.proposal.placing import take_option
from personalization.proposal.starting import begin_idea, no_start


class Stage(StrEnum):
    """What the page is about now."""

    NOT_YET = "not yet"
    LOOKING = "looking"
    IDEA = "idea"
    SENT_BACK = "sent back"
    PICKED = "picked"
    AGREED = "agreed"
    PLACED = "placed"
    MUST_PICK = "must pick"
    LAST_CALL = "last call"
    UNPLACED = "unplaced"
    EXCUSED = "excused"


@bp.get("/activities/<int:activity_id>/choice")
def show(activity_id: int) -> Response:
    choice, _me = my_choice(activity_id)
    return _page(choice, PickForm(option=_chosen(choice)))


@bp.post("/activities/<int:activity_id>/choice")
def pick(activity_id: int) -> AnyResponse:
    choice, me = my_choice(activity_id)
    hold(choice)
    form = PickForm()
    if not form.validate():
        return _page(choice, form, 422)
    try:
        next_page = start_idea(choice, me) if form.wants_own else _take(choice, form, me)
    except Refused as refused:
        return _page(choice, form, 409, refused)
    db.session.commit()
    return redirect(next_page, 303)


def my_choice(activity_id: int) -> tuple[Choice, Person]:
    """The asking student's line in a published activity, and the student.

    Raises:
        NotHere: it is not published.
        NotYours: whoever asks is no student of that course.
    """
    activity = find(Activity, activity_id, *WHOLE)
    me = require_student(activity.course_id)
    if activity.published_at is None:
        raise NotHere(
            _("This activity is not ready yet"),
            now=_("Your teacher is still setting it up. Come back later; nothing is late."),
        )
    return choice_of(activity, me, clock.now()), me


def start_idea(choice: Choice, me: Person) -> str:
    """Begin an own idea, or find the one that is open or agreed; the address where it goes on.

    Raises:
        Refused: as `begin_idea`.
    """
    ideas = ideas_of(choice)
    agreement = agreement_of(choice)
    idea = agreement.proposal if agreement else open_idea(ideas)
    if idea is None:
        idea = begin_idea(choice, ideas, me, clock.now())
        db.session.add(idea)
        db.session.flush()
    return url_for("proposal.show", proposal_id=idea.id)


def _take(choice: Choice, form: PickForm, me: Person) -> str:
    option = form.picked(choice.activity)
    if option is None:
        raise Refused(_("This way is not offered any more"), now=_("Pick another one."))
    hold_places(option)
    others = taken(choice.activity, but=me).get(option.id, 0)
    take_option(choice, option, others, open_idea(ideas_of(choice)), agreement_of(choice), me, clock.now())
    return url_for("submission.show", activity_id=choice.activity_id)


def stage(choice: Choice, newest: Proposal | None, may_own: bool, now: datetime) -> Stage:
    """`newest`: the latest idea, if there was one; `may_own`: whether an own idea may be started now."""
    if not choice.activity.is_open(now):
        return Stage.NOT_YET
    if choice.is_excused:
        return Stage.EXCUSED
    if newest is not None and newest.is_open:
        return Stage.LAST_CALL if choice.last_call_at is not None else Stage.IDEA
    if choice.option is not None:
        if choice.way is Way.AGREED:
            return Stage.AGREED
        return Stage.PLACED if choice.way is Way.PLACED else Stage.PICKED
    return _without_way(choice, newest, may_own, now)


def _without_way(choice: Choice, newest: Proposal | None, may_own: bool, now: datetime) -> Stage:
    if choice.unplaced_at is not None:
        return Stage.UNPLACED
    if newest is not None and newest.status is Status.SENT_BACK and may_own:
        return Stage.SENT_BACK
    last_call = promise_ends_at(choice) or choice.pick_by
    return Stage.MUST_PICK if last_call is not None and now > last_call else Stage.LOOKING


def _chosen(choice: Choice) -> str | None:
    """Which card is marked: the way they are on, else their plan B, the own idea where one is agreed."""
    if choice.way is Way.AGREED:
        return OWN
    option = choice.option or choice.plan_b
    return str(option.id) if option else None


def _page(choice: Choice, form: PickForm, status: int = 200, refused: Refused | None = None) -> Response:
    now = clock.now()
    activity, ideas = choice.activity, ideas_of(choice)
    newest = ideas[-1] if ideas else None
    is_open = activity.is_open(now)
    may_own = is_open and no_start(choice, ideas, now) is None
    form.offer(activity)
    others = taken(activity, but=choice.student)
    page = render_template(
        "choice/show.html",
        course=activity.course.name,
        activity=activity,
        choice=choice,
        dates=choice.dates,
        stage=stage(choice, newest, may_own, now),
        idea=newest,
        may_own=may_own,
        may_pick=is_open and choice.may_change(now) and not choice.is_handed_in and not choice.is_excused,
        full=[o.id for o in activity.designed_options if o is not choice.option and is_full(o, others.get(o.id, 0))],
        teacher=teacher_name(activity, ideas),
        form=form,
        refused=refused,
        now=now,
        preview=False,
    )
    return make_response(page, status)
