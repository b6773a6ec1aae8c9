"""A course once more, as the real ones copy it: links and columns come along, people and their grades do not."""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from demo import notices
from demo.base import GRADED, Manner, Role
from demo.school import enrolment_of, get_course, require_role, store
from demo.store import Activity, Column, Copied, Course, Enrolment, Person

bp = Blueprint("copying", __name__)
BEGUN = "A copy: its links came along, nobody’s work did"


@bp.post("/courses/<int:course_id>/copies")
def copy(course_id: int) -> ResponseReturnValue:
    found = get_course(course_id)
    teacher = require_role(found, {Role.TEACHER})
    title = request.form.get("title", "").strip()
    if not title or len(title) > 255:
        abort(400, "A course needs a name of 255 letters at most.")
    made = copy_course(store(), found, teacher, title, _begins(ZoneInfo(found.zone)))
    store().commit()
    notices.tell_of_copy(made)
    flash(f"{made.title} is a copy of {found.title}. You teach it; nobody else is in it yet.")
    return redirect(url_for("courses.course", course_id=made.id), 303)


@bp.post("/courses/<int:course_id>/enrolments")
def enrol(course_id: int) -> ResponseReturnValue:
    """Who learns in the course before comes into its copy."""
    found = get_course(course_id)
    require_role(found, {Role.TEACHER})
    if found.copied is None:
        abort(400, f"{found.title} is no copy.")
    there = {one.person_id for one in found.enrolments}
    come = [one for one in found.copied.origin.enrolments if one.role in GRADED and one.person_id not in there]
    for one in come:
        store().add(Enrolment(course_id=found.id, person_id=one.person_id, role=one.role, section=one.section))
    store().commit()
    flash(f"{len(come)} students came into {found.title}.")
    return redirect(url_for("courses.people", course_id=found.id), 303)


def copy_course(session: Session, origin: Course, teacher: Person, title: str, begins_at: datetime | None) -> Course:
    """New ids for the course, its links and its columns; addresses and custom parameters stay. One teacher is in it.

    Canvas (documented) and Moodle (seen) do it alike; both tell the courses before in `$Context.id.history`.
    """
    label = f"{origin.label.partition('_')[0]}_{secrets.token_hex(2)}"  # Moodle numbers its copies so
    copied = Course(
        manner=origin.manner,
        title=title,
        label=label,
        context_id=secrets.token_hex(20),
        beginning=BEGUN,
        zone=origin.zone,
        copied=Copied(origin=origin, begins_at=begins_at),
    )
    session.add(copied)
    session.flush()
    if copied.manner is Manner.MOODLE:
        copied.context_id = str(copied.id)
    was = enrolment_of(teacher, origin)
    section = was.section if was else ""
    session.add(Enrolment(course_id=copied.id, person_id=teacher.id, role=Role.TEACHER, section=section))
    twins = {activity.id: _activity(session, activity, copied) for activity in origin.activities}
    for column in origin.columns:
        twin = twins.get(column.activity_id) if column.activity_id else None
        copied.columns.append(_column(column, twin))
    return copied


def _activity(session: Session, activity: Activity, course: Course) -> Activity:
    twin = Activity(
        course=course,
        tool=activity.tool,
        resource_link_id=str(uuid.uuid4()),
        title=activity.title,
        text=activity.text,
        url=activity.url,
        custom=dict(activity.custom),
        opens_at=activity.opens_at,
        due_at=activity.due_at,
        locks_at=activity.locks_at,
    )
    session.add(twin)
    session.flush()
    if course.manner is Manner.MOODLE:
        twin.resource_link_id = str(twin.id)
    return twin


def _column(column: Column, activity: Activity | None) -> Column:
    return Column(
        tool=column.tool,
        activity=activity,
        label=column.label,
        maximum=column.maximum,
        resource_id=column.resource_id,
        tag=column.tag,
        coupled=column.coupled,
    )


def _begins(zone: ZoneInfo) -> datetime | None:
    """The day that the course begins on, which Moodle's form asks for."""
    text = request.form.get("begins", "").strip()
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(), zone).astimezone(UTC) if text else None
    except ValueError:
        abort(400, "A day looks like 2027-01-11.")
