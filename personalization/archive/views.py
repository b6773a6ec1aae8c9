"""Downloads for those who teach, a person's own data, and the log of who did what.

A download is a press, since it is noted; it is sent while it is read, and holds no transaction meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, Response, make_response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from engine import clock, outflow
from engine.db import db
from personalization.activity.model import Activity
from personalization.archive import record
from personalization.archive.cells import Separator
from personalization.archive.forms import DownloadForm, TablesForm
from personalization.archive.mine import Mine
from personalization.archive.names import FOLDER, Names, safe
from personalization.archive.parcel import Parcel
from personalization.archive.reading import Page
from personalization.archive.table import Table
from personalization.archive.works import Works
from personalization.people import access
from personalization.people.log import noted
from personalization.submission.blueprint import store
from personalization.submission.media import disposition

bp = Blueprint("archive", __name__, template_folder="templates")

ZIP, CSV = "application/zip", "text/csv; charset=utf-8"


@bp.route("/activities/<int:activity_id>/downloads", methods=["GET", "POST"])
def download(activity_id: int) -> ResponseReturnValue:
    """One activity: its table, or all work that was handed in."""
    activity = access.find(Activity, activity_id)
    me = access.require_answerer(activity.course_id)
    form = DownloadForm()
    if not form.validate_on_submit():
        return _page("archive/download.html", form, activity=activity, me=me)
    table, separator = Table.of(activity, me, clock.now()), Separator(form.separator.data)
    name = safe(activity.title, FOLDER) or _("activity")
    noted(me, "downloaded", activity=activity.id, what=form.what.data, students=len(table.choices))
    if form.what.data == "table":
        sent = _sent((text.encode() for text in table.pieces(separator)), f"{name}.csv", CSV)
    else:
        sent = _sent(Works.of(table).parcel(store(), separator), f"{name}.zip", ZIP)
    db.session.commit()
    return sent


@bp.route("/courses/<int:course_id>/downloads", methods=["GET", "POST"])
def downloads(course_id: int) -> ResponseReturnValue:
    """A whole course: the tables of all its activities."""
    me = access.require_answerer(course_id)
    form, course = TablesForm(), access.course(course_id)
    published = select(Activity).where(Activity.course_id == course_id, Activity.published_at.is_not(None))
    activities = db.session.scalars(published.order_by(Activity.published_at.desc(), Activity.id.desc())).all()
    if not form.validate_on_submit():
        return _page("archive/downloads.html", form, activities=activities, me=me, course_id=course_id)
    now, names = clock.now(), Names()
    tables = {f"{names.take(activity.title, FOLDER)}.csv": Table.of(activity, me, now) for activity in activities}
    name, separator = safe(course.name, FOLDER) or _("course"), Separator(form.separator.data)
    noted(me, "course downloaded", activities=len(tables))
    sent = _sent(_tables(tables, separator, now.astimezone(me.tz)), f"{name}.zip", ZIP)
    db.session.commit()
    return sent


@bp.route("/courses/<int:course_id>/my-data", methods=["GET", "POST"])
def mine(course_id: int) -> ResponseReturnValue:
    """All that is held about me in this course."""
    me = access.me_in(course_id)
    if request.method == "GET":
        layout = "ui/teacher.html" if me.may_answer or me.may_author else "ui/student.html"
        return render_template("archive/mine.html", layout=layout, me=me, course_id=course_id)
    held, now = Mine.of(me), clock.now().astimezone(me.tz)
    name = safe(me.course.name, FOLDER) or _("course")
    noted(me, "own data downloaded")
    sent = _sent(held.parcel(store(), now), f"{_('My data')} – {name}.zip", ZIP)
    db.session.commit()
    return sent


@bp.get("/courses/<int:course_id>/log")
def log(course_id: int) -> ResponseReturnValue:
    """Who did what that others must be able to trust, the newest first."""
    me = access.require_teacher(course_id)
    entries = record.of_course(course_id, newest=Page.reach(request.args))
    return render_template("archive/log.html", tab="class", page=Page.of(entries, me, request.args), now=clock.now())


def _page(template: str, form: TablesForm, **about: object) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return make_response(render_template(template, form=form, tab="class", **about), status)


def _tables(tables: Mapping[str, Table], separator: Separator, at: datetime) -> Iterable[bytes]:
    zipped = Parcel()
    for path, table in tables.items():
        yield zipped.raw(path, table.whole(separator), at)
    yield zipped.end()


def _sent(pieces: Iterable[bytes], name: str, media_type: str) -> Response:
    """To be saved under this name; nothing in it runs in a page of ours.

    Raises:
        Away: others' downloads are on their way, as many as may be.
    """
    response = Response(stream_with_context(iter(pieces)), content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", **disposition(name))
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return outflow.long(response)
