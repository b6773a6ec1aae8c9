"""How telling the gradebook went, as a page sums it up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engine.db import db
from lti.models.context import LineItem, ResourceLink
from lti.models.score import Delivery, OutgoingScore
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.grading import gradebook
from personalization.grading.scores import scores_of
from personalization.people.model import Course, Person, Role
from tests.cast import NOON, Cast, make_person, writing
from tests.personalization.arranging import activity_of, column_of

DELETED = "The column of this activity was deleted in the LMS gradebook."
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
            score.sent_at, score.score_given, score.score_maximum = NOON + timedelta(hours=hours), 75, 100
            db.session.add(score)
    with app.app_context():
        scores = scores_of(activity_of(activity_id), teacher(cast))
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
        scores = scores_of(activity_of(activity_id), teacher(cast))
        assert (scores.arrived, scores.kept, scores.last) == (0, 0, None)
        assert not scores.rows
        assert not scores.states
        assert db.session.scalar(select(OutgoingScore)) is None


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_hand_in_or_a_grade_taken_back_is_no_grade_in_the_gradebook(
    app: Flask, cast: Cast, activity_id: int, withdrawn: bool
) -> None:
    with writing(app):
        user_id = db.session.get_one(Person, cast.student.id).user_id
        score = OutgoingScore(line_item_id=column_of(activity_id).id, user_id=user_id, status=Delivery.SENT)
        score.hand_in_number = score.sent_hand_in_number = 1
        score.handed_in_at = NOON
        score.sent_at, score.withdrawn = NOON, withdrawn
        db.session.add(score)
    with app.app_context():
        assert scores_of(activity_of(activity_id), teacher(cast)).states == {}


def test_a_grade_refused_with_its_column_is_shown_until_there_is_another_column(
    app: Flask, cast: Cast, activity_id: int
) -> None:
    with writing(app):
        user_id = db.session.get_one(Person, cast.student.id).user_id
        column = column_of(activity_id)
        column.gone_at = NOON
        score = OutgoingScore(line_item_id=column.id, user_id=user_id, status=Delivery.REFUSED)
        score.score_given, score.score_maximum, score.message = 75, 100, DELETED
        db.session.add(score)
    with app.app_context():
        activity = activity_of(activity_id)
        (state,) = scores_of(activity, teacher(cast)).states.values()
        assert (state.tone, state.message, state.can_retry) == ("alarm", DELETED, True)
        assert [one.message for _person, _activity, one in gradebook.troubles(teacher(cast))] == [DELETED]
    with writing(app):
        _another_column(activity_of(activity_id))
    with app.app_context():
        activity = activity_of(activity_id)
        assert scores_of(activity, teacher(cast)).states == {}
        assert gradebook.troubles(teacher(cast)) == []


def teacher(cast: Cast) -> Person:
    return db.session.get_one(Person, cast.teacher.id)


def _another_column(activity: Activity) -> None:
    """The activity was added to the course page once more."""
    gone = column_of(activity.id)
    link = ResourceLink(context_id=gone.context_id, resource_link_id="added once more", seen_at=NOON)
    column = LineItem(context_id=gone.context_id, url=f"{gone.url}-2")
    db.session.add_all([link, column])
    db.session.flush()
    db.session.add(Placement(resource_link_id=link.id, activity=activity, line_item_id=column.id, placed_at=NOON))
