"""An LMS that changed its id of somebody: nothing is guessed, and a teacher's word brings the two lines together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import clock
from engine.db import db
from lti.models.context import User
from lti.models.score import OutgoingScore
from personalization.board.uniting import unite
from personalization.choice.model import Choice, Event
from personalization.errors import Refused
from personalization.people.model import Course, Person, PersonSection, Role
from personalization.submission.model import Submission
from tests.cast import NOON, Cast, Member, make_activity, make_person, writing
from tests.personalization.arranging import activity_of, choice_of, hand_in, note_column_read, pick, release
from tests.personalization.pressing import press

SignedIn = Callable[[Member], FlaskClient]
LATER = NOON + timedelta(days=3)


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.at(LATER):
        yield


@pytest.fixture
def new_id(app: Flask, cast: Cast, activity_id: int) -> int:
    """Amara has left with her work handed in; somebody new is on the list since, with a line and the same school id."""
    with writing(app):
        hand_in(activity_id, cast.student.id)
        old = db.session.get_one(Person, cast.student.id)
        old.left_at = NOON
        new = make_person(db.session.get_one(Course, cast.course_id), "Amara Diallo-Berg", Role.STUDENT)
        new.first_seen_at = LATER
        new.in_sections = [PersonSection(section="43")]
        old.in_sections = [PersonSection(section="42")]
        db.session.add(Choice.for_student(activity_of(activity_id), new, LATER))
        for person in (old, new):
            db.session.get_one(User, person.user_id).sourcedid = "sis-7"
        db.session.flush()
        return new.id


def people(cast: Cast, new_id: int) -> tuple[Person, Person, Person]:
    return (
        db.session.get_one(Person, cast.student.id),
        db.session.get_one(Person, new_id),
        db.session.get_one(Person, cast.teacher.id),
    )


def address(cast: Cast) -> str:
    return f"/people/{cast.student.id}/same"


def test_the_older_line_goes_on_under_the_newer_id(app: Flask, cast: Cast, activity_id: int, new_id: int) -> None:
    with writing(app):
        old, new, teacher = people(cast, new_id)
        user_id = new.user_id
        unite(old, new, teacher, LATER)
    with app.app_context():
        one = db.session.get_one(Person, cast.student.id)
        assert db.session.get(Person, new_id) is None
        assert (one.user_id, one.name, one.left_at, one.sections) == (
            user_id,
            "Amara Diallo-Berg",
            None,
            frozenset({"43"}),
        )
        assert (one.away_since, one.back_at) == (NOON, LATER)
        choice = choice_of(activity_id, one.id)
        assert choice.is_handed_in
        assert db.session.scalars(select(Choice).where(Choice.activity_id == activity_id)).all().count(choice) == 1
        verbs = db.session.scalars(select(Event.verb).where(Event.choice_id == choice.id).order_by(Event.id)).all()
        assert verbs[-1] == "same person"


def test_work_done_since_comes_along(app: Flask, cast: Cast, activity_id: int, new_id: int) -> None:
    with writing(app):
        second = make_activity(cast.course_id, cast.teacher.id, title="A second")
        going = hand_in(second, new_id, now=LATER)
        old, new, teacher = people(cast, new_id)
        unite(old, new, teacher, LATER)
    with app.app_context():
        assert db.session.get_one(Submission, going).choice.student_id == cast.student.id
        assert choice_of(second, cast.student.id).is_handed_in
        assert choice_of(activity_id, cast.student.id).is_handed_in
        assert db.session.scalars(select(Event).where(Event.by_id == new_id)).all() == []


def test_work_on_both_sides_is_refused_and_nothing_moves(app: Flask, cast: Cast, activity_id: int, new_id: int) -> None:
    with writing(app):
        pick(activity_id, new_id)
    with app.app_context():
        old, new, teacher = people(cast, new_id)
        with pytest.raises(Refused, match="Energy in our pond"):
            unite(old, new, teacher, LATER)
        db.session.rollback()
        assert db.session.get_one(Person, new_id).is_in_class
        assert db.session.get_one(Person, cast.student.id).left_at == NOON


@pytest.mark.parametrize("wrong", ["still there", "new one left", "a teacher", "another course"])
def test_only_a_student_who_left_and_one_who_is_there(app: Flask, cast: Cast, new_id: int, wrong: str) -> None:
    with app.app_context():
        old, new, teacher = people(cast, new_id)
        if wrong == "still there":
            old.left_at = None
        elif wrong == "new one left":
            new.left_at = NOON
        elif wrong == "a teacher":
            new.role = Role.ASSISTANT
        else:
            new.course_id = cast.other_course_id
        with pytest.raises(Refused, match="can’t be one person"):
            unite(old, new, teacher, LATER)


def test_what_was_released_goes_to_the_newer_id_too(app: Flask, cast: Cast, activity_id: int, new_id: int) -> None:
    with writing(app):
        release(db.session.scalars(select(Submission.id)).one(), cast.teacher.id)
        old, new, teacher = people(cast, new_id)
        user_id = new.user_id
        unite(old, new, teacher, LATER)
    with app.app_context():
        score = db.session.scalars(select(OutgoingScore).where(OutgoingScore.user_id == user_id)).one()
        assert score.score_given == 75


def test_the_same_school_id_is_pointed_out_and_the_same_name_is_not(
    app: Flask, cast: Cast, new_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        make_person(db.session.get_one(Course, cast.course_id), "Amara  Diallo", Role.STUDENT)
    page = signed_in(cast.teacher).get(f"/courses/{cast.course_id}/left").text
    assert "Perhaps the same person as Amara Diallo-Berg" in page
    with writing(app):
        for person_id in (cast.student.id, new_id):
            user = db.session.get_one(User, db.session.get_one(Person, person_id).user_id)
            user.sourcedid, user.email = "", f"{person_id}@example.edu"
    page = signed_in(cast.teacher).get(f"/courses/{cast.course_id}/left").text
    assert "Amara Diallo" in page
    assert "Perhaps the same person" not in page


def test_e_mail_counts_in_any_case(app: Flask, cast: Cast, new_id: int, signed_in: SignedIn) -> None:
    with writing(app):
        for person_id, mail in ((cast.student.id, "Amara@example.edu"), (new_id, "amara@EXAMPLE.edu")):
            user = db.session.get_one(User, db.session.get_one(Person, person_id).user_id)
            user.sourcedid, user.email = "", mail
    assert "same e-mail address" in signed_in(cast.teacher).get(f"/courses/{cast.course_id}/left").text


def test_what_would_move_is_shown_first_then_a_press_does_it(
    app: Flask, cast: Cast, activity_id: int, new_id: int, signed_in: SignedIn
) -> None:
    teacher = signed_in(cast.teacher)
    shown = BeautifulSoup(teacher.get(f"{address(cast)}?person={new_id}").text, "html.parser")
    assert "Energy in our pond" in shown.text
    assert shown.select_one(f'form[method=post] input[name=person][value="{new_id}"]') is not None
    answer = press(teacher, address(cast), {"person": str(new_id)}, now=LATER)
    assert (answer.status_code, answer.location) == (303, f"/courses/{cast.course_id}/left")
    with app.app_context():
        assert db.session.get(Person, new_id) is None
    again = press(teacher, address(cast), {"person": str(new_id)}, now=LATER)
    assert (again.status_code, again.location) == (303, f"/courses/{cast.course_id}/left")
    assert press(teacher, address(cast), {"person": str(cast.classmate.id)}, now=LATER).status_code == 404


def test_a_refusal_stands_on_the_page(
    app: Flask, cast: Cast, activity_id: int, new_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        pick(activity_id, new_id)
    answer = press(signed_in(cast.teacher), address(cast), {"person": str(new_id)}, now=LATER)
    assert answer.status_code == 409
    assert "Both have work in Energy in our pond" in answer.text


@pytest.mark.parametrize("person", ["", "x", "999999", "1\x00", "9" * 30])
def test_nobody_in_particular_is_nobody(app: Flask, cast: Cast, new_id: int, signed_in: SignedIn, person: str) -> None:
    assert press(signed_in(cast.teacher), address(cast), {"person": person}, now=LATER).status_code == 422


@pytest.mark.parametrize("who", ["assistant", "designer", "observer", "classmate", "other_teacher"])
def test_only_a_teacher_says_so(app: Flask, cast: Cast, new_id: int, signed_in: SignedIn, who: str) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(f"/courses/{cast.course_id}/left").status_code == 403
    assert client.get(address(cast)).status_code == 403
    assert press(client, address(cast), {"person": str(new_id)}, now=LATER).status_code == 403


def test_a_teacher_of_one_section_brings_nobody_of_another_together(
    app: Flask, cast: Cast, new_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        me = db.session.get_one(Person, cast.teacher.id)
        me.sees_only_sections, me.in_sections = True, [PersonSection(section="42")]
    teacher = signed_in(cast.teacher)
    assert (
        press(teacher, address(cast), {"person": str(new_id)}, now=LATER).status_code == 422
    )  # the newer one is in section 43
    page = teacher.get(f"/courses/{cast.course_id}/left").text
    assert "Amara Diallo-Berg" not in page


def test_the_next_roster_finds_one_line(
    app: Flask, cast: Cast, activity_id: int, new_id: int, signed_in: SignedIn
) -> None:
    press(signed_in(cast.teacher), address(cast), {"person": str(new_id)}, now=LATER)
    with writing(app):
        note_column_read(activity_id)
    page = signed_in(cast.teacher).get(f"/activities/{activity_id}").text
    assert page.count("Amara Diallo-Berg") >= 1
