"""What a teacher reads of scores that wait or were refused, and sends again together; what an excuse means for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

import lti
from engine.clock import real_now
from engine.db import db
from lti.models.context import Context
from lti.models.platform import Platform
from lti.models.score import Delivery
from lti.reasons import Reason
from personalization.errors import Refused
from personalization.grading import gradebook
from personalization.people.model import Course, Person
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import (
    choice_of,
    column_of,
    grade_of,
    hand_in,
    make_ready,
    note_column_read,
    release,
    score_of,
)
from tests.personalization.pressing import look, page_of, press, text_of

SignedIn = Callable[[Member], FlaskClient]


@pytest.fixture
def both(app: Flask, cast: Cast, activity_id: int, work: int) -> None:
    """Amara's and Noor's grades were released, and the column was read just now."""
    with writing(app):
        release(work, cast.teacher.id)
        release(hand_in(activity_id, cast.classmate.id), cast.teacher.id)
        note_column_read(activity_id)


def refuse(app: Flask, reason: str, *members: Member) -> None:
    with writing(app):
        for member in members:
            score = score_of(member)
            score.status, score.message = Delivery.REFUSED, Reason(reason).stored


def context_of(cast: Cast) -> Context:
    return db.session.get_one(Context, db.session.get_one(Course, cast.course_id).context_id)


def close(app: Flask, cast: Cast) -> None:
    """The LMS said that the course has ended."""
    with writing(app):
        context = context_of(cast)
        context.paused_at, context.paused_why = NOON, Reason("course_ended").stored


@pytest.mark.usefixtures("both")
def test_a_refusal_is_said_by_the_student_s_and_the_lms_s_name(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    refuse(app, "not_a_student", cast.student)
    rows = text_of(page_of(teacher, f"/activities/{activity_id}"), "[aria-labelledby=gradebook] .rows")
    assert "Amara left the course in Canvas" in rows


@pytest.mark.usefixtures("both")
def test_all_that_were_refused_go_again_by_one_press(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    refuse(app, "unpublished", cast.student, cast.classmate)
    assert "Send all 2 refused again" in look(teacher, f"/activities/{activity_id}").text
    answer = press(teacher, f"/activities/{activity_id}/scores/retries")
    assert (answer.status_code, answer.location) == (303, f"/activities/{activity_id}#gradebook")
    assert "2 grades go again." in look(teacher, f"/activities/{activity_id}").text
    with app.app_context():
        assert {score_of(who).status for who in (cast.student, cast.classmate)} == {Delivery.QUEUED}
    press(teacher, f"/activities/{activity_id}/scores/retries")
    assert "None was refused." in look(teacher, f"/activities/{activity_id}").text


@pytest.mark.usefixtures("both")
def test_a_closed_course_is_one_notice_and_one_press(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    refuse(app, "course_ended", cast.student)
    refuse(app, "not_a_student", cast.classmate)
    close(app, cast)
    notice = text_of(page_of(teacher, f"/activities/{activity_id}"), "[aria-labelledby=gradebook] .note")
    assert notice.startswith("The course has ended in Canvas, which takes no more grades.")
    assert press(teacher, f"/activities/{activity_id}/scores/resumption").status_code == 303
    with app.app_context():
        assert score_of(cast.student).status is Delivery.QUEUED
        assert score_of(cast.classmate).status is Delivery.REFUSED, "for a reason of its own"
        assert context_of(cast).paused_at is None


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("verb", ["retries", "resumption"])
@pytest.mark.parametrize("who", ["assistant", "designer", "student", "other_teacher", "other_school_teacher"])
def test_only_the_course_s_teacher_sends_again(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn, who: str, verb: str
) -> None:
    refuse(app, "course_ended", cast.student)
    close(app, cast)
    assert press(signed_in(getattr(cast, who)), f"/activities/{activity_id}/scores/{verb}").status_code == 403
    with app.app_context():
        assert score_of(cast.student).status is Delivery.REFUSED
        assert context_of(cast).paused_at is not None


@pytest.mark.usefixtures("both")
def test_a_platform_that_is_left_alone_says_until_when(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        platform = db.session.get_one(Platform, cast.teacher.platform_id)
        platform.paused_until, platform.paused_why = real_now() + timedelta(minutes=2), Reason("throttled").stored
    page = page_of(teacher, f"/activities/{activity_id}")
    assert "Canvas asked for slower calls, so it goes on slowly. What is to be sent waits here" in text_of(
        page, "[aria-labelledby=gradebook]"
    )
    assert "next try" in text_of(page, "[aria-labelledby=gradebook] .note")
    assert "The grade waits here and goes by itself." in text_of(page, "[aria-labelledby=gradebook] .rows")


@pytest.mark.usefixtures("both")
def test_every_grade_is_a_line_of_the_table_which_opens_to_be_printed(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        kept, sent = score_of(cast.student), score_of(cast.classmate)
        kept.status, kept.result_score = Delivery.KEPT, 80
        sent.status, sent.sent_at = Delivery.SENT, NOON
    folded = page_of(teacher, f"/activities/{activity_id}")
    assert folded.select_one("[aria-labelledby=gradebook] details[open]") is None
    page = page_of(teacher, f"/activities/{activity_id}?print=1")
    table = page.select_one("[aria-labelledby=gradebook] details[open] table")
    assert table is not None
    lines = [" ".join(row.get_text(" ").split()) for row in table.select("tbody tr")]
    assert len(lines) == 2
    assert lines[0].startswith("Amara Diallo 75 80 The grade in Canvas stands You decided so")
    assert lines[1].startswith("Noor Haddad 75 – In Canvas Since")


# Excused


def excuse(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        choice = choice_of(activity_id, cast.student.id)
        choice.excuse("Ill for weeks.", db.session.get_one(Person, cast.teacher.id), NOON)
        gradebook.excuse(choice)


def test_a_grade_of_an_excused_student_is_not_released(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, work: int
) -> None:
    with writing(app):
        make_ready(work, cast.teacher.id)
    excuse(app, cast, activity_id)
    with app.app_context(), pytest.raises(Refused, match="excused"):
        grade_of(work).release(db.session.get_one(Person, cast.teacher.id), NOON)
    press(teacher, f"/activities/{activity_id}/releases")
    with app.app_context():
        assert grade_of(work).live_release is None
        assert lti.outgoing(column_of(activity_id)) == {}


def test_what_waited_for_an_excused_student_is_not_sent_and_goes_when_they_are_in_again(
    app: Flask, cast: Cast, activity_id: int, work: int
) -> None:
    with writing(app):
        release(work, cast.teacher.id)
    excuse(app, cast, activity_id)
    with app.app_context():
        assert score_of(cast.student).status is Delivery.NOTED
    with writing(app):
        choice = choice_of(activity_id, cast.student.id)
        gradebook.hand_in(grade_of(work).submission)
        assert score_of(cast.student).hand_in_number == 0, "nothing is sent of an excused student"
        choice.include(db.session.get_one(Person, cast.teacher.id), NOON)
        gradebook.include(choice)
    with app.app_context():
        assert (score_of(cast.student).status, score_of(cast.student).score_given) == (Delivery.QUEUED, 75)
