"""One student's page for staff: where they stand, their own dates and why, what they did, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.errors import ForPeople
from personalization.activity.dates import date_name
from personalization.activity.model import Activity
from personalization.board import more_time, overview
from personalization.board.action_forms import (
    ExcuseForm,
    ExtensionForm,
    MessageForm,
    PlacementForm,
    PressForm,
    ZeroForm,
)
from personalization.board.badges import teacher_badge
from personalization.board.blueprint import bp
from personalization.board.standing import Line, Standing, standing
from personalization.choice import asking
from personalization.choice.model import OWN_DATES, Choice
from personalization.choice.places import taken
from personalization.grading import gradebook
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.finding import agreement_of
from personalization.proposal.model import Status

TRAIL = {
    Standing.EXPLORING: "choose",
    Standing.MUST_PICK: "choose",
    Standing.UNPLACED: "choose",
    Standing.RELEASED: "done",
}


class OwnDate(NamedTuple):
    """One of a student's dates; `moved` from the class's; `why` says what moved it, where this page may say so."""

    name: str
    moment: datetime
    moved: bool
    why: str


class Can(NamedTuple):
    """What may be done about this student now, by whoever looks."""

    extend: bool
    revive: bool
    place: bool
    excuse: bool
    include: bool
    take_draft: bool
    zero: bool


@bp.get("/choices/<int:choice_id>", endpoint="line")
def show(choice_id: int) -> ResponseReturnValue:
    choice = access.find(Choice, choice_id)
    me = access.require_answerer_of(choice.student)
    return page(choice, me)


def page(
    choice: Choice, me: Person, form: PressForm | None = None, refused: ForPeople | None = None, status: int = 200
) -> ResponseReturnValue:
    """`form`: what was sent and could not be done, kept as it was typed; `refused` says why not."""
    now, activity = clock.now(), choice.activity
    shown = overview.whole_lines(Choice.id == choice.id)[0]
    body = render_template(
        "board/line.html",
        tab="class",
        course=activity.course.name,
        activity=activity,
        choice=choice,
        line=shown,
        me=me,
        now=now,
        badge=teacher_badge(shown, now),
        at=standing(shown, now),
        trail=_trail(shown, now),
        dates=own_dates(choice),
        thread=asking.thread(choice),
        agreement=agreement_of(choice),
        rubric=activity.rubric,
        lost=more_time.days_lost(choice),
        can=can(shown, me, now),
        lms=gradebook.lms_name(activity.course.lms),
        forms=_forms(choice, form),
        failed=form,
        refused=refused,
    )
    return make_response(body, status)


def own_dates(choice: Choice) -> Sequence[OwnDate]:
    """This student's dates in order, those that are set."""
    activity, found = choice.activity, []
    for name in OWN_DATES:
        moment = getattr(choice, name)
        if moment is not None:
            moved = moment != getattr(activity, name)
            found.append(OwnDate(date_name(name), moment, moved, _why(choice, activity, name) if moved else ""))
    return found


def _why(choice: Choice, activity: Activity, name: str) -> str:
    """What moved this date, as far as the record says it in one word; what is arranged for somebody is said nowhere but
    on its own page."""
    moment = getattr(choice, name)
    given = (choice.extended or {}).get(name)
    if given is not None and datetime.fromisoformat(given) == moment:
        return _("more time was given")
    if name == "work_due" and moment == choice.lms_due_at:
        return _("due then in %(lms)s", lms=gradebook.lms_name(activity.course.lms))
    if moment == choice.reply_until:
        return _("time to reply to an answer")
    if activity.dates.is_missed_by(choice.student.first_seen_at):
        return _("came later than the class")
    return ""


def can(line: Line, me: Person, now: datetime) -> Can:
    """Answering and writing is for assistants too; the rest is the teacher's."""
    choice, at, decides = line.choice, standing(line, now), me.may_teach
    idle = at in {Standing.LEFT, Standing.EXCUSED}
    open_work = decides and not idle and not choice.is_handed_in
    closed = open_work and line.is_closed(now)
    draft = line.submission if line.submission is not None and line.submission.is_draft else None
    saved = draft is not None and not draft.is_empty
    expired = line.talks(Status.EXPIRED) and (choice.option is None or (choice.is_automatic and not saved))
    return Can(
        extend=open_work and any(getattr(choice, name) is not None for name in OWN_DATES),
        revive=open_work and expired,
        place=open_work,
        excuse=decides and not idle,
        include=decides and at is Standing.EXCUSED,
        take_draft=closed and saved,
        zero=closed and not saved,
    )


def _forms(choice: Choice, sent: PressForm | None) -> dict[str, PressForm]:
    """Every form of the page by name: the one that was sent as it was sent, the others fresh."""
    tz = choice.activity.course.tz
    walls = {name: more_time.on_the_wall(getattr(choice, name), tz) for name in OWN_DATES}
    fresh: dict[str, PressForm] = {
        "extend": ExtensionForm(formdata=None, data={"days": "2", **walls}),
        "place": PlacementForm(formdata=None),
        "excuse": ExcuseForm(formdata=None),
        "zero": ZeroForm(formdata=None),
        "write": MessageForm(formdata=None),
    }
    for name, form in fresh.items():
        fresh[name] = form = sent if type(sent) is type(form) and sent is not None else form
        for field in form:  # several forms of one page have a field of the same name
            field.id = field.label.field_id = f"{name}-{field.name}"
    placing = fresh["place"]
    if isinstance(placing, PlacementForm):
        placing.offer(choice, left_in(choice.activity, choice.student))
    return fresh


def left_in(activity: Activity, but: Person) -> dict[int, int]:
    """{option id: places left beside `but`}, of those that have a limit."""
    others = taken(activity, but=but)
    limited = [o for o in activity.designed_options if o.capacity is not None]
    return {o.id: (o.capacity or 0) - others.get(o.id, 0) for o in limited}


def _trail(line: Line, now: datetime) -> str:
    at = standing(line, now)
    if at is Standing.PROPOSING:
        return "propose" if line.talks(Status.DRAFT) else "talk"
    return TRAIL.get(at, "work" if line.choice.option is not None else "choose")
