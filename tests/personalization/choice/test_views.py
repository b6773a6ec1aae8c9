"""The page where a way is picked: who sees it, what it says in each state, and what a press does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.db import db
from personalization.activity.model import Activity, Option
from personalization.choice.model import Choice, Way
from personalization.people.model import Person
from personalization.proposal.model import Proposal, Status
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import hand_in, pick
from tests.personalization.proposal.pressing import page, press, token, words

SignedIn = Callable[[Member], FlaskClient]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def address(activity_id: int) -> str:
    return f"/activities/{activity_id}/choice"


@pytest.fixture
def student(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.student)


def options(session: Session, activity_id: int) -> list[Option]:
    query = select(Option).where(Option.activity_id == activity_id, Option.only_for_id.is_(None)).order_by(Option.id)
    return list(session.scalars(query))


def line(session: Session, who: Member) -> Choice:
    session.expire_all()
    return session.scalars(select(Choice).where(Choice.student_id == who.id)).one()


def test_the_ways_stand_side_by_side_with_the_own_idea_as_an_equal(student: FlaskClient, address: str) -> None:
    shown = page(student.get(address))
    assert [h.get_text(strip=True) for h in shown.select("h1")] == ["Pick how you will show it"]
    assert [label.get_text(" ", strip=True) for label in shown.select(".option .pick")] == [
        "A Field poster",
        "B Data story",
        "My own idea",
    ]
    assert not shown.select("input[name=option][checked]")
    assert "same 3 things" in shown.get_text()


def test_a_picked_way_leads_to_the_work_and_the_page_says_so_afterwards(
    student: FlaskClient, address: str, activity_id: int, session: Session, cast: Cast
) -> None:
    poster, _story = options(session, activity_id)
    for _twice in range(2):
        answer = press(student, address, option=str(poster.id))
        assert (answer.status_code, answer.location) == (303, f"/activities/{activity_id}/submission")
    choice = line(session, cast.student)
    assert (choice.option_id, choice.way) == (poster.id, Way.PICKED)
    assert [e.verb for e in choice.events].count("picked") == 1
    said = student.get(address)
    assert "Field poster it is" in words(said)
    assert "You can change your mind until" in words(said)
    assert page(said).select_one(f"input[value='{poster.id}'][checked]")


def test_after_pick_by_the_way_is_settled_and_a_press_changes_nothing(
    student: FlaskClient, app: Flask, address: str, activity_id: int, session: Session, cast: Cast
) -> None:
    with writing(app):
        late = pick(activity_id, cast.student.id).pick_by
    assert late is not None
    with clock.at(late + DAY):
        assert not page(student.get(address)).select("input[name=option]")
        answer = press(student, address, option=str(options(session, activity_id)[1].id))
    assert answer.status_code == 409
    assert "The time for changing your way is over" in words(answer)
    assert line(session, cast.student).option_id == options(session, activity_id)[0].id


def test_a_full_way_cannot_be_picked_by_the_next(
    signed_in: SignedIn, app: Flask, cast: Cast, address: str, activity_id: int, session: Session
) -> None:
    with writing(app):
        option = pick(activity_id, cast.classmate.id).option
        assert option is not None
        option.capacity = 1
        option_id = option.id
    student = signed_in(cast.student)
    shown = page(student.get(address))
    assert shown.select_one(f"input[value='{option_id}'][disabled]")
    assert "Noor" not in shown.get_text(), "nobody sees who was faster"
    answer = press(student, address, option=str(option_id))
    assert answer.status_code == 409
    assert "Field poster is full" in words(answer)
    assert line(session, cast.student).option_id is None
    own = page(signed_in(cast.classmate).get(address))
    assert not own.select_one("input[disabled]"), "it is not full for those on it"


def test_an_own_idea_starts_with_one_press_and_the_same_press_finds_it(
    student: FlaskClient, address: str, session: Session, cast: Cast
) -> None:
    first = press(student, address, option="own")
    again = press(student, address, option="own")
    idea = session.scalars(select(Proposal)).one()
    assert first.status_code == again.status_code == 303
    assert first.location == again.location == f"/proposals/{idea.id}"
    assert (idea.status, idea.choice.student_id) == (Status.DRAFT, cast.student.id)


def test_picking_withdraws_the_open_idea(
    student: FlaskClient, address: str, activity_id: int, session: Session, cast: Cast
) -> None:
    press(student, address, option="own")
    assert "your idea is withdrawn" in words(student.get(address))
    press(student, address, option=str(options(session, activity_id)[1].id))
    assert session.scalars(select(Proposal)).one().status is Status.WITHDRAWN
    assert line(session, cast.student).way is Way.PICKED
    assert "Data story it is" in words(student.get(address))


def test_the_own_card_is_closed_after_the_time_for_ideas(
    student: FlaskClient, address: str, session: Session, cast: Cast
) -> None:
    late = line(session, cast.student).propose_by
    assert late is not None
    with clock.at(late + DAY):
        shown = student.get(address)
        assert page(shown).select_one("input[value=own][disabled]")
        assert "The time for ideas was over on" in words(shown)
        answer = press(student, address, option="own")
    assert answer.status_code == 409
    assert session.scalars(select(Proposal)).first() is None


def test_nothing_is_said_to_be_open_to_whoever_is_excused(
    app: Flask, student: FlaskClient, address: str, session: Session, cast: Cast
) -> None:
    late = line(session, cast.student).propose_by
    assert late is not None
    with clock.at(late + DAY):
        assert "A and B are open to you" in words(student.get(address))
        with writing(app):
            mine = db.session.get_one(Choice, line(session, cast.student).id)
            mine.excuse("Was ill.", db.session.get_one(Person, cast.teacher.id), NOON)
        said = words(student.get(address))
    assert "You need not do this one" in said
    assert "The time for ideas was over on" in said
    assert "open to you" not in said


def test_without_a_way_after_accept_by_the_page_asks_for_one_and_blames_nobody(
    student: FlaskClient, address: str, session: Session, cast: Cast
) -> None:
    accept_by = line(session, cast.student).accept_by
    assert accept_by is not None
    with clock.at(accept_by + timedelta(minutes=1)):
        said = words(student.get(address))
    assert "Pick a way now" in said
    assert "same points" in said


def test_own_ideas_that_are_off_are_not_shown(app: Flask, cast: Cast, signed_in: SignedIn) -> None:
    with writing(app):
        closed = make_activity(cast.course_id, cast.teacher.id, own_idea=False)
    student = signed_in(cast.student)
    assert not page(student.get(f"/activities/{closed}/choice")).select("input[value=own]")
    assert press(student, f"/activities/{closed}/choice", option="own").status_code == 409


def test_before_it_opens_there_is_a_date_and_nothing_to_press(app: Flask, cast: Cast, signed_in: SignedIn) -> None:
    with writing(app):
        soon = make_activity(cast.course_id, cast.teacher.id, opens=NOON + DAY)
    student = signed_in(cast.student)
    shown = student.get(f"/activities/{soon}/choice")
    assert "This opens on Wed, Nov 11" in words(shown)
    assert not page(shown).select("main form, input[name=option]")
    assert press(student, f"/activities/{soon}/choice", option="own").status_code == 409


def test_a_draft_of_the_teacher_is_nobodys_page_yet(app: Flask, cast: Cast, signed_in: SignedIn) -> None:
    with writing(app):
        draft = make_activity(cast.course_id, cast.teacher.id, published=False)
    assert signed_in(cast.student).get(f"/activities/{draft}/choice").status_code == 404


def test_handed_in_work_keeps_its_way(
    student: FlaskClient, app: Flask, address: str, activity_id: int, session: Session, cast: Cast
) -> None:
    with writing(app):
        hand_in(activity_id, cast.student.id)
    answer = press(student, address, option=str(options(session, activity_id)[1].id))
    assert answer.status_code == 409
    assert "You have handed this in" in words(answer)


@pytest.mark.parametrize(
    "who", ["teacher", "assistant", "designer", "observer", "other_teacher", "other_school_teacher"]
)
def test_only_its_students_have_this_page(cast: Cast, signed_in: SignedIn, address: str, who: str) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(address).status_code == 403
    assert press(client, address, option="own").status_code == 403


def test_without_a_launch_it_asks_to_come_back_from_the_course(app: Flask, address: str) -> None:
    stranger = app.test_client()
    assert stranger.get(address).status_code == 401
    assert press(stranger, address, option="own").status_code == 401


@pytest.mark.parametrize("sent", ["", "0", "999999999999999999999999", "²", "own\0", "<b>", "1' or '1'='1"])
def test_a_way_that_is_none_is_refused_in_words(
    student: FlaskClient, address: str, session: Session, cast: Cast, sent: str
) -> None:
    answer = press(student, address, option=sent)
    assert answer.status_code == (409 if sent else 422)
    assert ("not offered" if sent else "Pick one of the ways") in words(answer)
    assert line(session, cast.student).option_id is None


def test_an_option_of_another_activity_is_refused(
    student: FlaskClient, app: Flask, address: str, session: Session, cast: Cast
) -> None:
    with writing(app):
        other = make_activity(cast.course_id, cast.teacher.id, title="Another")
    assert press(student, address, option=str(options(session, other)[0].id)).status_code == 409


@pytest.mark.parametrize("number", [0, 999_999, 2**63, 2**70])
def test_an_activity_that_is_not_there_is_a_404(student: FlaskClient, number: int) -> None:
    assert student.get(f"/activities/{number}/choice").status_code == 404


def test_a_press_without_the_pages_token_changes_nothing(
    student: FlaskClient, address: str, session: Session, cast: Cast
) -> None:
    token(student)
    assert student.post(address, data={"option": "own"}).status_code == 400
    assert session.scalars(select(Proposal)).first() is None


def test_every_text_of_the_page_is_escaped(
    student: FlaskClient, app: Flask, address: str, activity_id: int, cast: Cast
) -> None:
    with writing(app):
        activity = db.session.get_one(Activity, activity_id)
        activity.title = activity.shows = "<script>alert(1)</script>"
        for option in activity.options:
            option.title = option.text = option.supports = option.means = "<img src=x>"
    shown = student.get(address)
    assert "<script>alert" not in shown.text
    assert "<img" not in shown.text
