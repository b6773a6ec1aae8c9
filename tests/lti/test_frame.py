"""Logins inside a frame: whether the browser keeps our cookies there is found out before the LMS's way in is spent."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from engine.clock import real_now
from lti.login import PROBE, STATE_SECONDS
from tests.lti.framed import FRAME, asked_of, begin, window_link, withheld
from tests.lti.platform import TOOL, Lms

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("dest", ["iframe", "frame", "embed", "object"])
def test_a_frame_that_brings_the_cookie_goes_on_to_the_lms(client: FlaskClient, lms: Lms, dest: str) -> None:
    form = {"iss": lms.issuer, "login_hint": "h", "client_id": lms.client_id, "lti_message_hint": "once"}
    probe = client.post("/lti/login", data=form, headers={"Sec-Fetch-Dest": dest}, base_url=TOOL)
    assert probe.status_code == 302
    assert urlsplit(probe.location).path == "/lti/login"
    for word in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/;"):
        assert word in probe.headers["Set-Cookie"]
    onward = client.get(probe.location, headers={"Sec-Fetch-Dest": dest}, base_url=TOOL)
    assert onward.status_code == 302
    asked = asked_of(onward.location)
    assert (asked["login_hint"], asked["lti_message_hint"]) == ("h", "once")


def test_what_the_lms_said_of_a_person_stands_in_no_address_of_ours(client: FlaskClient, lms: Lms) -> None:
    probe = begin(client, lms, login_hint="amara-diallo-47", lti_message_hint="hint-of-hers")
    assert set(parse_qs(urlsplit(probe.location).query)) == {"probed"}
    assert "amara" not in probe.location
    assert "hers" not in probe.location
    link = window_link(withheld(client.application.test_client(use_cookies=False), lms, login_hint="amara-diallo-47"))
    assert "amara" not in link


def test_a_frame_that_has_the_cookie_already_is_not_asked_again(client: FlaskClient, lms: Lms) -> None:
    begin(client, lms)
    assert urlsplit(begin(client, lms).location).path != "/lti/login"


def test_whoever_is_signed_in_inside_a_frame_is_not_asked(app: Flask, client: FlaskClient, lms: Lms) -> None:
    """The session's cookie is kept by the same rules; one of another name says nothing."""
    session, host = app.config["SESSION_COOKIE_NAME"], urlsplit(TOOL).netloc
    client.set_cookie(f"not_{session}", "mine", domain=host)
    assert urlsplit(begin(client, lms).location).path == "/lti/login"
    visitor = app.test_client()
    assert lms.launch(visitor).status_code == 303
    visitor.delete_cookie(PROBE, domain=host)
    assert visitor.get_cookie(session, domain=host) is not None
    assert urlsplit(begin(visitor, lms).location).path == "/auth"


def test_a_window_is_not_asked(client: FlaskClient, lms: Lms) -> None:
    form = {"iss": lms.issuer, "login_hint": "h", "client_id": lms.client_id}
    answer = client.post("/lti/login", data=form, headers={"Sec-Fetch-Dest": "document"}, base_url=TOOL)
    assert urlsplit(answer.location).path == "/auth"


def test_a_frame_without_the_cookie_is_offered_a_window_where_the_same_login_works(
    app: Flask, client: FlaskClient, lms: Lms
) -> None:
    page = withheld(app.test_client(use_cookies=False), lms, deployment_id="7")
    assert page.status_code == 400
    window = client.get(window_link(page), headers={"Sec-Fetch-Dest": "document"}, base_url=TOOL)
    asked = asked_of(window.location)
    assert (asked["login_hint"], asked["lti_message_hint"]) == ("h", "once")
    assert "__Host-lti_" in window.headers["Set-Cookie"]


def test_a_platform_that_nobody_registered_is_refused_before_a_window_is_offered(app: Flask, lms: Lms) -> None:
    answer = withheld(app.test_client(use_cookies=False), lms, client_id="client-9")
    assert answer.status_code == 403
    assert "Nobody registered" in answer.text


@pytest.mark.parametrize("sealed", ["x", "gAAAAABnot-ours", "é"])
def test_a_login_that_we_did_not_seal_is_refused(client: FlaskClient, lms: Lms, sealed: str) -> None:
    answer = client.get("/lti/login", query_string={"probed": sealed}, headers=FRAME, base_url=TOOL)
    assert answer.status_code == 400
    assert "Open the activity again" in answer.text


def test_a_sealed_login_grows_old(client: FlaskClient, lms: Lms) -> None:
    address = begin(client, lms).location
    with time_machine.travel(real_now().timestamp() + STATE_SECONDS + 2, tick=False):
        assert client.get(address, headers=FRAME, base_url=TOOL).status_code == 400


def test_a_code_for_a_window_is_no_sealed_login(app: Flask, client: FlaskClient, lms: Lms) -> None:
    link = window_link(withheld(app.test_client(use_cookies=False), lms))
    code = parse_qs(urlsplit(link).query)["code"][0]
    assert client.get("/lti/login", query_string={"probed": code}, base_url=TOOL).status_code == 400


def test_a_login_too_long_for_an_address_is_not_asked(client: FlaskClient, lms: Lms) -> None:
    noise = "".join(f"{n * 2654435761 % 2**32:08x}" for n in range(800))
    assert urlsplit(begin(client, lms, lti_message_hint=noise).location).path != "/lti/login"
