"""Third-party initiated login: from the LMS to us, and on to the LMS's authorisation address.

LTI 1.3 on OpenID Connect: the state is signed and also lies in a short-lived cookie, so that a launch which the
browser did not begin is refused; the nonce follows from the state.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from engine.config import Config
from engine.db import db
from lti.errors import CookiesWithheld, OpenAgain
from lti.library import Login
from lti.models import Platform
from lti.wiring import wiring

STATE_SECONDS = 600
# The state goes through the LMS in an address: the login's own parameters ride along only while it stays short.
MOST_CHARACTERS = 2500
PROBE, PROBED = "third_option_probe", "probed"  # a cookie, and the mark of a login that has asked for it
REPEATABLE = ("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri", "lti_deployment_id")


@dataclass(frozen=True)
class State:
    """What a login promised: the launch must come from this issuer and client. `login` repeats it, if it fitted in."""

    issuer: str
    client_id: str
    nonce: str
    login: Mapping[str, str]


def begin(launch_url: str) -> Response:
    """Answer a login request; inside a frame, once it is known that cookies are kept there.

    Raises:
        LaunchRefused: incomplete, or of a platform that nobody registered.
        CookiesWithheld: nothing is used up yet, so the same login still works in a window of its own.
    """
    if probe := _probe():
        return probe
    flow = Login(db.session, _new_state, nonce_of)
    response = redirect(flow.address(launch_url), 302)
    assert isinstance(response, Response)  # noqa: S101  # Flask's redirect makes Flask's Response
    _set_cookie(response, flow.state, STATE_SECONDS)
    return response


def believe(state: str) -> State:
    """The state of a launch, if we signed it lately and this browser began it.

    Raises:
        OpenAgain: forged, or too old.
        CookiesWithheld: the browser did not bring its cookie.
    """
    try:
        said: dict[str, Any] = _signer().loads(state.removeprefix("state-"), max_age=STATE_SECONDS)
    except SignatureExpired as late:
        raise OpenAgain() from late
    except BadData as forged:
        raise OpenAgain() from forged
    if not hmac.compare_digest(request.cookies.get(_cookie_name(state), ""), _digest(state)):
        raise CookiesWithheld(said["login"])
    return State(said["iss"], said["aud"], nonce_of(state), said["login"])


def nonce_of(state: str) -> str:
    """HMAC(state): whoever shows a nonce had our state, and one state has one nonce."""
    key = hashlib.sha256(b"third-option lti nonce" + _config().secret_key.encode()).digest()
    return hmac.new(key, state.encode(), hashlib.sha256).hexdigest()


def forget(response: Response, state: str) -> None:
    """Take the state's cookie back: it has done its work."""
    _set_cookie(response, state, 0)


def _probe() -> Response | None:
    """The same login once more, with a cookie that has to come along; None where that is known, or not worth knowing.

    Canvas and Moodle let each way in be used once: at the launch, where its cookie is missed, it is too late for
    another try. Browsers say by Sec-Fetch-Dest that a frame asks (Fetch Metadata, W3C).
    """
    if request.headers.get("Sec-Fetch-Dest") != "iframe" or PROBE in request.cookies:
        return None
    if PROBED in request.args:
        raise CookiesWithheld(_repeatable())
    address = f"{url_for('lti.start')}?{urlencode({**_repeatable(), PROBED: 1})}"
    if len(address) > MOST_CHARACTERS:
        return None
    response = redirect(address, 302)
    assert isinstance(response, Response)  # noqa: S101  # Flask's redirect makes Flask's Response
    _put(response, PROBE, "1", STATE_SECONDS, path="/lti/login")
    return response


def _repeatable() -> dict[str, str]:
    """What this login was asked with, to ask it again."""
    login = {name: request.values[name] for name in REPEATABLE if request.values.get(name)}
    deployment = request.values.get("deployment_id")  # Canvas's name for lti_deployment_id
    return login | ({"lti_deployment_id": deployment} if deployment else {})


def _new_state(platform: Platform) -> str:
    said: dict[str, Any] = {"iss": platform.issuer, "aud": platform.client_id, "r": secrets.token_urlsafe(16)}
    whole = _signer().dumps({**said, "login": _repeatable()})
    return whole if len(whole) <= MOST_CHARACTERS else _signer().dumps({**said, "login": {}})


def _signer() -> URLSafeTimedSerializer:
    config = _config()
    return URLSafeTimedSerializer([*reversed(config.secret_key_fallbacks), config.secret_key], salt="lti state")


def _set_cookie(response: Response, state: str, seconds: int) -> None:
    _put(response, _cookie_name(state), _digest(state) if seconds else "", seconds, path="/lti/launch")


def _put(response: Response, name: str, value: str, seconds: int, *, path: str) -> None:
    """https: SameSite=None with Partitioned, without which a browser drops it in the LMS's frame. Loopback: Lax."""
    secure = _config().secure
    response.set_cookie(
        name, value, max_age=seconds, path=path, httponly=True,
        secure=secure, samesite="None" if secure else "Lax", partitioned=secure,
    )  # fmt: skip


def _cookie_name(state: str) -> str:
    """One cookie per login, so that two tabs that launch at once do not disturb each other."""
    return "third_option_state_" + _digest(state)[:10]


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _config() -> Config:
    return wiring().config
