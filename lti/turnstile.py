"""Turns away who was refused too often of late, before anything is looked up, checked or fetched for them.

Counted are refusals alone, for each address and client; whatever goes well never is. A school comes from one address,
so one pupil could fill its minute for all. Therefore those are heard even then whose request will most likely go well,
which is cheap to see: a login of a registered platform, and whatever shows a state or code that only we can have made.
Such a ticket is heard once; if it comes to a refusal after all, that is told as too many.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from threading import Lock

import structlog
from flask import Blueprint, Flask, Response, current_app, g, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from engine import clock
from engine.db import db, reading
from engine.errors import TooMany, page
from engine.limits import Refusals, place_of
from lti import login, notices, window
from lti.errors import CookiesWithheld, OpenAgain, PostAgain
from lti.models.platform import Platform
from lti.sealed import Unreadable, unseal

log = structlog.get_logger()

READ_AGAIN_SECONDS = 10.0
# What shares a minute; all else has its own: junk at the launch must not keep an LMS admin from registering.
DOORS = {"lti.start": "launch", "lti.arrive": "launch", "lti.open_window": "window", "lti.enter": "window"}
# Where we find what we sealed: {endpoint: (argument, what it was sealed for, seconds)}.
SEALED = {
    "lti.start": (login.PROBED, "login", login.STATE_SECONDS),
    "lti.open_window": ("code", "login in a window", window.CODE_SECONDS),
    "lti.enter": ("code", "hand over", window.CODE_SECONDS),
}


class KnownPlatforms:
    """The issuers and client IDs of all platforms, as this process read them a moment ago."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()
        self._read_at = 0.0
        self._lock = Lock()

    def have(self, issuer: str, client_id: str) -> bool:
        """LTI lets a login leave the client ID out: "" stands for any."""
        return any(issuer == one and client_id in {"", client} for one, client in self._lately())

    def have_client(self, client_id: str) -> bool:
        return any(client_id == client for _issuer, client in self._lately())

    def _lately(self) -> set[tuple[str, str]]:
        now = _seconds()
        with self._lock:
            if not self._read_at <= now < self._read_at + READ_AGAIN_SECONDS:
                self._read_at, self._pairs = now, self._read()
            return self._pairs

    def _read(self) -> set[tuple[str, str]]:
        try:
            with reading(), Session(db.engine) as own:
                found = own.execute(select(Platform.issuer, Platform.client_id))
                return {(issuer, client_id) for issuer, client_id in found}
        except SQLAlchemyError as away:
            log.warning("the platforms could not be read; those of before count", why=type(away).__name__)
            return self._pairs


@dataclass
class Turnstile:
    """One process's memory: `refusals` by (address, client, door), `tickets` that were refused by their digest."""

    refusals: Refusals
    tickets: Refusals = field(default_factory=lambda: Refusals(1))
    platforms: KnownPlatforms = field(default_factory=KnownPlatforms)


def init_app(app: Flask, most: int) -> None:
    """`most` refusals a minute; 0 sets no limit."""
    app.extensions["lti_turnstile"] = Turnstile(Refusals(most))


def guard(blueprint: Blueprint) -> None:
    """Put every address of this blueprint behind the turnstile."""
    blueprint.before_request(_let_in)
    blueprint.after_request(_count)


def _let_in() -> None:
    """
    Raises:
        TooMany
    """
    refusals, now = _turnstile().refusals, _seconds()
    if not refusals.anybody_waits(now):
        return  # as on all good days: nothing more is looked at
    if wait := refusals.wait(_key(), now):
        g.waits = wait
        if not _promises():
            raise TooMany(wait)


def _count(response: Response) -> Response:
    """Note a refusal; one that comes over the limit looks like all others there."""
    if not 400 <= g.get("refused", 0) < 500:
        return response
    ticket, now = _ticket(), _seconds()
    _turnstile().refusals.count(_key(), now)
    if ticket:
        _turnstile().tickets.count(_digest(ticket), now)
    if "waits" in g and response.status_code != TooMany.status:
        return page(TooMany(g.waits))
    return response


def _key() -> tuple[str, str, str]:
    """Clients that nobody registered are one: they are made up as easily as they are counted."""
    door = DOORS.get(request.endpoint or "", request.endpoint or "")
    return place_of(request.remote_addr), _client(), door


def _client() -> str:
    if request.endpoint == "lti.arrive":
        return login.client_of(_sent("state"))
    named = _sent("client_id") if request.endpoint == "lti.start" else ""
    if request.endpoint == "lti.take_notices":  # many schools' come from one address of their LMS's, and never twice
        named = notices.client_named(_body())
    return named if named and _turnstile().platforms.have_client(named) else ""


def _promises() -> bool:
    """Whether this will most likely go well."""
    if request.endpoint == "lti.start" and login.PROBED not in request.args:
        whole = _sent("login_hint") and _sent("target_link_uri")
        return bool(whole) and _turnstile().platforms.have(_sent("iss"), _sent("client_id"))
    ticket = _ticket()
    return bool(ticket) and not _turnstile().tickets.wait(_digest(ticket), _seconds())


def _ticket() -> str:
    """What only we can have made, "" if there is none; it may be spent, which only a look into the database tells."""
    if request.endpoint == "lti.arrive":
        state = _sent("state")
        return state if _sent("id_token") and _is_believable(state) else ""
    argument, purpose, seconds = SEALED.get(request.endpoint or "", ("", "", 0))
    text = _sent(argument) if argument else ""
    try:
        unseal(purpose, text, seconds)
    except Unreadable:
        return ""
    return text


def _sent(name: str) -> str:
    """An argument of the request; "" also in a body too large to be read."""
    try:
        return request.values.get(name, "")
    except RequestEntityTooLarge:
        return ""


def _body() -> bytes:
    """What was posted; nothing of a body too large to be read."""
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        return b""


def _is_believable(state: str) -> bool:
    """Also where the browser brought no cookie: what it then gets is a page that helps, and costs as little."""
    try:
        login.believe(state)
    except OpenAgain:
        return False
    except (CookiesWithheld, PostAgain):
        return True
    return True


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()


def _seconds() -> float:
    return clock.real_now().timestamp()


def _turnstile() -> Turnstile:
    found: Turnstile = current_app.extensions["lti_turnstile"]
    return found
