"""The page where a student lets others do their idea too, or does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine import clock
from engine.db import db
from personalization.activity.bank import Banked
from personalization.choice.model import Way
from personalization.people.model import Course, Role
from personalization.proposal.consent import sharing_of
from personalization.proposal.sharing import Sharing
from tests.cast import NOON, Cast, Member, make_person, writing
from tests.personalization.arranging import activity_of, choice_of
from tests.personalization.proposal.pressing import press, words
from tests.personalization.proposal.talking import accepted, sent

SignedIn = Callable[[Member], FlaskClient]
WORDS = {"title": "A game of cards", "text": "Some players, one pond.", "means": "Cardboard"}


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.at(NOON):
        yield


@pytest.fixture
def sharing(app: Flask, cast: Cast, activity_id: int) -> str:
    """The address about Amara's idea, which Ms. Okafor accepted."""
    with writing(app):
        accepted(sent(activity_id, cast.student.id), cast.teacher.id)
        return f"/choices/{choice_of(activity_id, cast.student.id).id}/sharing"


@pytest.fixture
def asked(signed_in: SignedIn, cast: Cast, sharing: str) -> str:
    assert press(signed_in(cast.teacher), sharing).status_code == 303
    return sharing


@pytest.fixture
def agreed(signed_in: SignedIn, cast: Cast, asked: str) -> str:
    assert press(signed_in(cast.student), f"{asked}/answer", do="yes", **WORDS).status_code == 303
    return asked


def ways(app: Flask, activity_id: int) -> list[str]:
    with app.app_context():
        return [o.title for o in activity_of(activity_id).designed_options]


def consent(app: Flask, cast: Cast, activity_id: int) -> str | None:
    with app.app_context():
        found = sharing_of(choice_of(activity_id, cast.student.id))
        return str(found.consent) if found and found.consent else None


OFFERED = ["Field poster", "Data story"]


def test_from_the_question_to_a_way_for_everyone(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, sharing: str
) -> None:
    teacher, amara = signed_in(cast.teacher), signed_in(cast.student)
    assert "Ask Amara" in words(teacher.get(sharing))
    press(teacher, sharing)
    assert "With Amara" in words(teacher.get(sharing))
    assert "A card game" in amara.get(sharing).text
    press(amara, f"{sharing}/answer", do="yes", **WORDS)
    assert ways(app, activity_id) == OFFERED
    assert "Some players, one pond." in words(teacher.get(sharing))
    assert press(teacher, f"{sharing}/option", to="activity").status_code == 303
    assert ways(app, activity_id) == [*OFFERED, "A game of cards"]
    classmate = signed_in(cast.classmate).get(f"/activities/{activity_id}/choice")
    assert "Some players, one pond." in classmate.text
    assert "Four players" not in classmate.text
    assert "Amara" not in classmate.text


def test_it_is_asked_once_however_often_it_is_pressed(app: Flask, signed_in: SignedIn, cast: Cast, asked: str) -> None:
    teacher, amara = signed_in(cast.teacher), signed_in(cast.student)
    press(teacher, asked)
    press(amara, f"{asked}/answer", do="no")
    press(teacher, asked)
    assert "would rather keep it" in words(teacher.get(asked))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Sharing)) == 1


def test_the_student_finds_the_question_on_their_own_page(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, asked: str
) -> None:
    with app.app_context():
        found = sharing_of(choice_of(activity_id, cast.student.id))
        assert found is not None
        number = found.agreement.proposal_id
    assert asked in signed_in(cast.student).get(f"/proposals/{number}").text


@pytest.mark.parametrize("do", ["no", "", "share it"])
def test_only_a_yes_is_a_yes(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, asked: str, do: str
) -> None:
    press(signed_in(cast.student), f"{asked}/answer", do=do, **WORDS)
    assert consent(app, cast, activity_id) == "no"
    answer = press(signed_in(cast.teacher), f"{asked}/option", to="activity")
    assert answer.status_code == 409
    assert "Amara has not said yes" in words(answer)
    assert press(signed_in(cast.teacher), f"{asked}/option", to="bank").status_code == 409
    assert ways(app, activity_id) == OFFERED


def test_before_the_answer_nothing_is_shared(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, asked: str
) -> None:
    assert press(signed_in(cast.teacher), f"{asked}/option", to="activity").status_code == 409
    assert ways(app, activity_id) == OFFERED


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"text": ""}, {"title": "x" * 256}, {"text": "x" * 20_001}, {"text": "a\0b"}]
)
def test_words_that_cannot_be_shown_are_no_yes(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, asked: str, wrong: dict[str, str]
) -> None:
    answer = press(signed_in(cast.student), f"{asked}/answer", do="yes", **{**WORDS, **wrong})
    assert answer.status_code == 422
    assert WORDS["means"] in answer.text
    assert consent(app, cast, activity_id) is None


def test_a_yes_is_taken_back_with_the_way_and_what_the_bank_has_of_it(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, agreed: str
) -> None:
    teacher = signed_in(cast.teacher)
    press(teacher, f"{agreed}/option", to="bank")
    press(teacher, f"{agreed}/option", to="activity")
    with app.app_context():
        option = activity_of(activity_id).designed_options[2].id
    press(teacher, f"/options/{option}/bank")
    with app.app_context():
        assert len(db.session.scalars(select(Banked.id)).all()) == 2
    amara = signed_in(cast.student)
    assert press(amara, f"{agreed}/withdrawal").status_code == 303
    assert press(amara, f"{agreed}/withdrawal").status_code == 303
    assert ways(app, activity_id) == OFFERED
    with app.app_context():
        assert db.session.scalars(select(Banked.id)).all() == []
    assert press(teacher, f"{agreed}/option", to="activity").status_code == 409


@pytest.mark.parametrize("to", ["", "bank", "activity"])
def test_taking_it_back_leaves_what_else_is_in_anybodys_bank(
    app: Flask, signed_in: SignedIn, cast: Cast, agreed: str, to: str
) -> None:
    with writing(app):
        for who in (cast.teacher, cast.other_teacher, cast.other_school_teacher):
            entry = Banked(user_id=who.user_id)
            entry.take({"title": "From a sheet"}, {}, NOON)
            db.session.add(entry)
    if to:
        assert press(signed_in(cast.teacher), f"{agreed}/option", to=to).status_code == 303
    assert press(signed_in(cast.student), f"{agreed}/withdrawal").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Banked.title)).all() == ["From a sheet"] * 3


def test_one_teacher_keeps_it_so_that_taking_it_back_finds_it(
    app: Flask, signed_in: SignedIn, cast: Cast, agreed: str
) -> None:
    with writing(app):
        colleague = make_person(db.session.get_one(Course, cast.course_id), "Ida Berg", Role.TEACHER)
        ida = replace(cast.teacher, id=colleague.id, user_id=colleague.user_id)
    assert press(signed_in(cast.teacher), f"{agreed}/option", to="bank").status_code == 303
    assert press(signed_in(cast.teacher), f"{agreed}/option", to="bank").status_code == 303
    answer = press(signed_in(ida), f"{agreed}/option", to="bank")
    assert answer.status_code == 409
    assert "A colleague keeps it already" in words(answer)
    press(signed_in(cast.student), f"{agreed}/withdrawal")
    with app.app_context():
        assert db.session.scalars(select(Banked.id)).all() == []


def test_somebody_who_is_on_it_is_not_moved(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, agreed: str
) -> None:
    press(signed_in(cast.teacher), f"{agreed}/option", to="activity")
    with writing(app):
        noor = choice_of(activity_id, cast.classmate.id)
        noor.settle(noor.activity.designed_options[2], Way.PICKED, noor.student, NOON)
    amara = signed_in(cast.student)
    assert "Take my yes back" not in amara.get(agreed).text
    answer = press(amara, f"{agreed}/withdrawal")
    assert answer.status_code == 409
    assert ways(app, activity_id) == [*OFFERED, "A game of cards"]


def test_the_bank_may_throw_it_away(app: Flask, signed_in: SignedIn, cast: Cast, agreed: str) -> None:
    teacher = signed_in(cast.teacher)
    press(teacher, f"{agreed}/option", to="bank")
    with app.app_context():
        entry = db.session.scalars(select(Banked.id)).one()
    assert press(teacher, f"/courses/{cast.course_id}/bank/{entry}/deletion").status_code == 303
    assert "Keep it in your bank" in words(teacher.get(agreed))


@pytest.mark.parametrize(
    ("who", "seen"),
    [("assistant", 403), ("designer", 403), ("observer", 403), ("classmate", 403), ("other_teacher", 403)],
)
def test_it_is_between_the_two(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, agreed: str, who: str, seen: int
) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(agreed).status_code == seen
    for path in ("", "/answer", "/withdrawal", "/option"):
        assert press(client, f"{agreed}{path}", do="no", to="activity", **WORDS).status_code == 403
    assert consent(app, cast, activity_id) == "yes"
    assert ways(app, activity_id) == OFFERED


def test_a_teacher_does_not_answer_for_the_student_nor_a_student_add_it(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, agreed: str
) -> None:
    for path in ("/answer", "/withdrawal"):
        assert press(signed_in(cast.teacher), f"{agreed}{path}", do="no").status_code == 403
    for path in ("", "/option"):
        assert press(signed_in(cast.student), f"{agreed}{path}", to="activity").status_code == 403
    assert ways(app, activity_id) == OFFERED


def test_without_an_agreement_there_is_nothing_to_ask(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int
) -> None:
    with app.app_context():
        address = f"/choices/{choice_of(activity_id, cast.classmate.id).id}/sharing"
    teacher, noor = signed_in(cast.teacher), signed_in(cast.classmate)
    assert "There is nothing to ask" in words(teacher.get(address))
    assert press(teacher, address).status_code == 409
    assert noor.get(address).status_code == 404
    assert press(noor, f"{address}/answer", do="yes", **WORDS).status_code == 404
