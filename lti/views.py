"""The addresses that platforms and browsers call. A view parses, does one thing, commits once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from engine.errors import ForPeople
from lti import keys, launch, login, registration, sign_in, tokens, tool_configuration
from lti.errors import CookiesWithheld, OpenAgain
from lti.wiring import wiring

bp = Blueprint("lti", __name__, url_prefix="/lti", template_folder="templates", static_folder="static")


@bp.before_request
def open_to_any_frame() -> None:
    """Pages before a valid launch hold nothing personal, and the LMS that frames them is not known yet."""
    g.frame_origins = ["*"]


@bp.route("/login", methods=["GET", "POST"])
def start() -> Response:
    return login.begin(tool_configuration.launch_url())


@bp.post("/launch")
def arrive() -> Response:
    state = request.form.get("state", "")
    if request.form.get("error"):
        raise OpenAgain(_in_words(request.form["error"]))
    if not request.form.get("id_token"):
        raise OpenAgain(_("The LMS sent no launch along."))
    message, _deployment = launch.believe()
    arrived = launch.record(message, clock.real_now())
    sign_in.remember(arrived, clock.real_now())
    response = make_response(wiring().on_launch(arrived))
    db.session.commit()
    login.forget(response, state)
    return response


@bp.get("/launch")
def nothing_here() -> str:
    """Moodle looks at this address whenever a teacher saves an activity (it hopes for an XML cartridge)."""
    return render_template("lti/nothing_here.html")


@bp.get("/jwks")
def jwks() -> Response:
    response = make_response(keys.public_set(db.session, clock.real_now()))
    db.session.commit()  # the first one to ask makes the first key
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/config.json")
def canvas_key() -> dict[str, Any]:
    """What a Canvas admin pastes as a developer key."""
    return tool_configuration.canvas_configuration()


@bp.get("/register")
def register() -> str:
    done = registration.register(request.args, clock.real_now())
    db.session.commit()
    if done is None:
        return render_template("lti/invited.html", address=request.url)
    return render_template("lti/registered.html", done=done, scopes=tokens)


@bp.errorhandler(CookiesWithheld)
def offer_window(withheld: CookiesWithheld) -> Response:
    """The browser keeps no cookies inside the LMS's frame: the same login again, in a window of its own."""
    page = render_template("lti/cookies.html", login=withheld.login)
    return make_response(page, ForPeople.status)


def _in_words(error: str) -> str:
    """What an authorisation error of the platform means (OAuth 2.0, OpenID Connect; Canvas, Moodle)."""
    known = {
        "login_required": _("The LMS says you are not signed in there any more."),
        "access_denied": _("The LMS says you are signed in as somebody else there."),
        "unauthorized_client": _("The LMS says this tool is switched off in this course."),
        "launch_no_longer_valid": _("The LMS says this way in was used already."),
    }
    return known.get(error) or str(_("The LMS broke the launch off."))
