"""The class list, read because somebody asks for it."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.board.action_forms import PressForm
from personalization.board.blueprint import bp
from personalization.errors import BadInput, Refused
from personalization.people import access, roster


@bp.post("/courses/<int:course_id>/rosters")
def read_roster(course_id: int) -> ResponseReturnValue:
    """Have the LMS asked who is in the course; the worker does it, and two presses are one."""
    access.require_answerer(course_id)
    if not PressForm().validate():
        raise BadInput(_("That didn’t work"), now=_("Reload the page and try again."))
    if not roster.read_soon(access.course(course_id), clock.real_now()):
        raise Refused(
            _("The LMS shows this tool no class list"),
            now=_("Ask your LMS admin to allow it; until then nobody is lost."),
        )
    db.session.commit()
    flash(_("The class list is being read, unless that was done within the last minute. Reload in a moment."))
    return redirect(url_for("board.classes", course_id=course_id), 303)
