"""The addresses that platforms and browsers call. A view parses, does one thing, commits once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from flask_babel import gettext as _

from engine import clock, metrics
from engine.db import db, reading
from engine.errors import ForPeople
from lti import keys, launch, login, notices, registration, sign_in, tool_configuration, turnstile, window
from lti.errors import CookiesWithheld, OpenAgain, PostAgain
from lti.models.launch import SignIn
from lti.wiring import wiring

bp = Blueprint("lti", __name__, url_prefix="/lti", template_folder="templates", static_folder="static")

# What a launch that was refused is counted as, by the status of the page that says so.
ENDED = {400: "malformed", 401: "unproven", 403: "unregistered", 413: "too_large", 429: "too_many", 503: "away"}


@bp.url_value_preprocessor
def take_no_more_than_a_launch_needs(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything looks into the form: nobody has shown who they are yet."""
    request.max_content_length = launch.MOST_BYTES


@bp.before_request
def open_to_any_frame() -> None:
    """Pages before a valid launch hold nothing personal, and the LMS that frames them is not known yet."""
    g.frame_origins = ["*"]
    g.nobody_typed = True


@bp.after_request
def count_launch(response: Response) -> Response:
    """After the turnstile, which may make it one of too many."""
    if request.endpoint == "lti.arrive" and request.method == "POST":
        refused = "repeated" if g.get("refused_as") is OpenAgain else ENDED.get(response.status_code, "broken")
        metrics.launch(g.get("launch_ended", refused))
    return response


turnstile.guard(bp)


@bp.route("/login", methods=["GET", "POST"])
def start() -> Response:
    with reading():  # LMSs post it: on SQLite a class that logs in would stand in the writers' queue
        return login.begin(tool_configuration.launch_url())


@bp.post("/launch")
def arrive() -> Response:
    form = request.form
    if form.get("error"):
        raise OpenAgain(_in_words(form["error"]))
    if not form.get("id_token"):
        raise OpenAgain(_("The LMS sent no launch along."))
    message = launch.believe(form)
    arrived = launch.record(message, clock.real_now())
    response = make_response(wiring().on_launch(arrived))
    row = sign_in.remember(arrived, clock.real_now())  # last: a launch that is refused there leaves no session
    if "proof" in form and response.location:
        response = _see_whether_it_is_kept(row, response.location)
    db.session.commit()
    g.launch_ended = "accepted"
    login.forget(response, form.get("state", ""))
    return response


@bp.get("/launch")
def nothing_here() -> str:
    """Moodle looks at this address whenever a teacher saves an activity (it hopes for an XML cartridge)."""
    return render_template("lti/nothing_here.html")


@bp.get("/signed-in")
def signed_in() -> dict[str, str]:
    """For a page of ours that wants to know whether the session that it was given comes back."""
    return {"mark": sign_in.mark()}


@bp.get("/window")
def open_window() -> str | Response:
    """With a login's code the login again; without, the page that awaits a sign-in from the one that opened it."""
    if "code" in request.args:
        return login.onward(window.spend_login_code(request.args["code"]), tool_configuration.launch_url())
    g.frame_origins = []
    return render_template("lti/window.html")


@bp.post("/window")
def enter() -> Response:
    address = window.take_over(request.form.get("code", ""), clock.real_now())
    db.session.commit()
    return make_response(redirect(address, 303))


@bp.post("/notices")
def take_notices() -> dict[str, str]:
    """A platform tells something by itself: its signature does the work that a state does at a launch."""
    notices.take(request.get_data(), clock.real_now())
    db.session.commit()
    return {}


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
        return render_template("lti/invited.html", address=registration.address_of(request.args))
    return render_template("lti/registered.html", done=done)


@bp.errorhandler(CookiesWithheld)
def offer_window(withheld: CookiesWithheld) -> Response:
    """The browser keeps no cookies inside the LMS's frame: what else may work, the last of it a window of its own."""
    g.launch_ended = "no_cookies"
    code = window.login_code(withheld.login) if withheld.login else ""
    page = render_template("lti/cookies.html", code=code, errand=withheld.errand, seconds=window.CODE_SECONDS)
    return make_response(page, HTTPStatus.OK if withheld.errand else ForPeople.status)


@bp.errorhandler(PostAgain)
def post_again(wanted: PostAgain) -> str:
    """Answers a post from another site by a page that posts the same from here, so that Lax cookies come along."""
    g.launch_ended = "posted_again"
    return render_template("lti/again.html", form=wanted.form)


def _see_whether_it_is_kept(row: SignIn, address: str) -> Response:
    """A page that goes on to `address` where the session came back, else offers to take it to a window of its own."""
    g.frame_origins = row.frame_origins
    code = window.hand_over_code(row, address)
    page = render_template(
        "lti/kept.html", mark=sign_in.mark(), address=address, code=code, seconds=window.CODE_SECONDS
    )
    return make_response(page)


def _in_words(error: str) -> str:
    """What an authorisation error of the platform means (OAuth 2.0, OpenID Connect; Canvas, Moodle)."""
    known = {
        "login_required": _("The LMS says you are not signed in there any more."),
        "access_denied": _("The LMS says you are signed in as somebody else there."),
        "unauthorized_client": _("The LMS says this tool is switched off in this course."),
        "launch_no_longer_valid": _("The LMS says this way in was used already."),
    }
    return known.get(error) or str(_("The LMS broke the launch off."))
