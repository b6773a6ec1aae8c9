"""Two act about the same at the same moment: nothing is given twice."""

from __future__ import annotations

from time import sleep

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.db import db
from lti.models.platform import Platform
from personalization.activity.bank import Banked
from personalization.activity.model import Activity
from personalization.board import acting
from personalization.board.watch import Watch
from personalization.choice.message import Message
from personalization.choice.model import Choice, Event
from personalization.choice.places import taken
from personalization.people.model import Course, Person, Role
from tests.cast import NOON, Cast, browser_of, make_person, member, writing
from tests.personalization.arranging import activity_of, choice_of
from tests.personalization.proposal.test_races import at_once, noon, ready

__all__ = ["noon"]  # a fixture: the presses' own time


@pytest.fixture
def slow_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time to think between counting the places and taking one, so that a place that is not held is taken twice."""

    def counted(activity: Activity, but: Person) -> dict[int, int]:
        found = taken(activity, but)
        sleep(0.1)
        return found

    monkeypatch.setattr(acting, "taken", counted)


@pytest.mark.usefixtures("slow_count")
def test_two_teachers_give_the_last_place_to_one(app: Flask, cast: Cast, activity_id: int, session: Session) -> None:
    with writing(app):
        option = activity_of(activity_id).designed_options[0]
        option.capacity, option_id = 1, option.id
        choices = [choice_of(activity_id, who.id).id for who in (cast.student, cast.classmate)]
        lind = make_person(db.session.get_one(Course, cast.course_id), "Per Lind", Role.TEACHER)
        teachers = [cast.teacher, member(lind, db.session.get_one(Platform, cast.teacher.platform_id))]
    presses = [
        ready(browser_of(app, who), f"/choices/{choice_id}/placement", option=str(option_id), reason="We spoke.")
        for who, choice_id in zip(teachers, choices, strict=True)
    ]
    assert sorted(at_once(presses)) == [303, 409]
    placed = select(func.count()).select_from(Choice).where(Choice.option_id == option_id)
    assert session.scalar(placed) == 1


def test_the_same_days_given_twice_at_once_are_given_once(
    app: Flask, cast: Cast, activity_id: int, session: Session
) -> None:
    with app.app_context():
        choice = choice_of(activity_id, cast.student.id)
        choice_id = choice.id
        had = {f"had_{n}": getattr(choice, n).isoformat() for n in ("propose_by", "accept_by", "pick_by")}
    address = f"/choices/{choice_id}/extension"
    presses = [ready(browser_of(app, cast.teacher), address, days="2", **had) for _n in range(2)]
    assert at_once(presses) == [303, 303]
    assert session.scalar(select(func.count()).select_from(Event).where(Event.verb == "extended")) == 1


def test_a_hand_put_up_twice_at_once_is_up_once(app: Flask, cast: Cast, activity_id: int, session: Session) -> None:
    address = f"/activities/{activity_id}/messages"
    presses = [ready(browser_of(app, cast.student), address, text="Help") for _n in range(2)]
    assert at_once(presses) == [303, 303]
    assert session.scalar(select(func.count()).select_from(Message)) == 1


@pytest.mark.parametrize("path", ["watch", "seen"])
def test_what_i_want_to_be_told_of_is_kept_once(
    app: Flask, cast: Cast, activity_id: int, session: Session, path: str
) -> None:
    fields = {"unopened_days": "5", "idea_days": "2", "reply_days": "3", "still_minutes": "15"}
    address = f"/activities/{activity_id}/live/{path}"
    presses = [ready(browser_of(app, cast.teacher), address, until=NOON.isoformat(), **fields) for _n in range(4)]
    assert at_once(presses) == [303] * 4
    assert session.scalar(select(func.count()).select_from(Watch)) == 1


def test_a_way_is_kept_in_the_bank_once(app: Flask, cast: Cast, activity_id: int, session: Session) -> None:
    with app.app_context():
        option_id = activity_of(activity_id).designed_options[0].id
    presses = [ready(browser_of(app, cast.teacher), f"/options/{option_id}/bank") for _n in range(4)]
    assert at_once(presses) == [303] * 4
    assert session.scalar(select(func.count()).select_from(Banked)) == 1
