"""The class page of one activity, and the list of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus

import pytest
import responses
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from engine.db import db
from lti.models import Context, Delivery, OutgoingScore, User
from personalization.choice.model import Choice
from personalization.grading.model import Grade, Status
from personalization.people.model import Course, Person, Role
from personalization.proposal.model import Proposal, Words
from personalization.submission.model import Submission
from tests.cast import ISSUER, NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import (
    GOT_IT,
    activity_of,
    choice_of,
    column_of,
    hand_in,
    make_ready,
    note_column_read,
    pick,
)
from tests.personalization.pressing import look, press

SignedIn = Callable[[Member], FlaskClient]
OTHERS = ["student", "classmate", "designer", "observer", "other_teacher", "other_school_teacher"]


@pytest.fixture
def read(app: Flask, activity_id: int) -> None:
    """The gradebook was read just now."""
    with writing(app):
        note_column_read(activity_id)


def page_of(client: FlaskClient, address: str) -> BeautifulSoup:
    answer = look(client, address)
    assert answer.status_code == HTTPStatus.OK
    return BeautifulSoup(answer.text, "html.parser")


def text_of(soup: BeautifulSoup, selector: str) -> str:
    found = soup.select_one(selector)
    assert found is not None
    return " ".join(found.get_text(" ").split())


def make_idea(activity_id: int, student_id: int) -> int:
    choice = choice_of(activity_id, student_id)
    proposal = Proposal.start(choice, [], choice.student, NOON)
    db.session.add(proposal)
    words = Words(title="A card game", plan="Cards", lines={1: "a", 2: "b", 3: "c"})
    proposal.submit(words, choice.activity.criteria, choice.student, NOON)
    db.session.flush()
    return proposal.id


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
    assert [chip["href"] for chip in hot] == [f"#student-{cast.student.id}"]


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


# The gradebook's column


@contextmanager
def gradebook(app: Flask, activity_id: int, status: int = 200) -> Iterator[responses.RequestsMock]:
    """The LMS's side: a token, the column, and Amara's result."""
    with app.app_context():
        url = column_of(activity_id).url
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.post(f"{ISSUER}/token", json={"access_token": "t", "token_type": "Bearer", "expires_in": 3600})
        column = {"id": url, "label": "Pond (graded)", "scoreMaximum": 16, "endDateTime": "2026-11-29T23:59:00Z"}
        results = [{"id": f"{url}/results/1", "userId": "sub-Amara Diallo", "resultScore": 12, "resultMaximum": 16}]
        wire.get(url, json=column, status=status)
        wire.get(f"{url}/results", json=results, status=status)
        yield wire


def allow_grades(app: Flask, cast: Cast) -> None:
    scopes = "https://purl.imsglobal.org/spec/lti-ags/scope"
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        context = db.session.get_one(Context, course.context_id)
        context.ags_scopes = [f"{scopes}/lineitem", f"{scopes}/result.readonly", f"{scopes}/score"]


def test_the_column_is_shown_as_the_lms_has_it(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    allow_grades(app, cast)
    with gradebook(app, activity_id):
        soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    card = text_of(soup, "[aria-labelledby=column]")
    assert "Pond (graded)" in card
    assert "Points 16 here 100; grades are scaled" in card
    assert "Sun, Nov 29, 5:59 pm" in card
    assert "Canvas would mark it late before that" in card, "ours is due later"
    assert "In Canvas: 12 / 16" in text_of(soup, f"#student-{cast.student.id}")
    assert "In Canvas" not in text_of(soup, f"#student-{cast.classmate.id}")


def test_a_young_reading_is_not_asked_for_again_unless_wanted(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    allow_grades(app, cast)
    teacher = signed_in(cast.teacher)
    with gradebook(app, activity_id) as wire:
        page_of(teacher, f"/activities/{activity_id}")
        asked = len(wire.calls)
        page_of(teacher, f"/activities/{activity_id}")
        assert len(wire.calls) == asked
        page_of(teacher, f"/activities/{activity_id}?read=1")
        assert len(wire.calls) > asked


def test_an_lms_that_is_down_breaks_no_page(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    allow_grades(app, cast)
    with gradebook(app, activity_id, status=503):
        soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    assert "nothing is lost" in text_of(soup, "[aria-labelledby=column]")
    assert "Noor Haddad" in soup.text


@pytest.mark.usefixtures("read")
def test_an_activity_without_grades_has_no_column(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        activity_of(activity_id).graded = False
    soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    assert "This activity is not graded" in text_of(soup, "[aria-labelledby=column]")


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


# Never a statement per student


def fill(cast: Cast, activity_id: int, count: int, name: str) -> None:
    """A class of so many, all with an idea behind them, work, a release and a score: the most that a line can hold."""
    course, activity = db.session.get_one(Course, cast.course_id), activity_of(activity_id)
    context, by = db.session.get_one(Context, course.context_id), db.session.get_one(Person, cast.teacher.id)
    users = [User(platform=context.platform, sub=f"{name} {n}", name=f"{name} {n}") for n in range(count)]
    db.session.add_all(users)
    db.session.flush()
    named = {"course": course, "role": Role.STUDENT, "roles": ["student"], "first_seen_at": NOON - timedelta(days=30)}
    people = [Person(user_id=user.id, full_name=user.name, sort_name=user.name, **named) for user in users]
    choices = [Choice.for_student(activity, person, NOON) for person in people]
    db.session.add_all(choices)
    for choice in choices:
        proposal = Proposal.start(choice, [], choice.student, NOON)
        words = Words(title="An idea", plan="So", lines={1: "a", 2: "b", 3: "c"})
        proposal.submit(words, activity.criteria, choice.student, NOON)
        db.session.add_all([proposal, proposal.accept(1, activity.rubric, by, NOON)])
        submission = Submission.start(choice, None, NOON)
        submission.save("Work", "", NOON)
        submission.hand_in(choice.student, NOON, NOON)
        grade = Grade.begin(submission, activity.rubric, by, NOON)
        grade.mark(GOT_IT, "", by, NOON)
        grade.make_ready()
        db.session.add(grade)
    db.session.flush()
    column = column_of(activity_id)
    for index, grade in enumerate(db.session.scalars(select(Grade).where(Grade.status == Status.READY)).all()):
        grade.release(by, NOON)
        user_id = grade.submission.choice.student.user_id
        status = (Delivery.REFUSED, Delivery.QUEUED, Delivery.SENT)[index % 3]
        db.session.add(OutgoingScore(line_item_id=column.id, user_id=user_id, status=status, score_given=75))


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.one_database
@pytest.mark.usefixtures("read")
def test_a_large_class_takes_no_more_statements_than_a_small_one(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    teacher = signed_in(cast.teacher)
    addresses = [f"/activities/{activity_id}", f"/courses/{cast.course_id}/class"]

    def statements(address: str) -> list[str]:
        with counted(app) as found:
            assert look(teacher, address).status_code == HTTPStatus.OK
        return found

    with writing(app):
        fill(cast, activity_id, 9, "few")
    few = {address: statements(address) for address in addresses}
    with writing(app):
        fill(cast, activity_id, 510, "many")  # more than what SQLAlchemy loads in one go of selectinload
        note_column_read(activity_id)
    for address in addresses:
        assert len(few[address]) <= 40
        assert len(statements(address)) == len(few[address])
