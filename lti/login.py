"""Third-party initiated login: from the LMS to us, and on to the LMS's authorisation address.

LTI 1.3 on OpenID Connect: the state is signed, and this browser must be the one that began it, or a launch could sign
somebody in as somebody else. Three ways to know that, the first that works:

1. a short-lived cookie, Partitioned, since others are dropped in the LMS's frame;
2. a secret in the LMS's own page, where the login names one that keeps it (lti/storage.py);
3. the same login once more in a window of its own, where cookies are kept (lti/window.py).

Canvas and Moodle let each way in be used once: at the launch, where a cookie is missed, it is too late for another try.
So a login in a frame first asks itself for a cookie, unless one of ours came along. The nonce follows from the state.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, make_response, redirect, request, url_for
from itsdangerous import BadData, SignatureExpired
from sqlalchemy import select

from engine.config import Config
from engine.db import db
from engine.signing import Signing
from lti import browser, storage
from lti.errors import CookiesWithheld, OpenAgain, PostAgain
from lti.library.login import Login
from lti.models.platform import Platform
from lti.sealed import Unreadable, seal, unseal
from lti.wiring import wiring

STATE_SECONDS = 600
# The state goes through the LMS in an address: the login's own parameters ride along only while it stays short.
MOST_CHARACTERS = 2500
LONGEST_ADDRESS = 3500  # of our own: gunicorn takes 4,094 characters of a request's first line
BEGAN = "1"  # the value of a state's cookie: that it is there says all
PROBE, PROBED = "third_option_probe", "probed"  # a cookie; and the login that has asked for it, sealed
TARGET = "lti_storage_target"
LOGIN = ("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri", "lti_deployment_id", TARGET)


@dataclass(frozen=True)
class State:
    """What a login promised: the launch must come from this issuer and client."""

    issuer: str
    client_id: str
    nonce: str


def begin(launch_url: str) -> Response:
    """Answer a login request; inside a frame, once it is known that cookies are kept there.

    Raises:
        LaunchRefused: incomplete, or of a platform that nobody registered.
        CookiesWithheld: nothing is used up yet, so the same login still works in another way.
    """
    login = _asked()
    if not browser.in_frame() or _keeps_cookies():
        return onward(login, launch_url)
    if PROBED not in request.args:
        return _probe(login) or onward(login, launch_url)
    target = storage.offered(login.get(TARGET, ""))
    secret = storage.Secret(target) if target else None
    flow = _flow(login, secret)
    address = flow.address(launch_url)  # here, so that no window is offered for what is refused there
    raise CookiesWithheld(login, storage.put(secret, flow.state, flow.platform, address) if secret else None)


def onward(login: Mapping[str, str], launch_url: str) -> Response:
    """On to the platform, with the state in a cookie.

    Raises:
        LaunchRefused: as `begin`.
    """
    flow = _flow(login)
    response = Response(status=302, headers={"Location": flow.address(launch_url)})
    _set_cookie(response, flow.state, STATE_SECONDS)
    return response


def believe(state: str) -> State:
    """The state of a launch, if we signed it lately and this browser began it.

    Raises:
        OpenAgain: forged, or too old.
        PostAgain: our cookie may be there, and comes along when a page of ours posts the same.
        CookiesWithheld: nothing shows that this browser began it.
    """
    try:
        said: dict[str, Any] = _signer().loads(state.removeprefix("state-"), max_age=STATE_SECONDS)
    except SignatureExpired as late:
        raise OpenAgain() from late
    except BadData as forged:
        raise OpenAgain() from forged
    promised = State(said["iss"], said["aud"], nonce_of(state))
    if request.cookies.get(_cookie_name(state)) == BEGAN:
        return promised
    kept, proof = said.get("kept"), request.form.get("proof")
    # A page of ours only: anybody could post their own state, launch and secret from theirs (login CSRF).
    if kept and proof and browser.from_our_page() and storage.proves(proof, kept):
        return promised
    if browser.left_lax_cookies_behind():
        raise PostAgain(_launch())
    platform = _platform(promised)
    if not kept or proof is not None or platform is None:
        raise CookiesWithheld(said["login"])
    raise CookiesWithheld(said["login"], storage.get(kept["target"], state, platform, _launch()))


def client_of(state: str) -> str:
    """The client ID that a state of ours was made for; "" for any other text, and for a state that is too old."""
    try:
        return str(_signer().loads(state.removeprefix("state-"), max_age=STATE_SECONDS)["aud"])
    except BadData:
        return ""


def nonce_of(state: str) -> str:
    """One state has one nonce, and a nonce leads to no other state.

    Under no key: it is the state that is signed, and a login begun before SECRET_KEY changed still arrives.
    """
    return hashlib.sha256(f"third-option lti nonce {state}".encode()).hexdigest()


def forget(response: Response, state: str) -> None:
    """Take the state's cookie back: it has done its work."""
    _set_cookie(response, state, 0)


def _keeps_cookies() -> bool:
    """Whether one of ours came along: the probe's, or that of a session, which is kept by the same rules."""
    return PROBE in request.cookies or current_app.config["SESSION_COOKIE_NAME"] in request.cookies


def _asked() -> dict[str, str]:
    """What this login was asked with, by the LMS or, sealed, by ourselves a moment ago."""
    if sealed := request.args.get(PROBED):
        try:
            return unseal("login", sealed, STATE_SECONDS)
        except Unreadable as wrong:
            raise OpenAgain() from wrong
    said = request.values.to_dict()
    login = {name: said[name] for name in LOGIN if said.get(name)}
    deployment = said.get("deployment_id")  # Canvas's name for lti_deployment_id
    return login | ({"lti_deployment_id": deployment} if deployment else {})


def _probe(login: Mapping[str, str]) -> Response | None:
    """The same login once more, with a cookie that has to come along; None where it does not fit into an address.

    Sealed: the LMS names a person in it, and addresses end in logs.
    """
    address = f"{url_for('lti.start')}?{urlencode({PROBED: seal('login', login)})}"
    if len(address) > LONGEST_ADDRESS:
        return None
    response = make_response(redirect(address, 302))
    _put(response, PROBE, "1", STATE_SECONDS)
    return response


def _flow(login: Mapping[str, str], secret: storage.Secret | None = None) -> Login:
    def new_state(platform: Platform) -> str:
        said = {"iss": platform.issuer, "aud": platform.client_id, "r": secrets.token_urlsafe(16), "login": {}}
        said |= {"kept": secret.said()} if secret else {}
        whole = _signer().dumps({**said, "login": dict(login)})
        return whole if len(whole) <= MOST_CHARACTERS else _signer().dumps(said)

    return Login(login, new_state, nonce_of, wiring().lately)


def _platform(promised: State) -> Platform | None:
    here = select(Platform).filter_by(issuer=promised.issuer, client_id=promised.client_id)
    return db.session.scalar(here)


def _launch() -> dict[str, str]:
    return {name: request.form[name] for name in ("state", "id_token")}


def _signer() -> Signing:
    config = _config()
    return _signer_with(*reversed(config.secret_key_fallbacks), config.secret_key)


@cache
def _signer_with(*keys: str) -> Signing:
    return Signing(list(keys), salt="lti state")


def _set_cookie(response: Response, state: str, seconds: int) -> None:
    _put(response, _cookie_name(state), BEGAN if seconds else "", seconds)


def _put(response: Response, name: str, value: str, seconds: int) -> None:
    """https: SameSite=None with Partitioned, without which a browser drops it in the LMS's frame. Loopback: Lax."""
    secure = _config().secure
    response.set_cookie(
        name, value, max_age=seconds, httponly=True,
        secure=secure, samesite="None" if secure else "Lax", partitioned=secure,
    )  # fmt: skip


def _cookie_name(state: str) -> str:
    """One cookie per login, so that two tabs that launch at once do not disturb each other; it names the state by 96
    bits of its digest.

    Short: a page that begins logins without end must not make a browser's requests too large for a server. Browsers
    keep some 180 cookies of a site, which fit into the 8,190 bytes that gunicorn takes in one header.
    """
    return _config().cookie_name("lti_" + hashlib.sha256(state.encode()).hexdigest()[:24])


def _config() -> Config:
    return wiring().config
