"""LTI Assignment and Grade Services 2.0, line item service: columns that the tool may see, make and change."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from demo.base import Manner
from demo.platform import LINE_ITEM, LINE_ITEM_READ
from demo.platforms import platform_of
from demo.school import store
from demo.service import CANVAS, MOODLE, answer, page, refuse, require_accept, require_media
from demo.store import Activity, Column, Course, Tool
from demo.token import require_token

bp = Blueprint("line_items", __name__)
ONE = "application/vnd.ims.lis.v2.lineitem+json"
MANY = "application/vnd.ims.lis.v2.lineitemcontainer+json"
ALL_OF_CANVAS = "/canvas/api/lti/courses/<int:course_id>/line_items"
ALL_OF_MOODLE = "/moodle/services/<int:course_id>/lineitems"
ONE_OF_CANVAS = f"{ALL_OF_CANVAS}/<int:number>"
ONE_OF_MOODLE = f"{ALL_OF_MOODLE}/<int:number>/lineitem"


@bp.get(ALL_OF_CANVAS, defaults=CANVAS)
@bp.get(ALL_OF_MOODLE, defaults=MOODLE)
def find(course_id: int, manner: str) -> ResponseReturnValue:
    course, tool = require_token(course_id, manner, LINE_ITEM, LINE_ITEM_READ)
    require_accept(manner, MANY, anything=False)
    told = [_told(column) for column in course.columns if column.tool_id == tool.id]
    filters = {"tag": "tag", "resource_id": "resourceId", "resource_link_id": "resourceLinkId"}
    for word, name in filters.items():
        if word in request.args:
            told = [item for item in told if item.get(name) == request.args[word]]
    rows, links = page(manner, told, keep=(*filters, "type_id"))
    if manner == Manner.MOODLE:  # the real one escapes its URLs and sets the quotes of a book; a header is latin-1
        links = links.replace("&", "&amp;").replace('"next"', "“next”").encode().decode("latin-1")
    return answer(rows, MANY, links)


@bp.post(ALL_OF_CANVAS, defaults=CANVAS)
@bp.post(ALL_OF_MOODLE, defaults=MOODLE)
def make(course_id: int, manner: str) -> ResponseReturnValue:
    course, tool = require_token(course_id, manner, LINE_ITEM)
    require_media(manner, ONE)
    body = _body()
    column = Column(
        course=course,
        tool=tool,
        activity=_link(course, tool, body.get("resourceLinkId"), manner),
        label=_label(body),
        maximum=_maximum(body),
        resource_id=str(body.get("resourceId") or ""),
        tag=str(body.get("tag") or ""),
    )
    store().add(column)
    store().commit()
    # Moodle's answer repeats whatever was sent: no proof that it was kept.
    told = body | {"id": platform_of(manner).line_item_url(column)} if manner == Manner.MOODLE else _told(column)
    return answer(told, ONE, status=201)


@bp.get(ONE_OF_CANVAS, defaults=CANVAS)
@bp.get(ONE_OF_MOODLE, defaults=MOODLE)
def get(course_id: int, number: int, manner: str) -> ResponseReturnValue:
    column = require_column(course_id, number, manner, LINE_ITEM, LINE_ITEM_READ)
    require_accept(manner, ONE, anything=False)
    return answer(_told(column), ONE)


@bp.put(ONE_OF_CANVAS, defaults=CANVAS)
@bp.put(ONE_OF_MOODLE, defaults=MOODLE)
def change(course_id: int, number: int, manner: str) -> ResponseReturnValue:
    """Canvas renames the assignment too; Moodle the column alone, and forgets what the request leaves out."""
    column = require_column(course_id, number, manner, LINE_ITEM)
    require_media(manner, ONE)
    body = _body()
    column.label = _label(body)
    column.maximum = _maximum(body)
    kept = {} if manner == Manner.MOODLE else {"tag": column.tag, "resourceId": column.resource_id}
    column.tag = str((kept | body).get("tag") or "")
    column.resource_id = str((kept | body).get("resourceId") or "")
    if manner == Manner.CANVAS and column.activity:
        column.activity.title = column.label
    store().commit()
    return answer(_told(column), ONE)


@bp.delete(ONE_OF_CANVAS, defaults=CANVAS)
@bp.delete(ONE_OF_MOODLE, defaults=MOODLE)
def delete(course_id: int, number: int, manner: str) -> ResponseReturnValue:
    """Canvas keeps a column that came with its assignment from a tool's hand; Moodle lets it go with its grades."""
    column = require_column(course_id, number, manner, LINE_ITEM)
    if manner == Manner.CANVAS and column.coupled:
        return refuse(manner, 401, "You can't delete a line item that is coupled to an assignment")
    store().delete(column)
    store().commit()
    return Response(status=204)


def require_column(course_id: int, number: int, manner: str, *any_of: str) -> Column:
    """A column of the calling tool: 404 where there is none, 412 (Canvas) or 403 (Moodle) if another tool's."""
    course, tool = require_token(course_id, manner, *any_of)
    column = store().get(Column, number)
    if column is None or column.course_id != course.id:
        abort(404, f"Grade item {number} doesn't exist")
    if column.tool_id != tool.id:
        abort(412 if manner == Manner.CANVAS else 403, "Tool does not have permission to view line_item")
    return column


def _told(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": platform_of(column.course.manner).line_item_url(column),
        "label": column.label,
        "scoreMaximum": column.maximum,
        "resourceId": column.resource_id,
        "tag": column.tag,
    }
    if column.activity:
        told["resourceLinkId"] = column.activity.resource_link_id
    return told


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        abort(400, "A line item is a JSON object.")
    return body


def _label(body: dict[str, Any]) -> str:
    label = body.get("label")
    if not isinstance(label, str) or not label.strip() or len(label) > 255:
        abort(400, "label is missing or longer than 255 characters")
    return label


def _maximum(body: dict[str, Any]) -> float:
    maximum = body.get("scoreMaximum")
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not math.isfinite(maximum) or maximum < 0:
        abort(400, "scoreMaximum is missing or no number from 0 up")
    return float(maximum)


def _link(course: Course, tool: Tool, resource_link_id: object, manner: str) -> Activity | None:
    if resource_link_id is None:
        return None
    for activity in course.activities:
        if activity.resource_link_id == resource_link_id and activity.tool_id == tool.id:
            return activity
    abort(404 if manner == Manner.CANVAS else 403, "The resource link does not exist.")
