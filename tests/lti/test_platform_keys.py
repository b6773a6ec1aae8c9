"""A platform's keys are cached: rotation works at once, an outage stops nobody."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Semaphore
from typing import Any

import pytest
import requests
import responses
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

import lti.platform_keys
from engine.clock import real_now
from engine.db import db
from lti.errors import LaunchRefused
from lti.key_fetches import ANOTHER_AFTER, IN_HAND
from lti.models.platform import Platform
from lti.outgoing import MOST_BYTES
from lti.platform_keys import FRESH, MOST_KEYS, WHILE_AWAY, public_key
from tests.lti.platform import Lms, pair


def age_the_cache(app: Flask, age: timedelta) -> None:
    """Let the keys we have be a minute older than that."""
    with app.app_context():
        db.session.execute(update(Platform).values(jwks_fetched_at=real_now() - age - timedelta(minutes=1)))
        db.session.commit()


def publish(lms: Lms, *keys: Mapping[str, Any]) -> None:
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", json={"keys": list(keys)})


def tries(lms: Lms) -> int:
    """How often the broken endpoint was asked."""
    return sum(call.request.url == f"{lms.host}/jwks" for call in lms.wire.calls) - lms.jwks_calls


def break_the_platform(lms: Lms) -> None:
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", status=500, body="down")


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
    age_the_cache(app, FRESH)
    assert lms.launch(client).status_code == 303


def test_an_error_is_never_cached(client: FlaskClient, lms: Lms) -> None:
    break_the_platform(lms)
    answer = lms.launch(client)
    assert answer.status_code == 502
    assert "could not be fetched" in answer.text
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", json={"keys": [pair("key-1").as_dict(private=False)]})
    assert lms.launch(client).status_code == 303


def test_a_key_that_the_platform_withdrew_counts_for_an_hour_at_most(app: Flask, client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    lms.published = ["key-2"]
    assert lms.launch(client).status_code == 303  # cached
    age_the_cache(app, FRESH)
    assert lms.launch(client).status_code == 401
    assert lms.launch(client, kid="key-2").status_code == 303


def test_whoever_learns_a_new_key_forgets_the_withdrawn_one(client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    lms.published = ["key-2"]
    assert lms.launch(client, kid="key-2").status_code == 303
    assert lms.launch(client, kid="key-1").status_code == 401


def test_known_keys_serve_for_three_days_without_the_platform_and_no_longer(
    app: Flask, client: FlaskClient, lms: Lms
) -> None:
    lms.launch(client)
    break_the_platform(lms)
    age_the_cache(app, FRESH + WHILE_AWAY - timedelta(hours=1))
    assert lms.launch(client).status_code == 303
    age_the_cache(app, FRESH + WHILE_AWAY)
    answer = lms.launch(client)
    assert answer.status_code == 502
    assert "could not be fetched" in answer.text


def test_an_endpoint_that_is_away_is_asked_by_one_launch_and_then_ever_more_rarely(
    app: Flask, client: FlaskClient, lms: Lms
) -> None:
    lms.launch(client)
    break_the_platform(lms)
    age_the_cache(app, FRESH)
    with time_machine.travel(real_now(), tick=False) as clock:
        for _time in range(5):
            assert lms.launch(client).status_code == 303
        assert tries(lms) == 1
        clock.shift(31)
        lms.launch(client)
        assert tries(lms) == 2
        clock.shift(31)
        lms.launch(client)
        assert tries(lms) == 2
        clock.shift(30)
        lms.launch(client)
        assert tries(lms) == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "body": "down"},
        {"status": 200, "body": "<html>"},
        {"status": 200, "body": "x" * (MOST_BYTES + 1)},
        {"status": 302, "headers": {"Location": "https://10.0.0.1/keys"}},
        {"body": requests.ReadTimeout("slow")},
        {"body": requests.ConnectionError("gone")},
    ],
    ids=["down", "garbage", "huge", "redirects inside", "slow", "gone"],
)
def test_whatever_is_wrong_with_the_endpoint_known_keys_go_on(
    app: Flask, client: FlaskClient, lms: Lms, fault: dict[str, Any]
) -> None:
    lms.launch(client)
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", **fault)
    age_the_cache(app, FRESH)
    assert lms.launch(client).status_code == 303
    assert lms.launch(client, kid="key-9").status_code == 502


def test_nobody_waits_while_another_launch_renews_the_keys(app: Flask, client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    age_the_cache(app, FRESH)
    asked, answer = Event(), Event()

    def slowly(request: object) -> tuple[int, dict[str, str], str]:
        asked.set()
        assert answer.wait(10)
        return lms._jwks(request)

    lms.wire.remove(responses.GET, f"{lms.host}/jwks")
    lms.wire.add_callback(responses.GET, f"{lms.host}/jwks", slowly)
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(lms.launch, app.test_client())
        assert asked.wait(10)
        try:
            assert lms.launch(client).status_code == 303
            assert not renewing.done()
        finally:
            answer.set()
        assert renewing.result().status_code == 303


# Floods


def test_made_up_names_use_up_what_is_in_hand_and_no_more(client: FlaskClient, lms: Lms) -> None:
    with time_machine.travel(real_now(), tick=False) as clock:
        lms.launch(client)
        for number in range(IN_HAND + 5):
            assert lms.launch(client, kid=f"made-up-{number}").status_code == 401
        assert lms.jwks_calls == IN_HAND
        assert lms.launch(client).status_code == 303
        clock.shift(300 * ANOTHER_AFTER.total_seconds())
        for number in range(IN_HAND + 5):
            assert lms.launch(client, kid=f"again-{number}").status_code == 401
        assert lms.jwks_calls == 2 * IN_HAND


def test_a_rotation_amid_a_flood_is_noticed_within_half_a_minute(client: FlaskClient, lms: Lms) -> None:
    with time_machine.travel(real_now(), tick=False) as clock:
        for number in range(IN_HAND + 5):
            lms.launch(client, kid=f"made-up-{number}")
        lms.published = ["key-1", "key-2"]
        clock.shift(ANOTHER_AFTER.total_seconds())
        lms.launch(client, kid="made-up-again")
        assert lms.launch(client, kid="key-2").status_code == 303


def test_a_flood_at_one_platform_holds_up_no_other(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    other = Lms(wire, issuer="https://other.example", host="https://other.example", client_id="o")
    other.register(app)
    for number in range(IN_HAND + 5):
        lms.launch(client, kid=f"made-up-{number}")
    assert other.launch(client).status_code == 303


def test_nobody_waits_for_long_while_a_slow_platform_is_asked(
    app: Flask, client: FlaskClient, lms: Lms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each who waits keeps a thread: with some launches of unknown keys a slow LMS would hold up all others."""
    monkeypatch.setattr(lti.platform_keys, "PATIENCE", 0.2)
    lms.launch(client)
    lms.published = ["key-1", "key-2"]
    asked, answer = Event(), Event()

    def slowly(request: object) -> tuple[int, dict[str, str], str]:
        asked.set()
        assert answer.wait(30)
        return lms._jwks(request)

    lms.wire.remove(responses.GET, f"{lms.host}/jwks")
    lms.wire.add_callback(responses.GET, f"{lms.host}/jwks", slowly)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(lms.launch, app.test_client(), kid="key-2")
        assert asked.wait(30)
        try:
            for _time in range(3):
                refused = lms.launch(app.test_client(), kid="key-2")
                assert refused.status_code == 502
                assert "did not answer in time" in refused.text
            assert not asking.done()
        finally:
            answer.set()
        assert asking.result().status_code == 303
    assert lms.launch(client, kid="key-2").status_code == 303


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "is away"])
def test_a_hundred_launches_with_one_new_key_ask_once(
    app: Flask, client: FlaskClient, lms: Lms, answers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one asks, the others wait for its outcome, whichever it is."""
    monkeypatch.setattr(lti.platform_keys, "PATIENCE", 60)
    lms.launch(client)
    lms.published = ["key-1", "key-2"]
    before = lms.jwks_calls

    def slowly(request: object) -> tuple[int, dict[str, str], str]:
        came = lms._jwks(request)
        assert all_here.wait(30)
        return came if answers else (503, {}, "down")

    lms.wire.remove(responses.GET, f"{lms.host}/jwks")
    lms.wire.add_callback(responses.GET, f"{lms.host}/jwks", slowly)
    all_here, waiting = Event(), Semaphore(0)

    def look(_number: int) -> bool:
        with app.test_request_context():
            platform = db.session.get_one(Platform, lms.platform_id)
            waiting.release()
            try:
                return bool(public_key(platform, "key-2"))
            except LaunchRefused:
                return False

    with ThreadPoolExecutor(100) as pool:
        found = [pool.submit(look, number) for number in range(100)]
        for _number in range(100):
            assert waiting.acquire(timeout=30)
        all_here.set()
        assert {one.result() for one in found} == {answers}
    assert lms.jwks_calls - before <= 2  # somebody may have come while the outcome was being told


# What may stand in a set


def test_of_two_keys_of_one_name_the_first_usable_one_counts(client: FlaskClient, lms: Lms) -> None:
    curve = {"kty": "EC", "kid": "key-1", "crv": "P-256", "x": "AA", "y": "AA"}
    mine, other = (pair(name).as_dict(private=False) for name in ("key-1", "key-2"))
    publish(lms, curve, mine, {**other, "kid": "key-1"})
    assert lms.launch(client).status_code == 303


def test_a_set_of_ten_thousand_keys_is_cut_to_what_a_platform_may_need(
    app: Flask, client: FlaskClient, lms: Lms
) -> None:
    good = pair("key-1").as_dict(private=False)
    publish(lms, good, *({**good, "kid": f"key-{number}"} for number in range(2, 10_001)))
    assert lms.launch(client).status_code == 303
    with app.app_context():
        kept = db.session.scalars(select(Platform.jwks)).one()
    assert kept is not None
    assert len(kept["keys"]) == MOST_KEYS


@pytest.mark.parametrize(
    "odd",
    [
        {"n": "A" * 100_000},
        {"e": "A" * 1000},
        {"n": ""},
        {"e": 3},
        {"n": "!"},
        {"kty": "oct", "k": "AA"},
        {"use": "enc"},
        {"alg": "PS256"},
        {"alg": ["RS256"]},
    ],
)
def test_a_key_that_cannot_check_a_launch_is_none(client: FlaskClient, lms: Lms, odd: dict[str, Any]) -> None:
    publish(lms, {**pair("key-1").as_dict(private=False), **odd})
    assert lms.launch(client).status_code == 401


@pytest.mark.parametrize("name", ["\ud800", "\0", "x" * 300])
def test_a_name_that_no_database_takes_spoils_no_other_key(client: FlaskClient, lms: Lms, name: str) -> None:
    good = pair("key-1").as_dict(private=False)
    publish(lms, {**good, "kid": name}, good)
    assert lms.launch(client).status_code == 303


@pytest.mark.parametrize("keys", [None, {}, "keys", [[]], [None, 1, "x"]])
def test_what_has_no_keys_has_none(client: FlaskClient, lms: Lms, keys: object) -> None:
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", json={"keys": keys})
    assert lms.launch(client).status_code in {401, 502}


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
