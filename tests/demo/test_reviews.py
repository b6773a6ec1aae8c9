"""From the gradebook to the work: who is let through by which manner, and what the tool is told."""

from __future__ import annotations

from typing import Any

import pytest

from demo.base import Role
from tests.demo.gradebook import CANVAS_EXTENSION, Gradebook
from tests.demo.riverbend import HISTORY
from tests.demo.stand_in import LTI

WORK = "https://tool.example/lti/launch?activity=a1&work=9"


def hand_in(canvas: Gradebook) -> None:
    handed_in: dict[str, Any] = {"scoreGiven": None, "scoreMaximum": None, "activityProgress": "Submitted"}
    handed_in |= {"gradingProgress": "PendingManual"}
    launched: dict[str, Any] = {"submission_type": "basic_lti_launch", "submission_data": WORK}
    assert canvas.send(**(handed_in | {CANVAS_EXTENSION: launched})).ok


def path(book: Gradebook) -> str:
    return f"/columns/{book.column_id}/work/{book.person_id}"


def test_speedgrader_launches_the_address_of_the_hand_in(canvas: Gradebook) -> None:
    hand_in(canvas)
    claims = canvas.riverbend.claims(canvas.riverbend.teacher(), path(canvas))
    assert claims[f"{LTI}message_type"] == "LtiResourceLinkRequest"
    assert claims[f"{LTI}target_link_uri"] == WORK
    assert f"{LTI}for_user" not in claims


def test_canvas_opens_nobody_else_s_work_for_a_student(canvas: Gradebook) -> None:
    hand_in(canvas)
    riverbend, codes = canvas.riverbend, []
    for role in (Role.STUDENT, Role.TEST_STUDENT, Role.OBSERVER, Role.DESIGNER):
        browser = riverbend.browser(riverbend.one_with(role))
        codes.append(browser.get(riverbend.url + path(canvas), timeout=5).status_code)
    assert codes == [200, 403, 403, 403]  # the first is who handed it in


def test_canvas_has_nothing_to_open_before_a_hand_in(canvas: Gradebook) -> None:
    assert canvas.riverbend.teacher().get(canvas.riverbend.url + path(canvas), timeout=5).status_code == 404
    page = canvas.riverbend.teacher().get(f"{canvas.riverbend.url}/courses/1/grades", timeout=5)
    assert path(canvas) not in page.text


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ASSISTANT, Role.STUDENT])
def test_moodle_sends_whoever_asks_with_the_name_of_any_student(moodle: Gradebook, role: Role) -> None:
    """Seen: the student who asks is not always the one they ask about."""
    riverbend = moodle.riverbend
    claims = riverbend.claims(riverbend.browser(riverbend.one_with(role, HISTORY)), path(moodle))
    assert claims[f"{LTI}message_type"] == "LtiSubmissionReviewRequest"
    assert claims[f"{LTI}for_user"] == {"user_id": moodle.who}
    assert claims["sub"] == str(riverbend.one_with(role, HISTORY).id)
    assert claims[f"{LTI}custom"]["activity_key"] == "a1"
    assert claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"] == moodle.line_item


def test_the_gradebook_shows_the_way(moodle: Gradebook) -> None:
    teacher = moodle.riverbend.browser(moodle.riverbend.one_with(Role.TEACHER, HISTORY))
    shown = teacher.get(f"{moodle.riverbend.url}/courses/{HISTORY}/grades", timeout=5).text
    assert path(moodle) in shown


def test_nobody_is_opened_who_does_not_learn_there(moodle: Gradebook) -> None:
    teacher = moodle.riverbend.one_with(Role.TEACHER, HISTORY)
    address = f"{moodle.riverbend.url}/columns/{moodle.column_id}/work/{teacher.id}"
    assert moodle.riverbend.browser(teacher).get(address, timeout=5).status_code == 404
