"""Launches that LMSs really send, in the words of the LTI Advantage certification suite, by a teacher and by a student:
each ends on a page that makes sense."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import db
from personalization.people.model import Person
from tests.lti.platform import GONE, MEMBERSHIP, FromNow, Lms
from tests.lti.traces import session_cookie
from tests.statements import statements_of

pytestmark = pytest.mark.one_database

PERSONAL = ("name", "given_name", "family_name", "email")
PERSON = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
GROUPS = ",".join(str(uuid.UUID(int=number)) for number in range(1000))

TEACHERS = "Add an activity"  # what the page of a link without an activity says to each
NOT_READY = "This activity is not ready yet"
NO_COURSE = "Open this from a course"


def without(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, GONE)


def anyone(case: str, /, **claims: Any) -> Any:
    return pytest.param(claims, id=case)


def follow(visitor: FlaskClient, answer: Any) -> str:
    """The page that a launch leads to, in the words of it."""
    if answer.status_code == 303:
        assert answer.location.startswith("/"), answer.location
        answer = visitor.get(answer.location)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/html"
    assert answer.text.count("<h1") == 1
    return str(answer.text)


def heading_of(page: str) -> str:
    return page.partition("<h1")[2].partition("</h1>")[0]


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize(
    "claims",
    [
        anyone("valid launch"),
        anyone("with email only", **without("name", "given_name", "family_name")),
        anyone("with names only", **without("email")),
        anyone("with no PII", **without(*PERSONAL)),
        anyone("with empty PII", **dict.fromkeys(PERSONAL, "")),
        anyone("with PII of other types", name=7, email=["a"], given_name=None, family_name={}),
        anyone("with one aud in a list", aud=["client-1"]),
        anyone("with several aud, azp ours", aud=["other", "client-1"], azp="client-1"),
        anyone("with one aud and azp", azp="client-1"),
        anyone("a clock that is ahead", iat=FromNow(20), exp=FromNow(320)),
        anyone("a clock that is behind", iat=FromNow(-340), exp=FromNow(-20)),
        anyone("times with fractions", iat=FromNow(-0.5), exp=FromNow(300.5)),
        anyone("not before a moment ago", nbf=FromNow(10)),
        anyone("unknown claims", **{"https://vendor.example/claim": {"a": [1, {"b": None}]}, "https://x/y": "z"}),
        anyone("null members", lis=None, launch_presentation=None, custom=None, tool_platform=None, for_user=None),
        anyone(
            "junk inside of claims",
            context={"id": "course-1", "title": None, "type": None, "errors": {"errors": {}}},
            resource_link={"id": "link-1", "description": None, "validation_context": None, "errors": {"errors": {}}},
        ),
        anyone("odd locale", locale="zz_!!", launch_presentation={"locale": "../../etc", "return_url": "not one"}),
        anyone("locale of another type", locale=[1], launch_presentation={"locale": 7, "return_url": 7}),
        anyone("empty custom", custom={}),
        anyone(
            "unexpanded variables", custom={"due_at": "$Canvas.assignment.dueAt.iso8601", "locale": "$Message.locale"}
        ),
        anyone("custom of other types", custom={"a": None, "b": 5, "c": [1], "d": {"e": 1}, "activity_key": 7}),
        anyone("services of other types", **{"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {"scope": "x"}}),
        anyone("role names nobody knows beside", role_scope_mentor="nobody"),
        anyone("1,000 groups", custom={"group_context_ids": GROUPS}),
        anyone("a title of 10,000 letters", resource_link={"id": "link-1", "title": "x" * 10_000}),
        anyone("ids of 255 letters", context={"id": "c" * 255}, resource_link={"id": "l" * 255}),
        anyone("a course without a title", context={"id": "course-1"}),
    ],
)
def test_a_good_launch_ends_on_a_page(
    house: Flask, visitor: FlaskClient, school: Lms, role: str, claims: dict[str, Any]
) -> None:
    answer = school.launch(visitor, school.claims(role, **claims))
    assert session_cookie(house, answer) != ""
    assert (NOT_READY if role == "Learner" else TEACHERS) in heading_of(follow(visitor, answer))


@pytest.mark.parametrize(
    ("roles", "kept", "words"),
    [
        pytest.param(["Instructor"], "teacher", TEACHERS, id="teacher with short role"),
        pytest.param(["Learner"], "student", NOT_READY, id="student with short role"),
        pytest.param([MEMBERSHIP + "Instructor"], "teacher", TEACHERS, id="teacher with the whole role"),
        pytest.param([MEMBERSHIP + "Learner"], "student", NOT_READY, id="student with the whole role"),
        pytest.param(
            [MEMBERSHIP.replace("#", "/Instructor#") + "TeachingAssistant"], "assistant", NOT_READY, id="sub-role alone"
        ),
        pytest.param(
            [MEMBERSHIP + "Instructor", MEMBERSHIP.replace("#", "/Instructor#") + "TeachingAssistant"],
            "assistant", NOT_READY, id="sub-role beside its main role",
        ),
        pytest.param(
            [MEMBERSHIP.replace("#", "/Learner#") + "GuestLearner"], "student", NOT_READY, id="sub-role of a student"
        ),
        pytest.param([MEMBERSHIP + "Mentor"], "observer", NOT_READY, id="observer"),
        pytest.param([MEMBERSHIP + "ContentDeveloper"], "designer", TEACHERS, id="designer"),
        pytest.param(["https://vendor.example/roles#Wizard"], "administrator", NOT_READY, id="unknown role"),
        pytest.param([MEMBERSHIP + "Wizard"], "administrator", NOT_READY, id="unknown role of the course"),
        pytest.param([MEMBERSHIP + "Instructor", "Wizard", 7, None], "teacher", TEACHERS, id="teacher, unknown beside"),
        pytest.param([MEMBERSHIP + "Learner", {"a": 1}], "student", NOT_READY, id="student, junk beside"),
        pytest.param([], "administrator", NOT_READY, id="no role"),
        pytest.param([PERSON + "Instructor"], "administrator", NOT_READY, id="institution role only, teacher"),
        pytest.param([PERSON + "Student", SYSTEM + "User"], "administrator", NOT_READY, id="institution role only"),
        pytest.param([SYSTEM + "Administrator"], "administrator", NOT_READY, id="system administrator"),
    ],
)  # fmt: skip
def test_every_role_ends_on_a_page(
    house: Flask, visitor: FlaskClient, school: Lms, roles: list[Any], kept: str, words: str
) -> None:
    """Rights come from roles in the course alone; whoever has none of ours still gets a page, as one who looks after
    the course's set-up."""
    assert words in heading_of(follow(visitor, school.launch(visitor, school.claims(roles=roles))))
    with house.app_context():
        assert db.session.scalars(select(Person.role)).one() == kept


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize("context", [GONE, None, {}, {"title": "x"}, {"id": None}, {"id": ""}])
def test_a_launch_without_context_says_where_to_open_it(
    visitor: FlaskClient, school: Lms, role: str, context: Any
) -> None:
    assert NO_COURSE in follow(visitor, school.launch(visitor, school.claims(role, context=context)))


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
def test_the_course_s_own_link_opens_the_course(visitor: FlaskClient, school: Lms, role: str) -> None:
    """Canvas's course navigation: resource_link.id is that of the context."""
    answer = school.launch(visitor, school.claims(role, resource_link={"id": "course-1"}))
    assert answer.location.startswith("/courses/")
    assert "not ready yet" not in follow(visitor, answer)


def test_a_data_privacy_launch_ends_on_a_page(visitor: FlaskClient, school: Lms) -> None:
    """LTI Data Privacy Launch: of an administrator, about somebody, outside any course."""
    said = school.claims(
        roles=[SYSTEM + "Administrator"], message_type="DataPrivacyLaunchRequest", context=GONE, resource_link=GONE,
        for_user={"user_id": "s-9"},
    )  # fmt: skip
    assert NO_COURSE in follow(visitor, school.launch(visitor, said))


@pytest.mark.parametrize("settings", [{}, {"data": "é" * 5000}, {"accept_multiple": "true", "title": None}])
def test_a_deep_linking_request_opens_the_design(visitor: FlaskClient, school: Lms, settings: dict[str, Any]) -> None:
    answer = school.launch(visitor, school.deep_linking(**settings))
    assert "/activities/new?launch=" in answer.location
    follow(visitor, answer)


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
def test_a_launch_of_somebody_known_costs_a_handful_of_statements(
    client: FlaskClient, app: Flask, lms: Lms, role: str
) -> None:
    """Login included; the page that the tool makes of it is counted where it is made."""
    for _time in range(2):
        lms.launch(client, lms.claims(role))
    with statements_of(app) as seen:
        assert lms.launch(client, lms.claims(role)).status_code == 303
    assert len(seen) <= 8, seen
