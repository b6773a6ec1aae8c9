"""LTI Deep Linking 2.0, platform side: what a teacher chose in the tool becomes activities of the course."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue

from demo import library, proof
from demo.base import AUTHORS, Manner
from demo.platform import DEEP_LINKING, LTI
from demo.platforms import platform_of
from demo.school import get_course, left_the_cookie_behind, now, reposted, require_role, store
from demo.score import instant, number
from demo.store import Activity, Column, Course, Tool
from demo.ticket import Ticket

bp = Blueprint("deep_linking", __name__)
DIALOGUE_LIFE = timedelta(hours=8)


class Unusable(Exception):
    """A reply that cannot be taken; the text is for the teacher."""


@bp.post("/courses/<int:course_id>/deep-linking-reply")
def receive(course_id: int) -> ResponseReturnValue:
    """Take the tool's reply once, all of its items or none."""
    course = get_course(course_id)
    if left_the_cookie_behind(request.form):
        fields = reposted(request.form)
        return render_template("demo/post.html", action=request.full_path, fields=fields, word="Continue")
    person = require_role(course, AUTHORS)
    ticket = store().get(Ticket, request.args.get("data", ""))
    if not ticket or ticket.kind != "return" or ticket.course != course or ticket.person != person:
        abort(400, "This dialogue was not begun here.")
    if ticket.spent_at or ticket.made_at + DIALOGUE_LIFE < now():
        abort(400, "This dialogue is over: what it added is on the course page. To add more, begin again there.")
    try:
        claims = proof.read(ticket.tool, request.form.get("JWT", ""), {platform_of(course.manner).issuer}, once="nonce")
        items = _items(claims, ticket.tool)
        made = [_activity(course, ticket.tool, item) for item in items]
    except (library.Unproven, Unusable) as why:
        store().rollback()
        abort(400, f"The tool’s reply was refused: {why}.")
    ticket.spent_at = now()
    store().commit()
    if made:
        flash("Added: " + ", ".join(activity.title for activity in made) + ".")
    return render_template("demo/added.html", course=course, made=made, message=claims.get(f"{DEEP_LINKING}msg"))


def _items(claims: dict[str, Any], tool: Tool) -> list[dict[str, Any]]:
    """The content items of a reply that is what it should be.

    Raises:
        Unusable: it is another message, for another deployment, or not a list of objects.
    """
    if claims.get(f"{LTI}message_type") != "LtiDeepLinkingResponse" or claims.get(f"{LTI}version") != "1.3.0":
        raise Unusable("it is no LtiDeepLinkingResponse of version 1.3.0")
    if claims.get(f"{LTI}deployment_id") != tool.deployment_id:
        raise Unusable("its deployment_id is another")
    items = claims.get(f"{DEEP_LINKING}content_items", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unusable("content_items is not a list of objects")
    return items


def _activity(course: Course, tool: Tool, item: dict[str, Any]) -> Activity:
    """One ltiResourceLink as an activity, with a column where it has a lineItem. Moodle has no use for its dates."""
    url = str(item.get("url") or tool.target_link_uri)
    if item.get("type") != "ltiResourceLink":
        raise Unusable(f"an item of type {item.get('type')} cannot be added here")
    if urlsplit(url).netloc != tool.domain:
        raise Unusable("an item’s address is not the tool’s own")
    dated = course.manner is Manner.CANVAS
    column = item.get("lineItem")
    activity = new_activity(
        course,
        tool,
        title=str(item.get("title") or (column or {}).get("label") or tool.name),
        points=_points(course, column) if isinstance(column, dict) else None,
        url=url,
        custom={str(key): str(value) for key, value in (item.get("custom") or {}).items()},
    )
    activity.text = str(item.get("text") or "")
    if isinstance(column, dict):
        made = activity.columns[0]
        made.resource_id, made.tag = str(column.get("resourceId") or ""), str(column.get("tag") or "")
        if dated and column.get("label"):
            made.label = str(column["label"])  # Moodle ignores it: there a column is called as its activity
    if dated:
        available, submission = item.get("available") or {}, item.get("submission") or {}
        activity.opens_at = instant(available.get("startDateTime"))
        activity.locks_at = instant(available.get("endDateTime"))
        activity.due_at = instant(submission.get("endDateTime"))
    return activity


def _points(course: Course, column: dict[str, Any]) -> float:
    maximum = number(column.get("scoreMaximum"))
    if maximum is None or maximum < 0:
        raise Unusable("lineItem.scoreMaximum is not a number from 0 up")
    if course.manner is Manner.MOODLE and not (maximum.is_integer() and 1 <= maximum <= 100):
        raise Unusable("Invalid grade value. This must be an integer between 1 and 100")
    return maximum


def new_activity(
    course: Course, tool: Tool, *, title: str, points: float | None, url: str, custom: dict[str, Any]
) -> Activity:
    """An activity on the course page, and its gradebook column unless `points` is None."""
    activity = Activity(
        course=course, tool=tool, title=title, text="", url=url, custom=custom, resource_link_id=str(uuid.uuid4())
    )
    store().add(activity)
    store().flush()
    if course.manner is Manner.MOODLE:
        activity.resource_link_id = str(activity.id)
    if points is not None:
        activity.columns.append(Column(course=course, tool=tool, label=title, maximum=points, coupled=True))
    return activity
