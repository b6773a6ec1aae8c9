"""Launches: what they hand on, and the rows that they leave. What is refused stands in test_bad_*.py."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.db import db
from engine.due import Due
from lti.models.context import Context, LineItem, Membership, ResourceLink, User
from lti.models.platform import Deployment
from tests.lti.conftest import Landed
from tests.lti.platform import GONE, LTI, MEMBERSHIP, TOOL, Lms


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


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


# No launch at all


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


def test_the_tool_s_address_is_the_configured_one_whatever_host_is_asked(client: FlaskClient, lms: Lms) -> None:
    answer = client.post(
        "/lti/login",
        data={"iss": lms.issuer, "login_hint": "h", "target_link_uri": "x", "client_id": lms.client_id},
        headers={"X-Forwarded-Host": "evil.example"},
    )
    assert f"redirect_uri={TOOL.replace(':', '%3A').replace('/', '%2F')}%2Flti%2Flaunch" in answer.location
