"""The gradebook as a whole: bringing it in step, how far that is, and stopping it for a course.

What a page shows is worked out from rows alone: it can be left, found again, and is the same for every teacher.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.errors import BadInput, Refused
from personalization.grading import gradebook
from personalization.grading.blueprint import bp
from personalization.grading.forms import PressForm
from personalization.grading.gradebook import Progress
from personalization.grading.scores import scores_of
from personalization.people import access
from personalization.people.log import noted
from personalization.people.model import Course, Person


@bp.get("/activities/<int:activity_id>/gradebook")
def gradebook_page(activity_id: int) -> ResponseReturnValue:
    """One activity's column: how far it is, and everyone with what became of their grade. `?page=` from 1."""
    activity = access.find(Activity, activity_id)
    me = access.require_answerer(activity.course_id)
    shown = _shown(me, gradebook.progress(me, Activity.id == activity.id))
    if _renews() and shown["busy"]:
        return _fragment(shown)
    scores = scores_of(activity, me)
    page = scores.page(request.args.get("page", 1, type=int))
    # The last part that renews itself brings the list along, which is as old as the page.
    template = "grading/_settled.html" if _renews() else "grading/gradebook.html"
    return _page(template, shown, activity=activity, scores=scores, page=page)


@bp.get("/courses/<int:course_id>/gradebook")
def gradebook_of_course(course_id: int) -> ResponseReturnValue:
    """All columns of a course: how far each is, and whether anything is sent."""
    me = access.require_answerer(course_id)
    shown = _shown(me, gradebook.progress(me))
    return _fragment(shown) if _renews() else _page("grading/course_gradebook.html", shown)


@bp.post("/activities/<int:activity_id>/syncs")
def sync(activity_id: int) -> ResponseReturnValue:
    """Compare one activity's column with what students see, and send what is missing there."""
    activity = access.find(Activity, activity_id)
    me = access.require_teacher(activity.course_id)
    _check_press()
    _check_graded(activity)
    gradebook.sync(activity, me)
    db.session.commit()
    return redirect(url_for("grading.gradebook_page", activity_id=activity.id), 303)


@bp.post("/courses/<int:course_id>/syncs")
def sync_course(course_id: int) -> ResponseReturnValue:
    """As `sync`, of every graded activity."""
    me = access.require_teacher(course_id)
    _check_press()
    for one in gradebook.progress(me):
        gradebook.sync(one.activity, me)
    db.session.commit()
    return redirect(url_for("grading.gradebook_of_course", course_id=course_id), 303)


@bp.post("/courses/<int:course_id>/pauses")
def pause(course_id: int) -> ResponseReturnValue:
    """Send nothing to this course's gradebook until somebody says so; what is to be sent waits."""
    me = _teacher_presses(course_id)
    gradebook.hold(access.course(course_id))
    noted(me, "sending paused")
    db.session.commit()
    flash(_("Paused. Nothing is sent to the gradebook until you let it go on; nothing is lost."))
    return redirect(url_for("grading.gradebook_of_course", course_id=course_id), 303)


@bp.post("/courses/<int:course_id>/resumptions")
def go_on(course_id: int) -> ResponseReturnValue:
    """Send again, beginning with what waits; a course that the LMS had closed is tried again too."""
    me = _teacher_presses(course_id)
    course = access.course(course_id)
    gradebook.let_go(course)
    gradebook.resume(course)
    noted(me, "sending resumed")
    db.session.commit()
    flash(_("It goes on. What waited is on its way."))
    return redirect(url_for("grading.gradebook_of_course", course_id=course_id), 303)


def _renews() -> bool:
    return request.headers.get("HX-Request") is not None


def _fragment(shown: dict[str, object]) -> ResponseReturnValue:
    return render_template("grading/_progress.html", **shown)


def _page(template: str, shown: dict[str, object], **more: object) -> ResponseReturnValue:
    return render_template(template, tab="class", **shown, **more)


def _shown(me: Person, found: list[Progress]) -> dict[str, object]:
    """`stopped`: until somebody says so; nothing moves by itself. `busy`: something is under way."""
    course: Course = me.course
    pause = gradebook.pause_of(course)
    stopped = pause is not None and pause.until is None
    return {
        "me": me,
        "course": course.name,
        "found": found,
        "lms": gradebook.lms_name(course.lms),
        "pause": pause,
        "stopped": stopped,
        "busy": not stopped and any(one.goes_on for one in found),
        "slowly": gradebook.why_slowly(course),
        "now": clock.real_now(),
        "here": request.full_path if request.args else request.path,
    }


def _teacher_presses(course_id: int) -> Person:
    me = access.require_teacher(course_id)
    _check_press()
    return me


def _check_press() -> None:
    if not PressForm().validate():
        raise BadInput(_("That didn’t work"), now=_("Reload the page and try again."))


def _check_graded(activity: Activity) -> None:
    if not activity.graded:
        raise Refused(_("This activity is not graded"), now=_("Nothing of it is sent to the gradebook."))
