"""Logins: what is sent to the platform, and what is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from engine.config import Config
from engine.db import db
from lti.library.tool_conf import ToolConf
from lti.models.platform import Platform
from tests.lti.conftest import Landed
from tests.lti.platform import TOOL, Lms

pytestmark = pytest.mark.one_database


def test_the_authorisation_request_has_all_that_platforms_ask_for(client: FlaskClient, lms: Lms) -> None:
    asked = lms.login(client, lti_message_hint='{"cmid":3,"launchid":"x"}')
    assert {name: asked[name] for name in asked if name not in {"state", "nonce"}} == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "client-1",
        "redirect_uri": f"{TOOL}/lti/launch",
        "login_hint": "hint",
        "lti_message_hint": '{"cmid":3,"launchid":"x"}',
    }


def test_state_and_nonce_are_new_each_time_and_survive_an_lms_that_cleans_text(client: FlaskClient, lms: Lms) -> None:
    first, second = lms.login(client), lms.login(client)
    assert first["state"] != second["state"]
    assert first["nonce"] != second["nonce"]
    assert not set(first["state"]) & set("<>&\"' ")
    assert len(first["state"]) <= 3000


def test_a_login_by_get_is_taken_too(client: FlaskClient, lms: Lms) -> None:
    answer = client.get("/lti/login", query_string={"iss": lms.issuer, "login_hint": "h", "client_id": lms.client_id})
    assert answer.status_code == 302


@pytest.mark.one_database("sqlite")
def test_a_login_waits_for_nobody_who_writes(app: Flask, client: FlaskClient, lms: Lms) -> None:
    """SQLite lets one writer in at a time, and a whole class launches at once."""
    with app.app_context():
        engine = db.engine
    with engine.begin() as writer:
        writer.execute(update(Platform).values(name="being written"))
        assert lms.login(client)["client_id"] == lms.client_id


def test_an_authorisation_address_with_a_query_keeps_it(app: Flask, client: FlaskClient, lms: Lms) -> None:
    with app.app_context():
        db.session.get_one(Platform, lms.platform_id).auth_login_url = "https://lms.example/auth?tenant=7"
        db.session.commit()
    answer = client.post("/lti/login", data={"iss": lms.issuer, "login_hint": "h", "client_id": lms.client_id})
    query = parse_qs(urlsplit(answer.location).query)
    assert (query["tenant"], query["scope"]) == (["7"], ["openid"])


def test_the_state_s_cookie_reaches_a_frame(client: FlaskClient, lms: Lms) -> None:
    answer = client.post("/lti/login", data={"iss": lms.issuer, "login_hint": "h", "client_id": lms.client_id})
    cookie = answer.headers["Set-Cookie"]
    for word in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/;", "Max-Age=600"):
        assert word in cookie


def test_on_loopback_http_the_cookie_is_lax_since_browsers_drop_secure_ones(
    config: Config, wire: responses.RequestsMock, app_with: Callable[[Config], Flask]
) -> None:
    app = app_with(replace(config, public_url="http://localhost:8321"))
    lms = Lms(wire)
    lms.register(app)
    answer = app.test_client().post(
        "/lti/login", data={"iss": lms.issuer, "login_hint": "h", "client_id": lms.client_id}
    )
    cookie = answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "Partitioned" not in cookie


def test_the_cookie_goes_once_the_launch_is_over(client: FlaskClient, lms: Lms) -> None:
    answer = lms.launch(client)
    state_cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-lti_"))
    assert "Max-Age=0" in state_cookie
    assert "Partitioned" in state_cookie  # else the browser would not find the cookie to remove


def test_two_tabs_that_log_in_at_once_both_arrive(client: FlaskClient, lms: Lms, landed: Landed) -> None:
    first, second = lms.login(client), lms.login(client)
    for asked in (first, second):
        token = lms.sign({**lms.claims(), "nonce": asked["nonce"]})
        assert client.post("/lti/launch", data={"id_token": token, "state": asked["state"]}).status_code == 303
    assert len(landed.launches) == 2


def test_a_long_hint_leaves_the_state_short_enough_for_an_address(client: FlaskClient, lms: Lms) -> None:
    noise = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(60))
    assert len(lms.login(client, lti_message_hint=noise)["state"]) < 1000


def test_without_a_client_id_the_only_registration_of_the_issuer_serves(client: FlaskClient, lms: Lms) -> None:
    answer = client.post("/lti/login", data={"iss": lms.issuer, "login_hint": "h"})
    assert answer.status_code == 302


def test_without_a_client_id_two_registrations_of_one_issuer_are_refused(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    Lms(wire, issuer=lms.issuer, client_id="client-2", host="https://other.example").register(app)
    answer = client.post("/lti/login", data={"iss": lms.issuer, "login_hint": "h"})
    assert answer.status_code == 400
    assert "client_id" in answer.text


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({}, 400, "issuer"),
        ({"iss": "https://lms.example", "client_id": "client-1"}, 400, "login hint"),
        ({"iss": "https://nobody.example", "login_hint": "h", "client_id": "client-1"}, 403, "Nobody registered"),
        ({"iss": "https://lms.example", "login_hint": "h", "client_id": "client-9"}, 403, "Nobody registered"),
        ({"iss": "<script>alert(1)</script>", "login_hint": "h"}, 403, "&lt;script&gt;"),
    ],
)
def test_a_bad_login_is_refused_in_words(
    client: FlaskClient, lms: Lms, form: dict[str, str], status: int, words: str
) -> None:
    answer = client.post("/lti/login", data=form)
    assert answer.status_code == status
    assert words in answer.text


def test_one_table_answers_for_all_issuers_and_none_leaks_into_another_config(app: Flask, lms: Lms) -> None:
    """The library keeps issuers' kinds in a dict that all configs share; ours keeps none."""
    with app.app_context():
        first, second = ToolConf(), ToolConf()
        first.set_iss_has_one_client("https://lms.example")
        assert second.check_iss_has_many_clients("https://lms.example")
        assert not second.check_iss_has_one_client("https://lms.example")
