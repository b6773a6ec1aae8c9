"""Writing down what a student told: by whom, as whose, and what the student then sees of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine import clock
from engine.db import db
from personalization.choice.model import Way
from personalization.proposal.agreement import Agreement
from personalization.proposal.model import Proposal, Status
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import activity_of, choice_of
from tests.personalization.proposal.pressing import press, words
from tests.personalization.proposal.talking import FIELDS, draft

SignedIn = Callable[[Member], FlaskClient]


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.at(NOON):
        yield


@pytest.fixture
def told(app: Flask, cast: Cast, activity_id: int) -> str:
    """The address where Amara's idea is written down."""
    with app.app_context():
        return f"/choices/{choice_of(activity_id, cast.student.id).id}/told"


def ideas(app: Flask) -> list[tuple[str, str, int]]:
    """[(status, title, who wrote version 1)]"""
    with app.app_context():
        found = db.session.scalars(select(Proposal).order_by(Proposal.id))
        return [(p.status.value, p.title, p.versions[0].by_id) for p in found]


@pytest.mark.parametrize("who", ["teacher", "assistant"])
def test_it_lies_in_the_queue_as_the_student_s_and_says_who_wrote_it(
    app: Flask, signed_in: SignedIn, cast: Cast, told: str, who: str
) -> None:
    member = getattr(cast, who)
    client = signed_in(member)
    assert "What Amara told you" in words(client.get(told))
    answer = press(client, told, do="send", **FIELDS)
    assert answer.status_code == 303
    assert ideas(app) == [("submitted", "A card game", member.id)]
    shown = words(client.get(answer.location))
    assert f"Told in person, written down by {member.name}" in shown
    assert "Written down for Amara" in shown


def test_its_student_sees_it_and_who_wrote_it(app: Flask, signed_in: SignedIn, cast: Cast, told: str) -> None:
    press(signed_in(cast.teacher), told, do="send", **FIELDS)
    amara = signed_in(cast.student)
    with app.app_context():
        number = db.session.scalars(select(Proposal.id)).one()
    shown = words(amara.get(f"/proposals/{number}"))
    assert "Told in person, written down by Adaeze Okafor" in shown
    assert "Four players, one pond." in shown
    assert press(amara, f"/proposals/{number}/withdrawal").status_code == 303
    assert ideas(app)[0][0] == "withdrawn"


def test_written_down_and_agreed_in_one_press(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, told: str
) -> None:
    client = signed_in(cast.teacher)
    first, second = (press(client, told, do="accept", **FIELDS) for _n in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location)
    with app.app_context():
        choice = choice_of(activity_id, cast.student.id)
        assert choice.way is Way.AGREED
        assert choice.option is not None
        assert choice.option.only_for_id == cast.student.id
        assert db.session.scalar(select(func.count()).select_from(Agreement)) == 1
        assert [e.verb for e in choice.events].count("told in person") == 1
        agreement = db.session.scalars(select(Agreement)).one().id
        number = db.session.scalars(select(Proposal.id)).one()
    shown = signed_in(cast.student).get(f"/proposals/{number}")
    assert "Adaeze Okafor wrote this down from what you told." in words(shown)
    assert f"/agreements/{agreement}" in shown.text


def test_first_written_down_then_agreed_on_the_page_that_was_left_open(
    app: Flask, signed_in: SignedIn, cast: Cast, told: str
) -> None:
    client = signed_in(cast.teacher)
    press(client, told, do="send", **FIELDS)
    press(client, told, do="accept", **FIELDS)
    assert [status for status, _title, _by in ideas(app)] == ["accepted"]


@pytest.mark.parametrize(
    "who", ["student", "classmate", "observer", "designer", "other_teacher", "other_school_teacher"]
)
def test_nobody_else_writes_for_a_student(app: Flask, signed_in: SignedIn, cast: Cast, told: str, who: str) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(told).status_code == 403
    assert press(client, told, do="accept", **FIELDS).status_code == 403
    assert ideas(app) == []


@pytest.mark.parametrize("gone", ["title", "plan", "criterion-2"])
def test_what_is_missing_is_named_and_the_rest_kept(
    app: Flask, signed_in: SignedIn, cast: Cast, told: str, gone: str
) -> None:
    answer = press(signed_in(cast.teacher), told, do="accept", **{**FIELDS, gone: " "})
    assert answer.status_code == 422
    kept = [value for name, value in FIELDS.items() if name != gone]
    assert [value for value in kept if value not in answer.text] == []
    assert ideas(app) == []


def test_not_sure_yet_is_a_line_too(app: Flask, signed_in: SignedIn, cast: Cast, told: str) -> None:
    fields = {**FIELDS, "criterion-2": "", "unsure-2": "y"}
    assert press(signed_in(cast.teacher), told, do="send", **fields).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Proposal)).one().latest.is_unsure(2)


def test_what_the_student_is_writing_is_left_alone(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, told: str
) -> None:
    with writing(app):
        draft(activity_id, cast.student.id)
    client = signed_in(cast.teacher)
    assert "You have an idea open already" in words(client.get(told))
    answer = press(client, told, do="send", **FIELDS)
    assert answer.status_code == 409
    assert "Four players, one pond." in words(answer)
    assert [status for status, _title, _by in ideas(app)] == [Status.DRAFT.value]


def test_the_student_s_own_dates_hold(app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, told: str) -> None:
    with writing(app):
        choice = choice_of(activity_id, cast.student.id)
        choice.propose_by = NOON - timedelta(hours=1)
    assert press(signed_in(cast.teacher), told, do="accept", **FIELDS).status_code == 409
    assert ideas(app) == []


def test_not_where_own_ideas_are_off(app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, told: str) -> None:
    with writing(app):
        activity_of(activity_id).own_idea = False
    answer = signed_in(cast.teacher).get(told)
    assert answer.status_code == 200
    assert "This activity has set ways only" in words(answer)
    assert 'name="title"' not in answer.text
