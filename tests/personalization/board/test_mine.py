"""A student's list of a course, and the pages of those whose work here is another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from lti.models.context import Context
from lti.models.platform import Platform
from lti.models.score import Delivery
from personalization.people.model import Course, Person, Role
from personalization.proposal.starting import begin_idea
from tests.cast import NOON, Cast, Member, make_activity, make_person, member, writing
from tests.personalization.arranging import choice_of, column_of, hand_in, pick, release, score_of
from tests.personalization.pressing import look, page_of, text_of

SignedIn = Callable[[Member], FlaskClient]


def test_the_list_leads_to_the_next_step(cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    soup = page_of(signed_in(cast.student), f"/courses/{cast.course_id}/mine")
    assert "Energy in our pond: Pick how you will show it by Sat, Nov 21, 11:59 pm" in text_of(soup, ".board")
    assert soup.select_one(f'.board a.button[href="/activities/{activity_id}/choice"]') is not None
    assert "Looking around" in text_of(soup, f"[aria-labelledby=activity-{activity_id}]")


def test_what_is_to_do_comes_first_and_what_is_done_last(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        started = make_activity(cast.course_id, cast.teacher.id, "Food webs")
        given = make_activity(cast.course_id, cast.teacher.id, "Soil")
        make_activity(cast.course_id, cast.teacher.id, "Secret", published=False)
        pick(started, cast.student.id)
        hand_in(given, cast.student.id)
        release(hand_in(activity_id, cast.student.id), cast.teacher.id)
    soup = page_of(signed_in(cast.student), f"/courses/{cast.course_id}/mine")
    assert [h2.text for h2 in soup.select("h2")] == ["Food webs", "Soil", "Energy in our pond"]
    assert soup.select_one(f'a[href="/activities/{activity_id}/grade"]') is not None
    assert "Secret" not in soup.text


def test_an_idea_leads_to_its_talk(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    with writing(app):
        choice = choice_of(activity_id, cast.student.id)
        proposal = begin_idea(choice, [], choice.student, NOON)
        db.session.add(proposal)
        db.session.flush()
        number = proposal.id
    soup = page_of(signed_in(cast.student), f"/courses/{cast.course_id}/mine")
    assert soup.select_one(f'.board a[href="/proposals/{number}"]') is not None
    assert "Writing an idea" in soup.text


def test_a_list_shows_nobody_else(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    with writing(app):
        hand_in(activity_id, cast.classmate.id)
    soup = page_of(signed_in(cast.student), f"/courses/{cast.course_id}/mine")
    assert "Handed in" not in soup.text
    assert "Noor" not in soup.text


def test_what_is_not_open_yet_says_when(app: Flask, cast: Cast, signed_in: SignedIn) -> None:
    with writing(app):
        number = make_activity(cast.course_id, cast.teacher.id, "Later", opens=NOON + timedelta(days=2))
    soup = page_of(signed_in(cast.student), f"/courses/{cast.course_id}/mine")
    assert "Opens : Later Thu, Nov 12, 12:00 pm" in text_of(soup, f"[aria-labelledby=activity-{number}]")
    assert "Nothing waits for you." in text_of(soup, ".board")


def test_a_newcomer_finds_every_activity_and_looking_writes_nothing(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        platform = db.session.get_one(Context, course.context_id).platform
        newcomer = member(make_person(course, "Zuri Wanjiru", Role.STUDENT), platform)
    soup = page_of(signed_in(newcomer), f"/courses/{cast.course_id}/mine")
    assert soup.select_one(f'a[href="/activities/{activity_id}/choice"]') is not None
    with app.app_context(), pytest.raises(AssertionError):
        choice_of(activity_id, newcomer.id)


def test_an_empty_course_says_what_comes(cast: Cast, signed_in: SignedIn) -> None:
    soup = page_of(signed_in(cast.student), f"/courses/{cast.course_id}/mine")
    assert "Nothing is here yet." in soup.text


@pytest.mark.parametrize("who", ["teacher", "assistant", "designer", "observer", "other_teacher"])
def test_only_students_have_a_list(cast: Cast, signed_in: SignedIn, who: str) -> None:
    answer = look(signed_in(getattr(cast, who)), f"/courses/{cast.course_id}/mine")
    assert answer.status_code == HTTPStatus.FORBIDDEN


# Others


def test_an_observer_sees_their_student_and_nobody_else(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        pick(activity_id, cast.student.id)
        hand_in(activity_id, cast.classmate.id)
    soup = page_of(signed_in(cast.observer), f"/courses/{cast.course_id}/welcome")
    assert text_of(soup, "h1") == "How Amara is getting on"
    assert "Picked" in soup.text
    assert "Hand in Mon, Nov 30, 12:00 pm" in " ".join(soup.get_text(" ").split())
    assert "Noor" not in soup.text
    assert soup.select("main form, main button") == []


def test_what_happened_is_a_press_away_for_the_student_and_who_observes_them(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        history = f"/choices/{pick(activity_id, cast.student.id).id}/history"
    for who, address in (
        (cast.student, f"/courses/{cast.course_id}/mine"),
        (cast.student, f"/activities/{activity_id}/messages"),
        (cast.observer, f"/courses/{cast.course_id}/welcome"),
    ):
        client = signed_in(who)
        assert page_of(client, address).select_one(f'a[href="{history}"]') is not None
        assert client.get(history).status_code == 200


def test_an_observer_without_a_student_is_told_who_can_set_it(app: Flask, cast: Cast, signed_in: SignedIn) -> None:
    with writing(app):
        db.session.get_one(Person, cast.observer.id).mentees = []
    soup = page_of(signed_in(cast.observer), f"/courses/{cast.course_id}/welcome")
    assert "LMS admin" in soup.text
    assert "Amara" not in soup.text


def test_an_observer_never_sees_someone_who_is_no_student(app: Flask, cast: Cast, signed_in: SignedIn) -> None:
    with writing(app):
        db.session.get_one(Person, cast.observer.id).mentees = ["sub-Adaeze Okafor", "sub-Sam Stone"]
    assert "Adaeze" not in page_of(signed_in(cast.observer), f"/courses/{cast.course_id}/welcome").text


def test_an_administrator_sees_the_set_up_and_no_student(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        hand_in(activity_id, cast.student.id)
        db.session.get_one(Person, cast.designer.id).role = Role.ADMINISTRATOR
    soup = page_of(signed_in(cast.designer), f"/courses/{cast.course_id}/welcome")
    assert "Third Option works in this course" in soup.text
    assert "Tue, Nov 10" in soup.text, "when the class list was read"
    assert "Amara" not in soup.text


@pytest.mark.parametrize(
    ("who", "page"), [("teacher", "queue"), ("assistant", "queue"), ("designer", "activities"), ("student", "mine")]
)
def test_everyone_else_is_shown_the_way(cast: Cast, signed_in: SignedIn, who: str, page: str) -> None:
    soup = page_of(signed_in(getattr(cast, who)), f"/courses/{cast.course_id}/welcome")
    assert soup.select_one(f'.board a[href="/courses/{cast.course_id}/{page}"]') is not None


def test_a_stranger_is_not_welcome(client: FlaskClient, cast: Cast, signed_in: SignedIn) -> None:
    address = f"/courses/{cast.course_id}/welcome"
    assert look(client, address).status_code == HTTPStatus.UNAUTHORIZED
    assert look(signed_in(cast.other_teacher), address).status_code == HTTPStatus.FORBIDDEN


def test_whoever_sets_up_sees_how_the_gradebook_is_and_no_student(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        work = hand_in(activity_id, cast.student.id)
        release(work, cast.teacher.id)
        score_of(cast.student).status = Delivery.REFUSED
        column_of(activity_id).problem = "The LMS did not show the column."
        who = make_person(db.session.get_one(Course, cast.course_id), "Ada Root", Role.ADMINISTRATOR)
        ada = member(who, db.session.get_one(Platform, cast.teacher.platform_id))
    page = page_of(signed_in(ada), f"/courses/{cast.course_id}/welcome").text
    assert ["One column." in page, "One could not be read." in page, "The LMS refused one." in page] == [True] * 3
    assert ["Amara" in page, "Noor" in page, "poster" in page] == [False] * 3
    with writing(app):
        column_of(activity_id).gone_at = NOON
        score_of(cast.student).status = Delivery.QUEUED
    page = page_of(signed_in(ada), f"/courses/{cast.course_id}/welcome").text
    assert ["One was deleted in the LMS." in page, "None refused" in page, "One is on its way." in page] == [True] * 3
