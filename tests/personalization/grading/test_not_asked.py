"""A criterion that is not asked of a student: in neither sum, in no row, and frozen with what they were shown."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from personalization.errors import BadInput
from personalization.grading.model import Grade, Release, Status
from tests.cast import Cast, Member, writing
from tests.personalization.arranging import choice_of, grade_of, hand_in, make_ready, pick
from tests.personalization.grading.test_model import ALL_GOT_IT, NOON, OKAFOR, make_grade, make_submission
from tests.personalization.pressing import look, page_of, press, text_of

REASONS = 2  # the key of the generic rubric's second criterion


def grade_without(*not_asked: int, levels: dict[int, int]) -> Grade:
    """Of 12 points; each criterion is worth 4."""
    submission = make_submission()
    submission.choice.not_asked = list(not_asked)
    submission.hand_in(submission.choice.student, NOON)
    grade = Grade.begin(submission, submission.choice.activity.rubric, OKAFOR, NOON)
    grade.mark(levels, "Well done.", OKAFOR, NOON)
    return grade


def ask(grade: Grade, *not_asked: int) -> None:
    grade.submission.choice.not_asked = list(not_asked)


def release(grade: Grade) -> Release:
    shown = grade.release(OKAFOR, NOON)
    assert shown is not None
    return shown


# The rules


def test_what_is_not_asked_needs_no_mark_and_counts_in_neither_sum() -> None:
    grade = grade_without(REASONS, levels={1: 3})
    assert grade.unmarked() == ["Clear"]
    grade.mark({1: 3, 3: 2}, "", OKAFOR, NOON)
    assert grade.worked_out() == Decimal("7.50")  # 5 of 8, of 12
    grade.make_ready()
    shown = release(grade)
    assert (shown.levels, shown.not_asked, shown.points) == ({"1": 3, "3": 2}, [REASONS], Decimal("7.50"))


def test_what_was_marked_before_stays_and_counts_again_once_it_is_asked_again() -> None:
    grade = make_grade({1: 3, REASONS: 1, 3: 2})
    ask(grade, REASONS)
    grade.mark({1: 4, 3: 4}, "", OKAFOR, NOON)
    assert grade.worked_out() == Decimal(12)
    assert grade.level(REASONS) == 1
    ask(grade)
    assert grade.worked_out() == Decimal(9)  # 9 of 12


def test_a_change_after_ready_is_worked_out_at_the_release() -> None:
    grade = make_grade({1: 3, REASONS: 1, 3: 2})
    grade.make_ready()
    assert grade.points == Decimal(6)
    ask(grade, REASONS)
    shown = release(grade)
    assert (shown.points, shown.not_asked) == (Decimal("7.50"), [REASONS])
    assert grade.status is Status.RELEASED


def test_what_is_asked_again_and_not_marked_is_not_released() -> None:
    grade = grade_without(REASONS, levels={1: 3, 3: 2})
    grade.make_ready()
    ask(grade)
    with pytest.raises(BadInput, match="Reasons"):
        grade.release(OKAFOR, NOON)
    assert grade.releases == []


def test_what_was_released_stays_as_it_was_shown_until_the_next_release() -> None:
    grade = make_grade(ALL_GOT_IT)
    grade.make_ready()
    first = release(grade)
    ask(grade, REASONS)
    grade.mark(ALL_GOT_IT, "Well done.", OKAFOR, NOON)  # the same again
    assert grade.status is Status.RELEASED
    grade.make_ready()
    assert grade.status.value == "ready", "the points are equal, what they are out of is not"
    second = release(grade)
    assert (first.not_asked, first.levels) == ([], {"1": 3, "2": 3, "3": 3})
    assert (second.not_asked, second.levels) == ([REASONS], {"1": 3, "3": 3})


def test_where_an_edit_of_the_rubric_leaves_nothing_asked_all_of_it_is() -> None:
    grade = grade_without(1, 2, 3, levels=ALL_GOT_IT)
    assert grade.worked_out() == Decimal(9)
    grade.make_ready()
    assert release(grade).not_asked == []


# The pages


@pytest.fixture
def left_out(app: Flask, cast: Cast, activity_id: int, work: int) -> int:
    """What Amara handed in, of whom no reasons are asked."""
    with writing(app):
        choice_of(activity_id, cast.student.id).not_asked = [REASONS]
    return work


def test_the_mark_page_has_no_row_for_it_and_says_so_folded(teacher: FlaskClient, left_out: int) -> None:
    shown = page_of(teacher, f"/submissions/{left_out}/grade")
    assert {radio["name"] for radio in shown.select("#marks input[type=radio]")} == {"c-1", "c-3"}
    assert text_of(shown, "#marks details") == "Not asked of Amara Reasons: in neither sum."


def test_it_is_released_without_that_row(
    app: Flask,
    cast: Cast,
    activity_id: int,
    teacher: FlaskClient,
    left_out: int,
    signed_in: Callable[[Member], FlaskClient],
) -> None:
    marks = {"c-1": "3", "c-2": "1", "c-3": "4", "do": "release"}  # a level for what is not asked is not believed
    assert press(teacher, f"/submissions/{left_out}/grade", marks).status_code == 303
    with app.app_context():
        shown = grade_of(left_out).live_release
        assert shown is not None
        assert (shown.points, shown.levels) == (Decimal("87.50"), {"1": 3, "3": 4})
    seen = page_of(signed_in(cast.student), f"/activities/{activity_id}/grade")
    assert [h3.get_text() for h3 in seen.select(".mark-row h3")] == ["Understanding", "Clear"]
    assert "Not asked of you: Reasons" in text_of(seen, "[aria-labelledby=levels]")
    with writing(app):  # what is asked later changes nothing of what was shown
        choice_of(activity_id, cast.student.id).not_asked = []
    again = page_of(signed_in(cast.student), f"/activities/{activity_id}/grade")
    assert again.select_one(".board .big").get_text() == "87.5"  # type: ignore[union-attr]
    assert "Not asked of you: Reasons" in again.get_text()


def test_a_classmate_s_page_says_nothing_of_it(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, signed_in: Callable[[Member], FlaskClient]
) -> None:
    with writing(app):
        work = hand_in(activity_id, cast.classmate.id)
    marks = {"c-1": "3", "c-2": "3", "c-3": "3", "do": "release"}
    press(teacher, f"/submissions/{work}/grade", marks)
    assert "Not asked" not in look(signed_in(cast.classmate), f"/activities/{activity_id}/grade").text


def test_releasing_all_leaves_alone_what_has_to_be_looked_at_again(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, left_out: int
) -> None:
    with writing(app):
        make_ready(left_out, cast.teacher.id, {1: 3, 3: 3})
        other = hand_in(activity_id, cast.classmate.id)
        make_ready(other, cast.teacher.id)
    with writing(app):
        choice_of(activity_id, cast.student.id).not_asked = []
    assert press(teacher, f"/activities/{activity_id}/releases").status_code == 303
    with app.app_context():
        assert grade_of(other).status is Status.RELEASED
        assert (grade_of(left_out).status, grade_of(left_out).releases) == (Status.READY, [])


@pytest.mark.parametrize("address", ["choice", "submission"])
def test_the_student_s_pages_ask_only_for_what_is_asked(
    app: Flask, cast: Cast, activity_id: int, signed_in: Callable[[Member], FlaskClient], address: str
) -> None:
    with writing(app):
        pick(activity_id, cast.student.id).not_asked = [REASONS]
    shown = page_of(signed_in(cast.student), f"/activities/{activity_id}/{address}").get_text()
    assert "Understanding" in shown
    assert "Reasons" not in shown
