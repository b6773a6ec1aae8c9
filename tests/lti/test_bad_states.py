"""Launches that belong to no login of this browser, or come a second time: refused, leaving nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import responses
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from engine.clock import real_now
from engine.db import db
from lti.launch import SWEEPS
from lti.login import STATE_SECONDS
from lti.models.context import Membership
from lti.models.launch import Nonce
from tests.lti.conftest import known_to
from tests.lti.platform import Lms
from tests.lti.traces import assert_refused, everything, session_cookie

AT_ONCE = 6


def form(lms: Lms, asked: dict[str, str], **claims: Any) -> dict[str, str]:
    """What the platform has the browser post to the tool."""
    said = {**lms.claims("Instructor", **claims), "nonce": asked["nonce"]}
    return {"id_token": lms.sign(said), "state": asked["state"]}


def cookies_of(client: FlaskClient) -> list[tuple[str, str, str]]:
    return [(cookie.key, cookie.value, cookie.path) for cookie in (client._cookies or {}).values()]


def bring(client: FlaskClient, cookies: list[tuple[str, str, str]]) -> FlaskClient:
    for name, value, path in cookies:
        client.set_cookie(name, value, domain="tool.example", path=path)
    return client


@pytest.mark.one_database
@pytest.mark.parametrize("with_cookie", [True, False])
def test_a_replayed_launch_is_refused(house: Flask, visitor: FlaskClient, school: Lms, with_cookie: bool) -> None:
    """The state is reused and the nonce replayed, whether the browser still has its cookie or not."""
    asked = school.login(visitor)
    cookies, posted = cookies_of(visitor), form(school, asked)
    assert visitor.post("/lti/launch", data=posted).status_code == 303
    before = everything(house)
    again = bring(house.test_client(), cookies if with_cookie else [])
    answer = again.post("/lti/launch", data=posted)
    assert_refused(house, answer, before, 400, "Open the activity again" if with_cookie else "window")


@pytest.mark.one_database
def test_a_nonce_replayed_under_a_new_state_is_refused(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    first = school.login(visitor)
    assert visitor.post("/lti/launch", data=form(school, first)).status_code == 303
    visitor.delete_cookie(house.config["SESSION_COOKIE_NAME"], domain="tool.example")
    before, second = everything(house), school.login(visitor)
    answer = visitor.post("/lti/launch", data={**form(school, first), "state": second["state"]})
    assert_refused(house, answer, before, 400, "another login")


@pytest.mark.one_database
@pytest.mark.parametrize("state", ["", "x", "state-x", "state-" + "a" * 5000, "é", "a.b.c", "state-.."])
def test_a_missing_or_malformed_state_is_refused(house: Flask, visitor: FlaskClient, school: Lms, state: str) -> None:
    asked, before = school.login(visitor), everything(house)
    answer = visitor.post("/lti/launch", data={**form(school, asked), "state": state})
    assert_refused(house, answer, before, 400, "Open the activity again")


@pytest.mark.one_database
def test_no_state_at_all_is_refused(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    asked, before = school.login(visitor), everything(house)
    answer = visitor.post("/lti/launch", data={"id_token": form(school, asked)["id_token"]})
    assert_refused(house, answer, before, 400, "Open the activity again")


@pytest.mark.one_database
@pytest.mark.parametrize(("secret", "salt"), [("another tool's secret", "lti state"), (None, "another salt")])
def test_a_foreign_state_is_refused(
    house: Flask, visitor: FlaskClient, school: Lms, secret: str | None, salt: str
) -> None:
    """Of the same shape as ours, signed under another key, or by us for something else."""
    asked, before = school.login(visitor), everything(house)
    signer = URLSafeTimedSerializer(secret or house.config["SECRET_KEY"], salt=salt)
    state = "state-" + signer.dumps({"iss": school.issuer, "aud": school.client_id, "r": "r", "login": {}})
    answer = visitor.post("/lti/launch", data={**form(school, asked), "state": state})
    assert_refused(house, answer, before, 400, "Open the activity again")


@pytest.mark.one_database
def test_an_expired_state_is_refused(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    asked, before = school.login(visitor), everything(house)
    cookies = cookies_of(visitor)
    with time_machine.travel(real_now() + timedelta(seconds=STATE_SECONDS + 5), tick=True):
        answer = bring(visitor, cookies).post("/lti/launch", data=form(school, asked))
    assert_refused(house, answer, before, 400, "it took too long")


@pytest.mark.one_database
def test_another_browser_s_state_is_refused(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    """Login CSRF: a launch that somebody else began would sign this browser in as them."""
    asked, victim = school.login(visitor), house.test_client()
    school.login(victim)
    before = everything(house)
    assert_refused(house, victim.post("/lti/launch", data=form(school, asked)), before, 400, "window")


@pytest.mark.one_database
@pytest.mark.parametrize("same_issuer", [True, False])
def test_another_platform_s_state_is_refused(
    house: Flask, visitor: FlaskClient, school: Lms, wire: responses.RequestsMock, same_issuer: bool
) -> None:
    issuer = school.issuer if same_issuer else "https://other.example"
    other = known_to(house, Lms(wire, issuer=issuer, client_id="client-2", host="https://other.example"))
    before = everything(house)
    answer = visitor.post("/lti/launch", data=form(school, other.login(visitor)))
    assert_refused(house, answer, before, 401, "different registrations")


def at_once(house: Flask, forms: list[dict[str, str]], cookies: list[list[tuple[str, str, str]]]) -> list[Any]:
    """Post these launches at the same moment, each from a browser of its own; their answers."""
    barrier = Barrier(len(forms))

    def post(number: int) -> Any:
        client = bring(house.test_client(), cookies[number])
        barrier.wait()
        return client.post("/lti/launch", data=forms[number])

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(post, range(len(forms))))


def test_of_the_same_launch_many_times_at_once_one_lands(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    """On both databases: the nonce's primary key decides, whoever's transaction commits first."""
    asked = school.login(visitor)
    posted, cookies = form(school, asked, **school.services()), cookies_of(visitor)
    answers = at_once(house, [posted] * AT_ONCE, [cookies] * AT_ONCE)
    assert sorted(answer.status_code for answer in answers) == [303] + [400] * (AT_ONCE - 1)
    assert sum(session_cookie(house, answer) != "" for answer in answers) == 1
    rows = everything(house)
    assert [len(rows[name]) for name in ("nonce", "sign_in", "user", "membership", "context")] == [1] * 5


def test_a_class_that_opens_a_new_link_at_once_all_lands(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    """Nobody was here before: course, link and column are made once, and nobody fails over them."""
    forms, cookies = [], []
    for number in range(AT_ONCE):
        client = house.test_client()
        forms.append(form(school, school.login(client), sub=f"user-{number}", **school.services()))
        cookies.append(cookies_of(client))
    assert [answer.status_code for answer in at_once(house, forms, cookies)] == [303] * AT_ONCE
    rows = everything(house)
    counted = {name: len(rows[name]) for name in ("context", "resource_link", "line_item", "course", "membership")}
    assert counted == {"context": 1, "resource_link": 1, "line_item": 1, "course": 1, "membership": AT_ONCE}
    with house.app_context():
        assert set(db.session.scalars(select(Membership.left_at))) == {None}


@pytest.mark.one_database
def test_old_nonces_are_swept_by_some_launches(
    house: Flask, visitor: FlaskClient, school: Lms, sweeping: Callable[[], dict[str, str]]
) -> None:
    with house.app_context():
        db.session.add(Nonce(value="old", expires_at=real_now() - timedelta(seconds=1)))
        db.session.add(Nonce(value="young", expires_at=real_now() + timedelta(minutes=1)))
        db.session.commit()
    asked = sweeping()
    assert visitor.post("/lti/launch", data=form(school, asked)).status_code == 303
    assert {row["value"] for row in everything(house)["nonce"]} == {"young", asked["nonce"]}


@pytest.fixture
def sweeping(visitor: FlaskClient, school: Lms) -> Callable[[], dict[str, str]]:
    """Logs in until the nonce is one of those that sweep."""

    def begin() -> dict[str, str]:
        for _try in range(256 * 20):
            asked = school.login(visitor)
            if asked["nonce"].startswith(SWEEPS):
                return asked
        raise AssertionError(f"no nonce began with {SWEEPS}")

    return begin


def test_no_other_server_of_our_domain_can_plant_a_login_or_a_session(visitor: FlaskClient, school: Lms) -> None:
    """A server beside ours sets cookies for all of example.edu, or of one path; browsers take this prefix from the host
    itself alone, over https, for all paths."""
    answer = school.launch(visitor)
    begun = school.login(visitor)
    (state,) = [line for line in visitor.get("/lti/jwks").request.headers["Cookie"].split("; ") if "lti_" in line]
    assert state.startswith("__Host-lti_")
    assert begun["state"] not in state
    assert {cookie.path for cookie in (visitor._cookies or {}).values()} == {"/"}
    assert session_cookie(visitor.application, answer)
    for line in answer.headers.getlist("Set-Cookie"):
        assert line.startswith("__Host-")
        assert "Domain" not in line
        assert "Secure" in line
    planted = visitor.application.test_client()
    planted.set_cookie(state.partition("=")[0].removeprefix("__Host-"), "1", domain="tool.example")
    assert planted.post("/lti/launch", data=form(school, begun)).status_code == 400


def test_a_page_that_begins_logins_without_end_shuts_no_browser_out(visitor: FlaskClient, school: Lms) -> None:
    """As many cookies as Chromium and Firefox keep of a site fit into one header of gunicorn's."""
    school.launch(visitor)
    for _login in range(179):
        asked = school.login(visitor)
    answer = visitor.post("/lti/launch", data=form(school, asked))
    assert answer.status_code == 303
    assert len(answer.request.headers["Cookie"].split("; ")) == 180
    assert len(f"Cookie: {answer.request.headers['Cookie']}") < 8190
