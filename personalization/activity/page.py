"""The design page: where it leads, whether it is still the newest, and all that it shows."""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.activity import deep_link
from personalization.activity.concerns import Concern, concerns
from personalization.activity.forms import DesignForm
from personalization.activity.model import Activity
from personalization.activity.rubric import level_name
from personalization.activity.sheet import Sheet
from personalization.activity.shelf import bank_of
from personalization.errors import NotHere, Refused
from personalization.people.model import Course, Person
from ui.dates import clock as time_of_day
from ui.fields import errors_of

ROW_ID = re.compile(r"[0-9]{1,9}", re.ASCII)  # a column holds 32 bits on PostgreSQL


def activities_of(course: Course) -> list[Activity]:
    found = select(Activity).where(Activity.course_id == course.id)
    return list(db.session.scalars(found.order_by(Activity.saved_at.desc())))


def zone_is_open(course: Course) -> bool:
    """Whether nobody said yet where the course is: no launch named a zone, and no date of it was published."""
    return course.zone == "UTC" and not any(a.published_at for a in activities_of(course))


def destination(me: Person) -> dict[str, str]:
    """Where the activity goes once it is published: the answer to a deep-linking launch, or a link that opens nothing.

    Raises:
        NotHere, Refused: there is no such place, or it is taken.
    """
    launch, link = request.args.get("launch", ""), request.args.get("link", "")
    if launch:
        deep_link.request_for(me, launch)
    if link:
        deep_link.link_for(me.course, row_id(link))
    return {"launch": launch, "link": link}


def check_destination(form: DesignForm, activity: Activity, me: Person) -> None:
    """Where the LMS no longer waits for it, say so beside the rest; the next press publishes without going there."""
    try:
        if form.launch.data:
            deep_link.request_for(me, form.launch.data)
        if form.link.data:
            deep_link.link_for(me.course, row_id(form.link.data), activity)
    except (NotHere, Refused) as gone:
        form.blame([("launch", f"{gone.title}. {gone.now}")])
        form.launch.data = form.link.data = ""


def row_id(text: str) -> int:
    return int(text) if ROW_ID.fullmatch(text) else 0


def is_stale(form: DesignForm, activity: Activity, me: Person) -> bool:
    """Whether somebody else saved it since this page was opened."""
    return activity.saved_by_id != me.id and form.opened.data != activity.saved_at.isoformat()


def stale_words(activity: Activity) -> str:
    return _("%(name)s saved this at %(time)s, after you opened it",
             name=activity.saved_by.name, time=time_of_day(activity.saved_at))  # fmt: skip


def edit_url(activity: Activity, form: DesignForm) -> str:
    going_to = {name: form[name].data for name in ("launch", "link") if form[name].data}
    return url_for("activity.edit", activity_id=activity.id, **going_to)


def design_page(
    form: DesignForm,
    activity: Activity,
    me: Person,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    worries: list[Concern] | None = None,
    focus: str = "",
    unfolded: bool = False,
    sheet: Sheet | None = None,
) -> Response:
    """The design page. `activity` may be a new one that is not in the database yet; `sheet`: the rows read from what
    was pasted, to tick."""
    stale = stale_words(activity) if status is HTTPStatus.CONFLICT else ""
    form.opened.data = activity.saved_at.isoformat()
    if activity.published_at is None or not form.known.data:
        form.known.data = " ".join(str(option.id) for option in activity.designed_options if option.id)
    worries = concerns(activity) if worries is None else worries
    page = render_template(
        "activity/design.html",
        course=me.course.name,
        tab="activities",
        me=me,
        activity=activity,
        form=form,
        stale=stale,
        concerns=worries,
        focus=focus,
        level_name=level_name,
        zone_is_open=zone_is_open(me.course),
        sheet=sheet,
        elsewhere="elsewhere" in request.args,
        bank=bank_of(me),
        unfolded=unfolded or bool(worries) or bool(errors_of(form)),
        dates=activity.suggested(clock.now()),
        others=[a for a in activities_of(me.course) if a is not activity] if form.launch.data or form.link.data else [],
        where=edit_url(activity, form) if activity.id else url_for("activity.new", course_id=me.course_id),
    )
    return make_response(page, status)
