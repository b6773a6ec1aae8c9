"""LTI Names and Role Provisioning Services 2.0: the members of a course, a page at a time."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from demo.base import Manner, Role
from demo.platform import MEMBERS, MEMBERSHIP, Platform
from demo.platforms import platform_of
from demo.school import store
from demo.service import CANVAS, MOODLE, answer, page, require_accept
from demo.store import Activity, Course, Enrolment, Tool
from demo.ticket import Ticket
from demo.token import require_token

bp = Blueprint("members", __name__)
MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


@bp.get("/canvas/api/lti/courses/<int:course_id>/names_and_roles", defaults=CANVAS)
@bp.get("/moodle/services/CourseSection/<int:course_id>/bindings/<int:_tool>/memberships", defaults=MOODLE)
def members(course_id: int, manner: str, _tool: int = 0) -> ResponseReturnValue:
    course, tool = require_token(course_id, manner, MEMBERS)
    require_accept(manner, MEDIA_TYPE, anything=True)
    platform = platform_of(manner)
    link = _link(platform, course, tool)
    told = [platform.member(one, tool, link) for one in sorted(_listed(course), key=lambda one: one.person.family_name)]
    # Moodle's next link forgets the role: its second page is unfiltered.
    rows, links = page(manner, _filtered(manner, told), keep=("rlid", "role") if manner == Manner.CANVAS else ("rlid",))
    body = {
        "id": request.base_url,
        "context": {"id": course.context_id, "label": course.label, "title": course.title},
        "members": rows,
    }
    return answer(body, MEDIA_TYPE, links)


def _listed(course: Course) -> list[Enrolment]:
    """Everybody enrolled. The test student exists only from the first Student View on."""
    return [one for one in course.enrolments if one.role is not Role.TEST_STUDENT or _has_launched(one)]


def _has_launched(enrolment: Enrolment) -> bool:
    launched = select(Ticket.key).where(Ticket.person_id == enrolment.person_id, Ticket.spent_at.is_not(None))
    return store().scalar(launched.limit(1)) is not None


def _link(platform: Platform, course: Course, tool: Tool) -> Activity | Course | None:
    """What `rlid` names: a link of this tool in this course. Canvas takes the course's own id too."""
    rlid = request.args.get("rlid")
    if rlid is None:
        return None
    if platform.manner is Manner.CANVAS and rlid == course.context_id:
        return course
    found = next((one for one in course.activities if one.resource_link_id == rlid and one.tool_id == tool.id), None)
    return found or abort(400 if platform.manner is Manner.CANVAS else 404, f"LTI link {rlid} doesn’t exist")


def _filtered(manner: str, members: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """Canvas: a role nobody has gives nobody. Moodle: only Instructor and Learner filter, other words are ignored."""
    role = request.args.get("role")
    if manner == Manner.MOODLE:
        role = (role or "").removeprefix(MEMBERSHIP)
        role = role if role in {"Instructor", "Learner"} else None
    return [member for member in members if not role or role in member["roles"]]
