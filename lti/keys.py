"""Our key pairs: made on first use, rotated by command, published as a JWKS, private halves encrypted at rest."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import RSAKey
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.config import Config
from lti.models import Key
from lti.wiring import wiring

log = structlog.get_logger()

BITS = 2048
KEEP_PUBLISHED = timedelta(days=7)  # what a retired key signed may still be on its way, or in a platform's cache


@dataclass(frozen=True)
class SigningKey:
    """The private half of the pair that signs now, as PEM, and the name platforms know it by."""

    kid: str
    private_pem: str = field(repr=False)


def signing_key(session: Session, now: datetime) -> SigningKey:
    """The newest pair that is not retired; made if there is none. The caller commits."""
    keys = session.scalars(select(Key).where(Key.retired_at.is_(None)).order_by(Key.created_at.desc(), Key.id.desc()))
    for key in keys:
        try:
            return _readable(key)
        except InvalidToken:
            log.warning("a key was encrypted under a SECRET_KEY that is gone; it cannot sign", kid=key.kid)
    return _readable(_make(session, now))


def rotate(session: Session, now: datetime) -> Key:
    """Make a new pair and retire the others; they stay published for a week."""
    for key in session.scalars(select(Key).where(Key.retired_at.is_(None))):
        key.retired_at = now
    return _make(session, now)


def public_set(session: Session, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Our JWKS: what signs, and what signed until a week ago."""
    signing_key(session, now)
    query = select(Key).where(or_(Key.retired_at.is_(None), Key.retired_at > now - KEEP_PUBLISHED))
    return {"keys": [key.public_jwk for key in session.scalars(query.order_by(Key.id.desc()))]}


def vault(config: Config) -> MultiFernet:
    """What encrypts secrets at rest: under SECRET_KEY, readable under its fallbacks too."""
    secrets = (config.secret_key, *config.secret_key_fallbacks)
    return MultiFernet([Fernet(_derive(secret)) for secret in secrets])


def _derive(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"third-option lti at rest").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


def _make(session: Session, now: datetime) -> Key:
    pair = RSAKey.generate_key(BITS, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)
    public = dict(pair.as_dict(private=False))
    pem = pair.as_pem(private=True).decode()
    sealed = vault(wiring().config).encrypt(pem.encode()).decode()
    key = Key(kid=str(public["kid"]), private_key=sealed, public_jwk=public, created_at=now)
    session.add(key)
    session.flush()
    return key


def _readable(key: Key) -> SigningKey:
    return SigningKey(key.kid, vault(wiring().config).decrypt(key.private_key.encode()).decode())
