"""create_lms(config): Riverbend School as a Flask app of its own."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from demo import (
    auth,
    clock,
    copying,
    courses,
    deep_linking,
    gradebook,
    line_items,
    members,
    notices,
    registration,
    reviews,
    scores,
    storage,
    token,
    weather,
)
from demo.school import LmsConfig, enrolment_of, open_school, signed_in, store
from demo.store import Invitation, Tool

ROOMS = (
    auth,
    clock,
    copying,
    courses,
    deep_linking,
    gradebook,
    line_items,
    members,
    notices,
    registration,
    reviews,
    scores,
    storage,
    token,
    weather,
)
SERVICES = ("/canvas/api/", "/moodle/services/")
# Posted to from the tool's pages or its server, never by a form of ours.
FROM_OUTSIDE = {"auth.authenticate", "deep_linking.receive", "registration.register", "token.give"}


def create_lms(config: LmsConfig) -> Flask:
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="riverbend_session",
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    open_school(app, config)
    for room in ROOMS:
        app.register_blueprint(room.bp)
    app.before_request(_refuse_foreign_forms)
    app.after_request(_protect)
    app.after_request(_take_in)
    app.register_error_handler(HTTPException, _explain)
    app.context_processor(_for_every_page)
    app.add_template_filter(_when, "when")
    app.add_template_filter(_field_time, "field_time")
    return app


def _refuse_foreign_forms() -> None:
    """The tool is same-site on loopback, so a Lax cookie goes along with its posts: our forms ask the origin too."""
    if request.method != "POST" or request.endpoint in FROM_OUTSIDE or request.path.startswith(SERVICES):
        return
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        abort(403, "This form did not come from Riverbend School.")


def _protect(response: Response) -> Response:
    tools = " ".join(sorted(_tool_origins())) if response.mimetype == "text/html" else ""
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; frame-src 'self' {tools}; form-action 'self' {tools}; "
        "frame-ancestors 'self'; base-uri 'none'; object-src 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _take_in(response: Response) -> Response:
    """Read a file at once, and close it: the development server leaves it open where a browser goes away meanwhile."""
    if response.direct_passthrough:
        file: Any = response.response
        whole = b"" if response.status_code == HTTPStatus.NOT_MODIFIED else b"".join(file)
        file.close()
        response.direct_passthrough = False
        response.response = [whole]
    return response


def _tool_origins() -> set[str]:
    """Registered tools, and those that are about to register in a frame."""
    invited = {"/".join(url.split("/", 3)[:3]) for url in store().scalars(select(Invitation.tool_url))}
    return invited | {tool.origin for tool in store().scalars(select(Tool))}


def _explain(error: HTTPException) -> ResponseReturnValue:
    """A page for people, JSON for the tool's server."""
    code = error.code or 500
    if request.path.startswith(SERVICES):
        return jsonify({"errors": {"type": error.name.lower().replace(" ", "_"), "message": error.description}}), code
    return render_template("demo/error.html", title=error.name, reason=error.description), code


def _for_every_page() -> dict[str, object]:
    person = signed_in()
    return {"person": person, "enrolment_of": enrolment_of, "tool_now": clock.tool_now()}


def _when(date: datetime | None, zone: str = "America/Chicago") -> str:
    return f"{date.astimezone(ZoneInfo(zone)):%a, %b %-d, %-I:%M %p}" if date else ""


def _field_time(date: datetime | None, zone: str = "America/Chicago") -> str:
    return f"{date.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if date else ""
