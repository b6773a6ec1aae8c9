"""A platform's keys are cached: rotation works at once, an outage stops nobody."""

from __future__ import annotations

from datetime import timedelta

import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from engine.clock import real_now
from engine.db import db
from lti.models import Platform
from lti.platform_keys import FRESH
from tests.lti.platform import Lms, pair


def age_the_cache(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(Platform).values(jwks_fetched_at=real_now() - FRESH - timedelta(minutes=1)))
        db.session.commit()


def break_the_platform(lms: Lms) -> None:
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", status=503, body="down")


def test_keys_are_fetched_once_for_many_launches(client: FlaskClient, lms: Lms) -> None:
    for _time in range(3):
        assert lms.launch(client).status_code == 303
    assert lms.jwks_calls == 1


def test_a_rotated_key_is_found_at_once(client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    lms.kid = "key-2"
    lms.published = ["key-2"]
    assert lms.launch(client).status_code == 303
    assert lms.jwks_calls == 2


def test_an_unknown_key_asks_once_and_is_refused(client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    assert lms.launch(client, kid="key-9").status_code == 401
    assert lms.jwks_calls == 2


def test_an_outage_keeps_serving_known_keys(app: Flask, client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    break_the_platform(lms)
    assert lms.launch(client).status_code == 303
    age_the_cache(app)
    assert lms.launch(client).status_code == 303


def test_an_error_is_never_cached(client: FlaskClient, lms: Lms) -> None:
    break_the_platform(lms)
    answer = lms.launch(client)
    assert answer.status_code == 502
    assert "could not be fetched" in answer.text
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", json={"keys": [pair("key-1").as_dict(private=False)]})
    assert lms.launch(client).status_code == 303


def test_an_old_cache_is_renewed_and_a_withdrawn_key_no_longer_counts(
    app: Flask, client: FlaskClient, lms: Lms
) -> None:
    lms.launch(client)
    lms.published = ["key-2"]
    assert lms.launch(client).status_code == 303  # cached
    age_the_cache(app)
    assert lms.launch(client).status_code == 401


def test_a_key_set_with_odd_members_still_gives_the_good_one(client: FlaskClient, lms: Lms) -> None:
    good = pair("key-1").as_dict(private=False)
    odd = [None, {"kty": "EC", "kid": "key-1"}, {**good, "use": "enc"}, {**good, "n": "é"}, {**good, "alg": "RS512"}]
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", json={"keys": [*odd, good]})
    assert lms.launch(client).status_code == 303


def test_a_key_without_alg_and_use_is_good_for_rs256(client: FlaskClient, lms: Lms) -> None:
    bare = {k: v for k, v in pair("key-1").as_dict(private=False).items() if k not in {"alg", "use"}}
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", json={"keys": [bare]})
    assert lms.launch(client).status_code == 303


def test_what_is_no_key_set_is_said_in_words(client: FlaskClient, lms: Lms) -> None:
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", body="<html>")
    answer = lms.launch(client)
    assert answer.status_code == 502
    assert "no key set" in answer.text
