"""A column compared with what it should hold, and a course whose teacher has sending stopped."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

import lti
from engine.db import db
from lti.models.context import Context, LineItem, Membership
from lti.models.score import Delivery
from tests.lti.desk import Desk


def compare(desk: Desk) -> None:
    with desk.app.app_context():
        lti.compare(db.session.scalars(select(LineItem)).one())
        db.session.commit()


def is_asked(desk: Desk) -> bool:
    with desk.app.app_context():
        return db.session.scalars(select(LineItem.compare_asked_at)).one() is not None


def hold(desk: Desk) -> None:
    with desk.app.app_context():
        lti.hold(db.session.scalars(select(Context)).one())
        db.session.commit()


def let_go(desk: Desk) -> None:
    with desk.app.app_context():
        lti.let_go(db.session.scalars(select(Context)).one())
        db.session.commit()


@pytest.fixture
def sent(canvas: Desk) -> Desk:
    """17 of 20 are in the gradebook, since a minute."""
    canvas.score(17)
    canvas.run()
    assert canvas.book.grades == {"user-1": 17}
    canvas.clock.shift(60)
    return canvas


def test_what_is_as_it_should_be_is_read_and_not_sent_again(sent: Desk) -> None:
    reads = len(sent.book.reads)
    compare(sent)
    sent.run_for(1)
    assert (len(sent.book.posts), len(sent.book.reads)) == (1, reads + 1)
    assert sent.row().status is Delivery.SENT
    assert not is_asked(sent)


def test_what_the_gradebook_lost_is_sent_again(sent: Desk) -> None:
    sent.book.grades.clear()
    compare(sent)
    sent.run_for(1)
    assert sent.book.grades == {"user-1": 17}
    assert sent.row().status is Delivery.SENT


def test_nothing_is_sent_again_about_somebody_who_has_left(sent: Desk) -> None:
    sent.book.grades.clear()
    with sent.app.app_context():
        db.session.scalars(select(Membership)).one().left_at = sent.row().sent_at
        db.session.commit()
    compare(sent)
    sent.run_for(1)
    assert len(sent.book.posts) == 1


def test_what_somebody_changed_there_is_left_and_asked_about(sent: Desk) -> None:
    sent.book.grades["user-1"] = 3
    compare(sent)
    sent.run_for(1)
    assert sent.row().status is Delivery.CHANGED
    assert (len(sent.book.posts), sent.book.grades) == (1, {"user-1": 3})


def test_a_platform_that_is_down_is_asked_again_until_it_answers(sent: Desk) -> None:
    sent.book.grades.clear()
    sent.book.line_item_answer = (503, {}, "")
    compare(sent)
    sent.run_for(1)
    assert is_asked(sent)
    assert sent.pause() is not None
    sent.book.line_item_answer = None
    sent.run_for(120)
    assert not is_asked(sent)
    assert sent.book.grades == {"user-1": 17}


def test_a_column_that_is_gone_is_asked_for_once(sent: Desk) -> None:
    sent.book.line_item_answer = (404, {}, "")
    compare(sent)
    sent.run_for(1)
    assert not is_asked(sent)


def test_a_course_that_a_teacher_stopped_gets_nothing_and_nothing_is_refused(canvas: Desk) -> None:
    hold(canvas)
    canvas.score(17)
    canvas.run_for(60)
    assert (canvas.book.posts, canvas.row().status) == ([], Delivery.QUEUED)
    pause = canvas.pause()
    assert pause is not None
    assert (pause.until, pause.held_at is not None) == (None, True)
    let_go(canvas)
    canvas.run_for(1)
    assert canvas.book.grades == {"user-1": 17}
    assert canvas.pause() is None


def test_it_stops_between_two_grades(canvas: Desk) -> None:
    def answer(score: dict[str, Any]) -> None:
        hold(canvas)

    canvas.book.hook = answer
    canvas.score(17)
    canvas.score(12, sub="user-2")
    canvas.run()
    assert len(canvas.book.posts) == 1
    canvas.run_for(60)
    assert len(canvas.book.posts) == 1
    canvas.book.hook = lambda score: None
    let_go(canvas)
    canvas.run_for(1)
    assert set(canvas.book.grades) == {"user-1", "user-2"}


def test_neither_a_look_at_the_column_nor_another_press_lets_it_go(sent: Desk) -> None:
    hold(sent)
    sent.look()
    sent.press(lti.retry)
    compare(sent)
    sent.run_for(60)
    assert len(sent.book.posts) == 1
    assert sent.row().status is Delivery.QUEUED
