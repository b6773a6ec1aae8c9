"""The school's own pages: the front page, "be this person", courses and their activities."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from demo.base import AUTHORS, GRADED, Manner, Role
from demo.deep_linking import new_activity
from demo.platforms import platform_of
from demo.school import enrolment_of, get_course, require_role, require_visitor, store, tool_of
from demo.store import Activity, Course, Enrolment, Extension, Person

bp = Blueprint("courses", __name__)


@bp.get("/")
def front() -> ResponseReturnValue:
    people = selectinload(Course.enrolments).joinedload(Enrolment.person)
    courses = store().scalars(select(Course).order_by(Course.id).options(people)).all()
    administrators = store().scalars(select(Person).where(Person.administrator)).all()
    return render_template("demo/front.html", courses=courses, administrators=administrators, Role=Role)


@bp.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    number = request.form.get("person", "")
    person = store().get(Person, int(number)) if number.isdecimal() else None
    if person is None:
        abort(400, "There is no such person.")
    cookie["person"] = person.id
    course = request.form.get("course", "")
    if course.isdecimal():
        return redirect(url_for(".course", course_id=int(course)), 303)
    return redirect(url_for("registration.tools" if person.administrator else ".front"), 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    cookie.clear()
    return redirect(url_for(".front"), 303)


@bp.get("/courses/<int:course_id>")
def course(course_id: int) -> ResponseReturnValue:
    found = get_course(course_id)
    person = require_visitor(found)
    enrolment = enrolment_of(person, found)
    if not enrolment and found.manner is Manner.CANVAS and not person.administrator:
        abort(403, f"{person.name} is not in {found.title}.")
    return render_template(
        "demo/course.html",
        course=found,
        tool=tool_of(found),
        may_author=bool(enrolment and enrolment.role in AUTHORS),
        may_copy=bool(enrolment and enrolment.role is Role.TEACHER),
    )


@bp.get("/courses/<int:course_id>/people")
def people(course_id: int) -> ResponseReturnValue:
    found = get_course(course_id)
    enrolment = enrolment_of(require_visitor(found), found)
    may_enrol = bool(found.copied and enrolment and enrolment.role is Role.TEACHER)
    return render_template("demo/people.html", course=found, may_enrol=may_enrol)


@bp.get("/courses/<int:course_id>/choose")
def choose(course_id: int) -> ResponseReturnValue:
    """The deep-linking dialogue: the tool in a frame, or as a whole page."""
    found = get_course(course_id)
    require_role(found, AUTHORS)
    return render_template("demo/choose.html", course=found, tool=tool_of(found) or abort(404))


@bp.get("/courses/<int:course_id>/tool")
def navigation(course_id: int) -> ResponseReturnValue:
    """The tool from the course's menu: Canvas has that place, Moodle does not."""
    found = get_course(course_id)
    require_visitor(found)
    if found.manner is Manner.MOODLE:
        abort(404)
    return render_template("demo/navigation.html", course=found, tool=tool_of(found) or abort(404))


@bp.post("/courses/<int:course_id>/links")
def add_link(course_id: int) -> ResponseReturnValue:
    """A link that was never set up in the tool: a name, points, and nothing else."""
    found = get_course(course_id)
    require_role(found, AUTHORS)
    tool = tool_of(found) or abort(404)
    title = request.form.get("title", "").strip()
    points = request.form.get("points", "").strip()
    if not title or len(title) > 255 or (points and not (points.isdecimal() and 1 <= int(points) <= 100)):
        abort(400, "A link needs a name of 255 letters at most, and whole points from 1 to 100 or none.")
    activity = new_activity(
        found, tool, title=title, points=float(points) if points else None, url=tool.target_link_uri, custom={}
    )
    store().commit()
    flash(f"Added: {activity.title}.")
    return redirect(url_for(".course", course_id=found.id), 303)


@bp.get("/activities/<int:activity_id>")
def activity(activity_id: int) -> ResponseReturnValue:
    found = store().get(Activity, activity_id) or abort(404)
    person = require_visitor(found.course)
    enrolment = enrolment_of(person, found.course)
    return render_template(
        "demo/activity.html",
        activity=found,
        course=found.course,
        due_at=found.due_for(person) if enrolment and enrolment.role in GRADED else found.due_at,
        may_author=bool(enrolment and enrolment.role in AUTHORS),
    )


@bp.get("/activities/<int:activity_id>/dates")
def dates(activity_id: int) -> ResponseReturnValue:
    found = _dated(activity_id)
    students = [one.person for one in found.course.enrolments if one.role in GRADED]
    return render_template("demo/dates.html", activity=found, course=found.course, students=students)


@bp.post("/activities/<int:activity_id>/dates")
def set_dates(activity_id: int) -> ResponseReturnValue:
    found = _dated(activity_id)
    zone = ZoneInfo(found.course.zone)
    found.opens_at = _time("opens_at", zone)
    found.due_at = _time("due_at", zone)
    found.locks_at = _time("locks_at", zone)
    store().commit()
    flash("The dates are saved.")
    return redirect(url_for(".activity", activity_id=found.id), 303)


@bp.post("/activities/<int:activity_id>/extensions")
def extend(activity_id: int) -> ResponseReturnValue:
    """One student's own due date; an empty one takes it back."""
    found = _dated(activity_id)
    student = platform_of(found.course.manner).person(request.form.get("student", ""))
    enrolment = enrolment_of(student, found.course)
    if student is None or enrolment is None or enrolment.role not in GRADED:
        abort(400, "Choose a student of this course.")
    due_at = _time("due_at", ZoneInfo(found.course.zone))
    found.extensions = [one for one in found.extensions if one.person_id != student.id]
    store().flush()
    if due_at:
        found.extensions.append(Extension(person_id=student.id, due_at=due_at))
    store().commit()
    flash(f"{student.name} has {'a due date of their own' if due_at else 'the class’s due date'}.")
    return redirect(url_for(".dates", activity_id=found.id), 303)


def _dated(activity_id: int) -> Activity:
    """An activity whose dates this person may set. Moodle keeps none that a tool could see."""
    found = store().get(Activity, activity_id) or abort(404)
    require_role(found.course, AUTHORS)
    if found.course.manner is Manner.MOODLE:
        abort(404)
    return found


def _time(name: str, zone: ZoneInfo) -> datetime | None:
    """A datetime-local field, read in the course's zone."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        abort(400, "A date looks like 2026-12-04T18:00.")
