"""Presses at the same moment: one is first, the others are told, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Barrier
from time import sleep

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.choice.places import taken
from personalization.people.model import Course, Person, Role
from personalization.proposal import choosing
from personalization.proposal.agreement import Agreement
from personalization.proposal.model import Decision, Proposal, Status
from tests.cast import NOON, Cast, Member, browser_of, make_person, writing
from tests.personalization.proposal import talking
from tests.personalization.proposal.pressing import press, token
from tests.personalization.proposal.talking import EDITED

SignedIn = Callable[[Member], FlaskClient]
Press = Callable[[], TestResponse]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def sent(app: Flask, cast: Cast, activity_id: int) -> int:
    with writing(app):
        return talking.sent(activity_id, cast.student.id)


def at_once(presses: list[Press]) -> list[int]:
    """The status of each answer; all start together, at the test's own time."""
    barrier = Barrier(len(presses))

    def wait_and(press_it: Press) -> int:
        barrier.wait()
        return press_it().status_code

    contexts = [copy_context() for _press in presses]
    with ThreadPoolExecutor(len(presses)) as pool:
        started = [pool.submit(c.run, wait_and, p) for c, p in zip(contexts, presses, strict=True)]
        return [future.result(timeout=60) for future in started]


def ready(client: FlaskClient, address: str, **fields: str) -> Press:
    """A press whose token is there already, so that the moment is the press's own."""
    token(client)
    return lambda: press(client, address, **fields)


@pytest.fixture
def slow_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time to think between counting the places and taking one, so that a place that is not held is taken twice."""

    def counted(activity: Activity, but: Person) -> dict[int, int]:
        found = taken(activity, but)
        sleep(0.1)
        return found

    monkeypatch.setattr(choosing, "taken", counted)


@pytest.mark.usefixtures("slow_count")
def test_the_last_place_goes_to_one(app: Flask, cast: Cast, activity_id: int, session: Session) -> None:
    with writing(app):
        activity = db.session.get_one(Activity, activity_id)
        course = db.session.get_one(Course, cast.course_id)
        poster = activity.options[0]
        poster.capacity, poster_id = 1, poster.id
        crowd = [make_person(course, f"Student {n}", Role.STUDENT) for n in range(5)]
        db.session.add_all(Choice.for_student(activity, student, NOON) for student in crowd)
        members = [Member(p.id, p.user_id, cast.student.platform_id, p.course_id, p.name) for p in crowd]
    address = f"/activities/{activity_id}/choice"
    answers = at_once([ready(browser_of(app, who), address, option=str(poster_id)) for who in members])
    assert sorted(answers) == [303, 409, 409, 409, 409]
    assert session.scalar(select(func.count()).where(Choice.option_id == poster_id)) == 1


def test_one_idea_starts_however_often_the_button_is_pressed(
    app: Flask, cast: Cast, activity_id: int, session: Session
) -> None:
    addresses = [(f"/activities/{activity_id}/choice", {"option": "own"}), (f"/activities/{activity_id}/proposals", {})]
    presses = [ready(browser_of(app, cast.student), a, **fields) for a, fields in addresses * 2]
    assert at_once(presses) == [303] * 4
    assert session.scalar(select(func.count()).select_from(Proposal)) == 1


def test_two_who_answer_at_once_make_one_decision(app: Flask, cast: Cast, sent: int, session: Session) -> None:
    address = f"/proposals/{sent}/decision"
    yes = ready(browser_of(app, cast.teacher), address, version="1", decision="accept")
    no = ready(browser_of(app, cast.assistant), address, version="1", decision="back", reply="Too big.")
    assert sorted(at_once([yes, no])) == [303, 409]
    decision = session.scalars(select(Decision)).one()
    agreements = session.scalar(select(func.count()).select_from(Agreement))
    assert agreements == (1 if decision.outcome == "accept" else 0)


def test_the_same_answer_pressed_often_is_given_once(app: Flask, cast: Cast, sent: int, session: Session) -> None:
    address = f"/proposals/{sent}/decision"
    browser = browser_of(app, cast.teacher)
    assert at_once([ready(browser, address, version="1", decision="accept", reply="Yes!")] * 4) == [303] * 4
    assert len(session.scalars(select(Decision)).all()) == len(session.scalars(select(Agreement)).all()) == 1


def test_a_withdrawal_and_a_yes_at_once_leave_one_of_them(app: Flask, cast: Cast, sent: int, session: Session) -> None:
    yes = ready(browser_of(app, cast.teacher), f"/proposals/{sent}/decision", version="1", decision="accept")
    withdrawal = ready(browser_of(app, cast.student), f"/proposals/{sent}/withdrawal")
    answers = at_once([yes, withdrawal])
    assert sorted(answers) == [303, 409]
    idea = session.get_one(Proposal, sent)
    assert idea.status is (Status.ACCEPTED if answers[0] == 303 else Status.WITHDRAWN)
    assert (idea.choice.option_id is not None) == (answers[0] == 303)


def test_drafts_saved_at_once_are_one_draft(app: Flask, cast: Cast, sent: int, session: Session) -> None:
    with writing(app):
        talking.asked_to_change(sent, cast.teacher.id)
    presses = [ready(browser_of(app, cast.student), f"/proposals/{sent}/draft", **EDITED) for _tab in range(4)]
    assert at_once(presses) == [200] * 4
    assert [v.number for v in session.get_one(Proposal, sent).versions] == [1, 2]
