"""Our key pairs: made on first use, rotated by command, published as a JWKS, private halves encrypted at rest.

Platforms keep our JWKS for a while, so a new pair is published a day before it signs, and an old one for a week after
it signed last. Whoever makes a pair does so behind one lock: of two at once, the second finds what the first made.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import RSAKey
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from engine.config import Config
from engine.db import db, reading, writing
from lti.models.platform import Key, ServiceToken
from lti.wiring import wiring

log = structlog.get_logger()

BITS = 2048
# We say five minutes (Cache-Control); proxies and platforms with a cache of their own keep a set for hours, none we
# know of for a day.
PUBLISHED_AHEAD = timedelta(days=1)
# What a pair signed lives for an hour at most; the rest is for platforms that look at it late, over a weekend.
KEPT_PUBLISHED = timedelta(days=7)
SAME_PRESS = timedelta(minutes=1)  # a pair younger than this has not leaked: it is the other press's answer
LOCK = 5_318_008_001  # ours among the database's advisory locks


@dataclass(frozen=True)
class SigningKey:
    """The private half of the pair that signs now, as PEM, and the name platforms know it by.

    `known_from`: by then every platform has looked into our published set since the pair is in it.
    """

    kid: str
    private_pem: str = field(repr=False)
    known_from: datetime


@dataclass(frozen=True)
class Standing:
    """How a pair stands: `state` is "waits", "signs", "published" (signs no more), "withdrawn" or "unreadable";
    `at` is since when, for one that waits until when."""

    kid: str
    state: str
    at: datetime


@dataclass(frozen=True)
class Resealed:
    """How many secrets are under today's SECRET_KEY now, and how many none of our SECRET_KEYs opens."""

    keys: int
    tokens: int
    lost_keys: int
    lost_tokens: int


def signing_key(session: Session, now: datetime) -> SigningKey:
    """The pair that signs, in one statement; made if there is none. The caller commits, and began as a writer."""
    found = _signs(session, now)
    if found is None:
        _lock(session)
        found = _signs(session, now) or _opened(_make(session, now, now))
    return found


def signing_key_alone(now: datetime) -> SigningKey:
    """The same in transactions of its own, for whoever goes on to call a platform."""
    with reading(), Session(db.engine) as own:
        found = _signs(own, now)
    if found is None:
        with writing(), Session(db.engine) as own:
            found = signing_key(own, now)
            own.commit()
    return found


def rotate(session: Session, now: datetime) -> Key:
    """The pair that is to sign next, published from now on and signing in a day; the one that waits, if one does.

    The pairs that sign now do so till then. What is published no more is deleted. The caller commits.
    """
    _lock(session)
    session.execute(delete(Key).where(Key.retired_at <= now - KEPT_PUBLISHED))
    live = _live(session, now)
    waiting = next((key for key in live if _begins(key) > now and _readable(key)), None)
    if waiting is not None:
        return waiting
    begins = now + PUBLISHED_AHEAD if any(_readable(key) for key in live) else now
    for key in live:
        key.retired_at = begins
    return _make(session, now, begins)


def replace_leaked(session: Session, now: datetime) -> Key:
    """A new pair that signs at once; all others leave the published set, and their private halves are forgotten.

    A platform that still has an old copy of the set refuses what we sign until it looks again. The caller commits.
    """
    _lock(session)
    young = (key for key in _live(session, now) if key.created_at > now - SAME_PRESS and _readable(key))
    new = next(young, None) or _make(session, now, now)
    new.signs_from, new.retired_at = now, None
    for old in session.scalars(select(Key).where(Key.id != new.id, Key.withdrawn_at.is_(None))):
        old.withdrawn_at, old.private_key = now, ""
        old.retired_at = min(old.retired_at or now, now)
    return new


def public_set(session: Session, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Our JWKS: what will sign, signs, and signed until a week ago, newest first. The caller commits."""
    if _signs(session, now) is None:
        session.rollback()
        with writing():  # it is a GET that asks, and the first one makes the first pair
            signing_key(session, now)
    published = Key.withdrawn_at.is_(None), or_(Key.retired_at.is_(None), Key.retired_at > now - KEPT_PUBLISHED)
    return {"keys": list(session.scalars(select(Key.public_jwk).where(*published).order_by(Key.id.desc())))}


def standings(session: Session, now: datetime) -> list[Standing]:
    """All pairs we have, newest first."""
    return [_standing(key, now) for key in session.scalars(select(Key).order_by(Key.id.desc()))]


def reseal(session: Session) -> Resealed:
    """Encrypt under today's SECRET_KEY what lies under an older one, so that this may go. The caller commits.

    Private keys that cannot be read stay as they are, since another machine may know their SECRET_KEY; such tokens go.
    """
    keys, lost_keys, tokens, lost_tokens = 0, 0, 0, 0
    _lock(session)
    for key in session.scalars(select(Key).where(Key.private_key != "")):
        moved = _moved(key.private_key)
        key.private_key = moved or key.private_key
        keys, lost_keys = keys + bool(moved), lost_keys + (not moved)
    for platform_id, scopes, sealed in session.execute(
        select(ServiceToken.platform_id, ServiceToken.scopes, ServiceToken.token)
    ):
        moved = _moved(sealed)
        row = (ServiceToken.platform_id == platform_id, ServiceToken.scopes == scopes, ServiceToken.token == sealed)
        session.execute(
            update(ServiceToken).where(*row).values(token=moved) if moved else delete(ServiceToken).where(*row)
        )
        tokens, lost_tokens = tokens + bool(moved), lost_tokens + (not moved)
    return Resealed(keys, tokens, lost_keys, lost_tokens)


def vault(config: Config) -> MultiFernet:
    """What encrypts secrets at rest: under SECRET_KEY, readable under its fallbacks too."""
    secrets = (config.secret_key, *config.secret_key_fallbacks)
    return MultiFernet([Fernet(_derive(secret)) for secret in secrets])


def _derive(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"third-option lti at rest").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


def _signs(session: Session, now: datetime) -> SigningKey | None:
    """The newest pair whose time has come and that we can read; failing that, one that waits: it is published too."""
    for key in sorted(_live(session, now), key=lambda key: _begins(key) <= now, reverse=True):
        if _readable(key):
            return _opened(key)
        log.warning("a private key was encrypted under a SECRET_KEY that is gone; it cannot sign", kid=key.kid)
    return None


def _live(session: Session, now: datetime) -> Sequence[Key]:
    """What signs, or will, newest first."""
    live = Key.withdrawn_at.is_(None), or_(Key.retired_at.is_(None), Key.retired_at > now)
    return session.scalars(
        select(Key).where(*live).order_by(Key.id.desc()).execution_options(populate_existing=True)
    ).all()


def _lock(session: Session) -> None:
    """One at a time, till the transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _begins(key: Key) -> datetime:
    return key.signs_from or key.created_at


def _make(session: Session, now: datetime, signs_from: datetime) -> Key:
    pair = RSAKey.generate_key(BITS, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)
    public = dict(pair.as_dict(private=False))
    pem = pair.as_pem(private=True).decode()
    sealed = vault(wiring().config).encrypt(pem.encode()).decode()
    key = Key(
        kid=str(public["kid"]), private_key=sealed, public_jwk=public, created_at=now, signs_from=signs_from,
        retired_at=None, withdrawn_at=None,
    )  # fmt: skip
    session.add(key)
    session.flush()
    return key


def _opened(key: Key) -> SigningKey:
    """
    Raises:
        InvalidToken: none of our SECRET_KEYs opens it.
    """
    pem = vault(wiring().config).decrypt(key.private_key.encode()).decode()
    return SigningKey(key.kid, pem, key.created_at + PUBLISHED_AHEAD)


def _readable(key: Key) -> bool:
    try:
        return bool(_opened(key))
    except InvalidToken:
        return False


def _moved(sealed: str) -> str | None:
    try:
        return vault(wiring().config).rotate(sealed.encode()).decode()
    except InvalidToken:
        return None


def _standing(key: Key, now: datetime) -> Standing:
    begins = _begins(key)
    if key.withdrawn_at is not None:
        return Standing(key.kid, "withdrawn", key.withdrawn_at)
    if key.retired_at is not None and key.retired_at <= now:
        return Standing(key.kid, "published", key.retired_at)
    if not _readable(key):
        return Standing(key.kid, "unreadable", key.created_at)
    return Standing(key.kid, "signs" if begins <= now else "waits", begins)
