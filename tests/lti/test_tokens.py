"""Service tokens: asked for once, kept for all processes, per registration, renewed in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import responses
import time_machine
from flask import Flask
from sqlalchemy import select

from engine.clock import real_now
from engine.config import Config
from engine.db import db
from lti import keys, tokens
from lti.models.platform import Platform, ServiceToken
from lti.outgoing import open_session
from tests.lti.platform import Lms
from tests.lti.services import Tokens

SCOPES = [tokens.SCORES]


@pytest.fixture
def endpoint(app: Flask, lms: Lms) -> Tokens:
    endpoint = Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    lms.wire.add_callback(
        responses.GET,
        "https://lms.example/thing",
        lambda request: (200 if endpoint.is_good(request) else 401, {}, request.headers["Authorization"]),
    )
    return endpoint


def call(app: Flask, lms: Lms, scopes: list[str] = SCOPES) -> str:
    with app.app_context(), open_session() as http:
        client = tokens.Client.of(db.session.get_one(Platform, lms.platform_id))
        db.session.rollback()
        return tokens.call(client, http, scopes, "GET", "https://lms.example/thing").text


def count_tokens(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(ServiceToken)).all())


def stored(app: Flask) -> ServiceToken:
    with app.app_context():
        row = db.session.scalars(select(ServiceToken)).one()
        db.session.expunge(row)
        return row


def test_one_token_serves_many_calls_and_processes(
    app: Flask, lms: Lms, endpoint: Tokens, app_with: Callable[[Config], Flask]
) -> None:
    assert call(app, lms) == "Bearer token-1"
    another_process = app_with(app.extensions["config"])
    assert call(another_process, lms) == "Bearer token-1"
    assert len(endpoint.asked) == 1


def test_an_answer_that_calls_itself_html_is_read_as_the_json_it_is(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    assert endpoint._content_type == "text/html"
    assert call(app, lms) == "Bearer token-1"


def test_other_scopes_take_another_token(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    call(app, lms)
    assert call(app, lms, [tokens.ROSTER]) == "Bearer token-2"
    assert [form["scope"] for form in endpoint.asked] == [tokens.SCORES, tokens.ROSTER]


def test_a_school_never_gets_the_token_of_another_that_shares_its_issuer(
    app: Flask, lms: Lms, endpoint: Tokens, wire: responses.RequestsMock
) -> None:
    other = Lms(wire, issuer=lms.issuer, client_id="client-2", host="https://other.example")
    other.register(app)
    theirs = Tokens(other, lambda: app.test_client().get("/lti/jwks").get_json())
    call(app, lms)
    theirs.prefix = "theirs"
    call(app, other)  # our own thing takes no token of theirs, so both of theirs are tried
    assert len(theirs.asked) == 2
    endpoint.good.clear()
    call(app, lms)  # a new one for us
    assert count_tokens(app) == 2  # and theirs is still there


def test_a_token_is_asked_anew_a_minute_before_it_ends(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    endpoint.lifetime = 61
    call(app, lms)
    assert call(app, lms) == "Bearer token-1"
    with app.app_context():
        db.session.scalars(select(ServiceToken)).one().expires_at = real_now() + timedelta(seconds=59)
        db.session.commit()
    assert call(app, lms) == "Bearer token-2"


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), (None, 3600), (-5, 0)])
def test_a_lifetime_in_any_form_is_understood(
    app: Flask, lms: Lms, endpoint: Tokens, said: object, seconds: int
) -> None:
    endpoint.lifetime = said
    call(app, lms)
    assert abs((stored(app).expires_at - real_now()).total_seconds() - seconds) < 30


def test_a_401_takes_one_new_token_and_the_second_401_is_the_answer(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    call(app, lms)
    endpoint.good.clear()
    assert call(app, lms) == "Bearer token-2"
    lms.wire.replace(responses.GET, "https://lms.example/thing", status=401, body="no")
    assert call(app, lms) == "no"
    assert len(endpoint.asked) == 3


def test_the_stored_token_is_encrypted(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    call(app, lms)
    assert "token-1" not in stored(app).token


def test_every_assertion_has_its_own_jti(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    call(app, lms)
    endpoint.good.clear()
    call(app, lms)
    assert len(set(endpoint.jtis)) == 2


def test_the_assertion_is_signed_by_the_newest_key(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    with app.app_context():
        keys.rotate(db.session, real_now())
        db.session.commit()
    assert call(app, lms) == "Bearer token-1"  # the endpoint verifies it by our key set


def test_another_audience_is_used_where_the_platform_wants_one(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    with app.app_context():
        db.session.get_one(Platform, lms.platform_id).token_audience = f"{lms.host}/token"
        db.session.get_one(Platform, lms.platform_id).auth_token_url = f"{lms.host}/elsewhere"
        db.session.commit()
    lms.wire.add_callback(responses.POST, f"{lms.host}/elsewhere", endpoint._answer)
    assert call(app, lms) == "Bearer token-1"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("status", "body", "again", "words"),
    [
        (200, '{"access_token": "x", "expires_in": "soon"}', True, "gave no token"),
        (400, '{"error": "invalid_scope"}', False, "invalid_scope"),
        (400, '{"error": "invalid_client", "error_description": "unknown tool"}', False, "unknown tool"),
        (400, '{\r\n  "error" : ""kid" invalid, unable to lookup correct key"\r\n}', True, "gave no token"),
        (200, "<html>", True, "gave no token"),
        (200, "{}", True, "gave no token"),
        (200, '{"access_token": 7}', True, "gave no token"),
        (200, '{"access_token": "\\ud800"}', True, "gave no token"),
        (200, '{"access_token": "a\\nb"}', True, "gave no token"),
        (200, '{"access_token": "é"}', True, "gave no token"),
        (200, '{"access_token": "' + "x" * 9000 + '"}', True, "gave no token"),
        (200, '{"access_token": "x", "expires_in": 1e400}', True, "gave no token"),
        (200, '{"access_token": "x", "expires_in": {"a": 1}}', True, "gave no token"),
        (400, '{"error": "\\ud800\\u0000!"}', False, "?!"),
        (400, '{"error": ["x"], "error_description": {"a": "long ' + "g" * 9000 + '"}}', False, "long"),
        (503, "down", True, "gave no token"),
        (302, "", True, "gave no token"),
    ],
)
def test_no_token_is_said_in_words(
    app: Flask, lms: Lms, endpoint: Tokens, status: int, body: str, again: bool, words: str
) -> None:
    endpoint.refusal = (status, {"Location": "https://evil.example/"} if status == 302 else {}, body)
    with pytest.raises(tokens.NoToken) as failed:
        call(app, lms)
    assert failed.value.again is again
    assert words in failed.value.message


@pytest.mark.one_database
@pytest.mark.parametrize(("error", "again"), [("invalid_client", True), ("invalid_scope", False)])
def test_a_platform_that_may_not_have_seen_our_new_key_is_asked_again_later(
    app: Flask, lms: Lms, endpoint: Tokens, error: str, again: bool
) -> None:
    """After a key leaked, the new one signs before it was published long enough."""
    with app.app_context():
        keys.replace_leaked(db.session, real_now())
        db.session.commit()
    endpoint.refusal = (400, {}, f'{{"error": "{error}"}}')
    with pytest.raises(tokens.NoToken) as failed:
        call(app, lms)
    assert failed.value.again is again
    with time_machine.travel(real_now() + keys.PUBLISHED_AHEAD), pytest.raises(tokens.NoToken) as failed:
        call(app, lms)
    assert not failed.value.again


def test_a_token_that_no_key_opens_any_more_is_replaced(app: Flask, lms: Lms, endpoint: Tokens) -> None:
    call(app, lms)
    with app.app_context():
        db.session.scalars(select(ServiceToken)).one().token = "gAAAAA-of-a-lost-secret"
        db.session.commit()
    assert call(app, lms) == "Bearer token-2"
