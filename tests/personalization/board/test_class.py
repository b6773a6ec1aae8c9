"""The class page of one activity, and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from lti.models.context import Context
from personalization.people.model import Course, Person
from personalization.proposal.model import Words
from personalization.proposal.starting import begin_idea
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import (
    activity_of,
    choice_of,
    hand_in,
    make_ready,
    note_column_read,
    pick,
)
from tests.personalization.crowded import fill
from tests.personalization.pressing import look, page_of, press, text_of

SignedIn = Callable[[Member], FlaskClient]
OTHERS = ["student", "classmate", "designer", "observer", "other_teacher", "other_school_teacher"]


@pytest.fixture
def read(app: Flask, activity_id: int) -> None:
    """The gradebook was read just now."""
    with writing(app):
        note_column_read(activity_id)


def make_idea(activity_id: int, student_id: int) -> int:
    choice = choice_of(activity_id, student_id)
    proposal = begin_idea(choice, [], choice.student, NOON)
    db.session.add(proposal)
    words = Words(title="A card game", plan="Cards", lines={1: "a", 2: "b", 3: "c"})
    proposal.submit(words, choice.activity.criteria, choice.student, NOON)
    db.session.flush()
    return proposal.id


@pytest.mark.usefixtures("read")
def test_many_grades_that_did_not_arrive_are_a_few_rows_and_their_number(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        fill(cast, activity_id, 12, "one")  # a third of them refused
    soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    rows = [" ".join(row.get_text(" ").split()) for row in soup.select("[aria-labelledby=needs] li")]
    assert [("Refused" in row) for row in rows] == [True, True, True, False]
    assert "4 grades in all Did not arrive" in rows[-1]
    assert soup.select_one(f'[aria-labelledby=needs] a[href="/activities/{activity_id}/gradebook"]') is not None


@pytest.mark.usefixtures("read")
def test_the_page_says_the_finding_and_shows_everyone(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        idea = make_idea(activity_id, cast.student.id)
        pick(activity_id, cast.classmate.id)
    soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    assert text_of(soup, "h1") == "Energy in our pond"
    assert "One idea waits for your answer." in text_of(soup, ".board")
    assert soup.select_one(f'a[href="/proposals/{idea}/decision"]') is not None
    amara = text_of(soup, f"#student-{cast.student.id}")
    assert "Your turn" in amara
    assert "“A card game”, version 1" in amara
    assert "Picked A Field poster" in text_of(soup, f"#student-{cast.classmate.id}")
    hot = soup.select(".chip.hot")
    with app.app_context():
        choice_id = choice_of(activity_id, cast.student.id).id
    assert [chip["href"] for chip in hot] == [f"/choices/{choice_id}"]
    assert "Your turn" in hot[0].text


@pytest.mark.usefixtures("read")
def test_work_to_mark_and_grades_to_release_are_one_press_away(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        work = hand_in(activity_id, cast.student.id)
        grade_id = make_ready(hand_in(activity_id, cast.classmate.id), cast.teacher.id).id
    soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    needs = soup.select_one("[aria-labelledby=needs]")
    assert needs is not None
    assert needs.select_one(f'a[href="/submissions/{work}/grade"]') is not None
    form = soup.select_one(f'form[action="/activities/{activity_id}/releases"]')
    assert form is not None
    assert [field["value"] for field in form.select("[name=grade]")] == [str(grade_id)]
    assert "Release the one that is ready" in form.text


@pytest.mark.usefixtures("read")
def test_where_several_are_ready_some_can_be_ticked(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        ids = [make_ready(hand_in(activity_id, m.id), cast.teacher.id).id for m in (cast.student, cast.classmate)]
    soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    assert "Release all 2 ready" in text_of(soup, ".board")
    ticks = soup.select("details input[type=checkbox][name=grade]")
    assert {str(tick["value"]) for tick in ticks} == {str(number) for number in ids}
    assert not any(tick.has_attr("checked") for tick in ticks)
    assert soup.select_one("details input[name=some]") is not None


@pytest.mark.usefixtures("read")
def test_an_assistant_sees_the_class_and_releases_nothing(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        make_ready(hand_in(activity_id, cast.student.id), cast.teacher.id)
    soup = page_of(signed_in(cast.assistant), f"/activities/{activity_id}")
    assert "Ready to release" in text_of(soup, f"#student-{cast.student.id}")
    assert soup.select_one(f'form[action="/activities/{activity_id}/releases"]') is None


@pytest.mark.usefixtures("read")
def test_what_is_shown_in_person_is_noted_from_the_row(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        choice_id = pick(activity_id, cast.student.id).id
    teacher = signed_in(cast.teacher)
    form = page_of(teacher, f"/activities/{activity_id}").select_one(f'form[action="/choices/{choice_id}/showing"]')
    assert form is not None
    assert form.select_one("[name=about]") is not None
    press(teacher, f"/choices/{choice_id}/showing", {"about": "The game, played"})
    soup = page_of(teacher, f"/activities/{activity_id}")
    assert "Handed in" in text_of(soup, f"#student-{cast.student.id}")


@pytest.mark.usefixtures("read")
@pytest.mark.parametrize("who", OTHERS)
def test_others_do_not_see_the_class(cast: Cast, activity_id: int, signed_in: SignedIn, who: str) -> None:
    client = signed_in(getattr(cast, who))
    for address in (f"/activities/{activity_id}", f"/courses/{cast.course_id}/class"):
        answer = look(client, address)
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "Noor" not in answer.text


def test_a_stranger_sees_nothing(client: FlaskClient, cast: Cast, activity_id: int) -> None:
    assert look(client, f"/activities/{activity_id}").status_code == HTTPStatus.UNAUTHORIZED
    assert look(client, f"/courses/{cast.course_id}/class").status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.usefixtures("read")
def test_test_students_are_shown_and_not_counted_and_who_left_is_folded(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        db.session.get_one(Person, cast.student.id).is_test = True
        db.session.get_one(Person, cast.classmate.id).left_at = NOON
    soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    assert "test student" in text_of(soup, f"#student-{cast.student.id}")
    assert soup.select(".chip") == []
    assert "Left the course" in text_of(soup, f"details #student-{cast.classmate.id}")


def test_an_unpublished_activity_says_so(app: Flask, cast: Cast, signed_in: SignedIn) -> None:
    with writing(app):
        number = make_activity(cast.course_id, cast.teacher.id, published=False)
        note_column_read(number)
    soup = page_of(signed_in(cast.teacher), f"/activities/{number}")
    assert "Not published yet" in text_of(soup, ".board")
    assert soup.select_one(f'.board a[href="/activities/{number}/design"]') is not None


@pytest.mark.usefixtures("read")
def test_a_class_list_that_was_not_read_is_said(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        context = db.session.get_one(Context, course.context_id)
        context.roster_synced_at, context.roster_error = None, "Canvas did not answer."
    soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    assert "The class list could not be read" in soup.text
    assert "Canvas did not answer. Only people who opened an activity are counted." in " ".join(soup.text.split())


# All activities


def test_the_list_draws_each_activity(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    with writing(app):
        newer = make_activity(cast.course_id, cast.teacher.id, title="Food webs", own_idea=False)
        activity_of(newer).published_at = NOON + timedelta(hours=1)
        hand_in(activity_id, cast.student.id)
        make_activity(cast.course_id, cast.teacher.id, title="Not yet", published=False)
        make_activity(cast.other_course_id, cast.other_teacher.id, title="Elsewhere")
    soup = page_of(signed_in(cast.teacher), f"/courses/{cast.course_id}/class")
    assert [h2.text for h2 in soup.select("h2 a")] == ["Food webs", "Energy in our pond"]
    pond = soup.select_one(f"[aria-labelledby=activity-{activity_id}]")
    assert pond is not None
    assert "One piece of work waits to be marked." in pond.text
    assert [rect["width"] for rect in pond.select("rect")] == ["1", "1"]


def test_without_activities_the_list_says_what_comes(cast: Cast, signed_in: SignedIn) -> None:
    soup = page_of(signed_in(cast.teacher), f"/courses/{cast.course_id}/class")
    assert "Nothing to see yet" in soup.text
