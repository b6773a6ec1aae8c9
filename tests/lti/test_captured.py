"""Messages as a running Moodle 4.2 and 4.5 sent them, and Canvas's shapes, through the same code as everything else."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import lti
from engine.db import db
from engine.worker import Worker
from lti.models.context import Membership, ResourceLink, User
from lti.quirks import next_page_of, with_path_end
from lti.refusals import Do, refusal_of
from tests.lti.captures import MOODLES, captured, fresh
from tests.lti.conftest import Landed
from tests.lti.platform import LTI, MEMBERSHIP, Lms
from tests.lti.services import Tokens

pytestmark = pytest.mark.one_database


def noted(folder: str, name: str, note: str) -> Any:
    return next(one for one in captured(folder, name) if one.get("note") == note)


def moodle_lms(app: Flask, wire: responses.RequestsMock, claims: dict[str, Any]) -> Lms:
    """The captured site, known here."""
    lms = Lms(wire, issuer=claims["iss"], client_id=claims["aud"], family="moodle")
    lms.deployment_id = claims[LTI + "deployment_id"]
    lms.register(app)
    return lms


@pytest.mark.parametrize("folder", MOODLES)
@pytest.mark.parametrize(
    ("name", "role", "column"),
    [
        ("launch-student", "Learner", True),
        ("launch-student-ungraded", "Learner", False),
        ("launch-student-no-privacy-claims", "Learner", True),
        ("launch-teacher", "Instructor", True),
        ("launch-teacher-manual-activity", "Instructor", True),
        ("launch-nonediting-teacher", "Instructor", True),
        ("launch-teacher-switched-to-student-role", "Learner", True),
        ("launch-admin", "Instructor", True),
    ],
)
def test_a_launch_of_moodle(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, landed: Landed,
    folder: str, name: str, role: str, column: bool,
) -> None:  # fmt: skip
    capture = captured(folder, name)
    claims = capture["claims"]
    lms = moodle_lms(app, wire, claims)
    login = client.post("/lti/login", data=capture["login_request_to_tool"]["fields"])
    assert login.status_code == 302
    assert lms.launch(client, fresh(lms, claims)).status_code == 303
    last = landed.last
    assert last["roles"] == {MEMBERSHIP + role}
    assert (last["sub"], last["product_family"]) == (claims["sub"], "moodle")
    assert (last["context_id"], last["link_id"]) == (claims[LTI + "context"]["id"], claims[LTI + "resource_link"]["id"])
    assert (last["line_item_url"] is not None) is column
    assert last["is_course_page"] is False
    assert not any(value.startswith("$") or not value for value in last["custom"].values())
    assert last["due_at"] is None


@pytest.mark.parametrize("folder", MOODLES)
def test_moodle_s_admin_is_known_by_a_role_outside_the_course(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, landed: Landed, folder: str
) -> None:
    claims = captured(folder, "launch-admin")["claims"]
    lms = moodle_lms(app, wire, claims)
    lms.launch(client, fresh(lms, claims))
    assert any(role.endswith("system/person#Administrator") for role in landed.last["other_roles"])


@pytest.mark.parametrize("folder", MOODLES)
def test_a_deep_linking_request_of_moodle(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, landed: Landed, folder: str
) -> None:
    claims = captured(folder, "deep-link-request")["claims"]
    lms = moodle_lms(app, wire, claims)
    assert lms.launch(client, fresh(lms, claims)).status_code == 303
    assert landed.last["request_id"]
    assert landed.last["line_item_url"] is None


@pytest.mark.parametrize("folder", MOODLES)
def test_a_submission_review_comes_unasked(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, landed: Landed, folder: str
) -> None:
    review = next(one for one in captured(folder, "submission-review") if one.get("message_type"))
    claims = captured(folder, "launch-teacher")["claims"]
    lms = moodle_lms(app, wire, claims)
    more = {LTI + "message_type": review["message_type"], LTI + "for_user": review["for_user"]}
    assert lms.launch(client, fresh(lms, claims) | more).status_code == 303
    assert landed.last["for_user_sub"] == review["for_user"]["user_id"]


@pytest.mark.parametrize("folder", MOODLES)
@pytest.mark.parametrize("paged", [False, True])
def test_a_roster_of_moodle(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, worker: Worker, folder: str, paged: bool
) -> None:
    claims = captured(folder, "launch-teacher")["claims"]
    lms = moodle_lms(app, wire, claims)
    Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    whole = noted(folder, "nrps", "everyone, no limit")
    address = claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"]["context_memberships_url"]
    notes = ["limit=10", "second page (the rel=next of limit=10)", "last page"] if paged else ["everyone, no limit"]
    pages = [noted(folder, "nrps", note)["response"] for note in notes]
    query = ["", "limit=10&from=10", "limit=10&from=20"]
    for number, page in enumerate(pages):
        match = [responses.matchers.query_string_matcher(query[number])]
        headers = {name: value for name, value in page["headers"].items() if name == "Link" and number < len(pages) - 1}
        wire.add(responses.GET, address, json=page["body"], headers=headers, match=match)
    lms.launch(client, fresh(lms, claims))
    worker.run_once()
    with app.app_context():
        subs = {
            sub
            for (sub,) in db.session.execute(select(User.sub).join(Membership).where(Membership.listed_at.is_not(None)))
        }
        roles = {role for row in db.session.scalars(select(Membership)) for role in row.roster_roles}
        names = set(db.session.scalars(select(User.name)))
    everyone = whole["response"]["body"]["members"]
    expected = everyone if not paged else [m for page in pages for m in page["body"]["members"]]
    assert subs == {member["user_id"] for member in expected}
    assert roles <= {MEMBERSHIP + "Learner", MEMBERSHIP + "Instructor"}
    assert not any("&amp;" in name for name in names)


@pytest.mark.parametrize("folder", MOODLES)
def test_moodle_s_typographic_link_header_is_read(folder: str) -> None:
    first = noted(folder, "ags-lineitems", "list, limit=2")["response"]["headers"]["Link"]
    on_the_wire = first.encode().decode("latin-1")  # as an HTTP library hands it over
    for header in (first, on_the_wire):
        following = next_page_of(header)
        assert following is not None
        assert following.endswith("&limit=2&from=2")
        assert "&amp;" not in following


@pytest.mark.parametrize("folder", MOODLES)
def test_moodle_s_conflicts_are_known_as_older_timestamps(folder: str) -> None:
    conflicts = [one for one in captured(folder, "ags-scores") if one["response"]["status"] == 409]
    assert conflicts
    for one in conflicts:
        assert refusal_of(409, f"{one['response']['body']} {one['response']['reason']}").do is Do.LATER


@pytest.mark.parametrize("folder", MOODLES)
def test_moodle_s_deleted_column_is_known(folder: str) -> None:
    gone = noted(folder, "ags-lineitems", "GET the line item after the teacher deleted the activity")["response"]
    assert refusal_of(gone["status"], f"{gone['body']} {gone['reason']}").reason == "column_gone"


@pytest.mark.parametrize("folder", MOODLES)
def test_moodle_s_score_address(folder: str) -> None:
    """The address we make from a line item is the one that Moodle took."""
    good = noted(folder, "ags-scores", "a good score, 20 of 40 on a 40 point item")["request"]["url"]
    assert with_path_end(good.replace("/scores", ""), "/scores") == good


CANVAS = {
    "launch_student": ({"membership#Learner"}, False),
    "launch_teacher": ({"membership#Instructor"}, False),
    "launch_ta_section_limited": ({"membership#Instructor", "membership/Instructor#TeachingAssistant"}, False),
    "launch_observer": ({"membership#Mentor"}, False),
    "launch_test_student": ({"membership#Learner"}, False),
    "launch_student_anonymous_privacy": ({"membership#Learner"}, False),
    "launch_course_navigation_teacher": ({"membership#Instructor"}, True),
    "launch_admin_not_enrolled": (set(), False),
    "deep_linking_request_assignment_selection": ({"membership#Instructor"}, False),
    "deep_linking_request_module_index": ({"membership#Instructor"}, False),
}


@pytest.fixture
def canvas(app: Flask, wire: responses.RequestsMock) -> Lms:
    lms = Lms(wire, issuer="https://canvas.instructure.com", client_id="10000000000123")
    lms.deployment_id = captured("canvas", "launch_teacher")[LTI + "deployment_id"]
    lms.register(app)
    return lms


@pytest.mark.parametrize("name", CANVAS)
def test_a_launch_of_canvas(client: FlaskClient, canvas: Lms, landed: Landed, name: str) -> None:
    claims = captured("canvas", name)
    roles, course_page = CANVAS[name]
    assert client.post("/lti/login", data=captured("canvas", "login_initiation")).status_code == 302
    assert canvas.launch(client, fresh(canvas, claims)).status_code == 303
    last = landed.last
    assert last["roles"] == {f"http://purl.imsglobal.org/vocab/lis/v2/{role}" for role in roles}
    assert last["is_course_page"] is course_page
    assert last["zone"] == "America/Denver"
    assert (last["request_id"] is not None) is name.startswith("deep_linking")
    assert not any(value.startswith("$") for value in last["custom"].values())


def membership(app: Flask) -> Membership:
    with app.app_context():
        row = db.session.scalars(select(Membership)).one()
        db.session.expunge(row)
        return row


def test_canvas_s_section_limits_test_student_and_observed_are_noted(
    app: Flask, client: FlaskClient, canvas: Lms
) -> None:
    canvas.launch(client, fresh(canvas, captured("canvas", "launch_ta_section_limited")))
    limited = membership(app)
    assert limited.section_restricted is True
    assert limited.sections


def test_canvas_s_test_student_is_marked(app: Flask, client: FlaskClient, canvas: Lms) -> None:
    canvas.launch(client, fresh(canvas, captured("canvas", "launch_test_student")))
    assert membership(app).is_test_student is True


def test_canvas_s_observer_comes_with_whom_they_observe(app: Flask, client: FlaskClient, canvas: Lms) -> None:
    claims = captured("canvas", "launch_observer")
    canvas.launch(client, fresh(canvas, claims))
    assert membership(app).mentees == claims[LTI + "role_scope_mentor"]


@pytest.mark.parametrize("case", captured("canvas", "launch_errors")["cases"], ids=lambda case: str(case["error"]))
def test_an_error_of_canvas_says_to_open_it_again(client: FlaskClient, case: dict[str, str]) -> None:
    answer = client.post("/lti/launch", data=case)
    assert answer.status_code == 400
    assert "Open the activity again" in answer.text


def test_a_roster_of_canvas_with_messages(
    app: Flask, client: FlaskClient, canvas: Lms, wire: responses.RequestsMock, worker: Worker
) -> None:
    claims = captured("canvas", "launch_teacher")
    Tokens(canvas, lambda: app.test_client().get("/lti/jwks").get_json())
    address = claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"]["context_memberships_url"]
    wire.add(responses.GET, address, json=captured("canvas", "nrps_page_with_rlid"))
    notices = claims[LTI + "platformnotificationservice"]["platform_notification_service_url"]
    wire.add(responses.PUT, notices, json={})
    canvas.launch(client, fresh(canvas, claims))
    worker.run_all(20)
    with app.app_context():
        sections = {
            user.name: row.sections for row, user in db.session.execute(select(Membership, User).join(Membership.user))
        }
    assert sections["Ada Marsh"] == ["42"]
    assert sections["Bo Lind"] == ["43"]


def test_the_face_names_what_it_promises() -> None:
    assert sorted(lti.__all__) == sorted(set(lti.__all__))
    assert all(hasattr(lti, name) for name in lti.__all__)


def test_moodle_s_activity_may_have_the_number_of_its_course(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, landed: Landed
) -> None:
    """Seen: resource_link.id 2 in context 2. It is an activity, and its column is bound."""
    claims = captured("moodle-4.5", "launch-student")["claims"]
    lms = moodle_lms(app, wire, claims)
    link = {LTI + "resource_link": {"id": claims[LTI + "context"]["id"], "title": "DL page"}}
    lms.launch(client, fresh(lms, claims) | link)
    assert landed.last["is_course_page"] is False
    with app.app_context():
        assert db.session.scalars(select(ResourceLink)).one().line_item is not None
