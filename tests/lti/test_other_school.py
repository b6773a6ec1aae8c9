"""Another school's LMS, registered here too and hostile: what it gains in a browser that also comes from ours."""

from __future__ import annotations

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.lti.conftest import known_to
from tests.lti.platform import LTI, TOOL, Lms

HOSTILE = "https://hostile.example"


@pytest.fixture
def hostile(house: Flask, wire: responses.RequestsMock) -> Lms:
    lms = Lms(wire, issuer=HOSTILE, client_id="client-h", host=HOSTILE)
    lms.kid, lms.published = "key-h", ["key-h"]
    return known_to(house, lms)


def framed_by(answer: TestResponse) -> list[str]:
    policy = answer.headers["Content-Security-Policy"].split("; ")
    (ancestors,) = (words for words in policy if words.startswith("frame-ancestors "))
    return ancestors.split()[1:]


@pytest.mark.parametrize("last", ["ours", "theirs"])
def test_only_the_lms_of_a_page_s_own_course_may_frame_it(
    visitor: FlaskClient, school: Lms, hostile: Lms, last: str
) -> None:
    """Any page can send a browser through a login of the hostile LMS, unseen, and so sign it in there beside ours."""
    ours = visitor.get(school.launch(visitor, school.claims("Instructor")).location, base_url=TOOL)
    theirs = visitor.get(hostile.launch(visitor, hostile.claims("Instructor")).location, base_url=TOOL)
    if last == "ours":
        school.launch(visitor, school.claims("Instructor"))
    assert (ours.status_code, theirs.status_code) == (200, 200)
    assert framed_by(visitor.get(ours.request.path, base_url=TOOL)) == ["'self'", school.host]
    assert framed_by(visitor.get(theirs.request.path, base_url=TOOL)) == ["'self'", HOSTILE]


def test_a_return_address_is_no_more_than_the_origin_that_browsers_see_in_it(visitor: FlaskClient, school: Lms) -> None:
    """A browser reads a backslash as a slash: this one's host is the first, Python's reader takes the second."""
    address = "https://hostile.example\\@lms.example/x"
    claims = school.claims("Instructor", launch_presentation={"return_url": address})
    page = visitor.get(school.launch(visitor, claims).location, base_url=TOOL)
    assert framed_by(page) == ["'self'"]
    assert LTI + "launch_presentation" in claims
