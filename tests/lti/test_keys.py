"""Our own keys: published, rotated, encrypted at rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import delete, select, update

from engine.clock import real_now
from engine.config import Config
from engine.db import db
from lti import keys
from lti.models import Key


@pytest.fixture(autouse=True)
def no_key_yet(app: Flask) -> None:
    with app.app_context():
        db.session.execute(delete(Key))
        db.session.commit()


def kids(client: FlaskClient) -> list[str]:
    return [key["kid"] for key in client.get("/lti/jwks").get_json()["keys"]]


def test_the_first_to_ask_makes_the_first_key_and_later_ones_find_it(client: FlaskClient) -> None:
    first = kids(client)
    assert len(first) == 1
    assert kids(client) == first


def test_only_the_public_half_is_published(client: FlaskClient) -> None:
    for key in client.get("/lti/jwks").get_json()["keys"]:
        assert set(key) == {"kty", "n", "e", "use", "alg", "kid"}


def test_what_we_sign_verifies_by_what_we_publish(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        key = keys.signing_key(db.session, real_now())
        db.session.commit()
    token = jwt.encode({"alg": "RS256", "kid": key.kid}, {"x": 1}, RSAKey.import_key(key.private_pem))
    published = KeySet.import_key_set(client.get("/lti/jwks").get_json())
    assert jwt.decode(token, published).claims == {"x": 1}


def test_the_private_half_is_encrypted_at_rest(app: Flask, client: FlaskClient) -> None:
    kids(client)
    with app.app_context():
        stored = db.session.scalars(select(Key.private_key)).one()
    assert "PRIVATE KEY" not in stored
    assert stored.startswith("gAAAA")


def test_rotation_signs_anew_and_keeps_the_old_one_published_for_a_week(app: Flask, client: FlaskClient) -> None:
    (old,) = kids(client)
    with app.app_context():
        new = keys.rotate(db.session, real_now()).kid
        db.session.commit()
        assert keys.signing_key(db.session, real_now()).kid == new
    assert kids(client) == [new, old]
    with app.app_context():
        long_ago = real_now() - keys.KEEP_PUBLISHED - timedelta(minutes=1)
        db.session.execute(update(Key).where(Key.kid == old).values(retired_at=long_ago))
        db.session.commit()
    assert kids(client) == [new]


def test_a_new_secret_key_with_the_old_as_fallback_goes_on_with_the_same_pair(
    config: Config, client: FlaskClient, app_with: Callable[[Config], Flask]
) -> None:
    before = kids(client)
    moved = replace(config, secret_key="another secret, long enough", secret_key_fallbacks=(config.secret_key,))
    assert kids(app_with(moved).test_client()) == before


def test_a_new_secret_key_without_fallback_makes_a_new_pair_instead_of_failing(
    config: Config, client: FlaskClient, app_with: Callable[[Config], Flask]
) -> None:
    (before,) = kids(client)
    moved = replace(config, secret_key="another secret, long enough")
    now = kids(app_with(moved).test_client())
    assert len(now) == 2
    assert before in now
