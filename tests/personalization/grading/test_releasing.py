"""Release of one, some, all; taking back; scores that did not arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from lti.models.score import Delivery, OutgoingScore
from personalization.grading.model import Release, Status
from personalization.people.model import Person
from personalization.submission.model import Submission
from personalization.submission.receiving import hand_back
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import count, grade_of, hand_in, make_ready, note_column_read, release, score_of
from tests.personalization.pressing import look, press

SignedIn = Callable[[Member], FlaskClient]
GOT_IT = {"c-1": "3", "c-2": "3", "c-3": "3"}  # 9 of 12, so 75 of 100 points
HOUR = timedelta(hours=1)


# Release of several


def test_release_all_that_are_ready(app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, work: int) -> None:
    with writing(app):
        other = hand_in(activity_id, cast.classmate.id)
        make_ready(work, cast.teacher.id)
        make_ready(other, cast.teacher.id)
    answer = press(teacher, f"/activities/{activity_id}/releases")
    assert (answer.status_code, answer.location) == (303, f"/activities/{activity_id}")
    assert "2 grades released." in look(teacher, answer.location).text
    with app.app_context():
        assert (count(Release), count(OutgoingScore)) == (2, 2)
    assert press(teacher, f"/activities/{activity_id}/releases").status_code == 303
    with app.app_context():
        assert count(Release) == 2


def test_release_only_the_chosen_ones_of_this_activity(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, work: int
) -> None:
    with writing(app):
        other = hand_in(activity_id, cast.classmate.id)
        chosen = make_ready(work, cast.teacher.id).id
        make_ready(other, cast.teacher.id)
    press(teacher, f"/activities/{activity_id}/releases", {"grade": [str(chosen), "987654"]})
    with app.app_context():
        assert (grade_of(work).status, grade_of(other).status) == (Status.RELEASED, Status.READY)


def test_ticking_nobody_releases_nobody(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, work: int
) -> None:
    with writing(app):
        make_ready(work, cast.teacher.id)
    answer = press(teacher, f"/activities/{activity_id}/releases", {"some": "1"})
    assert answer.status_code == 422
    assert "Nobody is ticked" in answer.text
    with app.app_context():
        assert count(Release) == 0


def test_returned_work_and_who_left_are_not_released_along(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, work: int
) -> None:
    with writing(app):
        other = hand_in(activity_id, cast.classmate.id)
        make_ready(work, cast.teacher.id)
        make_ready(other, cast.teacher.id)
        by = db.session.get_one(Person, cast.teacher.id)
        hand_back(db.session.get_one(Submission, work), "Once more.", by, NOON)
        db.session.get_one(Person, cast.classmate.id).left_at = NOON
    press(teacher, f"/activities/{activity_id}/releases")
    with app.app_context():
        assert count(Release) == 0


@pytest.mark.parametrize("ids", [["one"], ["1", "x"]])
def test_a_list_of_grades_that_is_none_is_refused(teacher: FlaskClient, activity_id: int, ids: list[str]) -> None:
    assert press(teacher, f"/activities/{activity_id}/releases", {"grade": ids}).status_code == 422


# Taking back


def test_taking_back_hides_the_grade_and_tells_the_gradebook(
    app: Flask, cast: Cast, teacher: FlaskClient, work: int
) -> None:
    press(teacher, f"/submissions/{work}/grade", {"do": "release", **GOT_IT})
    for _press in range(2):
        assert press(teacher, f"/submissions/{work}/withdrawal", now=NOON + HOUR).status_code == 303
    with app.app_context():
        grade = grade_of(work)
        assert (grade.live_release, grade.status, grade.levels) == (None, Status.DRAFT, {1: 3, 2: 3, 3: 3})
        score = score_of(cast.student)
        assert (score.withdrawn, score.wanted_version) == (True, 2)


def test_taking_back_a_second_go_brings_the_firsts_grade_back(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, work: int
) -> None:
    press(teacher, f"/submissions/{work}/grade", {"do": "release", **GOT_IT})
    press(teacher, f"/submissions/{work}/return", {"reason": "Once more."})
    with writing(app):
        second = hand_in(activity_id, cast.student.id, "Better")
    press(teacher, f"/submissions/{second}/grade", {"do": "release", "c-1": "4", "c-2": "4", "c-3": "4"})
    with app.app_context():
        assert score_of(cast.student).score_given == 100
    press(teacher, f"/submissions/{second}/withdrawal")
    with app.app_context():
        assert (score_of(cast.student).score_given, score_of(cast.student).withdrawn) == (75, False)


def test_what_was_not_released_cannot_be_taken_back(teacher: FlaskClient, work: int) -> None:
    assert press(teacher, f"/submissions/{work}/withdrawal").status_code == 409


def test_an_assistant_does_not_take_back(app: Flask, cast: Cast, signed_in: SignedIn, work: int) -> None:
    with writing(app):
        release(work, cast.teacher.id)
    assert press(signed_in(cast.assistant), f"/submissions/{work}/withdrawal").status_code == 403
    with app.app_context():
        assert grade_of(work).live_release is not None


# Scores that did not arrive


def refused(app: Flask, member: Member) -> int:
    with writing(app):
        score = score_of(member)
        score.status, score.message = Delivery.REFUSED, "Canvas: the assignment is not published."
        return score.id


def test_a_refused_score_is_sent_again_from_the_marking_page(
    app: Flask, cast: Cast, teacher: FlaskClient, work: int
) -> None:
    with writing(app):
        release(work, cast.teacher.id)
    score_id = refused(app, cast.student)
    page = look(teacher, f"/submissions/{work}/grade").text
    assert "Canvas: the assignment is not published." in page
    assert f'action="/scores/{score_id}/retry"' in page
    answer = press(teacher, f"/scores/{score_id}/retry", {"back": str(work)})
    assert (answer.status_code, answer.location) == (303, f"/submissions/{work}/grade#gradebook")
    with app.app_context():
        assert score_of(cast.student).status is Delivery.QUEUED


@pytest.mark.parametrize(("verb", "status"), [("retry", Delivery.QUEUED), ("keeping", Delivery.KEPT)])
def test_a_grade_changed_in_the_lms_is_kept_or_sent_over(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, work: int, verb: str, status: Delivery
) -> None:
    with writing(app):
        release(work, cast.teacher.id)
        score = score_of(cast.student)
        score.status, score.result_score = Delivery.CHANGED, 80
        score_id = score.id
        note_column_read(activity_id)
    page = look(teacher, f"/activities/{activity_id}").text
    assert "Keep 80" in page
    assert "Send 75" in page
    answer = press(teacher, f"/scores/{score_id}/{verb}", {"back": "not a number"})
    assert (answer.status_code, answer.location) == (303, f"/activities/{activity_id}#gradebook")
    with app.app_context():
        assert (score_of(cast.student).status, score_of(cast.student).overwrite) == (status, verb == "retry")


@pytest.mark.parametrize("who", ["assistant", "student", "other_teacher", "other_school_teacher"])
@pytest.mark.parametrize("verb", ["retry", "keeping"])
def test_only_the_courses_teacher_decides_about_a_score(
    app: Flask, cast: Cast, signed_in: SignedIn, work: int, who: str, verb: str
) -> None:
    with writing(app):
        release(work, cast.teacher.id)
    score_id = refused(app, cast.student)
    assert press(signed_in(getattr(cast, who)), f"/scores/{score_id}/{verb}").status_code == 403
    with app.app_context():
        assert score_of(cast.student).status is Delivery.REFUSED


@pytest.mark.parametrize("number", ["999", "99999999999999999999999"])
def test_no_such_score(teacher: FlaskClient, number: str) -> None:
    assert press(teacher, f"/scores/{number}/retry").status_code == 404
