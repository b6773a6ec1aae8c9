"""The class list, read because somebody asks for it."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.board.action_forms import RosterForm
from personalization.board.blueprint import bp
from personalization.errors import BadInput, Refused
from personalization.people import access, roster


@bp.post("/courses/<int:course_id>/rosters")
def read_roster(course_id: int) -> ResponseReturnValue:
    """Have the LMS asked who is in the course; the worker does it, and two presses are one."""
    access.require_answerer(course_id)
    form = RosterForm()
    if not form.validate():
        raise BadInput(_("That didn’t work"), now=_("Reload the page and try again."))
    if not roster.read_soon(access.course(course_id), clock.real_now()):
        raise Refused(
            _("The LMS shows this tool no class list"),
            now=_("Ask your LMS admin to allow it; until then nobody is lost."),
        )
    here = select(Activity.id).where(Activity.course_id == course_id, Activity.id == form.activity.data)
    activity_id = db.session.scalar(here) if form.activity.data else None
    db.session.commit()
    flash(_("The class list is being read, unless that was done within the last minute. Reload in a moment."))
    if activity_id is not None:
        return redirect(url_for("board.activity", activity_id=activity_id), 303)
    return redirect(url_for("board.classes", course_id=course_id), 303)
