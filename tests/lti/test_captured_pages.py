"""Every captured launch, signed anew and sent through login and launch to the whole tool: each leads to the page that
makes sense for whoever came."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient

from tests.lti.captures import CAPTURED, MOODLES, captured, fresh
from tests.lti.conftest import known_to
from tests.lti.platform import ENDPOINT, LTI, Lms
from tests.lti.test_good_launches import follow, heading_of
from tests.lti.traces import session_cookie

pytestmark = pytest.mark.one_database

NOT_READY = "This activity is not ready yet"
DESIGN = "Add an activity"
HEADINGS = {
    "launch-student": NOT_READY,
    "launch-student-ungraded": NOT_READY,
    "launch-student-no-privacy-claims": NOT_READY,
    "launch-teacher-switched-to-student-role": NOT_READY,
    "launch-teacher": DESIGN,
    "launch-teacher-manual-activity": DESIGN,
    "launch-nonediting-teacher": DESIGN,  # known as an assistant only when the class list was read
    "launch-admin": DESIGN,  # likewise: known as an administrator
    "deep-link-request": DESIGN,
    "deep-link-request-no-privacy-claims": DESIGN,
    "launch_student": NOT_READY,
    "launch_student_anonymous_privacy": NOT_READY,
    "launch_test_student": NOT_READY,
    "launch_ta_section_limited": NOT_READY,
    "launch_observer": NOT_READY,
    "launch_teacher": DESIGN,
    "launch_teacher_copied_course": DESIGN,
    "launch_course_navigation_teacher": "Nothing waits for you",
    "launch_admin_not_enrolled": NOT_READY,
    "deep_linking_request_assignment_selection": DESIGN,
    "deep_linking_request_module_index": DESIGN,
}


def names(folder: str) -> list[str]:
    """Every capture of a launch, those added later too."""
    found = [path.stem for kind in ("launch*", "deep*request*") for path in (CAPTURED / folder).glob(f"{kind}.json")]
    return sorted(name for name in found if name != "launch_errors")


def site(house: Flask, wire: responses.RequestsMock, claims: dict[str, Any], family: str) -> Lms:
    """The captured platform, known to the whole tool."""
    lms = Lms(wire, issuer=claims["iss"], client_id=claims["aud"], family=family)
    lms.deployment_id = claims[LTI + "deployment_id"]
    return known_to(house, lms)


def arrive(visitor: FlaskClient, lms: Lms, fields: dict[str, str], claims: dict[str, Any]) -> Any:
    """Begin with the login as it was captured, then launch."""
    begun = visitor.post("/lti/login", data=fields)
    assert begun.status_code == 302
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.location).query).items()}
    for name in ("login_hint", "lti_message_hint"):
        assert asked[name] == fields[name], "an LMS knows its own words again, letter by letter"
    token = lms.sign({**fresh(lms, claims), "nonce": asked["nonce"]})
    return visitor.post("/lti/launch", data={"id_token": token, "state": asked["state"]})


@pytest.mark.parametrize(("folder", "name"), [(folder, name) for folder in MOODLES for name in names(folder)])
def test_a_captured_launch_of_moodle_ends_on_a_page(
    house: Flask, visitor: FlaskClient, wire: responses.RequestsMock, folder: str, name: str
) -> None:
    capture = captured(folder, name)
    lms = site(house, wire, capture["claims"], "moodle")
    answer = arrive(visitor, lms, capture["login_request_to_tool"]["fields"], capture["claims"])
    assert session_cookie(house, answer) != ""
    assert HEADINGS[name] in heading_of(follow(visitor, answer))


@pytest.mark.parametrize("name", names("canvas"))
def test_a_captured_launch_of_canvas_ends_on_a_page(
    house: Flask, visitor: FlaskClient, wire: responses.RequestsMock, name: str
) -> None:
    claims = captured("canvas", name)
    lms = site(house, wire, claims, "canvas")
    answer = arrive(visitor, lms, captured("canvas", "login_initiation"), claims)
    assert session_cookie(house, answer) != ""
    assert HEADINGS[name] in heading_of(follow(visitor, answer))


@pytest.mark.parametrize("folder", MOODLES)
@pytest.mark.parametrize("number", range(5))
def test_a_link_in_a_copied_course_of_moodle_ends_on_a_page(
    house: Flask, visitor: FlaskClient, wire: responses.RequestsMock, folder: str, number: int
) -> None:
    capture = captured(folder, "launch-teacher")
    copy = captured(folder, "course-copy")["launches_in_the_copy"][number]
    named = {LTI + name: copy[name] for name in ("context", "deployment_id", "resource_link", "custom")}
    claims = capture["claims"] | named | {ENDPOINT: copy["endpoint"]}
    lms = site(house, wire, claims, "moodle")
    answer = arrive(visitor, lms, capture["login_request_to_tool"]["fields"], claims)
    assert DESIGN in heading_of(follow(visitor, answer))


@pytest.mark.parametrize("folder", MOODLES)
@pytest.mark.parametrize("number", range(6))
def test_a_submission_review_of_moodle_ends_on_a_page(
    house: Flask, visitor: FlaskClient, wire: responses.RequestsMock, folder: str, number: int
) -> None:
    """Whoever follows the link: for somebody's work that is not there yet, or, since Moodle lets a student send
    another's `for_user`, for work that is none of theirs."""
    review = captured(folder, "submission-review")[number]
    teaches = "Instructor" in str(review["roles"])
    capture = captured(folder, "launch-teacher" if teaches else "launch-student")
    said = {LTI + name: review[name] for name in ("message_type", "for_user", "roles", "target_link_uri")}
    claims = capture["claims"] | said | {"sub": review["sub"]}
    lms = site(house, wire, claims, "moodle")
    answer = arrive(visitor, lms, capture["login_request_to_tool"]["fields"], claims)
    mine = review["sub"] == review["for_user"]["user_id"]
    status, heading = (
        (404, "no work of this student") if teaches else (200, NOT_READY) if mine else (403, "someone else")
    )
    assert (answer.status_code, heading in heading_of(answer.text)) == (status, True)
    assert (session_cookie(house, answer) != "") is mine


@pytest.mark.parametrize("case", captured("canvas", "launch_errors")["cases"], ids=lambda case: str(case["error"]))
def test_an_error_of_canvas_in_the_place_of_a_launch_leaves_nothing(
    house: Flask, visitor: FlaskClient, school: Lms, case: dict[str, str]
) -> None:
    asked = school.login(visitor)
    answer = visitor.post("/lti/launch", data={**case, "state": asked["state"]})
    assert answer.status_code == 400
    assert "Open the activity again" in answer.text
    assert case["error_description"] not in answer.text
    assert session_cookie(house, answer) == ""
