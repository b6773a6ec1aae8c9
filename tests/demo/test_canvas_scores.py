"""What Canvas makes of a score: attempts, clearing, comments, refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from demo.base import Role
from demo.store import Column
from tests.demo.gradebook import CANVAS_EXTENSION, Gradebook
from tests.demo.stand_in import next_link


def test_canvas_refuses_an_older_time_only(canvas: Gradebook) -> None:
    assert canvas.send().status_code == 200
    assert canvas.send(scoreGiven=9).status_code == 200
    refused = canvas.send(-0.5, scoreGiven=3)
    assert refused.status_code == 400
    assert "before last updated timestamp" in refused.json()["errors"]["message"]
    assert canvas.score() == 9


def test_canvas_hand_in_then_grade(canvas: Gradebook) -> None:
    """The two messages a tool should send: a hand-in without score, then a grade that makes no new attempt."""
    handed_in: dict[str, Any] = {"submittedAt": "2026-11-20T11:59:00Z"}
    waiting = {
        "new_submission": True,
        "preserve_score": True,
        "submission_type": "basic_lti_launch",
        "submission_data": "https://tool.example/lti/launch?work=w1",
    }
    status: dict[str, Any] = {"scoreGiven": None, "scoreMaximum": None, "activityProgress": "Submitted"}
    status |= {"gradingProgress": "PendingManual", "submission": handed_in, CANVAS_EXTENSION: waiting}
    assert canvas.send(**status).ok
    assert canvas.cell()["state"] == "needs grading"
    assert canvas.send(5, submission=handed_in, comment="Good", **{CANVAS_EXTENSION: {"new_submission": False}}).ok
    assert canvas.cell() == {
        "state": "graded",
        "attempts": 1,
        "submitted_at": datetime(2026, 11, 20, 11, 59, tzinfo=UTC),
        "late": False,
        "data": waiting["submission_data"],
        "comments": ["Good"],
    }
    assert canvas.score() == 8


def test_canvas_makes_an_attempt_unless_told_not_to(canvas: Gradebook) -> None:
    canvas.send()
    canvas.send(1)
    canvas.send(2, **{CANVAS_EXTENSION: {"new_submission": False}})
    canvas.send(3, **{CANVAS_EXTENSION: {"submission_type": "none"}})
    assert canvas.cell()["attempts"] == 2


def test_canvas_says_late_by_the_student_s_own_date(canvas: Gradebook) -> None:
    canvas.send(submission={"submittedAt": "2026-11-01T00:00:00Z"})
    assert not canvas.cell()["late"]
    with canvas.riverbend.session() as session, session.begin():
        activity = session.get_one(Column, canvas.column_id).activity
        assert activity
        activity.due_at = datetime(2026, 10, 31, tzinfo=UTC)
    assert canvas.cell()["late"]


def test_canvas_clears_a_score_unless_told_to_keep_it(canvas: Gradebook) -> None:
    canvas.send()
    pending = {"scoreGiven": None, "gradingProgress": "Pending"}
    canvas.send(1, **pending, **{CANVAS_EXTENSION: {"preserve_score": True}})
    assert canvas.score() == 8
    canvas.send(2, **pending)
    assert canvas.score() is None


def test_canvas_repeats_a_comment_with_every_message(canvas: Gradebook) -> None:
    canvas.send(comment="Well done")
    canvas.send(comment="Well done")
    assert canvas.cell()["comments"] == ["Well done", "Well done"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"scoreGiven": -1}, 422),
        ({"scoreMaximum": 0}, 422),
        ({"activityProgress": "Whatever"}, 400),
        ({"gradingProgress": "Whatever"}, 400),
        ({"submission": {"submittedAt": "2999-01-01T00:00:00Z"}}, 400),
        ({"submission": {"submittedAt": "soon"}}, 400),
        ({CANVAS_EXTENSION: "none"}, 400),
    ],
)
def test_canvas_refusals(canvas: Gradebook, changes: dict[str, Any], status: int) -> None:
    assert canvas.send(**changes).status_code == status
    assert canvas.results().json() == []


def test_canvas_takes_more_than_the_maximum(canvas: Gradebook) -> None:
    canvas.send(scoreGiven=20)
    assert canvas.score() == 20


def test_a_teacher_s_grade_is_seen_by_the_tool_and_overwritten_in_canvas(canvas: Gradebook) -> None:
    canvas.send()
    canvas.set_by_hand("15")
    assert canvas.score() == 15
    canvas.send(1, scoreGiven=9, **{CANVAS_EXTENSION: {"prioritize_non_tool_grade": True}})
    assert canvas.score() == 15
    canvas.send(2, scoreGiven=9)
    assert canvas.score() == 9


def test_canvas_results_have_pages(canvas: Gradebook) -> None:
    with canvas.riverbend.session() as session:
        course = session.get_one(Column, canvas.column_id).course
        students = [one.person.uuid for one in course.enrolments if one.role is Role.STUDENT][:12]
    for student in students:
        assert canvas.send(userId=student).ok
    first = canvas.results()
    following = next_link(first.headers["Link"])
    assert following
    second = requests.get(following, headers=canvas.bearer, timeout=5).json()
    assert [one["userId"] for one in first.json() + second] == students
