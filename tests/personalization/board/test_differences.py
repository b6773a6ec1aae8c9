"""Dates that differ from the LMS's: which are shown, what a teacher does about them, and when they come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from engine.db import db
from personalization import arrival
from personalization.choice import keeping
from personalization.choice.keeping import retime_one
from personalization.choice.model import Event
from personalization.grading import lms_date
from personalization.grading.lms_settled import LmsDateSettled
from personalization.people.model import Course, Person, PersonSection, Role
from tests.cast import NOON, Cast, Member, make_person, writing
from tests.personalization.arranging import activity_of, choice_of, column_of, count, note_column_read
from tests.personalization.pressing import look, page_of, press, text_of
from tests.personalization.test_arrival import launch_of

SignedIn = Callable[[Member], FlaskClient]
OURS, EARLIER, LATER = (NOON + timedelta(days=days) for days in (20, 17, 25))


@pytest.fixture
def teacher(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.teacher)


def lms_says(app: Flask, activity_id: int, due: datetime | None) -> None:
    with writing(app):
        column_of(activity_id).due = due


def launched(app: Flask, cast: Cast, activity_id: int, due: datetime | None, who: Member | None = None) -> None:
    """A student opens the assignment, and the LMS says until when it is for them."""
    with app.test_request_context():
        me = db.session.get_one(Person, (who or cast.student).id)
        opened = replace(launch_of(cast, ""), due_at=due, line_item=column_of(activity_id))
        arrival._way_in(activity_of(activity_id), me, opened)
        db.session.commit()


def extend(app: Flask, cast: Cast, activity_id: int, to: datetime, who: Member | None = None) -> None:
    with writing(app):
        choice = choice_of(activity_id, (who or cast.student).id)
        choice.extend({"work_due": to}, "You were ill.", db.session.get_one(Person, cast.teacher.id), NOON)
        retime_one(choice)


def found(app: Flask, cast: Cast, who: Member | None = None) -> list[tuple[str, datetime, datetime, bool]]:
    """(whose or "", ours, theirs, whether it waits)."""
    with app.app_context():
        return [
            (one.choice.student.given_name if one.choice else "", one.ours, one.theirs, one.waits)
            for one in lms_date.differences(db.session.get_one(Person, (who or cast.teacher).id))
        ]


def due_of(app: Flask, activity_id: int, who: Member) -> datetime | None:
    with app.app_context():
        return choice_of(activity_id, who.id).work_due


# What is seen


def test_where_the_lms_says_nothing_nothing_differs(app: Flask, cast: Cast, activity_id: int) -> None:
    extend(app, cast, activity_id, LATER)
    assert found(app, cast) == []


@pytest.mark.parametrize("seconds", [0, 59, -59])
def test_seconds_are_no_difference(app: Flask, cast: Cast, activity_id: int, seconds: int) -> None:
    lms_says(app, activity_id, OURS + timedelta(seconds=seconds))
    assert found(app, cast) == []


def test_an_earlier_date_for_the_class_is_one_line_not_one_for_each_student(
    app: Flask, cast: Cast, activity_id: int
) -> None:
    lms_says(app, activity_id, EARLIER)
    for who in (cast.student, cast.classmate):
        launched(app, cast, activity_id, EARLIER, who)
    assert found(app, cast) == [("", OURS, EARLIER, True)]
    assert due_of(app, activity_id, cast.student) == OURS, "an earlier date moves nothing"


def test_what_most_students_bring_along_is_the_class_s_date_where_no_teacher_brought_one(
    app: Flask, cast: Cast, activity_id: int
) -> None:
    for who in (cast.student, cast.classmate):
        launched(app, cast, activity_id, EARLIER, who)
    assert found(app, cast) == [("", OURS, EARLIER, True)]


def test_a_later_date_at_a_student_s_launch_lengthens_theirs_alone(app: Flask, cast: Cast, activity_id: int) -> None:
    lms_says(app, activity_id, OURS)
    launched(app, cast, activity_id, LATER)
    assert due_of(app, activity_id, cast.student) == LATER
    assert due_of(app, activity_id, cast.classmate) == OURS
    assert found(app, cast) == [("Amara", OURS, LATER, False)]


def test_a_launch_that_brings_the_same_date_again_writes_nothing(app: Flask, cast: Cast, activity_id: int) -> None:
    launched(app, cast, activity_id, LATER)
    with app.app_context():
        before = (choice_of(activity_id, cast.student.id).row_version, count(Event))
    launched(app, cast, activity_id, LATER)
    with app.app_context():
        assert (choice_of(activity_id, cast.student.id).row_version, count(Event)) == before


def test_a_date_that_the_lms_takes_away_lengthens_no_longer(app: Flask, cast: Cast, activity_id: int) -> None:
    launched(app, cast, activity_id, LATER)
    launched(app, cast, activity_id, None)
    assert due_of(app, activity_id, cast.student) == OURS


def test_a_launch_that_is_not_the_assignment_s_says_nothing_about_dates(
    app: Flask, cast: Cast, activity_id: int
) -> None:
    launched(app, cast, activity_id, LATER)
    with app.test_request_context():
        me = db.session.get_one(Person, cast.student.id)
        arrival._way_in(activity_of(activity_id), me, launch_of(cast, ""))
        db.session.commit()
    assert due_of(app, activity_id, cast.student) == LATER


def test_an_extension_that_the_lms_does_not_know_is_one_line(app: Flask, cast: Cast, activity_id: int) -> None:
    lms_says(app, activity_id, OURS)
    extend(app, cast, activity_id, LATER)
    assert found(app, cast) == [("Amara", LATER, OURS, True)]


def test_an_extension_that_the_lms_has_too_is_none(app: Flask, cast: Cast, activity_id: int) -> None:
    lms_says(app, activity_id, OURS)
    extend(app, cast, activity_id, LATER)
    launched(app, cast, activity_id, LATER)
    assert [waits for *_rest, waits in found(app, cast)] == [False]


def test_who_left_or_is_excused_is_not_in_the_list(app: Flask, cast: Cast, activity_id: int) -> None:
    lms_says(app, activity_id, OURS)
    for who in (cast.student, cast.classmate):
        extend(app, cast, activity_id, LATER, who)
    with writing(app):
        by = db.session.get_one(Person, cast.teacher.id)
        choice_of(activity_id, cast.student.id).excuse("Ill for weeks.", by, NOON)
        db.session.get_one(Person, cast.classmate.id).left_at = NOON
    assert found(app, cast) == []


# What a teacher does


def test_taking_the_lms_s_date_moves_everyone_and_tells_them(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    lms_says(app, activity_id, EARLIER)
    answer = press(teacher, f"/activities/{activity_id}/lms-date", {"date": EARLIER.isoformat(), "do": "take"})
    assert (answer.status_code, answer.location) == (303, f"/courses/{cast.course_id}/lms-dates")
    assert [due_of(app, activity_id, who) for who in (cast.student, cast.classmate)] == [EARLIER, EARLIER]
    assert found(app, cast) == []
    with app.app_context():
        assert activity_of(activity_id).dates.clash() is None
        told = db.session.scalars(select(Event).where(Event.verb == "dates moved")).all()
        assert [event.detail["dates"]["work_due"] for event in told] == [EARLIER.isoformat()] * 2


def test_a_date_that_turns_the_order_around_is_refused_with_the_two(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    before = NOON + timedelta(days=2)
    lms_says(app, activity_id, before)
    answer = press(teacher, f"/activities/{activity_id}/lms-date", {"date": before.isoformat(), "do": "take"})
    assert answer.status_code == 409
    assert "comes after" in answer.text
    assert due_of(app, activity_id, cast.student) == OURS


def test_a_date_left_as_it_is_is_asked_about_again_when_one_of_the_two_moves(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    lms_says(app, activity_id, EARLIER)
    for _press in range(2):
        sent = {"date": EARLIER.isoformat(), "do": "ignore"}
        assert press(teacher, f"/activities/{activity_id}/lms-date", sent).status_code == 303
    assert found(app, cast) == [("", OURS, EARLIER, False)]
    with app.app_context():
        assert count(LmsDateSettled) == 1
    lms_says(app, activity_id, EARLIER - timedelta(days=1))
    assert [waits for *_rest, waits in found(app, cast)] == [True]


def test_a_student_s_date_is_ticked_and_unticked(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    lms_says(app, activity_id, OURS)
    extend(app, cast, activity_id, LATER)
    with app.app_context():
        address = f"/choices/{choice_of(activity_id, cast.student.id).id}/lms-date"
    page = page_of(teacher, f"/courses/{cast.course_id}/lms-dates")
    assert "Assign To" in text_of(page, "#students ~ details, section[aria-labelledby=students] details")
    assert press(teacher, address, {"date": LATER.isoformat(), "do": "done"}).status_code == 303
    assert found(app, cast) == [("Amara", LATER, OURS, False)]
    assert "One is set there" in look(teacher, f"/courses/{cast.course_id}/lms-dates").text
    assert press(teacher, address, {"date": LATER.isoformat(), "do": "undone"}).status_code == 303
    assert found(app, cast) == [("Amara", LATER, OURS, True)]


def test_a_tick_falls_when_our_date_moves(app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient) -> None:
    lms_says(app, activity_id, OURS)
    extend(app, cast, activity_id, LATER)
    with app.app_context():
        address = f"/choices/{choice_of(activity_id, cast.student.id).id}/lms-date"
    press(teacher, address, {"date": LATER.isoformat(), "do": "done"})
    extend(app, cast, activity_id, LATER + timedelta(days=1))
    assert [waits for *_rest, waits in found(app, cast)] == [True]


@pytest.mark.parametrize("do", ["take", "ignore"])
def test_a_date_that_moved_meanwhile_changes_nothing(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, do: str
) -> None:
    lms_says(app, activity_id, EARLIER)
    sent = {"date": (EARLIER - timedelta(days=1)).isoformat(), "do": do}
    assert press(teacher, f"/activities/{activity_id}/lms-date", sent).status_code == 409
    assert due_of(app, activity_id, cast.student) == OURS


@pytest.mark.parametrize(
    "sent",
    [{}, {"date": "soon", "do": "take"}, {"date": "2026-11-27", "do": "x"}, {"date": "\0", "do": "take"}],
)
def test_what_is_no_press_of_ours_is_refused(activity_id: int, teacher: FlaskClient, sent: dict[str, str]) -> None:
    assert press(teacher, f"/activities/{activity_id}/lms-date", sent).status_code == 422


@pytest.mark.parametrize("who", ["assistant", "student", "other_teacher", "other_school_teacher", "designer"])
def test_only_the_course_s_teacher_settles_dates(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn, who: str
) -> None:
    lms_says(app, activity_id, EARLIER)
    someone = signed_in(getattr(cast, who))
    with app.app_context():
        choice_id = choice_of(activity_id, cast.student.id).id
    sent = {"date": EARLIER.isoformat(), "do": "take"}
    assert press(someone, f"/activities/{activity_id}/lms-date", sent).status_code == 403
    done = {"date": OURS.isoformat(), "do": "done"}
    assert press(someone, f"/choices/{choice_id}/lms-date", done).status_code == 403
    assert due_of(app, activity_id, cast.student) == OURS


# The pages


def test_an_assistant_reads_the_list_and_has_nothing_to_press(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    lms_says(app, activity_id, EARLIER)
    page = page_of(signed_in(cast.assistant), f"/courses/{cast.course_id}/lms-dates")
    assert "One date is earlier in Canvas" in text_of(page, ".board")
    assert page.select("form[action*=lms-date]") == []


def test_whoever_is_limited_to_sections_sees_those_students_dates(app: Flask, cast: Cast, activity_id: int) -> None:
    lms_says(app, activity_id, OURS)
    for who in (cast.student, cast.classmate):
        extend(app, cast, activity_id, LATER, who)
    with writing(app):
        assistant, amara = (db.session.get_one(Person, who.id) for who in (cast.assistant, cast.student))
        assistant.sees_only_sections = True
        for person in (assistant, amara):
            person.in_sections.append(PersonSection(section="blue"))
    assert [name for name, *_rest in found(app, cast, cast.assistant)] == ["Amara"]


def test_the_class_page_counts_them(app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient) -> None:
    lms_says(app, activity_id, EARLIER)
    with writing(app):
        note_column_read(activity_id)
    card = text_of(page_of(teacher, f"/activities/{activity_id}"), "[aria-labelledby=column]")
    assert "One date is earlier in Canvas" in card


def test_a_class_of_hundreds_takes_no_more_statements(app: Flask, cast: Cast, activity_id: int) -> None:
    lms_says(app, activity_id, EARLIER)
    statements: list[str] = []

    def looked() -> int:
        statements.clear()
        found(app, cast)
        return len(statements)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda _c, _u, statement, *rest: statements.append(statement))
    few = looked()
    with writing(app):
        course, activity = db.session.get_one(Course, cast.course_id), activity_of(activity_id)
        for number in range(40):
            person = make_person(course, f"Student {number}", Role.STUDENT)
            choice = keeping.choice_of(activity, person, NOON)
            choice.see_lms_due(LATER + timedelta(days=number), NOON)
            retime_one(choice)
    assert len(found(app, cast)) > 40
    assert looked() == few


def test_a_student_reads_that_the_course_page_may_show_an_earlier_date(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    extend(app, cast, activity_id, LATER)
    launched(app, cast, activity_id, EARLIER)
    page = look(signed_in(cast.student), f"/activities/{activity_id}/choice").text
    assert "Your date here holds" in page
    assert "Your date here holds" not in look(signed_in(cast.classmate), f"/activities/{activity_id}/choice").text
