"""A launch, platform side: login initiation, then the authentication answer (1EdTech Security Framework 1.0 §5.1.1)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from demo import library
from demo.base import AUTHORS
from demo.platform import DEEP_LINK_REQUEST, LINK_REQUEST, LTI, REVIEW_REQUEST, Fault, Platform
from demo.platforms import platform_of
from demo.school import (
    left_the_cookie_behind,
    now,
    reposted,
    require_role,
    require_visitor,
    school,
    signed_in,
    store,
    tool_of,
)
from demo.store import Activity, Course, Person, Tool
from demo.ticket import Review, Ticket

bp = Blueprint("auth", __name__)
LAUNCH_LIFE = timedelta(minutes=5)


class Failed(Exception):
    """An authentication request that gets no id_token."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@bp.get("/activities/<int:activity_id>/launch")
def launch_activity(activity_id: int) -> ResponseReturnValue:
    activity = store().get(Activity, activity_id) or abort(404)
    person = require_visitor(activity.course)
    return initiate("link", person, activity.course, activity.tool, activity.url, activity)


@bp.get("/courses/<int:course_id>/tool/launch")
def launch_course(course_id: int) -> ResponseReturnValue:
    """The tool in the course's own menu: no link stands behind it."""
    course = store().get(Course, course_id) or abort(404)
    person = require_visitor(course)
    tool = tool_of(course) or abort(404)
    return initiate("navigation", person, course, tool, tool.target_link_uri)


@bp.get("/courses/<int:course_id>/choose/launch")
def launch_deep_linking(course_id: int) -> ResponseReturnValue:
    course = store().get(Course, course_id) or abort(404)
    person = require_role(course, AUTHORS)
    tool = tool_of(course) or abort(404)
    return initiate("deep link", person, course, tool, tool.deep_link_uri)


def initiate(
    kind: str,
    person: Person,
    course: Course,
    tool: Tool,
    target: str,
    activity: Activity | None = None,
    about: Person | None = None,
) -> ResponseReturnValue:
    """The form that the browser posts to the tool's login URL, by itself where scripts run.

    `about`: whose work a review is to show.
    """
    ticket = _ticket(kind, person, course, tool, target, activity)
    if about:
        store().add(Review(ticket=ticket, person=about))
    platform = platform_of(course.manner)
    store().commit()
    fields = {
        "iss": platform.issuer,
        "target_link_uri": target,
        "login_hint": platform.login_hint(person),
        "lti_message_hint": ticket.key,
        "client_id": tool.client_id,
        **platform.login_fields(ticket),
    }
    return render_template("demo/post.html", action=tool.login_url, fields=fields, tool=tool, word=f"Open {tool.name}")


def _ticket(
    kind: str, person: Person, course: Course, tool: Tool, target: str, activity: Activity | None = None
) -> Ticket:
    ticket = Ticket(
        key=secrets.token_urlsafe(18),
        kind=kind,
        person=person,
        tool=tool,
        course=course,
        activity=activity,
        target=target,
        made_at=now(),
    )
    store().add(ticket)
    return ticket


@bp.route("/<any(canvas, moodle):manner>/auth", methods=["GET", "POST"])
def authenticate(manner: str) -> ResponseReturnValue:
    """A form for the tool: id_token and state, or error and state; never to an unregistered redirect_uri"""
    platform = platform_of(manner)
    asked = request.form if request.method == "POST" else request.args
    if left_the_cookie_behind(asked):
        return render_template("demo/post.html", action=request.path, fields=reposted(asked), word="Continue")
    ticket = store().get(Ticket, asked.get("lti_message_hint", ""))
    redirect_uri = asked.get("redirect_uri", "")
    if not ticket or ticket.tool.manner != manner or redirect_uri not in ticket.tool.redirect_uris:
        abort(400, "Invalid request: the launch or its redirect_uri is unknown here.")
    fields = {"state": asked.get("state", "")}
    try:
        _check(platform, ticket, asked)
        fields["id_token"] = _id_token(platform, ticket, asked["nonce"])
    except Failed as failure:
        word = platform.faults.get(failure.fault) or abort(400, f"Invalid request: {failure}.")
        fields |= {"error": word, "error_description": str(failure)}
    store().commit()
    return render_template("demo/post.html", action=redirect_uri, fields=fields, tool=ticket.tool, word="Continue")


def _check(platform: Platform, ticket: Ticket, asked: Mapping[str, str]) -> None:
    """Spend the ticket, unless the request is not to be answered with an id_token.

    Raises:
        Failed: with the first fault found.
    """
    person = signed_in()
    if asked.get("client_id") != ticket.tool.client_id:
        raise Failed(Fault.UNKNOWN_CLIENT)
    if asked.get("response_mode") != "form_post" or asked.get("prompt", "none") != "none":
        raise Failed(Fault.BAD_MODE)
    if asked.get("scope") != "openid" or asked.get("response_type") != "id_token" or not asked.get("nonce"):
        raise Failed(Fault.BAD_REQUEST)
    if person is None:
        raise Failed(Fault.SIGNED_OUT)
    if person != ticket.person or asked.get("login_hint") != platform.login_hint(person):
        raise Failed(Fault.OTHER_PERSON)
    if ticket.spent_at or ticket.made_at + LAUNCH_LIFE < now() or ticket.kind == "return":
        raise Failed(Fault.STALE)
    ticket.spent_at = now()


def _id_token(platform: Platform, ticket: Ticket, nonce: str) -> str:
    claims = platform.claims(ticket) | {f"{LTI}message_type": LINK_REQUEST}
    if ticket.review:
        claims |= {f"{LTI}message_type": REVIEW_REQUEST}
        claims[f"{LTI}for_user"] = {"user_id": platform.subject(ticket.review.person)}
    if ticket.kind == "deep link":
        back = _ticket("return", ticket.person, ticket.course, ticket.tool, ticket.target)
        return_url = platform.root + url_for("deep_linking.receive", course_id=ticket.course_id, data=back.key)
        claims |= platform.deep_linking_settings(ticket.course, return_url)
        claims[f"{LTI}message_type"] = DEEP_LINK_REQUEST
    return library.sign_launch(
        ticket.tool,
        platform.issuer,
        school().private_key,
        target=ticket.target,
        nonce=nonce,
        claims=claims,
        seconds=platform.id_token_seconds,
    )
