"""Launches: what the tool learns about whom, by each manner; and authentication requests that get no id_token."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from demo.base import Role
from demo.store import Activity
from tests.demo.riverbend import BIOLOGY, EMPTY_BIOLOGY, HISTORY, Riverbend
from tests.demo.stand_in import DEEP_LINKING, LTI, form_of

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


def _roles(claims: dict[str, Any]) -> set[str]:
    """The membership roles, the last word of each."""
    return {role.rsplit("#")[1] for role in claims[f"{LTI}roles"] if "/membership" in role}


def _launch(riverbend: Riverbend, role: Role, course_id: int = BIOLOGY) -> dict[str, Any]:
    activity = riverbend.add_activity(course_id)
    return riverbend.claims(riverbend.browser(riverbend.one_with(role, course_id)), f"/activities/{activity}/launch")


@pytest.mark.parametrize(
    ("role", "roles"),
    [
        (Role.STUDENT, {"Learner"}),
        (Role.TEST_STUDENT, {"Learner"}),
        (Role.TEACHER, {"Instructor"}),
        (Role.ASSISTANT, {"Instructor", "TeachingAssistant"}),
        (Role.DESIGNER, {"ContentDeveloper"}),
        (Role.OBSERVER, {"Mentor"}),
    ],
)
def test_canvas_roles(riverbend: Riverbend, role: Role, roles: set[str]) -> None:
    assert _roles(_launch(riverbend, role)) == roles


def test_canvas_marks_the_test_student_in_custom_only(riverbend: Riverbend) -> None:
    claims = _launch(riverbend, Role.TEST_STUDENT)
    assert claims[f"{LTI}custom"]["student_view"] == "true"
    assert claims["email"] is None


def test_an_observer_names_the_child(riverbend: Riverbend) -> None:
    assert _launch(riverbend, Role.OBSERVER)[f"{LTI}role_scope_mentor"] == [riverbend.person("Noor Haddad").uuid]


def test_the_administrator_has_no_membership_role(riverbend: Riverbend) -> None:
    activity = riverbend.add_activity()
    claims = riverbend.claims(riverbend.browser(riverbend.person("Ines Okoro")), f"/activities/{activity}/launch")
    assert _roles(claims) == set()
    assert any(role.endswith("person#Administrator") for role in claims[f"{LTI}roles"])


def test_moodle_assistants_teach_and_administrators_too(riverbend: Riverbend) -> None:
    assert _roles(_launch(riverbend, Role.ASSISTANT, HISTORY)) == {"Instructor"}
    activity = riverbend.add_activity(HISTORY)
    claims = riverbend.claims(riverbend.browser(riverbend.person("Ines Okoro")), f"/activities/{activity}/launch")
    assert _roles(claims) == {"Instructor"}


def test_canvas_claims(riverbend: Riverbend) -> None:
    claims = _launch(riverbend, Role.STUDENT)
    assert claims["azp"] == claims["aud"]
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["email"] is None or "@" in claims["email"]
    custom = claims[f"{LTI}custom"]
    assert custom["activity_key"] == "a1"
    assert custom["due_at"] == "2026-12-05T00:00:00Z"
    assert custom["group_id"] == "$com.instructure.Group.id"
    assert claims[ENDPOINT]["lineitem"].startswith(claims[ENDPOINT]["lineitems"])
    assert claims[ROSTER]["context_memberships_url"].startswith(riverbend.issuer())
    assert claims[f"{LTI}tool_platform"]["product_family_code"] == "canvas"
    assert claims[f"{LTI}context"]["errors"] == {"errors": {}}


def test_moodle_claims(riverbend: Riverbend) -> None:
    claims = _launch(riverbend, Role.STUDENT, HISTORY)
    assert "azp" not in claims or claims["azp"] == claims["aud"]
    assert claims["exp"] - claims["iat"] == 60
    assert claims["sub"].isdecimal()
    assert claims[f"{LTI}custom"]["due_at"] == "$Canvas.assignment.dueAt.iso8601"
    assert "type_id=" in claims[ENDPOINT]["lineitem"]
    assert claims[f"{LTI}context"]["type"] == ["CourseSection"]
    assert claims[f"{LTI}tool_platform"]["product_family_code"] == "moodle"


def test_the_login_names_the_deployment_in_each_platform_s_word_and_canvas_s_storage(riverbend: Riverbend) -> None:
    for course_id, name, target in (
        (BIOLOGY, "deployment_id", "post_message_forwarding"),
        (HISTORY, "lti_deployment_id", None),
    ):
        activity = riverbend.add_activity(course_id)
        action, login = riverbend.login(riverbend.teacher(), f"/activities/{activity}/launch")
        assert action == f"{riverbend.tool.url}/lti/login"
        assert {name for name in login if "deployment" in name} == {name}
        assert login.get("lti_storage_target") == target


def test_course_navigation_carries_the_course_s_own_id(riverbend: Riverbend) -> None:
    claims = riverbend.claims(riverbend.teacher(), f"/courses/{BIOLOGY}/tool/launch")
    assert claims[f"{LTI}resource_link"]["id"] == claims[f"{LTI}context"]["id"]
    assert "lineitem" not in claims[ENDPOINT]


def test_a_link_without_content_brings_no_key(riverbend: Riverbend) -> None:
    teacher = riverbend.teacher()
    form = {"title": "Not set up", "points": "20"}
    page = teacher.post(f"{riverbend.url}/courses/{EMPTY_BIOLOGY}/links", data=form, timeout=5)
    assert "Added: Not set up." in page.text
    with riverbend.session() as session:
        number = max(activity.id for activity in session.scalars(select(Activity)))
    claims = riverbend.claims(teacher, f"/activities/{number}/launch")
    assert "activity_key" not in claims[f"{LTI}custom"]
    assert claims[ENDPOINT]["lineitem"]


def test_a_student_s_own_due_date_reaches_that_student_alone(riverbend: Riverbend) -> None:
    activity = riverbend.add_activity()
    noor, linh = riverbend.person("Noor Haddad"), riverbend.person("Linh Phạm")
    riverbend.teacher().post(
        f"{riverbend.url}/activities/{activity}/extensions",
        data={"student": noor.uuid, "due_at": "2026-12-11T18:00"},
        timeout=5,
    ).raise_for_status()
    path = f"/activities/{activity}/launch"
    due = {
        who.given_name: riverbend.claims(riverbend.browser(who), path)[f"{LTI}custom"]["due_at"] for who in (noor, linh)
    }
    assert due == {"Noor": "2026-12-12T00:00:00Z", "Linh": "2026-12-05T00:00:00Z"}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"client_id": "nobody"}, "unauthorized_client"),
        ({"login_hint": "somebody-else"}, "login_required"),
        ({"response_mode": "query"}, "invalid_request_object"),
        ({"response_type": "code"}, "invalid_request_object"),
        ({"scope": "openid email"}, "invalid_request_object"),
        ({"nonce": None}, "invalid_request_object"),
    ],
)
def test_canvas_tells_the_tool_what_was_wrong(riverbend: Riverbend, changes: dict[str, str | None], word: str) -> None:
    teacher = riverbend.teacher()
    _, login = riverbend.login(teacher, f"/courses/{BIOLOGY}/tool/launch")
    action, fields = form_of(riverbend.authenticate(teacher, login, state="S", **changes).text)
    assert action == f"{riverbend.tool.url}/lti/launch"
    assert (fields["error"], fields["state"]) == (word, "S")
    assert "id_token" not in fields


def test_moodle_tells_the_tool_of_another_person(riverbend: Riverbend) -> None:
    activity = riverbend.add_activity(HISTORY)
    teacher = riverbend.teacher()
    _, login = riverbend.login(teacher, f"/activities/{activity}/launch")
    _, fields = form_of(riverbend.authenticate(teacher, login, login_hint="4").text)
    assert fields["error"] == "access_denied"
    assert riverbend.authenticate(teacher, login, nonce=None).status_code == 400


@pytest.mark.parametrize("wrong", ["/lti/launch?x=1", "/lti/launch/", "/elsewhere"])
def test_nothing_is_sent_to_an_unregistered_redirect_uri(riverbend: Riverbend, wrong: str) -> None:
    teacher = riverbend.teacher()
    _, login = riverbend.login(teacher, f"/courses/{BIOLOGY}/tool/launch")
    answer = riverbend.authenticate(teacher, login, redirect_uri=riverbend.tool.url + wrong)
    assert answer.status_code == 400
    assert "id_token" not in answer.text


def test_a_launch_is_answered_once(riverbend: Riverbend) -> None:
    teacher = riverbend.teacher()
    _, login = riverbend.login(teacher, f"/courses/{BIOLOGY}/tool/launch")
    assert "id_token" in form_of(riverbend.authenticate(teacher, login).text)[1]
    assert form_of(riverbend.authenticate(teacher, login).text)[1]["error"] == "launch_no_longer_valid"


def test_a_launch_is_answered_to_who_began_it(riverbend: Riverbend) -> None:
    _, login = riverbend.login(riverbend.teacher(), f"/courses/{BIOLOGY}/tool/launch")
    for somebody in (None, riverbend.person("Linh Phạm")):
        _, fields = form_of(riverbend.authenticate(riverbend.browser(somebody), login).text)
        assert fields["error"] == "login_required"


def test_strangers_to_a_course_cannot_launch_from_it(riverbend: Riverbend) -> None:
    activity = riverbend.add_activity(HISTORY)
    stranger = riverbend.browser(riverbend.person("Linh Phạm"))
    assert stranger.get(f"{riverbend.url}/activities/{activity}/launch", timeout=5).status_code == 403
    student = riverbend.browser(riverbend.one_with(Role.STUDENT))
    assert student.get(f"{riverbend.url}/courses/{BIOLOGY}/choose/launch", timeout=5).status_code == 403


def test_deep_linking_says_what_it_takes(riverbend: Riverbend) -> None:
    claims = riverbend.claims(riverbend.teacher(), f"/courses/{BIOLOGY}/choose/launch")
    assert claims[f"{LTI}message_type"] == "LtiDeepLinkingRequest"
    assert f"{LTI}resource_link" not in claims
    assert claims[f"{DEEP_LINKING}deep_linking_settings"]["accept_types"] == ["ltiResourceLink"]
