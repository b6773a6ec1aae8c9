"""The window of its own: codes of a minute, used once, and worth nothing in anybody else's hands."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import responses
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.clock import real_now
from engine.config import Config
from engine.db import db
from lti.launch import SWEEPS
from lti.models.context import User
from lti.models.launch import Nonce, SignIn
from lti.window import CODE_SECONDS
from tests.lti.conftest import Landed
from tests.lti.framed import FOREIGN, OUR_PAGE, Kept, asked_of, who, window_link, withheld
from tests.lti.platform import TOOL, Lms

WINDOW = {"Sec-Fetch-Dest": "document"}
LATER = CODE_SECONDS + 2


def hand_over_code(bare: FlaskClient, lms: Lms, sub: str = "user-1") -> str:
    """What the frame's page holds after a proven launch."""
    page = Kept(bare, lms).launch(lms.claims(sub=sub))
    code = re.search(r'data-code="([^"]+)"', page.text)
    assert code is not None, page.text
    return html.unescape(code[1])


def enter(client: FlaskClient, code: str, **headers: str) -> tuple[int, str]:
    sent = {**OUR_PAGE, **WINDOW, **headers}
    answer = client.post("/lti/window", data={"code": code}, headers=sent, base_url=TOOL)
    return answer.status_code, answer.location or answer.text


def again(outcome: tuple[int, str]) -> bool:
    return outcome[0] == 400 and "Open the activity again" in outcome[1]


# The code in a link: a login.


def test_the_link_begins_the_login_in_a_browser_that_keeps_cookies(
    client: FlaskClient, bare: FlaskClient, lms: Lms, landed: Landed
) -> None:
    begun = client.get(window_link(withheld(bare, lms)), headers=WINDOW, base_url=TOOL)
    asked = asked_of(begun.location)
    token = lms.sign({**lms.claims(), "nonce": asked["nonce"]})
    answer = client.post("/lti/launch", data={"state": asked["state"], "id_token": token})
    assert answer.status_code == 303
    assert who(client) == ["user-1"]


def test_a_link_serves_once(client: FlaskClient, bare: FlaskClient, lms: Lms) -> None:
    link = window_link(withheld(bare, lms))
    assert client.get(link, base_url=TOOL).status_code == 302
    second = client.get(link, base_url=TOOL)
    assert again((second.status_code, second.text))


@pytest.mark.one_database
def test_a_link_lives_for_a_minute(client: FlaskClient, bare: FlaskClient, lms: Lms) -> None:
    link = window_link(withheld(bare, lms))
    with time_machine.travel(real_now().timestamp() + LATER, tick=False):
        answer = client.get(link, base_url=TOOL)
    assert again((answer.status_code, answer.text))


@pytest.mark.one_database
@pytest.mark.parametrize("code", ["", "x", "gAAAAAB", "é", "a" * 3000])
def test_a_code_that_is_not_ours_is_refused(client: FlaskClient, lms: Lms, code: str) -> None:
    answer = client.get("/lti/window", query_string={"code": code}, base_url=TOOL)
    assert again((answer.status_code, answer.text))


@pytest.mark.one_database
def test_codes_that_strangers_ask_for_do_not_fill_the_database(
    app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each leaves a row, without any launch: one in 256 clears away what is over."""

    def spend(once: str) -> set[str]:
        monkeypatch.setattr("lti.window.secrets.token_hex", lambda _size: once)
        assert client.get(window_link(withheld(bare, lms)), base_url=TOOL).status_code == 302
        with app.app_context():
            return set(db.session.scalars(select(Nonce.value)))

    assert [spend(once) for once in "12"] == [{"1"}, {"1", "2"}]
    with time_machine.travel(real_now().timestamp() + 3 * LATER, tick=False):
        assert spend("3") == {"1", "2", "3"}
        assert spend(SWEEPS) == {"3", SWEEPS}


def test_an_attacker_s_link_signs_nobody_in(
    app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms, landed: Landed
) -> None:
    """It leads to the LMS, which knows who sits there; the attacker's answer from there needs this browser's cookie."""
    link = window_link(withheld(bare, lms, login_hint="the attacker"))
    asked = asked_of(client.get(link, base_url=TOOL).location)
    assert who(client) == []
    attackers = lms.login(app.test_client())
    token = lms.sign({**lms.claims(sub="attacker"), "nonce": attackers["nonce"]})
    answer = client.post("/lti/launch", data={"state": attackers["state"], "id_token": token}, headers=FOREIGN)
    assert answer.status_code == 400
    planted = lms.sign({**lms.claims(sub="attacker"), "nonce": attackers["nonce"]})
    mixed = client.post("/lti/launch", data={"state": asked["state"], "id_token": planted}, headers=FOREIGN)
    assert mixed.status_code == 400
    assert who(client) == []
    assert landed.launches == []


def test_at_a_launch_without_a_cookie_the_same_login_is_offered_once_more(
    client: FlaskClient, bare: FlaskClient, lms: Lms
) -> None:
    """Browsers that do not say that they are in a frame are found out late."""
    asked = lms.login(bare, lti_message_hint="hint<&>")
    page = bare.post("/lti/launch", data={"id_token": "x.y.z", "state": asked["state"]})
    assert page.status_code == 400
    assert "frame-ancestors 'self' *" in page.headers["Content-Security-Policy"]
    repeated = asked_of(client.get(window_link(page), base_url=TOOL).location)
    assert (repeated["login_hint"], repeated["lti_message_hint"]) == ("hint", "hint<&>")


@pytest.mark.one_database
def test_where_the_login_did_not_fit_into_the_state_the_page_says_what_to_do(bare: FlaskClient, lms: Lms) -> None:
    noise = "".join(f"{n * 2654435761 % 2**32:08x}" for n in range(800))
    asked = lms.login(bare, lti_message_hint=noise)
    page = bare.post("/lti/launch", data={"id_token": "x.y.z", "state": asked["state"]})
    assert page.status_code == 400
    assert 'target="_blank"' not in page.text
    assert "data-too-late>" in page.text


# The code from page to page: a sign-in.


def test_the_window_takes_the_sign_in_over(app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms) -> None:
    code = hand_over_code(bare, lms)
    assert who(client) == []
    assert enter(client, code) == (303, "/landed")
    assert who(client) == ["user-1"]
    policy = client.get("/who", base_url=TOOL).headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://lms.example" in policy
    with app.app_context():
        assert len(db.session.scalars(select(SignIn)).all()) == 1


def test_a_hand_over_serves_once(app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms) -> None:
    code = hand_over_code(bare, lms)
    enter(client, code)
    thief = app.test_client()
    assert again(enter(thief, code))
    assert who(thief) == []
    assert who(client) == ["user-1"]


@pytest.mark.one_database
def test_a_hand_over_lives_for_a_minute(client: FlaskClient, bare: FlaskClient, lms: Lms) -> None:
    code = hand_over_code(bare, lms)
    with time_machine.travel(real_now().timestamp() + LATER, tick=False):
        assert again(enter(client, code))
        assert who(client) == []


def test_a_hand_over_replaces_the_person_of_that_platform_and_no_other(
    app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    other = Lms(wire, issuer="https://other.example", host="https://other.example", client_id="o")
    other.register(app)
    other.launch(client, other.claims(sub="elsewhere"))
    lms.launch(client)
    enter(client, hand_over_code(bare, lms, sub="user-2"))
    assert set(who(client)) == {"user-2", "elsewhere"}


@pytest.mark.one_database
@pytest.mark.parametrize(
    "headers",
    [FOREIGN, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": TOOL + ":8443"}],
    ids=["the attacker's page", "a hidden page", "another site", "another port"],
)
def test_an_attacker_s_code_from_another_page_signs_nobody_in(
    client: FlaskClient, bare: FlaskClient, lms: Lms, headers: dict[str, str]
) -> None:
    code = hand_over_code(bare, lms, sub="attacker")
    assert again(enter(client, code, **headers))
    assert who(client) == []
    assert enter(client, code)[0] == 303  # and nothing was spent by the try


@pytest.mark.one_database
def test_a_hand_over_in_a_link_is_nothing(client: FlaskClient, bare: FlaskClient, lms: Lms) -> None:
    code = hand_over_code(bare, lms, sub="attacker")
    answer = client.get("/lti/window", query_string={"code": code}, base_url=TOOL)
    assert again((answer.status_code, answer.text))
    assert who(client) == []


@pytest.mark.one_database
def test_a_link_s_code_is_no_hand_over(client: FlaskClient, bare: FlaskClient, lms: Lms) -> None:
    code = window_link(withheld(bare, lms)).partition("code=")[2]
    assert again(enter(client, code))
    assert again(enter(client, ""))


def test_a_sign_in_that_ended_meanwhile_is_not_handed_over(
    app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms
) -> None:
    code = hand_over_code(bare, lms)
    with app.app_context():
        db.session.delete(db.session.scalars(select(SignIn)).one())
        db.session.commit()
    lms.launch(client, lms.claims(sub="user-2"))  # takes the row's number again on SQLite
    assert again(enter(app.test_client(), code))


@pytest.mark.one_database
def test_the_window_that_waits_is_nobody_s_to_frame_and_writes_nothing(app: Flask, client: FlaskClient) -> None:
    page = client.get("/lti/window", base_url=TOOL)
    assert page.status_code == 200
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert "Cross-Origin-Opener-Policy" not in page.headers  # it would cut the tie to the page that opened it
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0


# Without https: cookies are SameSite=Lax, and stay behind when the LMS posts a launch.


@pytest.fixture
def local(config: Config, app_with: Callable[[Config], Flask], wire: responses.RequestsMock) -> tuple[Flask, Lms]:
    app = app_with(replace(config, public_url="http://localhost:8321"))
    lms = Lms(wire)
    lms.register(app)
    return app, lms


POSTED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}


@pytest.mark.one_database
def test_on_loopback_a_window_posts_a_foreign_launch_once_more_from_a_page_of_ours(
    local: tuple[Flask, Lms], landed: Landed
) -> None:
    app, lms = local
    client = app.test_client()
    asked = lms.login(client)
    form = {"state": asked["state"], "id_token": lms.sign({**lms.claims(), "nonce": asked["nonce"]})}
    stranger = app.test_client()  # as the browser's request is: the cookie stayed behind
    page = stranger.post("/lti/launch", data=form, headers=POSTED)
    assert page.status_code == 200
    assert 'action="/lti/launch" data-post-on' in page.text
    assert landed.launches == []
    assert client.post("/lti/launch", data=form, headers={**POSTED, "Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert len(landed.launches) == 1


@pytest.mark.one_database
def test_posting_it_once_more_helps_no_browser_that_did_not_begin_it(local: tuple[Flask, Lms], landed: Landed) -> None:
    app, lms = local
    asked = lms.login(app.test_client())
    form = {"state": asked["state"], "id_token": lms.sign({**lms.claims(), "nonce": asked["nonce"]})}
    answer = app.test_client().post("/lti/launch", data=form, headers={**POSTED, "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    assert landed.launches == []


@pytest.mark.one_database
def test_with_https_nothing_is_posted_twice(app: Flask, bare: FlaskClient, lms: Lms) -> None:
    asked = lms.login(bare)
    form = {"state": asked["state"], "id_token": lms.sign({**lms.claims(), "nonce": asked["nonce"]})}
    assert bare.post("/lti/launch", data=form, headers=POSTED).status_code == 400
