"""Too many refusals: told as such before anything is looked up, and in nobody's way who does things right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import responses
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import TestResponse

from engine.clock import real_now
from engine.config import Config
from engine.db import db
from lti.models.platform import Key
from tests.lti.platform import TOOL, Lms
from tests.statements import statements_of

pytestmark = pytest.mark.one_database

MOST = 5


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, refusals_per_minute=MOST)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(real_now(), tick=False) as clock:
        yield clock


def junk(client: FlaskClient, **more: Any) -> TestResponse:
    return client.post("/lti/launch", data={"id_token": "junk", "state": "junk"}, **more)


def badly_signed(client: FlaskClient, lms: Lms) -> TestResponse:
    return lms.launch(client, lms.claims(aud="somebody-else"))


def unknown_login(client: FlaskClient, number: int = 0, **more: Any) -> TestResponse:
    form = {"iss": f"https://{number}.example", "login_hint": "h", "client_id": f"c{number}", "target_link_uri": TOOL}
    return client.post("/lti/login", data=form, **more)


def fill(client: FlaskClient, attempt: Callable[..., TestResponse] = junk, *rest: Any) -> None:
    for _time in range(MOST):
        assert attempt(client, *rest).status_code in {400, 401, 403}


def selects(app: Flask, attempt: Callable[[], TestResponse]) -> list[str]:
    with statements_of(app) as seen:
        attempt()
    return [statement for statement in seen if statement.startswith("SELECT")]


def test_beyond_the_limit_the_page_says_when_to_come_again(client: FlaskClient, clock: Any) -> None:
    fill(client)
    clock.shift(20)
    answer = junk(client)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "40"
    assert "went wrong too often" in answer.text
    assert "frame-ancestors 'self' *" in answer.headers["Content-Security-Policy"]
    clock.shift(40)
    assert junk(client).status_code == 400


def test_whoever_waits_costs_no_statement(app: Flask, client: FlaskClient, lms: Lms) -> None:
    fill(client)
    assert selects(app, lambda: junk(client)) == []
    unknown_login(client)  # once in ten seconds the registered platforms are read
    assert selects(app, lambda: unknown_login(client)) == []


def test_fifty_good_launches_pass_a_limit_of_five(client: FlaskClient, lms: Lms) -> None:
    for _time in range(50):
        assert lms.launch(client).status_code == 303


def test_refusals_among_good_launches_are_all_that_counts(client: FlaskClient, lms: Lms) -> None:
    for _time in range(MOST):
        assert lms.launch(client).status_code == 303
        assert badly_signed(client, lms).status_code < 429
    assert badly_signed(client, lms).status_code == 429


def test_one_pupil_cannot_lock_the_school_out(app: Flask, client: FlaskClient, lms: Lms) -> None:
    """All come from one address: who has filled its minute for this client, and who opens an activity as always."""
    fill(client, badly_signed, lms)
    fill(client)
    for _time in range(3):
        assert junk(client).status_code == 429
        assert unknown_login(client).status_code == 429
        assert badly_signed(client, lms).status_code == 429
        assert lms.launch(app.test_client()).status_code == 303


def test_a_login_of_a_registered_platform_is_heard_also_without_its_client_id(client: FlaskClient, lms: Lms) -> None:
    fill(client, unknown_login)
    assert lms.login(client, client_id="")["client_id"] == lms.client_id


def test_a_state_that_was_refused_is_not_checked_again_beyond_the_limit(
    app: Flask, client: FlaskClient, lms: Lms
) -> None:
    state = lms.login(client)["state"]
    form = {"state": state, "id_token": lms.sign(lms.claims(aud="somebody-else"))}
    for _time in range(MOST):
        assert client.post("/lti/launch", data=form).status_code < 429
    assert selects(app, lambda: client.post("/lti/launch", data=form)) == []
    assert client.post("/lti/launch", data=form).status_code == 429


def test_a_flood_at_one_client_is_none_at_another(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    other = Lms(wire, issuer="https://other.example", host="https://other.example", client_id="o")
    other.register(app)
    fill(client, badly_signed, lms)
    assert badly_signed(client, lms).status_code == 429
    assert badly_signed(client, other).status_code < 429


def test_made_up_clients_share_one_count(client: FlaskClient, lms: Lms) -> None:
    for number in range(MOST):
        assert unknown_login(client, number).status_code == 403
    assert unknown_login(client, MOST).status_code == 429


def test_another_address_has_its_own_count(client: FlaskClient) -> None:
    fill(client)
    assert junk(client).status_code == 429
    assert junk(client, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 400


def test_a_header_of_the_sender_s_own_is_no_address(client: FlaskClient) -> None:
    for number in range(MOST):
        junk(client, headers={"X-Forwarded-For": f"203.0.113.{number}"})
    assert junk(client, headers={"X-Forwarded-For": "203.0.113.99"}).status_code == 429


def test_behind_a_proxy_it_is_the_browser_s_address_that_counts(app: Flask) -> None:
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)  # type: ignore[method-assign]  # as app.py does for TRUSTED_PROXIES=1
    client = app.test_client()
    for _time in range(MOST):
        junk(client, headers={"X-Forwarded-For": "198.51.100.7"})
    assert junk(client, headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 429
    assert junk(client, headers={"X-Forwarded-For": "198.51.100.8"}).status_code == 400


@pytest.mark.parametrize("address", ["/lti/register?invite=x&openid_configuration=y", "/lti/window?code=x"])
def test_invites_and_codes_cannot_be_guessed_at_will(client: FlaskClient, address: str) -> None:
    for _time in range(MOST):
        assert client.get(address).status_code == 400
    assert client.get(address).status_code == 429


def test_junk_at_the_launch_does_not_keep_an_admin_from_registering(app: Flask, client: FlaskClient) -> None:
    invite = app.test_cli_runner().invoke(args=["lti", "invite"]).output.strip()
    fill(client)
    assert junk(client).status_code == 429
    assert client.get(invite.removeprefix(TOOL)).status_code == 200


def test_a_browser_that_keeps_no_cookies_is_not_refused(app: Flask, lms: Lms) -> None:
    """A whole class of them gets the page that helps."""
    for _time in range(MOST * 2):
        withheld = app.test_client(use_cookies=False)
        assert "window" in lms.launch(withheld).text
    assert junk(app.test_client()).status_code == 400


def test_a_code_of_ours_opens_its_window_whatever_else_comes_from_there(
    app: Flask, client: FlaskClient, lms: Lms
) -> None:
    page = lms.launch(app.test_client(use_cookies=False))
    link = BeautifulSoup(page.text, "html.parser").select_one("a[href*='code=']")
    assert link is not None
    for _time in range(MOST + 1):
        client.get("/lti/window?code=junk")
    assert client.get("/lti/window?code=junk").status_code == 429
    assert client.get(str(link["href"])).status_code == 302
    assert client.get(str(link["href"])).status_code == 429, "it was spent"


def test_what_is_our_or_the_platform_s_fault_is_no_attempt(client: FlaskClient, lms: Lms) -> None:
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", status=500)
    for _time in range(MOST):
        assert lms.launch(client).status_code == 502
    assert junk(client).status_code == 400


def test_pages_that_refuse_nothing_are_in_nobody_s_way(client: FlaskClient) -> None:
    fill(client)
    assert client.get("/lti/jwks").status_code == 200
    assert client.get("/lti/config.json").status_code == 200


def test_nought_sets_no_limit(config: Config, app_with: Callable[[Config], Flask], key_values: dict[str, Any]) -> None:
    app = app_with(replace(config, refusals_per_minute=0))
    with app.app_context():
        db.session.add(Key(**key_values))
        db.session.commit()
    client = app.test_client()
    for _time in range(130):
        assert junk(client).status_code == 400
