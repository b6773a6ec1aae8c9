"""The bank: kept in one course, taken in another; whose it is, what never gets in."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.db import db
from lti.models.context import User
from personalization.activity import shelf
from personalization.activity.bank import Banked
from personalization.activity.model import Activity, Option
from personalization.people.model import Course, Person, Role
from tests.cast import NOON, Cast, make_activity, writing
from tests.personalization.activity.conftest import SignedIn
from tests.personalization.activity.designing import form_of, page, typed
from tests.personalization.pressing import press


def option_ids(app: Flask, activity_id: int) -> list[int]:
    with app.app_context():
        return [o.id for o in db.session.get_one(Activity, activity_id).designed_options]


def kept(session: Session) -> list[Banked]:
    session.expire_all()
    return list(session.scalars(select(Banked).order_by(Banked.id)))


def put(app: Flask, user_id: int, title: str, **more: Any) -> int:
    with writing(app):
        entry = Banked(user_id=user_id)
        entry.take({"title": title, **more}, {}, NOON)
        db.session.add(entry)
        db.session.flush()
        return entry.id


@pytest.fixture
def history(app: Flask, cast: Cast) -> int:
    """A draft of Ms. Okafor's in History 8A, where she designs too; its id."""
    with writing(app):
        course = db.session.get_one(Course, cast.other_course_id)
        names = {"full_name": "Adaeze Okafor", "given_name": "Adaeze", "sort_name": "Okafor"}
        me = Person(course=course, user_id=cast.teacher.user_id, role=Role.DESIGNER, roles=["designer"],
                    first_seen_at=NOON, **names)  # fmt: skip
        db.session.add(me)
        db.session.flush()
        return make_activity(cast.other_course_id, me.id, "Old letters", published=False)


# Keeping


def test_a_way_is_kept_with_all_that_it_says(
    app: Flask, teacher: FlaskClient, activity_id: int, cast: Cast, session: Session
) -> None:
    with writing(app):
        poster = db.session.get_one(Activity, activity_id).designed_options[0]
        poster.minutes, poster.means, poster.audience, poster.supports = 45, "Paper", "Class 7A", "A word list"
        poster.capacity = 4
        poster.set_showing(1, True, "on the arrows")
        poster.set_showing(3, False, "")
        number = poster.id
    answer = press(teacher, f"/options/{number}/bank")
    assert (answer.status_code, answer.location) == (303, f"/courses/{cast.course_id}/bank")
    (entry,) = kept(session)
    assert (entry.title, entry.minutes, entry.means, entry.audience) == ("Field poster", 45, "Paper", "Class 7A")
    assert entry.supports == "A word list"
    assert entry.showings["Understanding"] == {"shown": True, "how": "on the arrows"}
    assert entry.showings["Clear"] == {"shown": False, "how": ""}
    assert "“Field poster” is in your bank." in teacher.get(answer.location).text


def test_kept_once_more_it_is_written_anew(
    app: Flask, teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    number = option_ids(app, activity_id)[0]
    press(teacher, f"/options/{number}/bank")
    with writing(app):
        db.session.get_one(Option, number).title = "A larger poster"
    press(teacher, f"/options/{number}/bank")
    assert [entry.title for entry in kept(session)] == ["A larger poster"]


@pytest.mark.parametrize("who", ["assistant", "observer", "student", "other_teacher", "other_school_teacher"])
def test_others_keep_nothing(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, session: Session, who: str
) -> None:
    client = signed_in(getattr(cast, who))
    assert press(client, f"/options/{option_ids(app, activity_id)[0]}/bank").status_code == 403
    assert client.get(f"/courses/{cast.course_id}/bank").status_code == 403
    assert kept(session) == []


def test_a_student_s_own_idea_is_never_kept(
    app: Flask, teacher: FlaskClient, cast: Cast, activity_id: int, session: Session
) -> None:
    with writing(app):
        activity, amara = db.session.get_one(Activity, activity_id), db.session.get_one(Person, cast.student.id)
        mine = activity.add_option("Amara’s card game", "Four players", only_for=amara)
        gone = activity.add_option("Song", "Sing it")
        activity.drop_option(gone, NOON)
        db.session.flush()
        ids = mine.id, gone.id
    assert [press(teacher, f"/options/{number}/bank").status_code for number in ids] == [404, 404]
    assert kept(session) == []
    assert "card game" not in teacher.get(f"/courses/{cast.course_id}/bank").text


def test_a_way_is_kept_while_it_is_designed_as_it_is_typed(
    teacher: FlaskClient, draft_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"options-1-title": "A film", "options-1-minutes": "60", "do": "keep-option-1"})
    for _n in range(2):
        answer = teacher.post(f"/activities/{draft_id}/design", data=data)
        assert answer.status_code == 200
        assert form_of(answer)["options-1-title"] == "A film"
    (entry,) = kept(session)
    assert (entry.title, entry.minutes) == ("A film", 60)
    assert entry.option is not None
    assert entry.option.activity_id == draft_id


def test_what_students_see_does_not_change_by_keeping_a_way(
    teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    data = typed(fields, {"options-0-title": "Half a thought", "do": "keep-option-0"})
    answer = teacher.post(f"/activities/{activity_id}/design", data=data)
    assert form_of(answer)["options-0-title"] == "Half a thought"
    assert kept(session)[0].title == "Half a thought"
    assert session.get_one(Activity, activity_id).designed_options[0].title == "Field poster"


@pytest.mark.parametrize("row", ["1", "7", "999"])
def test_a_way_without_a_title_is_not_kept(teacher: FlaskClient, draft_id: int, session: Session, row: str) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"options-1-title": " ", "do": f"keep-option-{row}"})
    answer = teacher.post(f"/activities/{draft_id}/design", data=data)
    assert answer.status_code == (422 if row == "1" else 200)
    assert kept(session) == []


def test_a_bank_has_an_end(
    teacher: FlaskClient, app: Flask, activity_id: int, cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST", 1)
    one, two = option_ids(app, activity_id)
    press(teacher, f"/options/{one}/bank")
    assert press(teacher, f"/options/{two}/bank").status_code == 409
    assert press(teacher, f"/options/{one}/bank").status_code == 303
    assert len(kept(session)) == 1


# Taking


def test_kept_in_one_course_it_is_taken_in_another(
    app: Flask, teacher: FlaskClient, activity_id: int, history: int, session: Session
) -> None:
    with writing(app):
        poster = db.session.get_one(Activity, activity_id).designed_options[0]
        poster.minutes, poster.supports = 45, "A word list"
        poster.set_showing(2, True, "beside each arrow")
        number = poster.id
        letters = db.session.get_one(Activity, history)
        letters.criteria[0].name, letters.criteria[1].name = "Sources", " reasons"
    press(teacher, f"/options/{number}/bank")
    (entry,) = kept(session)
    fields = form_of(teacher.get(f"/activities/{history}/design"))
    answer = teacher.post(
        f"/activities/{history}/design", data=typed(fields, {"bank": str(entry.id), "do": "take-bank"})
    )
    assert answer.status_code == 200
    shown = form_of(answer)
    assert (shown["options-2-title"], shown["options-2-minutes"]) == ("Field poster", "45")
    session.expire_all()
    taken = session.get_one(Activity, history).designed_options[2]
    assert (taken.title, taken.minutes, taken.supports) == ("Field poster", 45, "A word list")
    assert (taken.how(1), taken.how(2)) == ("", "beside each arrow")


def test_empty_ways_are_filled_first_and_the_same_press_twice_takes_once(
    app: Flask, teacher: FlaskClient, cast: Cast, session: Session
) -> None:
    entry = put(app, cast.teacher.user_id, "Poster", minutes=45)
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    for _n in range(2):
        answer = teacher.post(
            f"/courses/{cast.course_id}/activities", data=typed(fields, {"bank": str(entry), "do": "take-bank"})
        )
    shown = form_of(answer)
    assert (shown["options-0-title"], shown["options-0-minutes"], shown["options-1-title"]) == ("Poster", "45", "")
    session.expire_all()
    assert [o.title for o in session.scalars(select(Activity)).one().designed_options] == ["Poster", ""]


@pytest.mark.parametrize("ticked", ["", "0", "x", "999999999", "theirs"])
def test_nothing_ticked_and_nothing_of_others_is_taken(
    app: Flask, teacher: FlaskClient, cast: Cast, draft_id: int, session: Session, ticked: str
) -> None:
    theirs = put(app, cast.other_teacher.user_id, "Not hers")
    value = str(theirs) if ticked == "theirs" else ticked
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    answer = teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {"bank": value, "do": "take-bank"}))
    assert answer.status_code == 422
    assert "Not hers" not in answer.text
    assert len(session.get_one(Activity, draft_id).designed_options) == 2


def test_more_than_fit_are_not_taken_and_stay_ticked(
    app: Flask, teacher: FlaskClient, cast: Cast, draft_id: int, session: Session
) -> None:
    ids = [put(app, cast.teacher.user_id, f"Way {n}") for n in range(7)]
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"do": "take-bank"})
    data.setlist("bank", [str(number) for number in ids])
    answer = teacher.post(f"/activities/{draft_id}/design", data=data)
    assert answer.status_code == 422
    assert "Only 6 more ways fit." in answer.text
    assert len(page(answer).select("#bank input:checked")) == 7
    data.setlist("bank", [str(number) for number in ids[:6]])
    assert teacher.post(f"/activities/{draft_id}/design", data=data).status_code == 200
    session.expire_all()
    assert len(session.get_one(Activity, draft_id).designed_options) == 8


# The bank's page


def test_the_bank_is_searched_by_words(app: Flask, teacher: FlaskClient, cast: Cast) -> None:
    put(app, cast.teacher.user_id, "Poster", text="Draw the pond")
    put(app, cast.teacher.user_id, "Film", text="Two minutes, outside")
    put(app, cast.other_teacher.user_id, "Not hers")
    address = f"/courses/{cast.course_id}/bank"
    everything = teacher.get(address).text
    assert "Poster" in everything
    assert "Not hers" not in everything
    found = teacher.get(f"{address}?q=POND+draw").text
    assert "Draw the pond" in found
    assert "outside" not in found
    assert "Nothing in your bank has these words." in teacher.get(f"{address}?q=%00").text
    assert teacher.get(f"{address}?q={'x' * 5000}").status_code == 200


def test_it_is_renamed_and_thrown_away(app: Flask, teacher: FlaskClient, cast: Cast, session: Session) -> None:
    entry = put(app, cast.teacher.user_id, "Poster")
    address = f"/courses/{cast.course_id}/bank/{entry}"
    wrong = press(teacher, address, {"title": "  "})
    assert wrong.status_code == 422
    assert page(wrong).select_one("#title-error") is not None
    too_long = press(teacher, address, {"title": "x" * 256})
    assert too_long.status_code == 422
    assert "x" * 256 in too_long.text
    assert press(teacher, address, {"title": "A poster"}).status_code == 303
    assert kept(session)[0].title == "A poster"
    assert press(teacher, f"{address}/deletion").status_code == 303
    assert press(teacher, f"{address}/deletion").status_code == 404
    assert kept(session) == []


def test_an_activity_keeps_what_was_taken_from_a_bank_that_is_emptied(
    app: Flask, teacher: FlaskClient, activity_id: int, cast: Cast, session: Session
) -> None:
    press(teacher, f"/options/{option_ids(app, activity_id)[0]}/bank")
    press(teacher, f"/courses/{cast.course_id}/bank/{kept(session)[0].id}/deletion")
    assert len(session.get_one(Activity, activity_id).designed_options) == 2


@pytest.mark.parametrize("who", ["designer", "other_teacher", "other_school_teacher"])
def test_what_others_keep_is_not_there(app: Flask, signed_in: SignedIn, cast: Cast, session: Session, who: str) -> None:
    entry = put(app, cast.teacher.user_id, "Poster")
    member = getattr(cast, who)
    client = signed_in(member)
    for action in ("", "/deletion"):
        address = f"/courses/{member.course_id}/bank/{entry}{action}"
        assert press(client, address, {"title": "Mine"}).status_code == 404
    assert kept(session)[0].title == "Poster"


def test_another_school_s_user_of_the_same_name_has_another_bank(app: Flask, cast: Cast, session: Session) -> None:
    put(app, cast.teacher.user_id, "Poster")
    twin = session.get_one(User, cast.other_school_teacher.user_id)
    assert session.scalars(select(Banked).where(Banked.user_id == twin.id)).all() == []
