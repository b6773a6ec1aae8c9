"""The school in a real browser: the dialogue and the frame, also without scripts, narrow, and for everyone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.store import Activity
from tests import usable
from tests.demo.riverbend import BIOLOGY, Riverbend


def _be(page: Page, riverbend: Riverbend, name: str) -> None:
    page.goto(riverbend.url)
    page.get_by_role("button", name=re.compile(rf"^Be {name}, .* in Biology 9B$")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Biology 9B")


def test_a_teacher_adds_an_activity_and_a_student_opens_it(page: Page, riverbend: Riverbend) -> None:
    _be(page, riverbend, "Adaeze Okafor")
    page.get_by_role("link", name="Add an activity with Stand-in").click()
    page.frame_locator("iframe.tool").get_by_role("button", name="Use this").click()
    expect(page).to_have_url(f"{riverbend.url}/courses/{BIOLOGY}")
    expect(page.get_by_role("status")).to_have_text("Added: Energy in our pond.")

    _be(page, riverbend, "Linh Phạm")
    page.get_by_role("link", name="Energy in our pond").last.click()
    expect(page.frame_locator("iframe.tool").get_by_role("heading")).to_have_text("Inside the tool")
    expect(page.locator("iframe.tool")).to_have_css("height", "432px")


def test_the_same_without_scripts(browser: Browser, riverbend: Riverbend) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = context.new_page()
    _be(page, riverbend, "Adaeze Okafor")
    page.get_by_role("link", name="Add an activity with Stand-in").click()
    frame = page.frame_locator("iframe.tool")
    frame.get_by_role("button", name="Open Stand-in").click()
    frame.get_by_role("button", name="Continue").click()
    frame.get_by_role("button", name="Use this").click()
    frame.get_by_role("link", name="To the course page").click()
    expect(page).to_have_url(f"{riverbend.url}/courses/{BIOLOGY}")
    page.get_by_role("link", name="Energy in our pond").last.click()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Open in a new window").click()
    opened.value.get_by_role("button", name="Open Stand-in").click()
    opened.value.get_by_role("button", name="Continue").click()
    expect(opened.value.get_by_role("heading")).to_have_text("Inside the tool")
    context.close()


@pytest.mark.parametrize("width", [1100, 320])
def test_every_page_is_accessible_fits_and_asks_nobody_else(browser: Browser, riverbend: Riverbend, width: int) -> None:
    number = riverbend.add_activity()
    with riverbend.session() as session:
        column = session.get_one(Activity, number).columns[0].id
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
    _be(page, riverbend, "Adaeze Okafor")
    course = f"/courses/{BIOLOGY}"
    paths = ["/", course, f"{course}/people", f"{course}/grades", "/clock", f"/columns/{column}/messages"]
    paths += [f"/activities/{number}", f"/activities/{number}/dates", f"{course}/choose", "/courses/99"]
    for path in paths:
        page.goto(riverbend.url + path)
        page.wait_for_load_state("networkidle")
        assert usable.report(page, without="iframe") == "", path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} scrolls sideways"
        assert page.locator("h1").count() == 1, path
    assert asked <= {riverbend.url, riverbend.tool.url}
    context.close()


def test_the_office_adds_a_tool(page: Page, riverbend: Riverbend) -> None:
    page.goto(riverbend.url)
    page.get_by_role("button", name="Ines Okoro").click()
    page.get_by_label("The tool’s registration address").fill(f"{riverbend.tool.url}/lti/register?invite=i9")
    page.get_by_label("Moodle").check()
    page.get_by_role("button", name="Open the tool and register").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stand-in is known already")
    assert usable.report(page) == ""
    page.get_by_role("button", name="Add it a second time").click()
    expect(page.frame_locator("iframe.tool").get_by_role("heading")).to_have_text("Registered")
    assert usable.report(page) == ""
    page.get_by_role("link", name="Back to the tools").click()
    expect(page.get_by_role("listitem")).to_have_count(3)
    assert usable.report(page) == ""
