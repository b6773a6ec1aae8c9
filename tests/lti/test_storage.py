"""Launches without cookies, proven by a secret that the LMS's own page kept."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.db import db
from lti.models.context import Membership, User
from lti.models.launch import Nonce, SignIn
from tests.lti.conftest import Landed
from tests.lti.framed import FOREIGN, FRAME, OUR_PAGE, TARGET, Kept, errand, who, window_link, withheld
from tests.lti.platform import ROSTER_CLAIM, TOOL, Lms

pytestmark = pytest.mark.one_database


def assert_nothing_came_of_it(app: Flask, landed: Landed) -> None:
    assert landed.launches == []
    with app.app_context():
        for kind in (User, Membership, SignIn, Nonce):
            assert db.session.scalar(select(func.count()).select_from(kind)) == 0, kind


def test_the_login_s_page_puts_a_secret_into_the_lms_s_page_and_then_goes_there(bare: FlaskClient, lms: Lms) -> None:
    page = withheld(bare, lms, lti_storage_target=TARGET)
    assert page.status_code == 200
    form = errand(page)
    assert form["data-subject"] == "lti.put_data"
    assert form["data-target"] == TARGET
    assert str(form["data-onward"]).startswith("https://lms.example/auth?")
    assert len(str(form["data-value"])) >= 40
    assert page.headers["Cache-Control"] == "no-store"
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert window_link(page)  # for browsers without scripts, and where nothing answers


def test_each_login_has_a_key_and_a_secret_of_its_own_and_the_state_holds_neither(bare: FlaskClient, lms: Lms) -> None:
    first, second = Kept(bare, lms), Kept(bare, lms)
    assert first.key != second.key
    assert first.proof != second.proof
    assert first.proof not in first.asked["state"]
    assert first.asked["state"] not in first.key


def test_only_the_platform_s_own_origins_are_spoken_to(
    app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    """The authorisation address's first; then what it registered, and what its launches signed; no other platform's."""
    other = Lms(wire, issuer="https://other.example", host="https://other.example", client_id="o")
    other.register(app)
    other.launch(client, other.claims(**other.services()))
    roster: dict[str, Any] = {ROSTER_CLAIM: {"context_memberships_url": "https://school.example:8443/1/roster"}}
    lms.launch(client, lms.claims(**roster))
    form = errand(withheld(bare, lms, lti_storage_target=TARGET))
    assert str(form["data-origins"]).split() == ["https://lms.example", "https://school.example:8443"]


@pytest.mark.parametrize("target", ["", "x" * 101])
def test_without_a_frame_that_keeps_it_a_window_is_offered_at_once(bare: FlaskClient, lms: Lms, target: str) -> None:
    page = withheld(bare, lms, lti_storage_target=target)
    assert page.status_code == 400
    assert "data-subject" not in page.text


def test_a_frame_s_name_is_only_a_name(bare: FlaskClient, lms: Lms) -> None:
    page = withheld(bare, lms, lti_storage_target='"><script>alert(1)</script>')
    assert errand(page)["data-target"] == '"><script>alert(1)</script>'
    assert "<script>alert" not in page.text


def test_at_the_launch_a_page_of_ours_asks_for_the_secret(bare: FlaskClient, lms: Lms, landed: Landed) -> None:
    kept = Kept(bare, lms)
    page = bare.post("/lti/launch", data=kept.form(), headers=FRAME, base_url=TOOL)
    assert page.status_code == 200
    form = errand(page)
    assert (form["data-subject"], form["data-key"], form["data-value"]) == ("lti.get_data", kept.key, "")
    fields = {str(field["name"]): str(field.get("value", "")) for field in form.find_all("input")}
    assert fields == {"state": kept.asked["state"], "id_token": fields["id_token"], "proof": ""}
    assert landed.launches == []


def test_a_launch_with_its_proof_lands(app: Flask, bare: FlaskClient, lms: Lms, landed: Landed) -> None:
    page = Kept(bare, lms).launch()
    assert page.status_code == 200
    assert landed.last["sub"] == "user-1"
    button = re.search(r'<button[^>]*data-address="([^"]*)"', page.text)
    assert button is not None
    assert html.unescape(button[1]) == "/landed"
    session = next(line for line in page.headers.getlist("Set-Cookie") if line.startswith("session="))
    assert "Partitioned" in session
    assert "frame-ancestors 'self' https://lms.example" in page.headers["Content-Security-Policy"]
    with app.app_context():
        assert len(db.session.scalars(select(SignIn)).all()) == 1


def test_the_same_proven_launch_twice_lands_once(bare: FlaskClient, lms: Lms, landed: Landed) -> None:
    kept = Kept(bare, lms)
    kept.launch()
    again = kept.launch()
    assert again.status_code == 400
    assert len(landed.launches) == 1


def test_a_page_without_a_proof_spends_nothing(bare: FlaskClient, lms: Lms, landed: Landed) -> None:
    kept = Kept(bare, lms)
    for _time in range(3):
        bare.post("/lti/launch", data=kept.form(), headers=FRAME, base_url=TOOL)
    kept.launch()
    assert len(landed.launches) == 1


def test_a_proven_launch_replaces_whoever_was_signed_in_like_any_other(
    app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms
) -> None:
    lms.launch(client)
    assert who(client) == ["user-1"]
    kept = Kept(bare, lms)
    data = {**kept.form(lms.claims(sub="user-2")), "proof": kept.proof}
    client.post("/lti/launch", data=data, headers=OUR_PAGE, base_url=TOOL)
    assert who(client) == ["user-2"]
    with app.app_context():
        assert len(db.session.scalars(select(SignIn)).all()) == 1


def test_a_page_learns_whether_its_session_came_back(client: FlaskClient, bare: FlaskClient, lms: Lms) -> None:
    kept = Kept(bare, lms)
    data = {**kept.form(), "proof": kept.proof}
    page = client.post("/lti/launch", data=data, headers=OUR_PAGE, base_url=TOOL)
    mark = re.search(r'data-mark="([0-9a-f]{16})"', page.text)
    assert mark is not None
    assert client.get("/lti/signed-in", base_url=TOOL).get_json() == {"mark": mark[1]}
    assert bare.get("/lti/signed-in", base_url=TOOL).get_json() == {"mark": ""}
    lms.launch(client)
    assert client.get("/lti/signed-in", base_url=TOOL).get_json() != {"mark": mark[1]}  # another session


ATTACKS: dict[str, dict[str, str]] = {
    "from the attacker's page": FOREIGN,
    "from a page that hides its origin": {**FOREIGN, "Origin": "null"},
    "from nowhere": {"Sec-Fetch-Site": "cross-site"},
    "without any word of where from": {},
    "from our host over http": {**OUR_PAGE, "Origin": TOOL.replace("https", "http")},
    "from a host that only looks like ours": {**OUR_PAGE, "Origin": TOOL + ".attacker.example"},
    "by a navigation of the attacker's with our origin": {**OUR_PAGE, "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("headers", ATTACKS.values(), ids=ATTACKS.keys())
@pytest.mark.parametrize("cookies", [True, False])
def test_the_attacker_s_own_proof_signs_nobody_in(
    app: Flask, bare: FlaskClient, lms: Lms, landed: Landed, headers: dict[str, str], cookies: bool
) -> None:
    """Login CSRF with everything that the attacker has: their state, their launch, their secret."""
    kept = Kept(bare, lms)
    victim = app.test_client(use_cookies=cookies)
    answer = victim.post("/lti/launch", data={**kept.form(), "proof": kept.proof}, headers=headers, base_url=TOOL)
    assert answer.status_code == 400
    assert "data-subject" not in answer.text  # no second try of the same
    assert_nothing_came_of_it(app, landed)


def test_the_attacker_s_launch_without_its_proof_signs_nobody_in(
    app: Flask, bare: FlaskClient, lms: Lms, landed: Landed
) -> None:
    """The page that it makes asks the LMS's page of *this* browser, which keeps no such key."""
    kept = Kept(bare, lms)
    for victim in (app.test_client(), app.test_client(use_cookies=False)):
        answer = victim.post("/lti/launch", data=kept.form(), headers=FOREIGN, base_url=TOOL)
        assert kept.proof not in answer.text
    assert_nothing_came_of_it(app, landed)


def test_a_victim_s_cookies_of_another_login_do_not_serve_the_attacker_s(
    app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms, landed: Landed
) -> None:
    lms.login(client)
    lms.login(client)
    kept = Kept(bare, lms)
    attacker = app.test_client()
    asked = lms.login(attacker)
    token = lms.sign({**lms.claims(), "nonce": asked["nonce"]})
    for form in (kept.form(), {**kept.form(), "proof": kept.proof}, {"state": asked["state"], "id_token": token}):
        answer = client.post("/lti/launch", data=form, headers=FOREIGN, base_url=TOOL)
        assert answer.status_code in {200, 400}
    assert who(client) == []
    assert_nothing_came_of_it(app, landed)


@pytest.mark.parametrize("proof", ["", "x", "é", "0" * 43, "\ud83d"])
def test_a_wrong_secret_proves_nothing(app: Flask, bare: FlaskClient, lms: Lms, landed: Landed, proof: str) -> None:
    kept = Kept(bare, lms)
    data = {**kept.form(), "proof": proof.encode("utf-8", "replace").decode()}
    answer = bare.post("/lti/launch", data=data, headers=OUR_PAGE, base_url=TOOL)
    assert answer.status_code == 400
    assert window_link(answer)
    assert_nothing_came_of_it(app, landed)


def test_the_secret_of_another_login_proves_nothing(app: Flask, bare: FlaskClient, lms: Lms, landed: Landed) -> None:
    first, second = Kept(bare, lms), Kept(bare, lms)
    answer = first.launch(proof=second.proof)
    assert answer.status_code == 400
    assert_nothing_came_of_it(app, landed)


def test_no_secret_helps_a_login_that_kept_none(
    app: Flask, client: FlaskClient, bare: FlaskClient, lms: Lms, landed: Landed
) -> None:
    asked = lms.login(client)
    data = {"state": asked["state"], "id_token": lms.sign({**lms.claims(), "nonce": asked["nonce"]}), "proof": "x"}
    assert bare.post("/lti/launch", data=data, headers=OUR_PAGE, base_url=TOOL).status_code == 400
    assert_nothing_came_of_it(app, landed)


def test_a_proof_opens_no_other_check(app: Flask, bare: FlaskClient, lms: Lms, landed: Landed) -> None:
    bad: list[dict[str, Any]] = [lms.claims(deployment_id="other"), lms.claims(sub=""), lms.claims(version="1.1.0")]
    for claims in bad:
        answer = Kept(bare, lms).launch(claims)
        assert answer.status_code in {400, 401, 403}
    assert_nothing_came_of_it(app, landed)


def test_a_cookie_that_came_back_after_all_is_enough(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    asked = lms.login(client, lti_storage_target=TARGET)
    token = lms.sign({**lms.claims(), "nonce": asked["nonce"]})
    answer = client.post("/lti/launch", data={"state": asked["state"], "id_token": token}, headers=FRAME)
    assert answer.status_code == 303
    assert len(landed.launches) == 1
