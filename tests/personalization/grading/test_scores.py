"""How telling the gradebook went, as a page sums it up."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from engine.db import db
from lti.models import Delivery, OutgoingScore
from personalization.grading.scores import scores_of
from personalization.people.model import Course, Role
from tests.cast import NOON, Cast, make_person, writing
from tests.personalization.arranging import activity_of, column_of

NAMES = ["Kofi Mensah", "Linh Pham", "Yusuf Demir", "Zuri Wanjiru", "Hana Sato", "Elias Novak", "Mia Berg"]
STATUSES = [
    Delivery.QUEUED,
    Delivery.SENT,
    Delivery.REFUSED,
    Delivery.KEPT,
    Delivery.CHANGED,
    Delivery.SENT,
    Delivery.NOTED,
]


def test_what_needs_somebody_comes_first_and_the_rest_is_counted(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        for hours, (name, status) in enumerate(zip(NAMES, STATUSES, strict=True)):
            person = make_person(course, name, Role.STUDENT)
            score = OutgoingScore(line_item_id=column_of(activity_id).id, user_id=person.user_id, status=status)
            score.sent_at = NOON + timedelta(hours=hours)
            db.session.add(score)
    with app.app_context():
        scores = scores_of(activity_of(activity_id))
        assert [(p.given_name, state.tone) for p, state in scores.rows] == [
            ("Yusuf", "alarm"),
            ("Hana", "own"),
            ("Kofi", "wait"),
        ]
        assert (scores.arrived, scores.kept, scores.last) == (2, 1, NOON + timedelta(hours=5))
        assert {person.given_name for person, _state in scores.rows if person.id in scores.troubled} == {
            "Yusuf",
            "Hana",
        }
        assert scores.lms == "Canvas"


def test_where_nothing_was_sent_there_is_nothing_to_say(app: Flask, cast: Cast, activity_id: int) -> None:
    with app.app_context():
        scores = scores_of(activity_of(activity_id))
        assert (scores.rows, scores.arrived, scores.kept, scores.last, scores.states) == ([], 0, 0, None, {})
        assert db.session.scalar(select(OutgoingScore)) is None
