"""Whoever observes a student sees what that student sees, of that student alone, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine import clock
from engine.db import db
from personalization.people.model import Person, Role
from personalization.proposal.answering import accept, ask_for_revision
from personalization.proposal.model import Proposal, Words
from personalization.proposal.starting import begin_idea
from personalization.submission.model import Evidence, Submission
from personalization.submission.storage import keep, open_store
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import activity_of, choice_of, hand_in, pick, release

SignedIn = Callable[[Member], FlaskClient]
WORDS = Words(title="A song of the pond", plan="Three verses, one per level", lines={1: "a", 2: "b", 3: "c"})


@pytest.fixture(autouse=True)
def _at_noon() -> object:
    with clock.at(NOON):
        yield


@pytest.fixture
def parent(signed_in: SignedIn, cast: Cast) -> FlaskClient:
    return signed_in(cast.observer)


def page(client: FlaskClient, student: Member, activity_id: int) -> BeautifulSoup:
    answer = client.get(f"/people/{student.id}/activities/{activity_id}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def propose(activity_id: int, student_id: int, *, send: bool) -> int:
    choice = choice_of(activity_id, student_id)
    proposal = begin_idea(choice, [], choice.student, NOON)
    db.session.add(proposal)
    if send:
        proposal.submit(WORDS, choice.activity.criteria, choice.student, NOON)
    else:
        proposal.save(WORDS, choice.student, NOON, None)
    db.session.flush()
    return proposal.id


def test_before_anything_began_the_ways_and_dates_are_seen(parent: FlaskClient, cast: Cast, activity_id: int) -> None:
    shown = page(parent, cast.student, activity_id)
    assert "You see what Amara sees" in shown.text
    assert ["Field poster" in shown.text, "Data story" in shown.text] == [True, True]
    assert shown.select("ol.dates time")


def test_there_is_nothing_to_press(app: Flask, parent: FlaskClient, cast: Cast, activity_id: int) -> None:
    with writing(app):
        release(hand_in(activity_id, cast.student.id), cast.teacher.id)
    for address in (f"/people/{cast.student.id}/activities/{activity_id}", f"/courses/{cast.course_id}/welcome"):
        assert BeautifulSoup(parent.get(address).text, "html.parser").select("main form, main button, main input") == []


def test_an_idea_is_seen_once_it_was_sent(app: Flask, parent: FlaskClient, cast: Cast, activity_id: int) -> None:
    with writing(app):
        proposal_id = propose(activity_id, cast.student.id, send=False)
    assert "A song of the pond" not in page(parent, cast.student, activity_id).text
    with writing(app):
        proposal = db.session.get_one(Proposal, proposal_id)
        proposal.submit(WORDS, proposal.choice.activity.criteria, proposal.choice.student, NOON)
        teacher = db.session.get_one(Person, cast.teacher.id)
        ask_for_revision(proposal, 1, "How will I see the numbers?", teacher, NOON)
    shown = page(parent, cast.student, activity_id).text
    assert "Three verses, one per level" in shown
    assert "How will I see the numbers?" in shown


def test_what_was_agreed_is_seen(app: Flask, parent: FlaskClient, cast: Cast, activity_id: int) -> None:
    with writing(app):
        proposal = db.session.get_one(Proposal, propose(activity_id, cast.student.id, send=True))
        teacher = db.session.get_one(Person, cast.teacher.id)
        db.session.add(accept(proposal, 1, proposal.choice.activity.rubric, teacher, NOON))
    shown = page(parent, cast.student, activity_id)
    assert "What was agreed" in shown.text
    assert "Agreed" in shown.select_one(".board .state").text  # type: ignore[union-attr]  # every page here has one


def test_a_hand_in_is_seen_with_its_result_and_a_draft_is_not(
    app: Flask, parent: FlaskClient, cast: Cast, activity_id: int
) -> None:
    with writing(app):
        choice = pick(activity_id, cast.student.id)
        draft = Submission.start(choice, None, NOON)
        db.session.add(draft)
        draft.save("Only begun", "I learned by drawing", NOON)
    assert "Only begun" not in page(parent, cast.student, activity_id).text
    with writing(app):
        draft = db.session.scalars(select(Submission)).one()
        draft.hand_in(draft.choice.student, NOON, NOON)
        draft_id = draft.id
    shown = page(parent, cast.student, activity_id).text
    assert "Only begun" in shown
    assert "I learned by drawing" not in shown  # between the student and the teacher
    assert "Well done." not in shown
    with writing(app):
        release(draft_id, cast.teacher.id)
    shown = page(parent, cast.student, activity_id).text
    assert ["Well done." in shown, "75" in shown] == [True, True]


@pytest.fixture
def file(app: Flask, cast: Cast, activity_id: int) -> str:
    """The address of a picture in Amara's hand-in."""
    with writing(app):
        choice = pick(activity_id, cast.student.id)
        go = Submission.start(choice, None, NOON)
        db.session.add(go)
        store = open_store(app.extensions["config"].storage_url)
        stored = keep(store, FileStorage(BytesIO(b"pond"), "pond.txt"), 1000)
        go.add(Evidence.file(stored, choice.student, NOON), NOON)
    return f"/files/{stored.key}/pond.txt"


def test_files_are_open_once_handed_in(app: Flask, parent: FlaskClient, cast: Cast, file: str) -> None:
    assert parent.get(file).status_code == 403
    with writing(app):
        go = db.session.scalars(select(Submission)).one()
        go.hand_in(go.choice.student, NOON, NOON)
    answer = parent.get(file)
    assert (answer.status_code, answer.data) == (200, b"pond")


def test_another_s_child_stays_closed(
    app: Flask, parent: FlaskClient, signed_in: SignedIn, cast: Cast, activity_id: int, file: str
) -> None:
    with writing(app):
        go = db.session.scalars(select(Submission)).one()
        go.hand_in(go.choice.student, NOON, NOON)
        db.session.get_one(Person, cast.observer.id).mentees = ["sub-Noor Haddad"]
    assert parent.get(f"/people/{cast.student.id}/activities/{activity_id}").status_code == 403
    assert parent.get(file).status_code == 403
    assert parent.get(f"/people/{cast.classmate.id}/activities/{activity_id}").status_code == 200
    assert parent.get(f"/people/{cast.teacher.id}/activities/{activity_id}").status_code == 403


@pytest.mark.parametrize("what", ["student left", "observer left", "no mentees", "now assists"])
def test_looking_on_ends_with_what_it_hung_on(
    app: Flask, parent: FlaskClient, cast: Cast, activity_id: int, what: str
) -> None:
    with writing(app):
        student, observer = (db.session.get_one(Person, who.id) for who in (cast.student, cast.observer))
        if what == "student left":
            student.left_at = NOON
        elif what == "observer left":
            observer.left_at = NOON
        elif what == "no mentees":
            observer.mentees = []
        else:
            student.role = Role.ASSISTANT
    assert parent.get(f"/people/{cast.student.id}/activities/{activity_id}").status_code == 403


@pytest.mark.parametrize("who", ["teacher", "assistant", "designer", "student", "classmate", "other_teacher"])
def test_it_is_nobody_else_s_page(signed_in: SignedIn, cast: Cast, activity_id: int, who: str) -> None:
    answer = signed_in(getattr(cast, who)).get(f"/people/{cast.student.id}/activities/{activity_id}")
    assert answer.status_code == 403


def test_what_students_do_not_see_is_not_there(app: Flask, parent: FlaskClient, cast: Cast) -> None:
    with writing(app):
        draft = make_activity(cast.course_id, cast.teacher.id, title="A draft", published=False)
        elsewhere = make_activity(cast.other_course_id, cast.other_teacher.id, title="Elsewhere")
    for activity_id in (draft, elsewhere, 999_999):
        assert parent.get(f"/people/{cast.student.id}/activities/{activity_id}").status_code == 404


def test_a_newcomer_without_a_line_is_seen_with_the_class_s_dates(
    app: Flask, parent: FlaskClient, cast: Cast, activity_id: int
) -> None:
    with writing(app):
        db.session.delete(choice_of(activity_id, cast.student.id))
    shown = page(parent, cast.student, activity_id)
    assert "Not opened" in shown.text
    assert "Hand in" in shown.text


def test_the_list_leads_to_each(parent: FlaskClient, cast: Cast, activity_id: int) -> None:
    listed = BeautifulSoup(parent.get(f"/courses/{cast.course_id}/welcome").text, "html.parser")
    hrefs = [str(link["href"]) for link in listed.select("main a")]
    assert f"/people/{cast.student.id}/activities/{activity_id}" in hrefs
    arranged = f"/courses/{cast.course_id}/my-arrangements?student={cast.student.id}"
    assert arranged in hrefs
    assert parent.get(arranged).status_code == 200


def test_own_dates_are_the_student_s(app: Flask, parent: FlaskClient, cast: Cast, activity_id: int) -> None:
    with writing(app):
        due = activity_of(activity_id).work_due
        assert due is not None
        choice_of(activity_id, cast.student.id).work_due = due + timedelta(days=5)
    later = (due + timedelta(days=5)).strftime("%Y-%m-%d")
    times = [str(time["datetime"]) for time in page(parent, cast.student, activity_id).select("ol.dates time")]
    assert any(time.startswith(later) for time in times)
