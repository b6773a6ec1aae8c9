"""Scores on their way: what each platform is told, what is never overwritten, and that nothing is lost or repeated."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from sqlalchemy import select

import lti
from engine import due
from engine.clock import real_now
from engine.db import db
from lti.models.context import LineItem
from lti.models.score import Delivery
from tests.lti.desk import WORK, Desk
from tests.lti.services import CANVAS

# What Canvas is told


def test_canvas_hears_of_a_hand_in_once_and_keeps_the_grade(canvas: Desk) -> None:
    canvas.book.grades["user-1"] = 12.0
    canvas.hand_in()
    canvas.hand_in()  # a double click
    canvas.run_for(1)
    assert canvas.book.posts == [
        {
            "userId": "user-1",
            "activityProgress": "Submitted",
            "gradingProgress": "PendingManual",
            "timestamp": canvas.book.posts[0]["timestamp"],
            "submission": {"submittedAt": "2026-11-21T18:02:11.000Z"},
            CANVAS: {
                "new_submission": True,
                "preserve_score": True,
                "submission_type": "basic_lti_launch",
                "submission_data": WORK,
            },
        }
    ]
    assert canvas.book.grades == {"user-1": 12.0}
    assert canvas.row().status is Delivery.SENT


def test_canvas_s_grade_makes_no_new_attempt_and_keeps_the_time_of_the_hand_in(canvas: Desk) -> None:
    canvas.hand_in()
    canvas.score(17.5, "Strong model")
    canvas.run_for(1)
    handed_in, graded = canvas.book.posts
    assert handed_in["activityProgress"] == "Submitted"
    assert {k: v for k, v in graded.items() if k != "timestamp"} == {
        "userId": "user-1",
        "scoreGiven": 17.5,
        "scoreMaximum": 20,
        "comment": "Strong model",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "submission": {"submittedAt": "2026-11-21T18:02:11.000Z"},
        CANVAS: {"new_submission": False},
    }
    assert len(canvas.book.attempts["user-1"]) == 1
    assert canvas.book.grades == {"user-1": 17.5}


def test_a_second_hand_in_is_a_second_attempt_and_clears_no_grade(canvas: Desk) -> None:
    canvas.hand_in(1)
    canvas.score(10)
    canvas.run_for(1)
    canvas.hand_in(2)
    canvas.run_for(1)
    assert len(canvas.book.attempts["user-1"]) == 2
    assert canvas.book.grades == {"user-1": 10}
    assert canvas.row().status is Delivery.SENT


def test_canvas_gets_a_comment_once_per_text(canvas: Desk) -> None:
    for given, comment in ((10, "Good"), (11, "Good"), (12, "Better"), (13, "")):
        canvas.score(given, comment)
        canvas.run_for(1)
    assert canvas.book.comments == {"user-1": ["Good", "Better"]}


def test_a_comment_that_may_have_arrived_is_not_sent_again(canvas: Desk) -> None:
    def swallow(score: dict[str, Any]) -> Any:
        canvas.book.accept(score)
        raise requests.ConnectionError("the answer is lost")

    canvas.book.hook = swallow
    canvas.score(10, "Good")
    canvas.run_for(1)
    assert canvas.row().status is Delivery.QUEUED
    canvas.book.hook = lambda score: None
    canvas.run_for(60)
    assert canvas.book.comments == {"user-1": ["Good"]}
    assert canvas.row().status is Delivery.SENT


def test_a_comment_that_was_refused_is_sent_again(canvas: Desk) -> None:
    canvas.book.hook = lambda score: (422, {}, '{"errors":[{"message":"This assignment is still unpublished"}]}')
    canvas.score(10, "Good")
    canvas.run_for(1)
    canvas.book.hook = lambda score: None
    canvas.press(lti.retry)
    canvas.run_for(1)
    assert canvas.book.comments == {"user-1": ["Good"]}


def test_canvas_withdraws_without_a_new_attempt(canvas: Desk) -> None:
    canvas.hand_in()
    canvas.score(10)
    canvas.run_for(1)
    canvas.withdraw()
    canvas.run_for(1)
    last = canvas.book.posts[-1]
    assert (last["gradingProgress"], "scoreGiven" in last) == ("FullyGraded", False)
    assert last[CANVAS] == {"new_submission": False, "preserve_score": False}
    assert canvas.book.grades == {"user-1": None}
    assert len(canvas.book.attempts["user-1"]) == 1


def test_attempts_used_up_still_deliver_the_news(canvas: Desk) -> None:
    words = '{"errors":{"message":"The maximum number of allowed attempts has been reached for this submission"}}'
    canvas.book.hook = lambda score: (422, {}, words) if score[CANVAS]["new_submission"] else None
    canvas.hand_in()
    canvas.score(10)
    canvas.run_for(1)
    assert [post[CANVAS]["new_submission"] for post in canvas.book.posts] == [True, False, False]
    assert canvas.row().status is Delivery.SENT
    assert canvas.book.grades == {"user-1": 10}


# What Moodle is told


def test_moodle_hears_nothing_before_the_grade(moodle: Desk) -> None:
    moodle.hand_in()
    moodle.run_for(5)
    assert moodle.book.posts == []
    assert moodle.row().status is Delivery.NOTED
    assert not moodle.is_due()


def test_moodle_s_address_keeps_its_query_behind_the_path(moodle: Desk, wire: responses.RequestsMock) -> None:
    moodle.score(10)
    moodle.run_for(1)
    posted = next(call.request.url for call in wire.calls if str(call.request.url).endswith("scores?type_id=1"))
    assert posted == "https://lms.example/items/2/lineitem/scores?type_id=1"


def test_moodle_gets_the_comment_with_every_score_since_one_without_removes_it(moodle: Desk) -> None:
    for given in (10, 11):
        moodle.score(given, "Good")
        moodle.run_for(2)
    assert [post["comment"] for post in moodle.book.posts] == ["Good", "Good"]
    assert moodle.book.comments == {"user-1": ["Good"]}


def test_moodle_gets_no_member_of_canvas(moodle: Desk) -> None:
    moodle.score(10)
    moodle.run_for(1)
    assert CANVAS not in moodle.book.posts[0]


def test_moodle_s_seconds_are_whole_and_rise_and_none_lies_in_the_future(moodle: Desk) -> None:
    moodle.score(10)
    moodle.run()
    for given in (11, 12):
        moodle.score(given)
        moodle.run()
        assert moodle.row().status is Delivery.QUEUED  # this second is used: it waits
        moodle.run_for(1.1)
    times = [datetime.fromisoformat(post["timestamp"]) for post in moodle.book.posts]
    assert [post["scoreGiven"] for post in moodle.book.posts] == [10, 11, 12]
    assert all(time.microsecond == 0 for time in times)
    assert times == sorted(set(times))
    assert times[-1] <= real_now()


def test_moodle_withdraws_by_pending(moodle: Desk) -> None:
    moodle.score(10)
    moodle.run_for(2)
    moodle.withdraw()
    moodle.run_for(2)
    assert moodle.book.posts[-1]["gradingProgress"] == "Pending"
    assert moodle.book.grades == {"user-1": None}


def test_points_are_rescaled_by_the_column_and_ours_is_still_known_as_ours(moodle: Desk) -> None:
    moodle.book.maximum = 100
    moodle.score(1, maximum=3)
    moodle.run_for(2)
    assert moodle.book.grades == {"user-1": 33.33333}
    moodle.score(2, maximum=3)
    moodle.run_for(2)
    assert moodle.row().status is Delivery.SENT
    assert moodle.book.grades == {"user-1": 66.66667}


def test_a_score_above_the_maximum_that_was_cut_is_still_ours(moodle: Desk) -> None:
    moodle.score(25)
    moodle.run_for(2)
    assert moodle.book.grades == {"user-1": 20}
    moodle.score(19)
    moodle.run_for(2)
    assert moodle.book.grades == {"user-1": 19}


# On both


def test_timestamps_are_of_the_moment_of_sending_in_iso_with_milliseconds(desk: Desk) -> None:
    desk.score(10)
    desk.run_for(3600)
    stamp = desk.book.posts[0]["timestamp"]
    assert stamp.endswith("Z")
    assert len(stamp) == len("2026-11-27T18:02:11.481Z")
    assert timedelta(0) <= real_now() - datetime.fromisoformat(stamp) < timedelta(minutes=1)


def test_many_changes_give_the_last_one(desk: Desk) -> None:
    for given in range(10):
        desk.score(given)
    desk.run_for(2)
    assert desk.book.grades == {"user-1": 9}
    assert len(desk.book.posts) == 1


def test_zero_is_a_grade(desk: Desk) -> None:
    desk.score(0)
    desk.run_for(2)
    assert desk.book.posts[0]["scoreGiven"] == 0
    assert desk.book.grades == {"user-1": 0}


def test_what_was_never_sent_needs_no_withdrawal(desk: Desk) -> None:
    desk.score(10)
    desk.withdraw()
    desk.run_for(2)
    assert desk.book.posts == []
    assert desk.row().status is Delivery.NOTED


def test_results_are_read_once_for_a_whole_class(desk: Desk) -> None:
    for number in range(5):
        desk.score(number, sub=f"student-{number}")
    desk.run_for(2)
    assert len(desk.book.posts) == 5
    assert desk.book.reads == ["all"]


def test_a_grade_changed_by_hand_is_not_overwritten(desk: Desk) -> None:
    desk.score(10)
    desk.run_for(2)
    desk.book.grades["user-1"] = 15.0
    desk.score(12)
    desk.run_for(2)
    row = desk.row()
    assert desk.book.grades == {"user-1": 15.0}
    assert (row.status, row.result_score, len(desk.book.posts)) == (Delivery.CHANGED, 15.0, 1)
    assert not desk.is_due()


def test_a_grade_entered_by_hand_before_ours_is_not_overwritten_either(desk: Desk) -> None:
    desk.book.grades["user-1"] = 0.0
    desk.score(12)
    desk.run_for(2)
    assert desk.row().status is Delivery.CHANGED
    assert desk.book.grades == {"user-1": 0.0}


def test_a_withdrawal_does_not_empty_a_grade_changed_by_hand(desk: Desk) -> None:
    desk.score(10)
    desk.run_for(2)
    desk.book.grades["user-1"] = 15.0
    desk.withdraw()
    desk.run_for(2)
    assert desk.book.grades == {"user-1": 15.0}
    assert desk.row().status is Delivery.CHANGED


def test_the_teacher_may_decide_for_ours(desk: Desk) -> None:
    desk.book.grades["user-1"] = 15.0
    desk.score(12)
    desk.run_for(2)
    desk.press(lti.retry)
    desk.run_for(2)
    assert desk.book.grades == {"user-1": 12}
    assert desk.row().status is Delivery.SENT


def test_the_teacher_may_keep_theirs_until_theirs_changes(desk: Desk) -> None:
    desk.book.grades["user-1"] = 15.0
    desk.score(12)
    desk.run_for(2)
    desk.press(lti.keep_theirs)
    desk.run_for(2)
    assert (desk.row().status, desk.book.grades) == (Delivery.KEPT, {"user-1": 15.0})
    desk.score(13)
    desk.run_for(2)
    assert (desk.row().status, desk.book.grades) == (Delivery.KEPT, {"user-1": 15.0}), "it was asked once"
    desk.book.grades["user-1"] = 16.0
    desk.score(14)
    desk.run_for(2)
    assert (desk.row().status, desk.book.grades) == (Delivery.CHANGED, {"user-1": 16.0}), "theirs is another one now"


def test_an_emptied_cell_is_nothing_to_overwrite(desk: Desk) -> None:
    desk.score(10)
    desk.run_for(2)
    desk.book.grades["user-1"] = None
    desk.score(12)
    desk.run_for(2)
    assert desk.book.grades == {"user-1": 12}


def test_work_is_told_of_while_the_teacher_still_decides(canvas: Desk) -> None:
    canvas.book.grades["user-1"] = 15.0
    canvas.score(12)
    canvas.run_for(1)
    canvas.hand_in()
    canvas.run_for(1)
    assert len(canvas.book.attempts["user-1"]) == 1
    assert (canvas.row().status, canvas.book.grades) == (Delivery.CHANGED, {"user-1": 15.0})


def test_moodle_keeps_an_override_and_the_teacher_hears_how_to_lift_it(moodle: Desk) -> None:
    moodle.book.grades["user-1"] = 15.0
    moodle.book.overridden.add("user-1")
    moodle.score(12)
    moodle.run_for(2)
    moodle.press(lti.retry)
    moodle.run_for(2)
    row = moodle.row()
    assert row.status is Delivery.CHANGED
    assert "Overridden" in moodle.said()


# When the platform says no, or nothing


@pytest.mark.one_database
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_platform_that_is_down_only_delays(desk: Desk, status: int) -> None:
    desk.book.hook = lambda score: (status, {}, "")
    desk.score(10)
    desk.run_for(2)
    assert desk.row().status is Delivery.QUEUED
    desk.book.hook = lambda score: None
    desk.run_for(3600)
    assert (desk.row().status, desk.book.grades) == (Delivery.SENT, {"user-1": 10})


@pytest.mark.one_database
@pytest.mark.parametrize(
    "answer",
    [
        (302, {"Location": "https://lms.example/login"}, ""),
        (308, {"Location": "https://lms.example/moved"}, "Moved"),
        (304, {}, ""),
        (200, {}, "<!DOCTYPE html>\n<title>Sign in to continue</title>"),
        (201, {}, "\ufeff\r\n <HTML><body>We are back at eight</body></HTML>"),
    ],
)
def test_what_stands_before_the_gradebook_is_no_yes(desk: Desk, answer: Any) -> None:
    """A sign-in or maintenance page, or the way to one: a grade that it swallowed would be called sent for ever."""
    desk.book.hook = lambda score: answer
    desk.score(10)
    desk.run_for(2)
    assert desk.row().status is Delivery.QUEUED
    pause = desk.pause()
    assert pause is not None
    assert "shows a page" in pause.why
    desk.book.hook = lambda score: None
    desk.run_for(3600)
    assert (desk.row().status, desk.book.grades) == (Delivery.SENT, {"user-1": 10})


@pytest.mark.one_database
@pytest.mark.parametrize("answer", [(204, {}, ""), (200, {}, '{"note": "<html>"}'), (201, {}, "saved")])
def test_whatever_else_a_gradebook_says_with_its_yes_is_a_yes(moodle: Desk, answer: Any) -> None:
    moodle.book.hook = lambda score: answer
    moodle.score(10, comment="<html> is where a page begins")
    moodle.run_for(2)
    assert moodle.row().status is Delivery.SENT


def test_waiting_grows_with_each_failure(desk: Desk) -> None:
    desk.book.hook = lambda score: (503, {}, "")
    desk.score(10)
    desk.run_for(1)
    desk.run_for(4)
    assert len(desk.book.posts) == 1
    desk.run_for(3)
    assert len(desk.book.posts) == 2
    desk.run_for(10)
    assert len(desk.book.posts) == 2


def test_no_connection_only_delays(desk: Desk, wire: responses.RequestsMock) -> None:
    def cut(score: dict[str, Any]) -> Any:
        raise requests.ConnectionError("cut")

    desk.book.hook = cut
    desk.score(10)
    desk.run_for(2)
    assert "could not be reached" in desk.said()
    desk.book.hook = lambda score: None
    desk.run_for(60)
    assert desk.book.grades == {"user-1": 10}


@pytest.mark.one_database
@pytest.mark.parametrize("answer", [(429, {}, ""), (403, {}, "403 Forbidden (Rate Limit Exceeded)")])
def test_throttling_pauses_the_whole_platform(desk: Desk, answer: Any) -> None:
    desk.book.hook = lambda score: answer
    desk.score(10)
    desk.score(11, sub="user-2")
    desk.run_for(2)
    assert len(desk.book.posts) == 1
    desk.book.hook = lambda score: None
    desk.score(12, sub="user-3")  # due at once, but the platform is paused
    desk.run()
    assert len(desk.book.posts) == 1
    desk.run_for(60)
    assert desk.book.grades == {"user-1": 10, "user-2": 11, "user-3": 12}


def test_retry_after_is_obeyed(desk: Desk) -> None:
    desk.book.hook = lambda score: (429, {"Retry-After": "90"}, "")
    desk.score(10)
    desk.run_for(2)
    desk.run_for(80)
    assert len(desk.book.posts) == 1
    desk.book.hook = lambda score: None
    desk.run_for(20)
    assert desk.book.grades == {"user-1": 10}


def test_one_person_s_refusal_does_not_keep_the_others(canvas: Desk) -> None:
    gone: Any = (422, {}, '{"errors":{"message":"User not found in course or is not a student"}}')
    canvas.book.hook = lambda score: gone if score["userId"] == "user-1" else None
    for sub in ("user-1", "user-2"):
        canvas.score(10, sub=sub)
    canvas.run_for(2)
    assert (canvas.row("user-1").status, canvas.row("user-2").status) == (Delivery.REFUSED, Delivery.SENT)


def test_one_person_s_fault_does_not_keep_the_others_and_ends_with_a_sentence(moodle: Desk) -> None:
    moodle.book.hook = lambda score: (500, {}, "") if score["userId"] == "user-1" else None
    for sub in ("user-1", "user-2"):
        moodle.score(10, sub=sub)
    for _hours in range(6):
        moodle.run_for(3700)
    assert moodle.row("user-2").status is Delivery.SENT
    assert moodle.row("user-1").status is Delivery.REFUSED
    assert "locked" in moodle.said()


def test_a_deleted_column_stops_everyone_and_is_noted(desk: Desk) -> None:
    desk.book.results_answer = (404, {}, "")
    desk.score(10)
    desk.score(11, sub="user-2")
    desk.run_for(2)
    assert [desk.row(sub).status for sub in ("user-1", "user-2")] == [Delivery.REFUSED] * 2
    with desk.app.app_context():
        assert db.session.scalars(select(LineItem.gone_at)).one() is not None


@pytest.mark.parametrize("answer", [(503, {}, ""), (200, {}, "<html>We are back at eight</html>")])
def test_results_that_cannot_be_read_now_hold_everything_back(
    desk: Desk, answer: tuple[int, dict[str, str], str]
) -> None:
    desk.book.results_answer = answer
    desk.score(10)
    desk.run_for(2)
    assert (desk.book.posts, desk.row().status) == ([], Delivery.QUEUED)
    desk.book.results_answer = None
    desk.run_for(60)
    assert desk.book.grades == {"user-1": 10}


def test_an_expired_token_is_renewed_once(desk: Desk) -> None:
    desk.score(10)
    desk.run_for(2)
    desk.book.tokens.good.clear()
    desk.score(11)
    desk.run_for(2)
    assert desk.book.grades == {"user-1": 11}


def test_a_token_that_never_works_stops(desk: Desk) -> None:
    desk.book.hook = lambda score: (401, {}, '{"errors":{"message":"Access token expired"}}')
    desk.score(10)
    desk.run_for(2)
    assert desk.row().status is Delivery.REFUSED
    assert len(desk.book.posts) == 2


def test_a_platform_that_gives_no_token_says_why(desk: Desk) -> None:
    desk.book.tokens.refusal = (400, {}, '{"error": "invalid_client"}')
    desk.score(10)
    desk.run_for(2)
    assert desk.row().status is Delivery.REFUSED
    assert "invalid_client" in desk.said()


# Older timestamps


def refuse_as_older(desk: Desk, times: int) -> None:
    left = [times]

    def hook(score: dict[str, Any]) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            return (409, {}, "[]") if desk.book.moodle else (400, {}, json.dumps({"errors": {
                "message": "Provided timestamp of x before last updated timestamp of y"}}))  # fmt: skip
        return None

    desk.book.hook = hook


def test_older_timestamp_is_never_final(desk: Desk) -> None:
    refuse_as_older(desk, 2)
    desk.score(10)
    for _time in range(4):
        desk.run_for(3)
    assert (desk.row().status, desk.book.grades) == (Delivery.SENT, {"user-1": 10})
    assert len(desk.book.posts) == 3


def test_older_timestamp_and_the_result_is_ours_means_sent(desk: Desk) -> None:
    """The answer to a first try was lost; the second is refused since the first arrived."""
    refuse_as_older(desk, 99)
    desk.score(10)
    desk.book.grades["user-1"] = 10
    desk.run_for(2)
    assert desk.row().status is Delivery.SENT
    assert len(desk.book.posts) == 1
    assert desk.book.reads == ["all", "user-1"]


def test_older_timestamp_with_a_new_comment_is_sent_again_though_the_grade_is_the_same(moodle: Desk) -> None:
    moodle.score(10, "Good")
    moodle.run_for(2)
    refuse_as_older(moodle, 1)
    moodle.score(10, "Even better")
    for _time in range(3):
        moodle.run_for(3)
    assert moodle.book.comments == {"user-1": ["Even better"]}


def test_older_timestamp_ends_on_the_teacher_s_list_after_five_times(desk: Desk) -> None:
    refuse_as_older(desk, 99)
    desk.score(10)
    for _time in range(10):
        desk.run_for(3)
    assert len(desk.book.posts) == 5
    assert desk.row().status is Delivery.REFUSED
    assert "newer" in desk.said()


# Killed in the middle


class Killed(BaseException):
    """kill -9: nothing after it runs."""


@pytest.mark.parametrize("arrived", [True, False])
def test_a_kill_during_a_request_loses_nothing_and_repeats_no_comment(canvas: Desk, arrived: bool) -> None:
    def die(score: dict[str, Any]) -> Any:
        if arrived:
            canvas.book.accept(score)
        raise Killed

    canvas.book.hook = die
    canvas.score(10, "Good")
    with pytest.raises(Killed):
        canvas.run()
    canvas.book.hook = lambda score: None
    canvas.run_for(due.LEASE.total_seconds() + 1)
    assert (canvas.row().status, canvas.book.grades) == (Delivery.SENT, {"user-1": 10})
    assert len(canvas.book.comments.get("user-1", [])) <= 1


def test_a_kill_and_then_a_new_grade_does_not_take_ours_for_the_teacher_s(desk: Desk) -> None:
    def die(score: dict[str, Any]) -> Any:
        desk.book.accept(score)
        raise Killed

    desk.book.hook = die
    desk.score(10)
    with pytest.raises(Killed):
        desk.run()
    desk.book.hook = lambda score: None
    desk.score(12)
    desk.run_for(due.LEASE.total_seconds() + 1)
    assert (desk.row().status, desk.book.grades) == (Delivery.SENT, {"user-1": 12})


def test_a_grade_released_while_another_is_on_the_wire_follows_it(desk: Desk) -> None:
    def meanwhile(score: dict[str, Any]) -> None:
        if score["scoreGiven"] == 10:
            desk.score(12)

    desk.book.hook = meanwhile
    desk.score(10)
    desk.run_for(2)
    desk.run_for(2)
    assert [post["scoreGiven"] for post in desk.book.posts] == [10, 12]
    assert (desk.row().status, desk.book.grades) == (Delivery.SENT, {"user-1": 12})


def test_nothing_is_locked_while_a_request_is_on_the_wire(desk: Desk) -> None:
    """Another writer gets in at once: on SQLite a held transaction would keep it out."""

    def write(score: dict[str, Any]) -> None:
        with desk.app.app_context():
            desk.withdraw("user-9")

    desk.book.hook = write
    desk.score(10)
    desk.run_for(2)
    assert desk.row("user-9").withdrawn


@pytest.mark.one_database
@pytest.mark.parametrize(("given", "maximum"), [(-1, 10), (1, 0), (float("nan"), 10), (1, float("inf"))])
def test_what_is_no_score_is_not_queued(given: float, maximum: float) -> None:
    with pytest.raises(ValueError, match="score"):
        lti.Score(given, maximum)
