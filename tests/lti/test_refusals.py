"""Each refusal that Canvas and Moodle are known to give: what follows, and what the teacher reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

import lti
from engine.db import db
from lti.models.context import Context, LineItem, Membership
from lti.models.score import Delivery
from lti.refusals import OTHER, ROWS, refusal_of
from tests.lti.desk import Desk
from tests.lti.services import CANVAS, Answer

INCORRECT = 'Incorrect score received{"userId": "18", "comment": "Do better in the future"}'


def canvas_says(status: int, message: str, *, listed: bool = False) -> Answer:
    """Canvas writes its errors in two ways."""
    one = {"message": message}
    return status, {}, json.dumps({"errors": [one] if listed else {"type": "some", **one}})


def moodle_says(status: int, reason: str) -> Answer:
    return status, {"Reason": reason}, "[]"


@dataclass(frozen=True)
class Stops:
    """A refusal that waiting does not mend. `reach`: how far it goes; `says`: words of its sentence."""

    row: str
    family: str
    answer: Answer
    reach: str
    says: str


STOPS = [
    Stops(
        "Canvas: in the future", "canvas", canvas_says(400, "submittedAt is in the future"), "person", "set its clock"
    ),
    Stops(
        "Canvas: missing or malformed",
        "canvas",
        canvas_says(400, "timestamp is missing"),
        "person",
        "Canvas could not read what we sent (answer 400)",
    ),
    Stops(
        "Moodle: unknown person",
        "moodle",
        moodle_says(400, INCORRECT),
        "person",
        "Moodle takes no grade for user-1: perhaps no longer enrolled",
    ),
    Stops(
        "Moodle: unknown address",
        "moodle",
        moodle_says(400, "No handler found for /2/lineitems/16/lineitem/scores"),
        "column",
        "Moodle could not read what we sent",
    ),
    Stops(
        "Canvas: key switched off",
        "canvas",
        canvas_says(401, "Access Token not linked to a Tool associated with this Context"),
        "course",
        "switched off, or no longer part of this course",
    ),
    Stops("Canvas: key switched off", "canvas", canvas_says(401, "Invalid Developer Key"), "course", "switched off"),
    Stops(
        "both: no access, with a new token too",
        "canvas",
        canvas_says(401, "Access token expired"),
        "course",
        "Canvas no longer lets this tool write grades",
    ),
    Stops(
        "both: no access, with a new token too",
        "moodle",
        moodle_says(401, "Unauthorized"),
        "course",
        "Moodle no longer lets this tool write grades",
    ),
    Stops(
        "Moodle: another tool's item",
        "moodle",
        moodle_says(403, "Invalid LTI id supplied."),
        "column",
        "belongs to another tool",
    ),
    Stops(
        "both: forbidden", "canvas", canvas_says(403, "user not authorized"), "column", "does not let this tool write"
    ),
    Stops(
        "Canvas: course closed",
        "canvas",
        canvas_says(404, "The specified resource does not exist.", listed=True),
        "course",
        "The course is closed or not open yet in Canvas",
    ),
    Stops("both: column deleted", "canvas", (404, {}, ""), "column", "was deleted in the Canvas gradebook"),
    Stops(
        "both: column deleted",
        "moodle",
        moodle_says(404, "Not Found: Grade item 14 doesn't exist"),
        "column",
        "was deleted in the Moodle gradebook",
    ),
    Stops(
        "Canvas: wrong column",
        "canvas",
        canvas_says(412, "Tool does not have permission to view line_item"),
        "column",
        "belongs to another tool",
    ),
    Stops(
        "Canvas: course concluded",
        "canvas",
        canvas_says(422, "This course has concluded. AGS requests will no longer be accepted for this course."),
        "course",
        "The course has ended in Canvas",
    ),
    Stops(
        "Canvas: no student",
        "canvas",
        canvas_says(422, "User not found in course or is not a student"),
        "person",
        "user-1 left the course in Canvas",
    ),
    Stops(
        "Canvas: unpublished",
        "canvas",
        canvas_says(422, "cannot be changed at this time: This assignment is still unpublished", listed=True),
        "column",
        "Canvas: the assignment is not published. Publish it there, then send again.",
    ),
    Stops(
        "Canvas: checkpoints",
        "canvas",
        canvas_says(422, "Submissions to a checkpointed discussion need a valid sub assignment tag"),
        "column",
        "no single grade for a discussion with checkpoints",
    ),
    Stops("any other", "canvas", canvas_says(418, "I am a teapot"), "person", "Canvas refused the grade (answer 418)"),
]
# The others have a test of their own, by these names.
ALONE = {
    "Canvas: older timestamp": "test_canvas_s_older_timestamp_is_met_with_a_later_one",
    "Moodle: older timestamp": "test_moodle_s_older_timestamp_is_met_with_a_later_one",
    "Canvas: throttled, older": "test_throttling_leaves_the_whole_platform_alone",
    "both: throttled": "test_throttling_leaves_the_whole_platform_alone",
    "Canvas: attempts used up": "test_used_up_attempts_are_met_with_the_same_without_a_new_attempt",
    "both: fault, perhaps of one": "test_a_fault_of_one_score_lets_the_others_pass",
    "both: down": "test_a_platform_that_is_down_is_asked_once_not_once_a_score",
}


def test_no_row_is_without_its_test() -> None:
    named = {stop.row for stop in STOPS}
    assert named | ALONE.keys() == {row.name for row in (*ROWS, OTHER)}
    assert set(ALONE.values()) <= globals().keys()


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("desk", "stop"), [(stop.family, stop) for stop in STOPS], indirect=["desk"], ids=[stop.row for stop in STOPS]
)
def test_a_refusal_that_stays_stops_as_far_as_it_reaches(desk: Desk, stop: Stops) -> None:
    desk.book.hook = lambda score: stop.answer if score["userId"] == "user-1" else None
    for sub in ("user-1", "user-2"):
        desk.score(10, sub=sub)
    desk.run_for(2)
    assert refusal_of(stop.answer[0], f"{stop.answer[2]} {stop.answer[1].get('Reason', '')}").name == stop.row
    assert (desk.row().status, desk.row().code) == (Delivery.REFUSED, stop.answer[0])
    assert stop.says in desk.said()
    assert desk.row("user-2").status is (Delivery.SENT if stop.reach == "person" else Delivery.REFUSED)
    assert (desk.pause() is not None) is (stop.reach == "course")
    assert not desk.is_due()


def test_canvas_s_older_timestamp_is_met_with_a_later_one(canvas: Desk) -> None:
    older: list[Answer] = [canvas_says(400, "Provided timestamp of x before last updated timestamp of y")]
    canvas.book.hook = lambda score: older.pop() if older else None
    canvas.score(10)
    canvas.run_for(1)
    canvas.run_for(3)
    first, second = (post["timestamp"] for post in canvas.book.posts)
    assert first < second
    assert canvas.book.grades == {"user-1": 10}


def test_moodle_s_older_timestamp_is_met_with_a_later_one(moodle: Desk) -> None:
    older: list[Answer] = [moodle_says(409, "Refusing score with an earlier timestamp for item 16 and user 15")]
    moodle.book.hook = lambda score: older.pop() if older else None
    moodle.score(10)
    moodle.run_for(1)
    moodle.run_for(3)
    first, second = (post["timestamp"] for post in moodle.book.posts)
    assert first < second
    assert moodle.book.grades == {"user-1": 10}


@pytest.mark.one_database
@pytest.mark.parametrize("answer", [(429, {}, ""), (403, {}, "403 Forbidden (Rate Limit Exceeded)")])
def test_throttling_leaves_the_whole_platform_alone(canvas: Desk, answer: Answer) -> None:
    canvas.book.hook = lambda score: answer
    for sub in ("user-1", "user-2", "user-3"):
        canvas.score(10, sub=sub)
    canvas.run_for(1)
    asked = len(canvas.lms.wire.calls)
    canvas.run()
    assert "no column" not in canvas.look().problem
    assert canvas.look().problem == "Canvas asked for slower calls, so it goes on slowly."
    assert len(canvas.lms.wire.calls) == asked, "no page and no worker asks meanwhile"
    pause = canvas.pause()
    assert pause is not None
    assert pause.until is not None
    canvas.book.hook = lambda score: None
    canvas.run_for(10)
    assert len(canvas.book.grades) == 3
    assert (canvas.pause(), canvas.failures()) == (None, 0)


def test_used_up_attempts_are_met_with_the_same_without_a_new_attempt(canvas: Desk) -> None:
    words = "The maximum number of allowed attempts has been reached for this submission"
    canvas.book.hook = lambda score: canvas_says(422, words) if score[CANVAS]["new_submission"] else None
    canvas.hand_in()
    canvas.run_for(1)
    assert [post[CANVAS]["new_submission"] for post in canvas.book.posts] == [True, False]
    assert canvas.row().status is Delivery.SENT


def test_attempts_that_stay_used_up_end_with_a_sentence(canvas: Desk) -> None:
    canvas.book.hook = lambda score: canvas_says(422, "maximum number of allowed attempts has been reached")
    canvas.hand_in()
    canvas.run_for(1)
    assert len(canvas.book.posts) == 2
    assert (canvas.row().status, "no attempt left" in canvas.said()) == (Delivery.REFUSED, True)


def test_a_fault_of_one_score_lets_the_others_pass(moodle: Desk) -> None:
    moodle.book.hook = lambda score: (500, {}, "[]") if score["userId"] == "user-1" else None
    for sub in ("user-1", "user-2"):
        moodle.score(10, sub=sub)
    moodle.run_for(2)
    assert (moodle.row().status, moodle.row("user-2").status) == (Delivery.QUEUED, Delivery.SENT)
    assert moodle.pause() is None
    assert "Moodle is not working just now" in moodle.said()


@pytest.mark.parametrize("status", [503, 504])
def test_a_platform_that_is_down_is_asked_once_not_once_a_score(canvas: Desk, status: int) -> None:
    canvas.book.hook = lambda score: (status, {}, "")
    for number in range(9):
        canvas.score(10, sub=f"user-{number}")
    canvas.run_for(1)
    assert len(canvas.book.posts) == 1
    for _second in range(4):
        canvas.run_for(0.5)
    assert len(canvas.book.posts) == 1
    canvas.run_for(10)
    assert (len(canvas.book.posts), canvas.failures()) == (2, 2)
    canvas.book.hook = lambda score: None
    canvas.run_for(60)
    assert len(canvas.book.grades) == 9
    assert canvas.failures() == 0


def test_what_a_teacher_wrote_is_not_taken_for_what_moodle_says(moodle: Desk) -> None:
    """Moodle's reason phrase goes on with the score, comment and all."""
    comment = "before last updated timestamp, no handler found, in the future"
    moodle.book.hook = lambda score: moodle_says(400, f"Incorrect score received{json.dumps(score)}")
    moodle.score(10, comment)
    moodle.run_for(2)
    assert (moodle.row().status, len(moodle.book.posts)) == (Delivery.REFUSED, 1)
    assert "perhaps no longer enrolled" in moodle.said()


def test_a_test_student_whom_canvas_refuses_is_nobody_s_trouble(canvas: Desk) -> None:
    canvas.lms.launch(canvas.app.test_client(), canvas.lms.claims(sub="test-student", custom={"student_view": "true"}))
    with canvas.app.app_context():
        assert db.session.scalars(select(Membership.is_test_student).where(Membership.is_test_student)).one()
    canvas.book.hook = lambda score: canvas_says(422, "User not found in course or is not a student")
    canvas.hand_in(sub="test-student")
    canvas.score(10, sub="test-student")
    canvas.run_for(1)
    row = canvas.row("test-student")
    assert (row.status, row.message, len(canvas.book.posts)) == (Delivery.NOTED, "", 1)
    assert not canvas.is_due()


def test_whoever_comes_back_is_sent_again(canvas: Desk) -> None:
    gone = canvas_says(422, "User not found in course or is not a student")
    canvas.book.hook = lambda score: gone
    canvas.score(10)
    canvas.run_for(1)
    canvas.book.hook = lambda score: None
    canvas.press(lti.retry)
    canvas.run_for(1)
    assert (canvas.row().status, canvas.book.grades) == (Delivery.SENT, {"user-1": 10})


# A course that takes nothing


@pytest.fixture
def ended(canvas: Desk) -> Desk:
    """Two grades, refused since the course has ended."""
    over = canvas_says(422, "This course has concluded. AGS requests will no longer be accepted for this course.")
    canvas.book.hook = lambda score: over
    for sub in ("user-1", "user-2"):
        canvas.score(10, sub=sub)
    canvas.run_for(1)
    assert len(canvas.book.posts) == 1
    return canvas


def test_a_course_that_has_ended_gets_nothing_more(ended: Desk) -> None:
    asked = len(ended.lms.wire.calls)
    ended.score(11, sub="user-3")
    ended.run_for(4000)
    assert len(ended.lms.wire.calls) == asked
    assert (ended.row("user-3").status, ended.said("user-3")) == (
        Delivery.REFUSED,
        "The course has ended in Canvas, which takes no more grades.",
    )
    pause = ended.pause()
    assert pause == lti.Pause("The course has ended in Canvas, which takes no more grades.", None)


def test_a_teacher_may_go_on_with_a_course(ended: Desk) -> None:
    ended.book.hook = lambda score: None
    assert ended.resume() == 2
    ended.run_for(1)
    assert ended.book.grades == {"user-1": 10, "user-2": 10}
    assert ended.pause() is None
    assert ended.resume() == 0


def test_going_on_where_the_course_is_still_closed_costs_one_request(ended: Desk) -> None:
    ended.resume()
    ended.run_for(1)
    assert len(ended.book.posts) == 2
    assert ended.pause() is not None
    assert ended.row("user-2").status is Delivery.REFUSED


def test_a_course_that_can_be_read_again_goes_on_by_itself(ended: Desk) -> None:
    ended.book.hook = lambda score: None
    assert ended.look().problem == ""
    ended.run_for(1)
    assert ended.book.grades == {"user-1": 10, "user-2": 10}


def test_trying_one_again_tries_the_course_again(ended: Desk) -> None:
    ended.book.hook = lambda score: None
    ended.press(lti.retry)
    ended.run_for(1)
    assert ended.book.grades == {"user-1": 10}
    assert ended.pause() is None


def test_a_closed_course_is_noticed_by_reading_too(canvas: Desk) -> None:
    canvas.book.line_item_answer = canvas_says(404, "The specified resource does not exist.", listed=True)
    assert canvas.look().problem.startswith("The course is closed or not open yet in Canvas")
    canvas.score(10)
    canvas.run_for(1)
    assert (canvas.book.posts, canvas.row().status) == ([], Delivery.REFUSED)


# A column that comes back


@pytest.mark.parametrize("way", ["read", "launch"])
def test_a_restored_column_gets_what_it_refused(canvas: Desk, way: str) -> None:
    canvas.book.hook = lambda score: (404, {}, "")
    canvas.score(10)
    canvas.score(11, sub="user-2")
    canvas.run_for(1)
    with canvas.app.app_context():
        assert db.session.scalars(select(LineItem.gone_at)).one() is not None
    canvas.book.hook = lambda score: None
    if way == "read":
        canvas.look()
    else:
        canvas.launch()
    canvas.run_for(1)
    assert canvas.book.grades == {"user-1": 10, "user-2": 11}
    with canvas.app.app_context():
        assert db.session.scalars(select(LineItem.gone_at)).one() is None


def test_a_restored_column_takes_no_other_refusal_along(canvas: Desk) -> None:
    canvas.book.hook = lambda score: canvas_says(422, "User not found in course or is not a student")
    canvas.score(10)
    canvas.run_for(1)
    canvas.book.line_item_answer = (404, {}, "")
    canvas.look()
    canvas.book.line_item_answer = None
    canvas.look()
    assert canvas.row().status is Delivery.REFUSED


# Old words


def test_a_sentence_that_an_older_version_wrote_is_said_as_it_stands(canvas: Desk) -> None:
    assert lti.say("The course has ended in the LMS.", "Canvas") == "The course has ended in the LMS."
    assert lti.say('{"reason": "nobody knows"}') == '{"reason": "nobody knows"}'
    assert lti.say("{") == "{"
    assert lti.say('{"reason": "changed_there"}', "Canvas").startswith("Someone set … in Canvas.")
    assert lti.say("") == ""


def test_retry_all_leaves_what_wants_a_word(canvas: Desk) -> None:
    refused: Any = canvas_says(422, "This assignment is still unpublished")
    canvas.book.grades["user-3"] = 3.0
    canvas.book.hook = lambda score: refused
    for sub in ("user-3", "user-1", "user-2"):
        canvas.score(10, sub=sub)
    canvas.run_for(1)
    canvas.book.hook = lambda score: None
    with canvas.app.app_context():
        users = [canvas._who(sub)[1].id for sub in ("user-1", "user-2", "user-3")]
        assert lti.retry_all(db.session.scalars(select(LineItem)).one(), users) == 2
        db.session.commit()
    canvas.run_for(1)
    assert canvas.book.grades == {"user-1": 10, "user-2": 10, "user-3": 3.0}
    assert canvas.row("user-3").status is Delivery.CHANGED
    with canvas.app.app_context():
        assert db.session.scalars(select(Context.paused_at)).one() is None
