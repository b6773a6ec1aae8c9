"""Launches: the good ones land, each known-bad one is refused for its own reason and leaves nothing behind."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.db import db
from engine.due import Due
from lti.models import Context, Deployment, LineItem, Membership, Nonce, ResourceLink, User
from tests.lti.conftest import Landed
from tests.lti.platform import DEEP_LINKING, GONE, LTI, MEMBERSHIP, TOOL, Lms


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def assert_refused(app: Flask, landed: Landed, answer: Any, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert landed.launches == []
    assert count(app, User) == 0
    assert count(app, Context) == 0


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# Good ones


def test_a_launch_lands_with_who_where_and_what(client: FlaskClient, lms: Lms, landed: Landed) -> None:
    custom = {"timezone": "America/Denver", "due_at": "2026-11-28T23:59:59Z", "activity_key": "k"}
    answer = lms.launch(client, lms.claims(custom=custom))
    assert (answer.status_code, answer.location) == (303, "/landed")
    last = landed.last
    assert (last["sub"], last["name"], last["context_id"], last["link_id"]) == (
        "user-1", "Amara Diallo", "course-1", "link-1",
    )  # fmt: skip
    assert last["roles"] == frozenset({MEMBERSHIP + "Learner"})
    assert last["custom"]["activity_key"] == "k"
    assert last["due_at"] == datetime(2026, 11, 28, 23, 59, 59, tzinfo=UTC)
    assert (last["zone"], last["locale"], last["is_course_page"]) == ("America/Denver", "en", False)


def test_the_same_person_twice_is_one_row_of_each_kind(app: Flask, client: FlaskClient, lms: Lms) -> None:
    for _time in range(2):
        assert lms.launch(client, lms.claims(**lms.services())).status_code == 303
    assert [count(app, kind) for kind in (User, Context, Membership, ResourceLink, LineItem, Due)] == [1] * 6


def test_unexpanded_null_and_empty_values_count_as_absent(client: FlaskClient, lms: Lms, landed: Landed) -> None:
    custom = {"due_at": "$Canvas.assignment.dueAt.iso8601", "a": "", "b": None, "c": {"x": 1}, "n": 5, "ok": "yes"}
    junk: dict[str, Any] = {
        "errors": {"errors": {}},
        LTI + "lis": None,
        LTI + "context": {"id": "c", "title": None, "type": None},
    }
    assert lms.launch(client, lms.claims(custom=custom) | junk).status_code == 303
    assert landed.last["custom"] == {"n": "5", "ok": "yes"}
    assert landed.last["due_at"] is None


@pytest.mark.parametrize("far", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_date_at_the_ends_of_time_is_none(client: FlaskClient, lms: Lms, landed: Landed, far: str) -> None:
    """No page could show it in the zone of whoever looks."""
    assert lms.launch(client, lms.claims(custom={"due_at": far})).status_code == 303
    assert landed.last["due_at"] is None


def test_an_anonymous_launch_works_and_never_empties_a_known_name(app: Flask, client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    nameless: dict[str, Any] = dict.fromkeys(("name", "given_name", "family_name", "email"), GONE)
    assert lms.launch(client, lms.claims(**nameless)).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(User.name)).all() == ["Amara Diallo"]


def test_a_link_that_is_the_course_itself_is_the_course_page(client: FlaskClient, lms: Lms, landed: Landed) -> None:
    lms.launch(client, lms.claims(resource_link={"id": "course-1"}))
    assert landed.last["is_course_page"] is True


def test_without_a_course_there_is_no_membership(client: FlaskClient, lms: Lms, landed: Landed) -> None:
    assert lms.launch(client, lms.claims(context=GONE)).status_code == 303
    assert landed.last["context_id"] is None


def test_institution_roles_are_kept_apart_from_roles_in_the_course(
    client: FlaskClient, lms: Lms, landed: Landed
) -> None:
    teacher_elsewhere = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"
    assistant = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
    lms.launch(client, lms.claims(roles=["Learner", teacher_elsewhere, assistant]))
    assert landed.last["roles"] == {MEMBERSHIP + "Learner", assistant}
    assert landed.last["other_roles"] == {teacher_elsewhere}


def test_a_student_s_due_date_never_becomes_the_column_s(app: Flask, client: FlaskClient, lms: Lms) -> None:
    custom: dict[str, Any] = {"custom": {"due_at": "2026-11-28T23:59:59Z"}}
    lms.launch(client, lms.claims(**lms.services(), **custom))
    with app.app_context():
        assert db.session.scalars(select(LineItem.due)).all() == [None]
    lms.launch(client, lms.claims("Instructor", **lms.services(), **custom))
    with app.app_context():
        assert db.session.scalars(select(LineItem.due)).all() == [datetime(2026, 11, 28, 23, 59, 59, tzinfo=UTC)]


def test_a_platform_cannot_lay_hands_on_another_s_column(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    lms.launch(client, lms.claims(**lms.services()))
    thief = Lms(wire, issuer="https://thief.example", host="https://thief.example", client_id="t")
    thief.register(app)
    thief.launch(client, thief.claims(**lms.services()))
    with app.app_context():
        owners = [item.platform.client_id for item in db.session.scalars(select(LineItem).order_by(LineItem.id))]
    assert owners == ["client-1", "t"]


def test_exp_and_iat_have_a_minute_s_leeway(client: FlaskClient, lms: Lms) -> None:
    now = int(time.time())
    assert lms.launch(client, lms.claims(exp=now - 30, iat=now - 90)).status_code == 303
    assert lms.launch(client, lms.claims(iat=now + 30)).status_code == 303


@pytest.mark.parametrize("aud", ["client-1", ["client-1"]])
def test_one_audience_needs_no_azp(client: FlaskClient, lms: Lms, aud: Any) -> None:
    assert lms.launch(client, lms.claims(aud=aud)).status_code == 303


def test_several_audiences_with_our_azp_are_taken(client: FlaskClient, lms: Lms) -> None:
    assert lms.launch(client, lms.claims(aud=["other", "client-1"], azp="client-1")).status_code == 303


def test_two_schools_with_one_issuer_are_two_platforms(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed, wire: responses.RequestsMock
) -> None:
    other = Lms(wire, issuer=lms.issuer, client_id="client-2", host="https://other.example")
    other.register(app)
    lms.launch(client)
    other.launch(client)
    assert [launch["platform_id"] for launch in landed.launches] == [lms.platform_id, other.platform_id]
    assert count(app, User) == 2


def test_a_new_deployment_is_taken_where_any_is(
    app: Flask, client: FlaskClient, landed: Landed, wire: responses.RequestsMock
) -> None:
    lms = Lms(wire)
    lms.register(app, any_deployment=True)
    assert lms.launch(client, lms.claims(deployment_id="another")).status_code == 303
    assert count(app, Deployment) == 2


def test_a_submission_review_says_whose_work(client: FlaskClient, lms: Lms, landed: Landed) -> None:
    review = lms.claims("Instructor", message_type="LtiSubmissionReviewRequest", for_user={"user_id": "s-9"})
    assert lms.launch(client, review | lms.services()).status_code == 303
    assert landed.last["for_user_sub"] == "s-9"


def test_the_session_cookie_survives_in_a_frame(client: FlaskClient, lms: Lms) -> None:
    cookies = "\n".join(lms.launch(client).headers.getlist("Set-Cookie"))
    session = next(line for line in cookies.splitlines() if line.startswith("session="))
    assert all(word in session for word in ("Secure", "HttpOnly", "SameSite=None", "Partitioned"))


# Known-bad ones


def bad(name: str, status: int, words: str, sign: dict[str, Any] | None = None, **claims: Any) -> Any:
    return pytest.param(claims, sign or {}, status, words, id=name)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("claims", "sign", "status", "words"),
    [
        bad("no exp", 401, "exp", exp=GONE),
        bad("no iat", 401, "iat", iat=GONE),
        bad("expired", 401, "out of its time", exp=1_700_000_000, iat=1_699_999_000),
        bad("issued in the future", 401, "out of its time", iat=4_000_000_000, exp=4_000_000_900),
        bad("no nonce", 400, "nonce", nonce=GONE),
        bad("someone else's nonce", 400, "another login", nonce="f" * 64),
        bad("no aud", 400, "aud is missing", aud=GONE),
        bad("empty aud", 400, "aud is missing", aud=[]),
        bad("someone else's aud", 403, "Nobody registered", aud="other"),
        bad("several aud, no azp", 400, "no azp", aud=["client-1", "other"]),
        bad("several aud, foreign azp", 403, "Nobody registered", aud=["client-1", "other"], azp="other"),
        bad("one aud, foreign azp", 400, "azp is not among aud", azp="other"),
        bad("unknown issuer", 403, "Nobody registered", iss="https://nobody.example"),
        bad("no issuer", 400, "iss", iss=GONE),
        bad("unknown deployment", 403, "deployment", deployment_id="other"),
        bad("no deployment", 400, "deployment_id", deployment_id=GONE),
        bad("no sub", 400, "sub", sub=GONE),
        bad("no version", 400, "version", version=GONE),
        bad("other version", 400, "version", version="1.1"),
        bad("no message type", 400, "message type", message_type=GONE),
        bad("unknown message type", 400, "message type", message_type="LtiSomethingElse"),
        bad("no roles", 400, "Roles", roles=GONE),
        bad("no resource link", 400, "Resource Link", resource_link=GONE),
        bad("resource link without id", 400, "Resource Link", resource_link={"title": "x"}),
        bad("no target_link_uri", 400, "target_link_uri", target_link_uri=GONE),
        bad("claims of other types", 400, "no object", context=["x"]),
        bad("issuer of another type", 400, "no text", iss={"x": 1}),
        bad("roles of another type", 400, "no list", roles="Learner"),
        bad("unknown kid", 401, "not in its key set", sign={"kid": "key-9"}),
        bad("deep linking, no settings", 400, "Deep Linking", message_type="LtiDeepLinkingRequest"),
    ],
)
def test_a_bad_launch_is_refused(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed, claims: dict[str, Any], sign: dict[str, Any],
    status: int, words: str,
) -> None:  # fmt: skip
    answer = lms.launch(client, lms.claims(**claims), **sign)
    assert_refused(app, landed, answer, status, words)


def test_a_token_signed_with_another_key_is_refused(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    asked = lms.login(client)
    forged = Lms(lms.wire, host="https://forger.example").sign({**lms.claims(), "nonce": asked["nonce"]}, kid="key-2")
    header, _dot, rest = forged.partition(".")
    renamed = lms.sign(lms.claims()).partition(".")[0]
    assert header != renamed
    answer = client.post("/lti/launch", data={"id_token": f"{renamed}.{rest}", "state": asked["state"]})
    assert_refused(app, landed, answer, 401, "signature")


@pytest.mark.one_database
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_changed_in_any_part_is_refused(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed, part: int
) -> None:
    asked = lms.login(client)
    parts = lms.sign({**lms.claims(), "nonce": asked["nonce"]}).split(".")
    parts[part] = parts[part][:8] + ("A" if parts[part][8] != "A" else "B") + parts[part][9:]
    answer = client.post("/lti/launch", data={"id_token": ".".join(parts), "state": asked["state"]})
    assert answer.status_code in {400, 401, 403}
    assert landed.launches == []
    assert count(app, User) == 0


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("header", "words"),
    [({"alg": "none"}, "RS256"), ({"alg": "HS256"}, "RS256"), ({"kid": GONE}, "kid"), ({"kid": 7}, "kid")],
)
def test_another_algorithm_or_no_key_name_is_refused(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed, header: dict[str, Any], words: str
) -> None:
    asked = lms.login(client)
    good = lms.sign({**lms.claims(), "nonce": asked["nonce"]})
    whole = {"alg": "RS256", "kid": lms.kid, **header}
    whole = {name: value for name, value in whole.items() if value is not GONE}
    made = encode(json.dumps(whole).encode()) + "." + good.split(".", 1)[1]
    answer = client.post("/lti/launch", data={"id_token": made, "state": asked["state"]})
    assert_refused(app, landed, answer, 401, words)


@pytest.mark.one_database
@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "bnVsbA.bnVsbA.", "WzFd.WzFd.WzFd", "é.é.é"])
def test_what_is_no_token_is_refused(app: Flask, client: FlaskClient, lms: Lms, landed: Landed, token: str) -> None:
    asked = lms.login(client)
    answer = client.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
    assert_refused(app, landed, answer, 400, "not a whole LTI 1.3 launch")


def test_the_same_launch_twice_lands_once(client: FlaskClient, lms: Lms, landed: Landed) -> None:
    asked = lms.login(client)
    form = {"id_token": lms.sign({**lms.claims(), "nonce": asked["nonce"]}), "state": asked["state"]}
    cookies = {cookie.key: cookie.value for cookie in (client._cookies or {}).values()}
    assert client.post("/lti/launch", data=form).status_code == 303
    for name, value in cookies.items():  # a replay may bring the cookie along
        client.set_cookie(name, value, domain="tool.example", path="/lti/launch")
    again = client.post("/lti/launch", data=form)
    assert again.status_code == 400
    assert "Open the activity again" in again.text
    assert len(landed.launches) == 1


def test_a_nonce_is_spent_even_by_a_launch_that_fails(app: Flask, client: FlaskClient, lms: Lms) -> None:
    lms.launch(client, lms.claims(deployment_id="other"))
    assert count(app, Nonce) == 1


def test_a_launch_that_another_browser_began_is_refused(app: Flask, lms: Lms, landed: Landed) -> None:
    attacker, victim = app.test_client(), app.test_client()
    asked = lms.login(attacker)
    token = lms.sign({**lms.claims(), "nonce": asked["nonce"]})
    answer = victim.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
    assert_refused(app, landed, answer, 400, "new window")
    assert count(app, Nonce) == 0


def test_without_cookies_the_page_offers_the_same_login_in_a_window(app: Flask, lms: Lms) -> None:
    asked = lms.login(app.test_client(), lti_message_hint="hint<&>")
    answer = app.test_client().post("/lti/launch", data={"id_token": "x.y.z", "state": asked["state"]})
    link = re.search(r'href="(/lti/login[^"]*)" target="_blank"', answer.text)
    assert link is not None  # no form: browsers stop one that is led on to the LMS (CSP form-action)
    query = parse_qs(urlsplit(html.unescape(link[1])).query)
    assert (query["login_hint"], query["lti_message_hint"]) == (["hint"], ["hint<&>"])
    assert "frame-ancestors 'self' *" in answer.headers["Content-Security-Policy"]


@pytest.mark.one_database
@pytest.mark.parametrize("state", ["", "x", "state-x", "state-" + "a" * 5000])
def test_a_state_that_is_not_ours_is_refused(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed, state: str
) -> None:
    answer = client.post("/lti/launch", data={"id_token": lms.sign(lms.claims()), "state": state})
    assert_refused(app, landed, answer, 400, "Open the activity again")


def test_login_at_one_registration_and_launch_from_another_is_refused(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed, wire: responses.RequestsMock
) -> None:
    other = Lms(wire, issuer=lms.issuer, client_id="client-2", host="https://other.example")
    other.register(app)
    asked = lms.login(client)
    token = other.sign({**other.claims(), "nonce": asked["nonce"]})
    answer = client.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
    assert_refused(app, landed, answer, 401, "different registrations")


@pytest.mark.one_database
@pytest.mark.parametrize("error", ["login_required", "launch_no_longer_valid", "access_denied", "<script>"])
def test_an_answer_with_an_error_says_to_open_it_again(client: FlaskClient, lms: Lms, error: str) -> None:
    answer = client.post("/lti/launch", data={"error": error, "error_description": "x", "state": "S"})
    assert answer.status_code == 400
    assert "Open the activity again" in answer.text
    assert "<script>" not in answer.text.partition("<main")[2]


def test_nothing_posted_says_to_open_it_again(client: FlaskClient, lms: Lms) -> None:
    assert client.post("/lti/launch").status_code == 400


def test_looking_at_the_launch_address_is_harmless(client: FlaskClient) -> None:
    answer = client.get("/lti/launch")
    assert answer.status_code == 200
    assert "course page" in answer.text


def test_deep_linking_outside_a_course_is_refused(app: Flask, client: FlaskClient, lms: Lms, landed: Landed) -> None:
    answer = lms.launch(client, {k: v for k, v in lms.deep_linking().items() if k != LTI + "context"})
    assert_refused(app, landed, answer, 400, "outside any course")


def test_deep_linking_without_a_return_address_is_refused(
    app: Flask, client: FlaskClient, lms: Lms, landed: Landed
) -> None:
    said = lms.deep_linking()
    del said[DEEP_LINKING]["deep_link_return_url"]
    assert_refused(app, landed, lms.launch(client, said), 400, "deep_link_return_url")


def test_the_tool_s_address_is_the_configured_one_whatever_host_is_asked(client: FlaskClient, lms: Lms) -> None:
    answer = client.post(
        "/lti/login",
        data={"iss": lms.issuer, "login_hint": "h", "target_link_uri": "x", "client_id": lms.client_id},
        headers={"X-Forwarded-Host": "evil.example"},
    )
    assert f"redirect_uri={TOOL.replace(':', '%3A').replace('/', '%2F')}%2Flti%2Flaunch" in answer.location
