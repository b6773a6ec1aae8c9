"""Errors that a person reads: what happened, what was kept, what to do now. One table turns any of them into a page."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, g, make_response, render_template, request, session
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoTurn
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from engine.db import db, reason

log = structlog.get_logger()

AWAY_SECONDS = 30  # after which a client may ask again


class ForPeople(Exception):
    """An error with words for a person; `for_admins` where an LMS's admin reads them, who needs another to ask.

    Args:
        title: what happened, one line.
        message: why, in a sentence or two.
        now: what to do now.
        link: (address, words) of the way on.
        kept: what the person had typed, given back to them.
    """

    status = HTTPStatus.BAD_REQUEST
    for_admins = False

    def __init__(
        self,
        title: str,
        message: str = "",
        *,
        now: str = "",
        link: tuple[str, str] | None = None,
        kept: str = "",
    ) -> None:
        super().__init__(title)
        self.title, self.message, self.now, self.link, self.kept = title, message, now, link, kept


class Refused(ForPeople):
    """The rules say no; nothing changed."""

    status = HTTPStatus.CONFLICT


class Stale(Refused):
    """Someone else was faster; the page that was judged is not the newest."""


class BadInput(ForPeople):
    """What was sent cannot be used as it is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotYours(ForPeople):
    """Known, but may not."""

    status = HTTPStatus.FORBIDDEN


class NotSignedIn(ForPeople):
    status = HTTPStatus.UNAUTHORIZED


class NotHere(ForPeople):
    status = HTTPStatus.NOT_FOUND


class TooLarge(ForPeople):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class WrongKind(ForPeople):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class TooMany(ForPeople):
    """Asked too often; `wait` is in seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, wait: int) -> None:
        super().__init__(
            _("That was a lot at once"),
            _("From where you are, this went wrong too often in the last minute."),
            now=_("Wait a minute, then open it again from your course page. Nothing is lost."),
        )
        self.wait = wait


class Away(ForPeople):
    """What we stand on does not answer just now, or is taken; nobody did anything wrong."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


def init_app(app: Flask) -> None:
    app.register_error_handler(ForPeople, page)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(StaleDataError, _at_once)
    for kind in (OperationalError, InterfaceError, NoTurn):
        app.register_error_handler(kind, _away)
    app.register_error_handler(Exception, _broken)


def page(error: ForPeople) -> Response:
    """The one error page; a fragment for partial requests, a sentence for autosave."""
    g.refused, g.refused_as = error.status, type(error)
    _undo()
    number = f"{error.status.value}-{secrets.token_hex(3).upper()}"
    log.info("refused", number=number, status=error.status.value, kind=type(error).__name__, endpoint=request.endpoint)
    if request.headers.get("X-Autosave"):
        return make_response({"status": error.title}, error.status)
    response = make_response(render_template("ui/error.html", error=error, number=number), error.status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.wait)
    elif isinstance(error, Away):
        response.headers["Retry-After"] = str(AWAY_SECONDS)
    return response


def _undo() -> None:
    """Leave our records and the browser's session as they were before this request.

    Else the queries of the error's page would write what was changed, a broken session would answer none, and the
    browser would keep a sign-in that no row knows, in place of a good one, or word of what was not done.
    """
    db.session.rollback()
    if session.modified:
        came = current_app.session_interface.open_session(current_app, request)
        session.clear()
        session.update(came or {})
        session.modified = False
        g.pop("csrf_token", None)  # made for the session that is gone


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    if error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    return page(_in_words(error.code or HTTPStatus.INTERNAL_SERVER_ERROR))


def _in_words(code: int) -> ForPeople:
    words = {
        401: (_("You have been away for a while"), _("Open it again from your course page; your drafts are kept.")),
        403: (_("This page belongs to someone else"), _("Start from your course page.")),
        404: (_("This page is not here any more"), _("Start from your course page.")),
        405: (_("This page can’t be opened that way"), _("Start from your course page.")),
        413: (_("That was too large"), _("Send a smaller file or a link. What you saved before is kept.")),
        429: (_("That was a lot at once"), _("Try again in a minute; nothing is lost.")),
    }
    title, now = words.get(code, (_("That didn’t work"), _("Go back and try again; nothing is lost.")))
    error = ForPeople(title, now=now)
    error.status = HTTPStatus(code)
    return error


def _csrf(error: CSRFError) -> Response:
    asked = ForPeople(
        _("This page was open too long, or your browser withheld its cookie"),
        now=_("Go back, copy what you typed, and open the activity again from your course page."),
        kept=_longest_text(),
    )
    return page(asked)


def _at_once(error: StaleDataError) -> Response:
    return page(
        Refused(_("Two changes came at once"), _("The other one was first."), now=_("Go back and look again."),
                kept=_longest_text())
    )  # fmt: skip


def _away(error: SQLAlchemyError) -> Response:
    """The database is gone, full, or had no turn for us in time. Whoever waits a moment gets on.

    What was loaded stays readable for the page, which may ask for nothing more. If it is not known yet which LMS may
    frame the page, any may: it says nothing of anyone, and an empty frame would look like the LMS's own fault.
    """
    log.error("the database does not answer", why=reason(error))
    db.session.expunge_all()
    g.setdefault("frame_origins", ["*"])
    asked = Away(
        _("We can’t get at our records just now"),
        _("What you saved before is kept."),
        now=_("Wait a minute, then go back and try again."),
        kept=_longest_text(),
    )
    return page(asked)


def _longest_text() -> str:
    """Give back what was typed: the longest thing in the form is what hurts to lose.

    `g.nobody_typed`: another server has the browser post this, and its hints and tokens are nobody's words.
    """
    if g.get("nobody_typed"):
        return ""
    fields = [value for name, value in request.form.items() if name != "csrf_token"]
    return max(fields, key=len, default="")[:20_000]


def _broken(error: Exception) -> Response:
    _undo()
    number = f"500-{secrets.token_hex(3).upper()}"
    log.exception("broken", number=number, endpoint=request.endpoint)
    asked = ForPeople(
        _("Something broke on our side"),
        _("What you typed is below, if there was anything."),
        now=_("Go back and try again. If it happens again, give your LMS admin the number below."),
        kept=_longest_text(),
    )
    asked.status = HTTPStatus.INTERNAL_SERVER_ERROR
    return make_response(render_template("ui/error.html", error=asked, number=number), 500)
