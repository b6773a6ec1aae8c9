"""An activity copied into one of the teacher's courses, as a draft."""

from __future__ import annotations

import secrets

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.activity.blueprint import bp
from personalization.activity.copying import copy_into, opening
from personalization.activity.forms import FORM_KEY, CopyForm
from personalization.activity.model import Activity
from personalization.activity.who import mine, my_desks
from personalization.people.model import Person


@bp.route("/activities/<int:activity_id>/copies", methods=["GET", "POST"])
def copies(activity_id: int) -> AnyResponse:
    activity, me = mine(activity_id)
    desks = {desk.course_id: desk for desk in my_desks(me)}
    form = CopyForm()
    form.offer({course_id: desk.course.name or _("A course without a name") for course_id, desk in desks.items()})
    if request.method == "GET":
        return _page(activity, form)
    if not form.validate():
        return _page(activity, form, 422)
    copy = _copy(activity, desks[int(form.course.data)], form)
    db.session.commit()
    flash(_("Copied as a draft into %(course)s. Look it over, then publish it.", course=copy.course.name))
    return redirect(url_for("activity.edit", activity_id=copy.id), 303)


def _copy(activity: Activity, desk: Person, form: CopyForm) -> Activity:
    """The copy that this page asked for; asked twice, the one that was made."""
    now, key = clock.now(), form.form_key.data
    db.session.refresh(desk, with_for_update=True)
    made = select(Activity).where(Activity.created_by_id == desk.id, Activity.form_key == key)
    if (found := db.session.scalar(made)) is not None:
        return found
    opens = opening(activity, form.opens.data, desk.course, now) if form.opens.data else None
    copy = copy_into(activity, desk.course, desk, now, opens, key)
    db.session.add(copy)
    db.session.flush()
    return copy


def _page(activity: Activity, form: CopyForm, status: int = 200) -> Response:
    if not FORM_KEY.fullmatch(form.form_key.data or ""):
        form.form_key.data = secrets.token_urlsafe(16)
    page = render_template("activity/copies.html", activity=activity, form=form, tab="activities")
    return make_response(page, status)
