"""Marks and releases: draft, ready, released, taken back, marked anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from personalization.activity.model import Activity
from personalization.choice.model import Choice, Way
from personalization.errors import BadInput, Refused, Stale
from personalization.grading.model import Grade, Release, Status
from personalization.people.model import Course, Person, Role
from personalization.submission.model import Submission
from personalization.submission.receiving import hand_back

NOON = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL_GOT_IT = {1: 3, 2: 3, 3: 3}


def make_person(role: Role, name: str, number: int) -> Person:
    return Person(id=number, course_id=1, user_id=number, role=role, given_name=name, full_name=name)


OKAFOR = make_person(Role.TEACHER, "Ms. Okafor", 1)
AMARA = make_person(Role.STUDENT, "Amara", 2)
BEN = make_person(Role.ASSISTANT, "Ben", 3)


def make_submission(points: int = 12) -> Submission:
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    activity = Activity.draft(course, OKAFOR, NOON)
    activity.points = Decimal(points)
    choice = Choice(activity=activity, student=AMARA, option=None)
    choice.settle(activity.options[0], Way.PICKED, AMARA, NOON)
    submission = Submission.start(choice, None, NOON)
    submission.save("My poster", "", NOON)
    return submission


def make_grade(levels: dict[int, int] | None = None, comment: str = "Well done.") -> Grade:
    submission = make_submission()
    submission.hand_in(AMARA, NOON)
    grade = Grade.begin(submission, submission.choice.activity.rubric, OKAFOR, NOON)
    grade.mark(ALL_GOT_IT if levels is None else levels, comment, OKAFOR, NOON)
    return grade


def released() -> Grade:
    grade = make_grade()
    grade.make_ready()
    grade.release(OKAFOR, NOON)
    return grade


def verbs(grade: Grade) -> list[str]:
    return [event.verb for event in grade.submission.choice.events]


def shown(grade: Grade) -> Release:
    assert grade.live_release is not None
    return grade.live_release


# Marking


def test_a_draft_of_the_student_is_not_marked() -> None:
    submission = make_submission()
    with pytest.raises(Refused, match="not handed in yet"):
        Grade.begin(submission, submission.choice.activity.rubric, OKAFOR, NOON)


def test_returned_work_is_not_marked() -> None:
    submission = make_submission()
    submission.hand_in(AMARA, NOON)
    hand_back(submission, "Add the heron.", OKAFOR, NOON)
    with pytest.raises(Refused, match="another go"):
        Grade.begin(submission, submission.choice.activity.rubric, OKAFOR, NOON)


def test_marks_may_be_kept_half_done() -> None:
    grade = make_grade({2: 4}, comment="")
    assert grade.status is Status.DRAFT
    assert grade.levels == {2: 4}
    assert grade.unmarked() == ["Understanding", "Clear"]
    assert grade.worked_out() is None


def test_a_mark_can_be_changed_and_taken_out_again() -> None:
    grade = make_grade({1: 2, 2: 2})
    grade.mark({1: 4}, "", BEN, NOON + HOUR)
    assert grade.levels == {1: 4}
    assert (grade.marked_by, grade.marked_at) == (BEN, NOON + HOUR)


@pytest.mark.parametrize("levels", [{9: 1}, {1: 5}, {1: 0}, {0: 1}])
def test_a_level_that_the_rubric_lacks_is_refused_and_changes_nothing(levels: dict[int, int]) -> None:
    grade = make_grade({1: 2})
    with pytest.raises(BadInput, match="not in the rubric") as refused:
        grade.mark(levels, "My words", OKAFOR, NOON)
    assert refused.value.kept == "My words"
    assert (grade.levels, grade.comment) == ({1: 2}, "Well done.")


def test_someone_elses_newer_marks_are_not_written_over() -> None:
    grade = make_grade()
    grade.row_version = 2
    with pytest.raises(Stale, match="Okafor marked this") as refused:
        grade.check_seen(1, BEN, kept="My words")
    assert refused.value.kept == "My words"
    grade.check_seen(2, BEN)


def test_ones_own_autosave_does_not_stand_in_the_way() -> None:
    grade = make_grade()
    grade.row_version = 5
    grade.check_seen(1, OKAFOR)


# Ready


def test_ready_works_the_total_out() -> None:
    grade = make_grade({1: 4, 2: 3, 3: 2})
    grade.make_ready()
    assert (grade.status, grade.points, grade.out_of) == (Status.READY, Decimal("9.00"), Decimal(12))


def test_ready_needs_every_row() -> None:
    grade = make_grade({1: 4, 3: 2})
    with pytest.raises(BadInput, match="Reasons"):
        grade.make_ready()
    assert (grade.status, grade.points) == (Status.DRAFT, None)


def test_an_adjustment_needs_a_reason_before_it_counts() -> None:
    grade = make_grade()
    grade.mark(ALL_GOT_IT, "", OKAFOR, NOON, adjustment=Decimal(-1), adjustment_reason="  ")
    with pytest.raises(BadInput, match="needs a reason"):
        grade.make_ready()
    grade.mark(ALL_GOT_IT, "", OKAFOR, NOON, adjustment=Decimal(-1), adjustment_reason=" Agreed with you. ")
    grade.make_ready()
    assert (grade.points, grade.adjustment_reason) == (Decimal("8.00"), "Agreed with you.")


def test_working_on_ready_marks_makes_them_a_draft_again() -> None:
    grade = make_grade()
    grade.make_ready()
    grade.mark({1: 1}, "", OKAFOR, NOON)
    assert grade.status is Status.DRAFT


# Release


def test_a_draft_is_not_released() -> None:
    grade = make_grade()
    with pytest.raises(Refused, match="not ready yet"):
        grade.release(OKAFOR, NOON)
    assert grade.releases == []


def test_a_release_freezes_what_the_student_sees() -> None:
    grade = released()
    grade.mark({1: 1, 2: 1, 3: 1}, "Worse.", OKAFOR, NOON + HOUR)
    grade.make_ready()
    assert grade.status is Status.READY
    assert (shown(grade).points, shown(grade).out_of) == (Decimal("9.00"), Decimal(12))
    assert (shown(grade).comment, shown(grade).level(1)) == ("Well done.", 3)
    assert (shown(grade).released_by, shown(grade).released_at) == (OKAFOR, NOON)


def test_the_next_release_replaces_what_was_shown() -> None:
    grade = released()
    grade.mark({1: 4, 2: 4, 3: 4}, "Even better.", OKAFOR, NOON + HOUR)
    grade.make_ready()
    second = grade.release(OKAFOR, NOON + HOUR)
    assert shown(grade) is second
    assert (second.points, second.comment) == (Decimal("12.00"), "Even better.")
    assert len(grade.releases) == 2


def test_releasing_twice_is_the_same_as_once() -> None:
    grade = released()
    assert grade.release(OKAFOR, NOON + HOUR) is None
    assert len(grade.releases) == 1
    assert verbs(grade).count("released") == 1


def test_pressing_mark_and_release_twice_is_the_same_as_once() -> None:
    grade = released()
    grade.mark(ALL_GOT_IT, "Well done.", OKAFOR, NOON + HOUR)
    grade.make_ready()
    assert grade.release(OKAFOR, NOON + HOUR) is None
    assert grade.status is Status.RELEASED
    assert grade.marked_at == NOON


def test_other_points_of_the_activity_are_a_new_release() -> None:
    grade = released()
    grade.submission.choice.activity.points = Decimal(24)
    grade.mark(ALL_GOT_IT, "Well done.", OKAFOR, NOON + HOUR)
    grade.make_ready()
    again = grade.release(OKAFOR, NOON + HOUR)
    assert again is not None
    assert (again.points, again.out_of) == (Decimal("18.00"), Decimal(24))


def test_a_ready_grade_of_returned_work_is_not_released() -> None:
    grade = make_grade()
    grade.make_ready()
    hand_back(grade.submission, "Once more, please.", OKAFOR, NOON)
    with pytest.raises(Refused, match="another go"):
        grade.release(OKAFOR, NOON)
    assert grade.live_release is None


def test_returning_leaves_an_old_release_in_sight() -> None:
    grade = released()
    hand_back(grade.submission, "Once more, please.", OKAFOR, NOON + HOUR)
    assert shown(grade).points == Decimal("9.00")
    with pytest.raises(Refused, match="another go"):
        grade.mark({1: 1}, "", OKAFOR, NOON + HOUR)
    assert grade.status is Status.RELEASED


# Taking back


def test_taking_back_hides_it_and_keeps_the_marks() -> None:
    grade = released()
    assert grade.withdraw(OKAFOR, NOON + HOUR) is True
    assert grade.live_release is None
    assert (grade.status, grade.levels) == (Status.DRAFT, ALL_GOT_IT)
    assert (grade.releases[0].withdrawn_at, grade.releases[0].withdrawn_by) == (NOON + HOUR, OKAFOR)


def test_taking_back_takes_all_releases_of_this_go() -> None:
    grade = released()
    grade.mark({1: 4, 2: 4, 3: 4}, "", OKAFOR, NOON)
    grade.make_ready()
    grade.release(OKAFOR, NOON)
    grade.withdraw(OKAFOR, NOON + HOUR)
    assert grade.live_release is None, "an older release must not come to light again"


def test_taking_back_twice_is_the_same_as_once() -> None:
    grade = released()
    grade.withdraw(OKAFOR, NOON)
    assert grade.withdraw(OKAFOR, NOON + HOUR) is False
    assert grade.releases[0].withdrawn_at == NOON
    assert verbs(grade).count("release withdrawn") == 1


def test_what_was_never_released_cannot_be_taken_back() -> None:
    with pytest.raises(Refused, match="was not released"):
        make_grade().withdraw(OKAFOR, NOON)


def test_after_taking_back_it_can_be_released_again() -> None:
    grade = released()
    grade.withdraw(OKAFOR, NOON)
    grade.mark(ALL_GOT_IT, "Well done.", OKAFOR, NOON + HOUR)
    grade.make_ready()
    grade.release(OKAFOR, NOON + HOUR)
    assert shown(grade).released_at == NOON + HOUR
