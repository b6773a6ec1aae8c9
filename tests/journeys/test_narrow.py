"""The main job on a small phone: nothing scrolls sideways, neither the LMS's page nor the tool in its frame."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.steps import (
    TEACHER,
    answer,
    begin_activity,
    fill_design,
    hand_in,
    mark,
    open_idea,
    open_work,
    pick_and_hand_in,
    propose,
    publish,
)

PHONE = {"width": 320, "height": 640}
# Runs in every page and frame; what it writes to the console fails the test (watching.py). What is folded is looked at
# when it is unfolded.
LOOK_SIDEWAYS = """
(() => {
  const look = () => {
    const root = document.documentElement;
    if (root && root.scrollWidth > root.clientWidth) {
      const wide = [...document.querySelectorAll("body *")].filter(
        (one) => one.getBoundingClientRect().right > root.clientWidth + 1);
      const names = wide.slice(-3).map((one) => one.outerHTML.slice(0, 120));
      console.error(`scrolls sideways: ${root.scrollWidth} in ${root.clientWidth} at ${location.href} ${names}`);
    }
  };
  addEventListener("load", look);
  addEventListener("toggle", look, true);
})();
"""


def test_the_main_job_on_a_small_phone(be: Be) -> None:
    teacher, first, second = (be(name, viewport=PHONE) for name in (TEACHER, "Jamal Carter", "Keiko Tanaka"))
    for visitor in (teacher, first, second):
        visitor.page.context.add_init_script(LOOK_SIDEWAYS)

    tool = begin_activity(teacher)
    fill_design(tool, "Small screen")
    tool.get_by_text("More, if you like").click()
    for fold in tool.locator("details:not([open]) > summary").all():
        if fold.is_visible():
            fold.click()
    publish(teacher, "On a phone")
    teacher.open("On a phone").get_by_role("link", name="See it as a student").click()
    expect(teacher.tool.get_by_role("heading", name="This is what students see")).to_be_visible()

    pick_and_hand_in(first, "On a phone", "The algae stand at the bottom.")
    propose(second, "On a phone", "A very long name for a way of my own, so that it wraps", "A mobile of wire.")
    answer(open_idea(teacher, "On a phone", "Keiko Tanaka"), "Change one thing", "How will I see “Reasons” in it?")
    second.open("On a phone").get_by_label("2 Reasons", exact=True).fill("On a label at each knot.")
    second.tool.get_by_role("button", name="Send version 2").click()
    desk = open_idea(teacher, "On a phone", "Keiko Tanaka")
    desk.get_by_role("link", name="Edit and offer it yourself").click()
    desk.locator("[name=plan]").fill("A mobile of wire and wood.")
    desk.get_by_role("button", name=re.compile("^Offer it to ")).click()
    expect(desk.get_by_role("status").first).to_contain_text("Sent to Keiko.")
    second.open("On a phone").get_by_role("button", name="Agree to this").click()
    second.tool.get_by_role("link", name="Go to my work").click()
    hand_in(second, "It hangs by the window.")

    for student in (first, second):
        tool = open_work(teacher, "On a phone", student.name)
        mark(tool, 4, 4, 4, comment="Well built.")
        tool.get_by_role("button", name=re.compile("^Release to ")).click()
        expect(tool.get_by_role("status").first).to_contain_text("Released to")
        Gradebook(teacher.demo, BIOLOGY, "On a phone").await_score(student.name, 100)
        student.open("On a phone")
        expect(student.tool.locator("main")).to_contain_text("100 of 100 points")
        student.open_course_page()
        expect(student.board).to_have_text("Your activities")

    tool = teacher.open_course_page()
    for tab in ("Class", "Activities"):
        tool.get_by_role("navigation", name="Pages").get_by_role("link", name=tab).click()
        expect(tool.get_by_role("link", name=re.compile("On a phone")).first).to_be_visible()
    teacher.grades()
