"""All dates that differ from the LMS's, in one list: what the LMS would mark late, and what to do about it."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.board.blueprint import bp
from personalization.board.forms import DONE, TAKE, ClassDateForm, StudentDateForm
from personalization.choice.model import Choice
from personalization.errors import Refused
from personalization.grading import gradebook, lms_date
from personalization.people import access
from personalization.people.model import Person


@bp.get("/courses/<int:course_id>/lms-dates")
def lms_dates(course_id: int) -> ResponseReturnValue:
    return _page(access.require_answerer(course_id))


@bp.post("/activities/<int:activity_id>/lms-date")
def settle_class_date(activity_id: int) -> ResponseReturnValue:
    """Take the LMS's date for everyone, or leave ours as it is."""
    activity = access.find(Activity, activity_id)
    me = access.require_teacher(activity.course_id)
    form, now = ClassDateForm(), clock.now()
    moment = form.moment()
    try:
        if form.do.data == TAKE:
            lms_date.take_for_all(activity, moment, now)
        else:
            lms_date.ignore(activity, moment, me, now)
    except Refused as refused:
        db.session.rollback()
        return _page(access.require_teacher(activity.course_id), refused), HTTPStatus.CONFLICT
    db.session.commit()
    flash(_("Everyone’s date is the LMS’s now.") if form.do.data == TAKE else _("Your date stays as it is."))
    return redirect(url_for("board.lms_dates", course_id=activity.course_id), 303)


@bp.post("/choices/<int:choice_id>/lms-date")
def settle_date(choice_id: int) -> ResponseReturnValue:
    """Tick that a student’s date was set in the LMS too, or take the tick back."""
    choice = access.find(Choice, choice_id)
    me = access.require_teacher_of(choice.student)
    form = StudentDateForm()
    moment = form.moment()
    if form.do.data == DONE:
        lms_date.set_there(choice, moment, me, clock.now())
    else:
        lms_date.not_set_there(choice)
    db.session.commit()
    return redirect(url_for("board.lms_dates", course_id=choice.activity.course_id) + "#students", 303)


def _page(me: Person, refused: Refused | None = None) -> str:
    found = lms_date.differences(me)
    of_class = [one for one in found if one.choice is None]
    late = [one for one in found if one.choice is not None and one.is_late_there]
    return render_template(
        "board/lms_dates.html",
        course=me.course.name,
        course_id=me.course_id,
        tab="class",
        me=me,
        lms=gradebook.lms_name(me.course.lms),
        family=me.course.lms,
        now=clock.now(),
        waiting=lms_date.counts(found),
        of_class=[one for one in of_class if one.is_late_there],
        late=[one for one in late if not one.settled],
        done=[one for one in late if one.settled],
        longer=[one for one in found if not one.is_late_there],
        refused=refused,
    )
