"""The signed key that a mail carries, by which its reader stops further ones without signing in."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from engine.config import Config
from personalization.people.model import Person


def stop_key(person: Person) -> str:
    return str(_signer().dumps(person.id))


def person_id_of(key: str) -> int | None:
    """Whose mail a key stops; None where we did not sign it. It has no end: old mail is read too."""
    try:
        person_id = _signer().loads(key)
    except BadData:
        return None
    return person_id if isinstance(person_id, int) else None


def _signer() -> URLSafeSerializer:
    config: Config = current_app.extensions["config"]
    return URLSafeSerializer([*config.secret_key_fallbacks, config.secret_key], salt="third-option stops mail")
