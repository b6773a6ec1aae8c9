"""Release, taking back, and what to do about a score that did not arrive."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.errors import BadInput, Refused
from personalization.grading import desk, gradebook
from personalization.grading.blueprint import bp
from personalization.grading.forms import PressForm, ReleaseForm
from personalization.grading.marking import asked
from personalization.grading.model import Grade
from personalization.grading.result import newest_release
from personalization.people import access
from personalization.people.log import noted
from personalization.people.model import Person
from personalization.submission.model import Submission


@bp.post("/submissions/<int:submission_id>/withdrawal")
def withdraw(submission_id: int) -> ResponseReturnValue:
    """Take a release back; the gradebook gets what the student sees now: an earlier go's grade, or none."""
    submission, me = asked(submission_id, by_teacher=True)
    grade = desk.grade_of(submission)
    if grade is None:
        raise Refused(_("This grade was not released"), now=_("There is nothing to take back."))
    before = newest_release(submission.choice)
    if grade.withdraw(me, clock.now()):
        db.session.flush()
        _tell_after_withdrawal(grade, was_shown=before is not None and before.grade is grade)
        db.session.commit()
        flash(_("Taken back. %(name)s does not see it any more.", name=submission.choice.student.short_name))
    return redirect(url_for("grading.mark", submission_id=submission.id), 303)


@bp.post("/activities/<int:activity_id>/releases")
def release(activity_id: int) -> ResponseReturnValue:
    """Release all that are ready, or the chosen ones; what is not ready any more is left alone."""
    activity = access.find(Activity, activity_id)
    me = access.require_teacher(activity.course_id)
    form = ReleaseForm()
    if not form.validate():
        raise BadInput(_("That is no list of grades"), now=_("Reload the page and try again."))
    if form.some.data and not form.grade.data:
        raise BadInput(_("Nobody is ticked"), now=_("Tick whose grade may go out, then press again."))
    now = clock.now()
    shown = [grade.release(me, now) for grade in desk.ready_grades(activity.id, form.grade.data or [], me)]
    db.session.flush()
    for one in filter(None, shown):
        gradebook.release(one)
    db.session.commit()
    done = ngettext("One grade released.", "%(num)d grades released.", len(shown))
    flash(done if shown else _("All were released before."))
    return redirect(url_for("board.activity", activity_id=activity.id), 303)


@bp.post("/scores/<int:score_id>/retry")
def retry(score_id: int) -> ResponseReturnValue:
    """Send a score again, also over what somebody set in the LMS."""
    me, student = _score_of_mine(score_id)
    activity = gradebook.retry(score_id)
    noted(me, "grade sent anyway", student=student.id, activity=activity.id)
    db.session.commit()
    return _back(activity)


@bp.post("/scores/<int:score_id>/keeping")
def keep(score_id: int) -> ResponseReturnValue:
    """The grade that somebody set in the LMS stands."""
    me, student = _score_of_mine(score_id)
    activity = gradebook.keep(score_id)
    noted(me, "grade kept", student=student.id, activity=activity.id)
    db.session.commit()
    return _back(activity)


@bp.post("/activities/<int:activity_id>/scores/retries")
def retry_all(activity_id: int) -> ResponseReturnValue:
    """Send every score again that the LMS refused; those that were changed there want a word about each."""
    activity = access.find(Activity, activity_id)
    me = access.require_teacher(activity.course_id)
    _check_press()
    count = gradebook.retry_all(activity, me)
    db.session.commit()
    flash(ngettext("One grade goes again.", "%(num)d grades go again.", count) if count else _("None was refused."))
    return _back(activity)


@bp.post("/activities/<int:activity_id>/scores/resumption")
def resume(activity_id: int) -> ResponseReturnValue:
    """The LMS had closed the whole course: try it again, with all that it refused."""
    activity = access.find(Activity, activity_id)
    access.require_teacher(activity.course_id)
    _check_press()
    gradebook.resume(activity.course)
    db.session.commit()
    flash(_("It is tried again. If the course is still closed there, you read it here."))
    return _back(activity)


def _tell_after_withdrawal(grade: Grade, was_shown: bool) -> None:
    if not was_shown:
        return
    earlier = newest_release(grade.submission.choice)
    if earlier is None:
        gradebook.withdraw(grade)
    else:
        gradebook.release(earlier)


def _score_of_mine(score_id: int) -> tuple[Person, Person]:
    """(me, whose score it is)."""
    student = gradebook.student_of(score_id)
    me = access.require_teacher_of(student)
    _check_press()
    return me, student


def _check_press() -> None:
    if not PressForm().validate():
        raise BadInput(_("That didn’t work"), now=_("Reload the page and try again."))


def _back(activity: Activity) -> ResponseReturnValue:
    """To the marking page that the press came from, where it names one of this activity, else to the class page."""
    goes = db.session.scalars(select(Submission.id).join(Submission.choice).where(Choice.activity_id == activity.id))
    for submission_id in goes:
        if str(submission_id) == request.form.get("back"):
            return redirect(url_for("grading.mark", submission_id=submission_id) + "#gradebook", 303)
    return redirect(url_for("board.activity", activity_id=activity.id) + "#gradebook", 303)
