"""Someone who both teaches and learns in a course says which of the two they do today."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import clock
from engine.db import db
from personalization.errors import BadInput, NotHere
from personalization.people import access
from personalization.people.forms import RoleForm
from personalization.people.log import noted
from personalization.people.model import Person, Role

bp = Blueprint("people", __name__, template_folder="templates")

HOMES = {
    Role.TEACHER: "board.queue",
    Role.ASSISTANT: "board.queue",
    Role.DESIGNER: "activity.index",
    Role.STUDENT: "board.mine",
}


@bp.get("/courses/<int:course_id>/role")
def role(course_id: int) -> str:
    me = _of_two_roles(course_id)
    return render_template("people/role.html", place=me.course.name, me=me)


@bp.post("/courses/<int:course_id>/role")
def choose_role(course_id: int) -> Response:
    me, form = _of_two_roles(course_id), RoleForm()
    if not form.validate() or form.role.data not in {Role.STUDENT, me.staff_role}:
        raise BadInput(_("Pick one of the two"), now=_("Go back and press one of the buttons."))
    chosen = Role(form.role.data or "")
    if chosen is not me.role:
        noted(me, "role chosen", role=chosen.value)
    me.act_as(chosen)
    if me.is_student:  # the clock passed them by as long as they were none
        current_app.extensions["third_option"].retime(me, clock.now())
    db.session.commit()
    return redirect(url_for(HOMES[me.role], course_id=course_id), 303)


def _of_two_roles(course_id: int) -> Person:
    """Me, where the LMS says that I am both; nobody else has anything to choose."""
    me = access.me_in(course_id)
    if not me.has_two_roles:
        raise NotHere(_("There is nothing to choose for you here"), now=_("Start from the course page."))
    return me
