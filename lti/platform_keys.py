"""A platform's public keys, cached on its row: an outage there stops nobody whose key we have seen."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from flask_babel import gettext as _
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from sqlalchemy import update

from engine import clock
from engine.db import db
from lti.claims import text
from lti.errors import LaunchRefused
from lti.models import Platform
from lti.outgoing import Unreachable, ask, host_of, json_of, open_session
from lti.reasons import Reason
from lti.wiring import wiring

log = structlog.get_logger()

FRESH = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MOST_FETCHES = 5  # of one platform's keys in a minute, by one process


def public_pem(platform: Platform, kid: str) -> str:
    """The PEM of the platform's key of this name; an unknown name, or an old cache, asks the platform once.

    Anybody may name unknown keys, before anything is believed: only so many of them in a minute ask.

    Raises:
        LaunchRefused: the platform has no such key, or cannot be asked and we have not seen it.
    """
    cached = _find(platform.jwks, kid)
    if cached and platform.jwks_fetched_at and platform.jwks_fetched_at > clock.real_now() - FRESH:
        return cached
    try:
        found = _find(_fetch(platform) if _may_ask(platform.id) else platform.jwks, kid)
    except Unreachable as away:
        if cached:
            log.warning("a platform's keys could not be renewed; the known ones serve", platform=platform.id)
            return cached
        raise LaunchRefused(
            _("The LMS’s keys could not be fetched: %(why)s", why=away.message),
            now=_("LMS admin: open the key set address (JWKS URL) of the registration from this tool’s server."),
            status=HTTPStatus.BAD_GATEWAY,
        ) from away
    if not found:
        raise LaunchRefused(
            _("The LMS signed with a key that is not in its key set."),
            now=_("LMS admin: compare the key set address (JWKS URL) in the registration."),
            status=HTTPStatus.UNAUTHORIZED,
        )
    return found


def fetch(jwks_url: str) -> dict[str, Any]:
    """A key set as it stands at its address.

    Raises:
        Unreachable: no answer, or one that is no key set.
    """
    with open_session() as http:
        answer = ask(http, "GET", jwks_url, headers={"Accept": "application/json"})
    keys = json_of(answer)
    if not answer.ok or not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        host = host_of(jwks_url)
        raise Unreachable(Reason("no_key_set", {"host": host}))
    return {"keys": [_public_members(key) for key in keys["keys"] if isinstance(key, dict)]}


def _may_ask(platform_id: int) -> bool:
    now, fetches = clock.real_now(), wiring().key_fetches
    asked = [at for at in fetches.get(platform_id, []) if at > now - MINUTE]
    may = len(asked) < MOST_FETCHES
    fetches[platform_id] = [*asked, now] if may else asked
    return may


def _fetch(platform: Platform) -> dict[str, Any]:
    """Fetch and keep, outside any transaction: none is held over the network, and a refused launch keeps the keys."""
    platform_id, url = platform.id, platform.jwks_url
    db.session.rollback()
    keys = fetch(url)
    with db.engine.begin() as connection:
        kept = update(Platform).where(Platform.id == platform_id)
        connection.execute(kept.values(jwks=keys, jwks_fetched_at=clock.real_now()))
    return keys


def _public_members(key: dict[str, Any]) -> dict[str, str]:
    """What of a key checks signatures, and nothing else that a stranger would have us keep."""
    return {name: text(key, name) for name in ("kty", "kid", "use", "alg", "n", "e") if name in key}


def _find(jwks: dict[str, Any] | None, kid: str) -> str | None:
    for key in (jwks or {}).get("keys", []):
        if isinstance(key, dict) and key.get("kid") == kid and key.get("kty") == "RSA":
            if key.get("use", "sig") != "sig" or key.get("alg", "RS256") != "RS256":
                continue
            try:
                return RSAKey.import_key(key).as_pem(private=False).decode()
            except (JoseError, ValueError, TypeError):
                continue
    return None
