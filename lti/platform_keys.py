"""A platform's public keys, cached on its row: an outage there stops nobody whose key we have seen.

A set is believed for an hour, so a key that its platform withdrew works no longer than that. Where it cannot be renewed
it goes on serving for three days more: long enough for a weekend, too short for a stolen key to live on by keeping us
from asking. Nobody waits for a renewal but the one launch that makes it, and failures are tried again ever more rarely.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog
from flask_babel import gettext as _
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from sqlalchemy import select, update

from engine import clock
from engine.db import db, reading
from lti.claims import text
from lti.errors import LaunchRefused
from lti.key_fetches import PATIENCE, KeyFetches
from lti.models.platform import Platform
from lti.outgoing import Unreachable, ask, host_of, json_of, open_session
from lti.reasons import Reason
from lti.wiring import wiring

log = structlog.get_logger()

FRESH = timedelta(hours=1)
WHILE_AWAY = timedelta(days=3)
SECONDS = 10.0  # a person waits
MOST_KEYS = 100
MOST_PARSED = 1000  # keys in one process's memory
MOST_CHARACTERS = {"kid": 255, "n": 2800, "e": 16}  # a modulus of 16,384 bits, which is as much as OpenSSL takes


def public_key(platform: Platform, kid: str) -> RSAKey:
    """The platform's key of this name; the first usable one, should several have it.

    An unknown name asks the platform, within the limits of lti/key_fetches.py; an old cache does, for one launch.
    Nothing is asked inside a transaction. Of `platform` only what never changes of itself, and `jwks_fetched_at`, is
    read: its keys are parsed once for each time that they were fetched.

    Raises:
        LaunchRefused: the platform has no such key, or cannot be asked and we have not seen it lately.
    """
    now = clock.real_now()
    age = _age(platform, now)
    cached = _parsed(platform, kid) if age < FRESH + WHILE_AWAY else None
    if cached and age < FRESH:
        return cached
    fetches = wiring().key_fetches.setdefault(platform.id, KeyFetches())
    if cached:
        return _renewed(platform, kid, cached, fetches)
    try:
        return _asked_for(platform, kid, fetches, now)
    except Unreachable as away:
        raise LaunchRefused(
            _("The LMS’s keys could not be fetched: %(why)s", why=away.message),
            now=_("LMS admin: open the key set address (JWKS URL) of the registration from this tool’s server."),
            status=HTTPStatus.BAD_GATEWAY,
        ) from away


def fetch(jwks_url: str) -> dict[str, Any]:
    """A key set as it stands at its address: of it, what can check a launch.

    Raises:
        Unreachable: no answer, or one that is no key set.
    """
    with open_session(seconds=SECONDS) as http:
        answer = ask(http, "GET", jwks_url, headers={"Accept": "application/json"})
    keys = json_of(answer)
    if not answer.ok or not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        host = host_of(jwks_url)
        raise Unreachable(Reason("no_key_set", {"host": host}))
    usable = (_public_members(key) for key in keys["keys"] if isinstance(key, dict) and _checks_launches(key))
    return {"keys": [key for key, _number in zip(usable, range(MOST_KEYS), strict=False)]}


def _age(platform: Platform, now: datetime) -> timedelta:
    return now - platform.jwks_fetched_at if platform.jwks_fetched_at else timedelta.max


def _parsed(platform: Platform, kid: str) -> RSAKey | None:
    """A key of the set that was fetched when this platform's row says so."""
    parsed, name = wiring().parsed_keys, (platform.id, platform.jwks_fetched_at, kid)
    found = parsed.get(name)
    if found is None:
        found = _find(db.session.scalar(select(Platform.jwks).where(Platform.id == platform.id)), kid)
        if found is not None:
            if len(parsed) >= MOST_PARSED:
                parsed.clear()
            parsed[name] = found
    return found


def _renewed(platform: Platform, kid: str, cached: RSAKey, fetches: KeyFetches) -> RSAKey:
    """The key as the platform has it now; as we have it, if somebody else is asking, or the platform is away."""
    now = clock.real_now()
    with fetches.only_one() as mine:
        if not mine or fetches.rests(now) or not fetches.take(now):
            return cached
        try:
            keys = _fetch(platform, fetches)
        except Unreachable as away:
            log.warning("a platform's keys could not be renewed; the known ones serve", why=away.reason.key)
            return cached
    return _found(_find(keys, kid))


def _asked_for(platform: Platform, kid: str, fetches: KeyFetches, came: datetime) -> RSAKey:
    """A key we have not seen. Whoever waited since `came` for somebody else's asking takes its outcome for their own.

    Raises:
        LaunchRefused, Unreachable
    """
    platform_id, url = platform.id, platform.jwks_url
    db.session.rollback()  # nobody waits for a turn with a transaction open
    with fetches.only_one(PATIENCE) as mine:
        if not mine:
            raise Unreachable(Reason("late", {"host": host_of(url)}))
        with reading():
            now_here = select(Platform.jwks, Platform.jwks_fetched_at).where(Platform.id == platform_id)
            kept, fetched_at = db.session.execute(now_here).one()
            db.session.rollback()
        if fetched_at and fetched_at > came:
            return _found(_find(kept, kid))
        if fetches.reason and fetches.failed_at and fetches.failed_at > came:
            raise Unreachable(fetches.reason)
        if fetches.take(clock.real_now()):
            kept = _fetch(platform, fetches)
        elif fetches.reason:
            raise Unreachable(fetches.reason)
    return _found(_find(kept, kid))


def _found(key: RSAKey | None) -> RSAKey:
    if key is None:
        raise LaunchRefused(
            _("The LMS signed with a key that is not in its key set."),
            now=_("LMS admin: compare the key set address (JWKS URL) in the registration."),
            status=HTTPStatus.UNAUTHORIZED,
        )
    return key


def _fetch(platform: Platform, fetches: KeyFetches) -> dict[str, Any]:
    """Fetch and keep, outside any transaction: none is held over the network, and a refused launch keeps the keys."""
    platform_id, url = platform.id, platform.jwks_url
    db.session.rollback()
    try:
        keys = fetch(url)
    except Unreachable as away:
        fetches.failed(clock.real_now(), away.reason)
        raise
    fetches.went_well()
    with db.engine.begin() as connection:
        kept = update(Platform).where(Platform.id == platform_id)
        connection.execute(kept.values(jwks=keys, jwks_fetched_at=clock.real_now()))
    return keys


def _public_members(key: dict[str, Any]) -> dict[str, str]:
    """What of a key checks signatures, and nothing else that a stranger would have us keep."""
    return {name: text(key, name) for name in ("kty", "kid", "use", "alg", "n", "e") if text(key, name)}


def _checks_launches(key: dict[str, Any]) -> bool:
    """Whether it is an RSA key for RS256, by what it says of itself. `use` and `alg` may be absent (RFC 7517)."""
    fits = all(0 < len(text(key, name)) <= most for name, most in MOST_CHARACTERS.items())
    return fits and (key.get("kty"), key.get("use") or "sig", key.get("alg") or "RS256") == ("RSA", "sig", "RS256")


def _find(jwks: dict[str, Any] | None, kid: str) -> RSAKey | None:
    for key in (jwks or {}).get("keys", []):
        if isinstance(key, dict) and key.get("kid") == kid and _checks_launches(key):
            try:
                found = RSAKey.import_key(key)
                found.as_pem(private=False)  # what no library can write down, none can check with
                return found
            except (JoseError, ValueError, TypeError):
                continue
    return None
