"""Grades that somebody changes by hand in the LMS: noticed, asked about once, never overwritten unasked."""

from __future__ import annotations

from typing import Any

import pytest

import lti
from lti.models.score import Delivery
from tests.lti.desk import Desk
from tests.lti.services import Answer


@pytest.fixture
def sent(desk: Desk) -> Desk:
    """A grade of 10 that arrived."""
    desk.score(10)
    desk.run_for(5)
    desk.clock.shift(1)
    assert desk.row().status is Delivery.SENT
    return desk


def test_looking_at_the_column_notices_a_change(sent: Desk) -> None:
    sent.book.grades["user-1"] = 15.0
    sent.look()
    row = sent.row()
    assert (row.status, row.result_score, row.score_given) == (Delivery.CHANGED, 15.0, 10)
    assert sent.said().startswith("Someone set 15 in ")
    sent.book.grades["user-1"] = 16.5
    sent.look()
    assert "set 16.5 in" in sent.said(), "what it is by now"
    assert not sent.is_due()


def test_looking_at_an_unchanged_column_notices_nothing(sent: Desk) -> None:
    sent.look()
    assert sent.row().status is Delivery.SENT


def test_a_grade_that_was_emptied_is_a_change_too(sent: Desk) -> None:
    sent.book.grades["user-1"] = None
    sent.look()
    assert sent.row().status is Delivery.CHANGED
    assert "emptied" in sent.said()
    sent.press(lti.retry)
    sent.run_for(5)
    assert sent.book.grades == {"user-1": 10}


def test_who_is_not_in_the_results_is_not_taken_for_changed(sent: Desk) -> None:
    """Some platforms leave out hidden grades."""
    del sent.book.grades["user-1"]
    sent.look()
    assert sent.row().status is Delivery.SENT


def test_a_change_that_was_taken_back_needs_no_word_any_more(sent: Desk) -> None:
    sent.book.grades["user-1"] = 15.0
    sent.look()
    sent.book.grades["user-1"] = 10.0
    sent.look()
    sent.run_for(5)
    assert sent.row().status is Delivery.SENT
    assert sent.book.grades == {"user-1": 10}


def test_a_score_that_arrives_while_the_column_is_read_is_no_change(sent: Desk) -> None:
    """What was read is older than what was sent meanwhile."""
    sent.score(12)
    sent.clock.shift(5)
    plain = sent.book._results

    def meanwhile(request: Any) -> Answer:
        read = plain(request)
        if not meanwhile_done:
            meanwhile_done.append(True)
            sent.clock.shift(5)
            sent.run()
        return read

    meanwhile_done: list[bool] = []
    sent.book.results_hook = meanwhile
    sent.look()
    sent.run_for(5)
    assert sent.book.grades == {"user-1": 12}
    assert sent.row().status is Delivery.SENT


def test_kept_theirs_is_not_asked_about_again_by_looking(sent: Desk) -> None:
    sent.book.grades["user-1"] = 15.0
    sent.look()
    sent.press(lti.keep_theirs)
    sent.look()
    assert sent.row().status is Delivery.KEPT


def test_sending_ours_asks_again_if_theirs_changed_since_the_word(sent: Desk) -> None:
    sent.book.grades["user-1"] = 15.0
    sent.look()
    sent.press(lti.retry)
    sent.book.grades["user-1"] = 16.0
    sent.run_for(5)
    assert (sent.row().status, sent.book.grades) == (Delivery.CHANGED, {"user-1": 16.0})
    sent.press(lti.retry)
    sent.run_for(5)
    assert (sent.row().status, sent.book.grades) == (Delivery.SENT, {"user-1": 10})


def test_a_word_is_used_up_by_the_score_that_it_sent(sent: Desk) -> None:
    sent.book.grades["user-1"] = 15.0
    sent.look()
    sent.press(lti.retry)
    sent.run_for(5)
    sent.clock.shift(1)
    sent.book.grades["user-1"] = 15.0
    sent.look()
    assert sent.row().status is Delivery.CHANGED


def test_an_older_timestamp_does_not_end_in_overwriting_the_teacher_s(moodle: Desk) -> None:
    """Moodle refuses what is older than the teacher's override, which came after the results were read."""
    moodle.score(10)
    moodle.run_for(5)
    moodle.score(12)

    def overridden_just_now(score: dict[str, Any]) -> Answer:
        moodle.book.grades["user-1"] = 18.0
        return 409, {"Reason": "Refusing score with an earlier timestamp"}, "[]"

    moodle.book.hook = overridden_just_now
    for _time in range(3):
        moodle.run_for(5)
    assert (moodle.row().status, moodle.row().result_score) == (Delivery.CHANGED, 18.0)
    assert len(moodle.book.posts) == 2


def test_the_echo_of_a_group_is_asked_about_not_overwritten(canvas: Desk) -> None:
    """Canvas writes a score for one member of a group to all of them, unless the teacher ticked otherwise."""

    def echo(score: dict[str, Any]) -> None:
        for sub in ("user-1", "user-2"):
            canvas.book.grades[sub] = score["scoreGiven"]

    canvas.score(10, sub="user-1")
    canvas.run_for(2)
    canvas.book.hook = echo
    canvas.score(14, sub="user-2")
    canvas.run_for(2)
    canvas.look()
    assert (canvas.row("user-1").status, canvas.row("user-1").result_score) == (Delivery.CHANGED, 14)
    assert canvas.row("user-2").status is Delivery.SENT


def test_nothing_about_an_excused_student_is_sent(desk: Desk) -> None:
    desk.score(10)
    desk.forget()
    desk.run_for(5)
    assert desk.book.posts == []
    assert desk.row().status is Delivery.NOTED


def test_what_was_sent_about_an_excused_student_stays(sent: Desk) -> None:
    sent.score(12)
    sent.forget()
    sent.run_for(5)
    assert (sent.row().status, sent.book.grades) == (Delivery.SENT, {"user-1": 10})
