"""Courses copied by a running Moodle 4.2 and 4.5, and as Canvas does: launches of their links lead to the copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine import clock
from engine.db import db
from lti.models.context import ResourceLink
from lti.models.platform import Deployment, Platform
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.people.model import Role
from tests.cast import NOON, make_activity, make_course, make_person, writing
from tests.lti.captures import MOODLES, captured
from tests.lti.platform import LTI, Lms, pair
from tests.personalization.pressing import look, press

pytestmark = pytest.mark.one_database
KEY = "act_7Q2M"  # as in the capture of Canvas
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def school(app: Flask, wire: responses.RequestsMock, family: str, deployments: set[str], origin: str) -> Lms:
    """An LMS of this family, known under these deployments, where the course `origin` has the activity of the key."""
    lms = Lms(wire, family=family)
    lms.deployment_id = min(deployments)
    lms.register(app, jwks={"keys": [pair(lms.kid).as_dict(private=False)]}, jwks_fetched_at=clock.real_now())
    with writing(app):
        platform = db.session.get_one(Platform, lms.platform_id)
        others = deployments - {lms.deployment_id}
        db.session.add_all(
            [Deployment(platform=platform, deployment_id=name) for name in {*others, "1"} - {lms.deployment_id}]
        )
        db.session.flush()
        course = make_course(platform, origin, "Introduction to Biology")
        by = make_person(course, "Ms. Before", Role.TEACHER)
        made = make_activity(course.id, by.id, "Energy project")
        db.session.get_one(Activity, made).key = KEY
    return lms


def launch(lms: Lms, client: FlaskClient, said: dict[str, Any], role: str = "Instructor") -> TestResponse:
    """What was captured of a launch in the copy, signed here and now."""
    claims = lms.claims(role, sub=role, target_link_uri=f"http://localhost/lti/launch?activity={KEY}")
    with clock.at(NOON):
        return lms.launch(client, claims | said)


def start(client: FlaskClient, answer: TestResponse) -> str:
    """Press the button of the offer that a launch leads to; where that leads."""
    shown = look(client, answer.location)
    assert "Start a copy of “Energy project” from “Introduction to Biology”" in shown.text
    link = answer.location.partition("link=")[2].partition("&")[0]
    return str(press(client, answer.location, {"link": link, "opens": "2027-01-11", "do": "copy"}).location)


@pytest.mark.parametrize("folder", MOODLES)
def test_moodle_s_copied_links_lead_to_one_copy(app: Flask, wire: responses.RequestsMock, folder: str) -> None:
    """Two links of the captured copy, the second under the other deployment where there was one."""
    found = captured(folder, "course-copy")["launches_in_the_copy"]
    probe = next(one for one in found if "hist" in one["custom"])
    lms = school(app, wire, "moodle", {one["deployment_id"] for one in found}, probe["custom"]["hist"])
    browser = app.test_client()

    def claims(one: dict[str, Any]) -> dict[str, Any]:
        custom = {"activity_key": KEY, "context_id_history": probe["custom"]["hist"], **one["custom"]}
        return {
            LTI + "context": one["context"],
            LTI + "deployment_id": one["deployment_id"],
            LTI + "resource_link": one["resource_link"],
            LTI + "custom": custom,
            ENDPOINT: one["endpoint"],
        }

    first = launch(lms, browser, claims(probe))
    draft = start(browser, first)
    with app.app_context():
        copy = db.session.scalars(select(Activity).where(Activity.key != KEY)).one()
        link = db.session.scalars(
            select(ResourceLink)
            .join(Placement, Placement.resource_link_id == ResourceLink.id)
            .where(Placement.activity_id == copy.id)
        ).one()
        assert link.resource_link_id == probe["resource_link"]["id"]
        assert link.line_item is not None
        assert link.line_item.url == probe["endpoint"]["lineitem"]
    for one in found:
        again = launch(lms, browser, claims(one))
        same = one["deployment_id"] == probe["deployment_id"]
        assert again.location == draft if same else again.location.startswith("/copy-offers/")


def test_canvas_s_copied_link_leads_to_a_copy_at_the_dates_of_its_assignment(
    app: Flask, wire: responses.RequestsMock
) -> None:
    said = captured("canvas", "launch_teacher_copied_course")
    custom = said[LTI + "custom"]
    assert custom["activity_key"] == KEY
    lms = school(app, wire, "canvas", {said[LTI + "deployment_id"]}, custom["context_id_history"])
    kept = ("context", "resource_link", "deployment_id", "custom", "roles", "tool_platform")
    browser = app.test_client()
    answer = launch(lms, browser, {LTI + name: said[LTI + name] for name in kept} | {ENDPOINT: said[ENDPOINT]})
    assert answer.location.endswith("opens=2026-11-10")  # as the assignment unlocks
    assert start(browser, answer).endswith("/design")


def test_a_student_of_canvas_s_copy_waits(app: Flask, wire: responses.RequestsMock) -> None:
    said = captured("canvas", "launch_teacher_copied_course")
    lms = school(app, wire, "canvas", {said[LTI + "deployment_id"]}, said[LTI + "custom"]["context_id_history"])
    kept = ("context", "resource_link", "deployment_id", "custom", "tool_platform")
    answer = launch(lms, app.test_client(), {LTI + name: said[LTI + name] for name in kept}, "Learner")
    assert answer.status_code == 200
    assert "This activity is not ready yet" in answer.text
