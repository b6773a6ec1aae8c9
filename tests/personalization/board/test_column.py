"""The LMS's own column on the class page: what it says, how often it is asked, and when it does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from lti.models.context import Context
from personalization.people.model import Course
from tests.cast import ISSUER, Cast, Member, writing
from tests.personalization.arranging import (
    activity_of,
    column_of,
    note_column_read,
)
from tests.personalization.pressing import page_of, text_of

SignedIn = Callable[[Member], FlaskClient]
OTHERS = ["student", "classmate", "designer", "observer", "other_teacher", "other_school_teacher"]


@pytest.fixture
def read(app: Flask, activity_id: int) -> None:
    """The gradebook was read just now."""
    with writing(app):
        note_column_read(activity_id)


@contextmanager
def gradebook(app: Flask, activity_id: int, status: int = 200) -> Iterator[responses.RequestsMock]:
    """The LMS's side: a token, the column, and Amara's result."""
    with app.app_context():
        url = column_of(activity_id).url
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.post(f"{ISSUER}/token", json={"access_token": "t", "token_type": "Bearer", "expires_in": 3600})
        column = {"id": url, "label": "Pond (graded)", "scoreMaximum": 16, "endDateTime": "2026-11-29T23:59:00Z"}
        results = [{"id": f"{url}/results/1", "userId": "sub-Amara Diallo", "resultScore": 12, "resultMaximum": 16}]
        wire.get(url, json=column, status=status)
        wire.get(f"{url}/results", json=results, status=status)
        yield wire


def allow_grades(app: Flask, cast: Cast) -> None:
    scopes = "https://purl.imsglobal.org/spec/lti-ags/scope"
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        context = db.session.get_one(Context, course.context_id)
        context.ags_scopes = [f"{scopes}/lineitem", f"{scopes}/result.readonly", f"{scopes}/score"]


def test_the_column_is_shown_as_the_lms_has_it(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    allow_grades(app, cast)
    with gradebook(app, activity_id):
        soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    card = text_of(soup, "[aria-labelledby=column]")
    assert "Pond (graded)" in card
    assert "Points 16 here 100; grades are scaled" in card
    assert "Sun, Nov 29, 5:59 pm" in card
    assert "One date is earlier in Canvas: it would mark work late that is in time here." in card
    assert "In Canvas: 12 / 16" in text_of(soup, f"#student-{cast.student.id}")
    assert "In Canvas" not in text_of(soup, f"#student-{cast.classmate.id}")


def test_a_young_reading_is_not_asked_for_again_unless_wanted(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    allow_grades(app, cast)
    teacher = signed_in(cast.teacher)
    with gradebook(app, activity_id) as wire:
        page_of(teacher, f"/activities/{activity_id}")
        asked = len(wire.calls)
        page_of(teacher, f"/activities/{activity_id}")
        assert len(wire.calls) == asked
        page_of(teacher, f"/activities/{activity_id}?read=1")
        assert len(wire.calls) > asked


def test_an_lms_that_is_down_breaks_no_page(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    allow_grades(app, cast)
    with gradebook(app, activity_id, status=503):
        soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    assert "nothing is lost" in text_of(soup, "[aria-labelledby=column]")
    assert "Noor Haddad" in soup.text


@pytest.mark.usefixtures("read")
def test_an_activity_without_grades_has_no_column(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        activity_of(activity_id).graded = False
    soup = page_of(signed_in(cast.teacher), f"/activities/{activity_id}")
    assert "This activity is not graded" in text_of(soup, "[aria-labelledby=column]")
