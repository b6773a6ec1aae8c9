"""Where a launch leads: to what its own link names, whatever else the address says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

import lti
from engine.db import db
from personalization import arrival
from personalization.activity.model import Activity
from personalization.people.model import Person
from tests.cast import NOON, Cast, make_activity, writing
from tests.personalization.arranging import column_of, hand_in, release


def launch_of(cast: Cast, work: str) -> lti.Launch:
    user = db.session.get_one(lti.User, cast.teacher.user_id)
    address = f"https://tool.example/lti/launch?activity=x&work={work}"
    return lti.Launch("LtiResourceLinkRequest", 1, "canvas", user, frozenset(), frozenset(), address, {})


@pytest.fixture
def work_id(app: Flask, cast: Cast, activity_id: int) -> int:
    with writing(app):
        return hand_in(activity_id, cast.student.id)


def test_the_address_of_a_hand_in_leads_to_it(app: Flask, cast: Cast, activity_id: int, work_id: int) -> None:
    with app.test_request_context():
        activity = db.session.get_one(Activity, activity_id)
        found = arrival._asked_work(activity, launch_of(cast, str(work_id)))
        assert found == f"/submissions/{work_id}/grade"


@pytest.mark.parametrize("work", ["0", "-1", "2147483648", "9" * 18, "9" * 5000, "²", "%00", "1.5", ""])
def test_a_number_that_no_hand_in_has_leads_to_the_activity(
    app: Flask, cast: Cast, activity_id: int, work: str
) -> None:
    with app.test_request_context():
        activity = db.session.get_one(Activity, activity_id)
        assert arrival._asked_work(activity, launch_of(cast, work)) is None


def test_work_of_another_activity_is_not_opened_by_this_one_s_link(app: Flask, cast: Cast, work_id: int) -> None:
    with writing(app):
        other = make_activity(cast.course_id, cast.teacher.id, title="Another")
    with app.test_request_context():
        assert arrival._asked_work(db.session.get_one(Activity, other), launch_of(cast, str(work_id))) is None


def test_a_column_of_a_second_link_gets_what_was_released_before(
    app: Flask, cast: Cast, activity_id: int, work_id: int
) -> None:
    with writing(app):
        release(work_id, cast.teacher.id)
        gone = column_of(activity_id)
        gone.gone_at = NOON
        activity = db.session.get_one(Activity, activity_id)
        column = lti.LineItem(context_id=gone.context_id, url=f"{gone.url}-2")
        db.session.add(column)
        db.session.flush()
        link = lti.ResourceLink(
            context_id=gone.context_id, resource_link_id="second", line_item_id=column.id, seen_at=NOON
        )
        db.session.add(link)
        db.session.flush()
        opened = replace(launch_of(cast, ""), resource_link=link, custom={"activity_key": activity.key})
        assert arrival._activity(opened, db.session.get_one(Person, cast.teacher.id)) is activity
        (score,) = lti.outgoing(column).values()
        assert (score.score_given, score.status) == (75, lti.Delivery.QUEUED)
