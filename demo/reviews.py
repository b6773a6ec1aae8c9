"""From the gradebook to a student's work in the tool: Moodle's submission review, Canvas's SpeedGrader."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from demo import auth
from demo.base import GRADED, GRADERS, Manner
from demo.school import enrolment_of, require_role, require_visitor, store
from demo.score import cell_for
from demo.store import Activity, Cell, Column, Course, Person

bp = Blueprint("reviews", __name__)
LAUNCHED = "basic_lti_launch"  # the submission type of Canvas whose data is an address to launch


@bp.get("/columns/<int:column_id>/work/<int:person_id>")
def open_work(column_id: int, person_id: int) -> ResponseReturnValue:
    """Moodle (seen) opens anybody's for whoever is in the course: it is for the tool to refuse. Canvas opens all
    of them for whoever grades, and a student's own for them."""
    column = store().get(Column, column_id) or abort(404)
    visitor, activity = require_visitor(column.course), column.activity or abort(404)
    student = store().get(Person, person_id)
    enrolment = enrolment_of(student, column.course)
    if student is None or enrolment is None or enrolment.role not in GRADED:
        abort(404)
    if column.course.manner is Manner.MOODLE:
        return auth.initiate("review", visitor, column.course, column.tool, activity.url, activity, student)
    if visitor is not student:
        require_role(column.course, GRADERS)
    return _launch_submission(cell_for(column, student), activity, visitor)


def openings(course: Course) -> set[tuple[int, int]]:
    """(column, person) of whom the gradebook shows a way to the work."""
    if course.manner is Manner.CANVAS:
        cells = (cell for column in course.columns if column.activity for cell in column.cells)
        return {(cell.column_id, cell.person_id) for cell in cells if cell.submission_type == LAUNCHED}
    students = [one.person_id for one in course.enrolments if one.role in GRADED]
    return {(column.id, student) for column in course.columns if column.activity for student in students}


def _launch_submission(cell: Cell, activity: Activity, visitor: Person) -> ResponseReturnValue:
    if cell.submission_type != LAUNCHED:
        abort(404, "Nothing was handed in that could be opened.")
    return auth.initiate("link", visitor, activity.course, activity.tool, cell.submission_data, activity)
