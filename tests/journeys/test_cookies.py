"""A browser that keeps no cookies of a page in another page's frame: the tool opens in a window of its own.

On loopback LMS and tool are one site to a browser, so it would keep them; the test plays the strict browser by taking
them off the answers before the browser sees them.
"""

from __future__ import annotations

import requests
from playwright.sync_api import Route, expect

from tests.journeys.conftest import Be
from tests.journeys.shots import shoot
from tests.journeys.steps import POSTER, TEACHER, publish
from tests.journeys.watching import Watch


def withhold(route: Route) -> None:
    """Let the request through, and take the cookie off its answer."""
    request = route.request
    sent = request.headers | {"Sec-Fetch-Dest": "iframe"}  # Chromium adds it later than a route sees
    answer = requests.request(
        request.method, request.url, data=request.post_data, headers=sent, allow_redirects=False, timeout=30
    )
    assert "Set-Cookie" in answer.headers  # else there is nothing to withhold
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "set-cookie"}
    route.fulfill(status=answer.status_code, headers=headers, body=answer.content)


def test_without_cookies_in_frames_a_window_of_its_own_works(be: Be, watch: Watch) -> None:
    publish(be(TEACHER), "In a window")
    watch.expect(400)  # the login whose cookie did not come back
    student = be("Lucas Ferreira")
    student.page.route("**/lti/login", withhold)  # in this page's frame, not in windows that it opens
    student.open("In a window")
    expect(student.board).to_have_text("Your browser does not let us in here")
    shoot(student, "cookies-withheld")
    with student.page.context.expect_page() as opened:
        student.tool.get_by_role("link", name="Open in a new window").click()
    window = opened.value
    expect(window.get_by_role("heading", level=1)).to_have_text("Pick how you will show it")
    window.get_by_role("radio", name=POSTER).check()
    window.get_by_role("button", name="Go on with this way").click()
    expect(window.get_by_role("heading", level=1)).to_have_text(POSTER)
