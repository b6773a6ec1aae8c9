"""Logins inside a frame: whether the browser keeps our cookies there is found out before the LMS's way in is spent."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.lti.platform import Lms

pytestmark = pytest.mark.one_database

FRAME = {"Sec-Fetch-Dest": "iframe"}
HTTPS = "https://tool.example"


def begin(client: FlaskClient, lms: Lms, **more: Any) -> TestResponse:
    form = {"iss": lms.issuer, "login_hint": "h", "client_id": lms.client_id, "lti_message_hint": "once", **more}
    return client.post("/lti/login", data=form, headers=FRAME, base_url=HTTPS)


def test_a_frame_that_brings_the_cookie_goes_on_to_the_lms(client: FlaskClient, lms: Lms) -> None:
    probe = begin(client, lms, deployment_id="7")
    assert probe.status_code == 302
    assert urlsplit(probe.location).path == "/lti/login"
    for word in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/lti/login"):
        assert word in probe.headers["Set-Cookie"]
    onward = client.get(probe.location, headers=FRAME, base_url=HTTPS)
    assert onward.status_code == 302
    query = parse_qs(urlsplit(onward.location).query)
    assert (query["login_hint"], query["lti_message_hint"]) == (["h"], ["once"])


def test_a_frame_that_has_the_cookie_already_is_not_asked_again(client: FlaskClient, lms: Lms) -> None:
    begin(client, lms)
    assert urlsplit(begin(client, lms).location).path != "/lti/login"


def test_a_frame_without_the_cookie_is_offered_a_window_where_the_same_login_works(
    app: Flask, client: FlaskClient, lms: Lms
) -> None:
    withheld = app.test_client(use_cookies=False)
    probe = begin(withheld, lms, deployment_id="7")
    page = withheld.get(probe.location, headers=FRAME, base_url=HTTPS)
    assert page.status_code == 400
    link = BeautifulSoup(page.text, "html.parser").select_one("a[target=_blank]")
    assert link is not None
    query = parse_qs(urlsplit(str(link["href"])).query)
    assert query == {
        "iss": [lms.issuer],
        "client_id": [lms.client_id],
        "login_hint": ["h"],
        "lti_message_hint": ["once"],
        "lti_deployment_id": ["7"],
    }
    window = client.get(str(link["href"]), headers={"Sec-Fetch-Dest": "document"}, base_url=HTTPS)
    assert parse_qs(urlsplit(window.location).query)["lti_message_hint"] == ["once"]


def test_a_login_too_long_for_an_address_is_not_asked(client: FlaskClient, lms: Lms) -> None:
    assert urlsplit(begin(client, lms, lti_message_hint="x" * 2600).location).path != "/lti/login"
