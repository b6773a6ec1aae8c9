"""What the LMS is handed for an activity."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

import lti
from engine.db import db
from personalization.activity.deep_link import content_item, launch_url
from personalization.activity.model import Activity
from tests.cast import Cast, make_activity

pytestmark = pytest.mark.one_database


def item_of(app: Flask, activity_id: int) -> tuple[Activity, lti.ContentItem]:
    with app.test_request_context():
        activity = db.session.get_one(Activity, activity_id)
        return activity, content_item(activity)


def test_the_link_carries_title_key_and_dates(app: Flask, activity_id: int) -> None:
    activity, item = item_of(app, activity_id)
    assert (item.title, item.text) == (activity.title, activity.shows)
    assert item.custom == {"activity_key": activity.key}
    assert item.url.endswith(f"/lti/launch?activity={activity.key}")
    assert (item.available_from, item.submission_until) == (activity.opens, activity.work_due)
    assert item.available_until is None


def test_a_graded_one_asks_for_a_column_of_its_points(app: Flask, cast: Cast) -> None:
    with app.app_context():
        activity_id = make_activity(cast.course_id, cast.teacher.id, points=Decimal("12.5"))
        db.session.commit()
    activity, item = item_of(app, activity_id)
    assert item.line_item is not None
    assert item.line_item.score_maximum == 12.5
    assert item.line_item.resource_id == activity.key
    assert item.line_item.label == activity.title


def test_an_ungraded_one_asks_for_none(app: Flask, cast: Cast) -> None:
    with app.app_context():
        activity_id = make_activity(cast.course_id, cast.teacher.id, graded=False)
        db.session.commit()
    assert item_of(app, activity_id)[1].line_item is None


def test_the_address_of_one_piece_of_work_names_it(app: Flask, activity_id: int) -> None:
    with app.test_request_context():
        activity = db.session.get_one(Activity, activity_id)
        assert launch_url(activity, work=9).endswith(f"?activity={activity.key}&work=9")
