"""The gradebook: what the tool sent, and what a teacher changes by hand."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from demo import reviews
from demo.base import GRADED, GRADERS, Manner
from demo.school import enrolment_of, get_course, now, require_role, require_visitor, store
from demo.score import cell_for
from demo.store import Column, Course, Enrolment, Person, ReceivedScore

bp = Blueprint("gradebook", __name__)


@bp.get("/courses/<int:course_id>/grades")
def grades(course_id: int) -> ResponseReturnValue:
    """Everybody's grades for who grades, one's own for a student, the child's for an observer."""
    course = get_course(course_id)
    enrolment = enrolment_of(require_visitor(course), course)
    if enrolment is None:
        abort(403, "Grades are for the people of the course.")
    cells = {(cell.column_id, cell.person_id): cell for column in course.columns for cell in column.cells}
    return render_template(
        "demo/grades.html",
        course=course,
        people=_seen_by(course, enrolment),
        cells=cells,
        openings=reviews.openings(course),
        may_grade=enrolment.role in GRADERS,
    )


@bp.post("/columns/<int:column_id>/grades/<int:person_id>")
def set_grade(column_id: int, person_id: int) -> ResponseReturnValue:
    """A grade by the teacher's hand. In Moodle that overrides the tool until it is taken back by an empty one."""
    column = store().get(Column, column_id) or abort(404)
    require_role(column.course, GRADERS)
    person = store().get(Person, person_id)
    enrolment = enrolment_of(person, column.course)
    if person is None or enrolment is None or enrolment.role not in GRADED:
        abort(404)
    score = _score(request.form.get("score", ""), column)
    cell = cell_for(column, person)
    moodle = column.course.manner is Manner.MOODLE
    cell.by_hand = score is not None
    cell.score = cell.sent if moodle and score is None else score
    cell.state = "graded" if cell.score is not None else "not graded"
    if moodle and score is not None:
        cell.scored_at = now().replace(microsecond=0)
    store().commit()
    flash(f"{person.name}: saved.")
    return redirect(url_for(".grades", course_id=column.course_id, _anchor=f"person-{person.id}"), 303)


@bp.post("/columns/<int:column_id>/deletion")
def delete_column(column_id: int) -> ResponseReturnValue:
    """The column goes with its grades; its activity stays and opens without a line item."""
    column = store().get(Column, column_id) or abort(404)
    require_role(column.course, GRADERS)
    course_id, label = column.course_id, column.label
    store().delete(column)
    store().commit()
    flash(f"The column {label} is deleted, with its grades.")
    return redirect(url_for(".grades", course_id=course_id), 303)


@bp.get("/columns/<int:column_id>/messages")
def messages(column_id: int) -> ResponseReturnValue:
    """Every score message that came for this column, newest first."""
    column = store().get(Column, column_id) or abort(404)
    require_role(column.course, GRADERS)
    received = select(ReceivedScore).where(ReceivedScore.column_id == column_id).order_by(ReceivedScore.id.desc())
    return render_template(
        "demo/messages.html", column=column, course=column.course, received=store().scalars(received).all()
    )


def _seen_by(course: Course, enrolment: Enrolment) -> list[Person]:
    students = [one.person for one in course.enrolments if one.role in GRADED]
    if enrolment.role in GRADERS:
        return students
    own = enrolment.observes_id or enrolment.person_id
    return [student for student in students if student.id == own]


def _score(text: str, column: Column) -> float | None:
    try:
        score = float(text) if text.strip() else None
    except ValueError:
        abort(400, "A grade is a number, or empty for none.")
    if score is not None and not 0 <= score <= column.maximum:
        abort(400, f"A grade is from 0 to {column.maximum:g}.")
    return score
