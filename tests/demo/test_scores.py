"""Scores and results: what each platform makes of a message, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from demo.store import Column, ReceivedScore, Role
from tests.demo.riverbend import BIOLOGY, HISTORY, Riverbend
from tests.demo.stand_in import SCORE_TYPE, next_link

CANVAS_EXTENSION = "https://canvas.instructure.com/lti/submission"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Gradebook:
    """One column, as the tool scores into it and reads it; `who` is the student in question."""

    def __init__(self, riverbend: Riverbend, manner: str, course_id: int) -> None:
        self.riverbend = riverbend
        self.manner = manner
        self.line_item = riverbend.line_item(riverbend.add_activity(course_id))
        person = riverbend.one_with(Role.STUDENT, course_id)
        self.person_id = person.id
        self.who = person.uuid if manner == "canvas" else str(person.id)
        self._bearer = riverbend.tool.bearer(riverbend.issuer(manner))

    def send(self, seconds: float = 0, **changes: Any) -> requests.Response:
        """A full score of 8 of 16, stamped that long after noon; a change to None leaves a member out."""
        body = {
            "userId": self.who,
            "scoreGiven": 8,
            "scoreMaximum": 16,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": (NOON + timedelta(seconds=seconds)).isoformat(timespec="milliseconds"),
        } | changes
        return requests.post(
            self._part("/scores"),
            json={name: value for name, value in body.items() if value is not None},
            headers=self._bearer | {"Content-Type": SCORE_TYPE},
            timeout=5,
        )

    def results(self, **query: str) -> requests.Response:
        return requests.get(self._part("/results"), params=query, headers=self._bearer, timeout=5)

    def score(self) -> float | None:
        found = next(one for one in self.results().json() if one["userId"] == self.who)
        score: float | None = found.get("resultScore")
        return score

    def _part(self, part: str) -> str:
        path, mark, query = self.line_item.partition("?")
        return path + part + mark + query

    def cell(self) -> dict[str, Any]:
        """What the teacher sees of this student."""
        with self.riverbend.session() as session:
            column = session.get_one(Column, self.column_id)
            cell = next(one for one in column.cells if one.person_id == self.person_id)
            return {
                "state": cell.state,
                "attempts": cell.attempts,
                "submitted_at": cell.submitted_at,
                "late": cell.late,
                "data": cell.submission_data,
                "comments": [comment.text for comment in cell.comments],
            }

    @property
    def column_id(self) -> int:
        words = self.line_item.partition("?")[0].split("/")
        return int(words[-1] if self.manner == "canvas" else words[-2])

    def set_by_hand(self, score: str) -> None:
        path = f"/columns/{self.column_id}/grades/{self.person_id}"
        answer = self.riverbend.teacher().post(self.riverbend.url + path, data={"score": score}, timeout=5)
        assert answer.status_code == 200


@pytest.fixture
def canvas(riverbend: Riverbend) -> Gradebook:
    return Gradebook(riverbend, "canvas", BIOLOGY)


@pytest.fixture
def moodle(riverbend: Riverbend) -> Gradebook:
    return Gradebook(riverbend, "moodle", HISTORY)


@pytest.fixture(params=["canvas", "moodle"])
def either(request: pytest.FixtureRequest) -> Gradebook:
    book: Gradebook = request.getfixturevalue(request.param)
    return book


def test_a_score_is_put_on_the_column_s_scale(either: Gradebook) -> None:
    assert either.send(scoreGiven=1, scoreMaximum=3).status_code == 200
    assert either.score() == pytest.approx(5.33333)


def test_every_message_is_kept_also_a_refused_one(either: Gradebook) -> None:
    either.send()
    either.send(userId="nobody")
    with either.riverbend.session() as session:
        kept = session.query(ReceivedScore).filter_by(column_id=either.column_id).all()
    assert [message.status for message in kept] == [200, 422 if either.manner == "canvas" else 400]
    assert kept[0].body["scoreGiven"] == 8


@pytest.mark.parametrize(
    "changes",
    [
        {"userId": None},
        {"timestamp": None},
        {"timestamp": "tomorrow"},
        {"timestamp": 1795294647},
        {"activityProgress": None},
        {"gradingProgress": None},
        {"scoreMaximum": None},
        {"userId": "nobody"},
        {"scoreGiven": [8]},
    ],
)
def test_a_wrong_score_changes_nothing(either: Gradebook, changes: dict[str, Any]) -> None:
    assert either.send().status_code == 200
    refused = either.send(10, **changes)
    assert refused.status_code in {400, 422}
    assert either.score() == 8


def test_teachers_get_no_score(canvas: Gradebook, moodle: Gradebook) -> None:
    teacher = canvas.riverbend.person("Adaeze Okafor")
    assert canvas.send(userId=teacher.uuid).status_code == 422
    assert moodle.send(userId=str(teacher.id)).status_code == 400


def test_another_media_type_is_refused(canvas: Gradebook, moodle: Gradebook) -> None:
    for book, status in ((canvas, 415), (moodle, 400)):
        headers = book._bearer | {"Content-Type": "application/json"}
        assert requests.post(book._part("/scores"), data="{}", headers=headers, timeout=5).status_code == status


def test_canvas_refuses_an_older_time_only(canvas: Gradebook) -> None:
    assert canvas.send().status_code == 200
    assert canvas.send(scoreGiven=9).status_code == 200
    refused = canvas.send(-0.5, scoreGiven=3)
    assert refused.status_code == 400
    assert "before last updated timestamp" in refused.json()["errors"]["message"]
    assert canvas.score() == 9


def test_moodle_wants_a_later_whole_second(moodle: Gradebook) -> None:
    assert moodle.send(0.1).status_code == 200
    refused = moodle.send(0.9, scoreGiven=3)
    assert (refused.status_code, refused.text) == (409, "[]")
    assert "earlier timestamp" in refused.reason
    assert moodle.send(1, scoreGiven=9).status_code == 200
    assert moodle.score() == 9


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


def test_moodle_cuts_to_the_column(moodle: Gradebook) -> None:
    moodle.send(scoreGiven=60)
    assert moodle.score() == 16
    moodle.send(1, scoreGiven=-5)
    assert moodle.score() == 0
    moodle.send(2, scoreGiven="12")
    assert moodle.score() == 12


@pytest.mark.parametrize(
    "changes", [{"gradingProgress": "Pending"}, {"gradingProgress": "Whatever"}, {"scoreGiven": None}]
)
def test_moodle_erases_by_anything_but_a_full_score(moodle: Gradebook, changes: dict[str, Any]) -> None:
    moodle.send()
    assert moodle.send(1, **changes).status_code == 200
    assert moodle.score() is None
    assert moodle.send(-3600).status_code == 200, "the time of an erased grade is forgotten"


def test_moodle_keeps_the_comment_of_the_last_score_alone(moodle: Gradebook) -> None:
    moodle.send(comment="First")
    moodle.send(1, comment="Second")
    assert moodle.cell()["comments"] == ["Second"]
    moodle.send(2)
    assert moodle.cell()["comments"] == []


def test_a_teacher_s_grade_stands_in_moodle_until_taken_back(moodle: Gradebook) -> None:
    moodle.send()
    moodle.set_by_hand("15")
    assert moodle.score() == 15
    assert moodle.send(60).status_code == 409, "older than the teacher’s change"
    later = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    assert moodle.send(timestamp=later, scoreGiven=10).status_code == 200
    assert moodle.score() == 15
    moodle.set_by_hand("")
    assert moodle.score() == 10


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
    second = requests.get(following, headers=canvas._bearer, timeout=5).json()
    assert [one["userId"] for one in first.json() + second] == students


def test_moodle_s_results_cannot_be_limited(moodle: Gradebook) -> None:
    moodle.send()
    assert [one["userId"] for one in moodle.results(user_id=moodle.who).json()] == [moodle.who]
    assert moodle.results(limit="2").status_code == 404
