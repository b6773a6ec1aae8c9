"""Pages for whoever comes by the address itself: what this is, and how an LMS admin sets it up. They hold nothing of
anybody, and the exact values of this server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template

from lti import tool_configuration, wishes
from lti.tool_configuration import address

ICON = (Path(__file__).parent / "static" / "icon.svg").read_text(encoding="utf-8")

# What of our custom parameters Moodle fills in (seen); the others it would send as they are written.
MOODLE_CUSTOM = ("context_id_history", "user_group_ids", "timezone", "course_begins_at", "course_ends_at")

bp = Blueprint("setup", __name__, template_folder="templates")


@bp.get("/")
def front() -> str:
    return render_template("lti/front.html")


@bp.get("/lti/setup")
def page() -> str:
    launch = tool_configuration.launch_url()
    return render_template(
        "lti/setup.html",
        login=address("lti.start"),
        launch=launch,
        keys=address("lti.jwks"),
        icon=tool_configuration.icon_url(),
        configuration=address("lti.canvas_key"),
        register=address("lti.register") + "?invite=…",
        domain=urlsplit(launch).netloc,
        scopes=tool_configuration.SCOPES,
        claims=tool_configuration.CLAIMS,
        custom={name: tool_configuration.CUSTOM[name] for name in MOODLE_CUSTOM},
        wishes=(*wishes.SERVICES, *wishes.PEOPLE),
    )


@bp.get("/lti/icon.svg")
def icon() -> Response:
    """Shown by LMSs beside our name, so other sites' pages may hold it."""
    response = make_response(ICON)
    response.mimetype = "image/svg+xml"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
