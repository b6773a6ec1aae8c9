"""A course is copied in the LMS: whoever comes first waits, its teacher starts the copies, and the class goes on."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import BIOLOGY, HISTORY, Be
from tests.journeys.shots import shoot
from tests.journeys.steps import POSTER, SCHOOL, STORY, TEACHER, hand_in, pick, propose, publish
from tests.journeys.visitor import Visitor

IDEA = "A song about snails"


def copy_course(teacher: Visitor, title: str, begins: str = "") -> None:
    """Next year's course, as the LMS makes it, with the students of this one."""
    teacher.to_course()
    page = teacher.page
    page.get_by_text("Copy this course").click()
    page.get_by_label("Name of the copy").fill(title)
    if begins:
        page.get_by_label("Begins on").fill(begins)
    page.get_by_role("button", name="Copy the course").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("button", name="Bring the students of ").click()
    expect(page.get_by_role("status")).to_contain_text(f"students came into {title}.")


@pytest.mark.parametrize(
    ("course", "copy", "student", "begins"),
    [
        (BIOLOGY, "Ecology, next spring", "Ada Lindgren", ""),
        (HISTORY, "Old empires, next spring", "Alma Reyes", "2031-01-13"),
    ],
)
def test_a_copied_course_goes_on_with_copies(be: Be, course: str, copy: str, student: str, begins: str) -> None:
    today = f"{datetime.now(SCHOOL):%Y-%m-%d}"
    first, second = f"Maps of {course}", f"Songs of {course}"
    teacher = be(TEACHER, course)
    publish(teacher, first)
    publish(teacher, second)
    before = be(student, course)
    propose(before, first, IDEA, "I sing about the snails in our pond.")
    copy_course(teacher, copy, begins)

    early = be(student, copy)
    early.open(first)
    expect(early.board).to_have_text("This activity is not ready yet")
    shoot(early, "copied-too-early")

    there = be(TEACHER, copy)
    tool = there.open(first)
    expect(there.board).to_have_text(f"Start a copy of “{first}” from “{course}”")
    expect(tool.get_by_label("The copy opens on")).to_have_value(begins or today)
    expect(tool.get_by_text(IDEA)).to_have_count(0)
    others = tool.get_by_role("checkbox")
    expect(others).to_be_checked()
    expect(tool.get_by_role("listitem").filter(has_text=second)).to_be_visible()
    shoot(there, "copied-offer")
    tool.get_by_label("The copy opens on").fill("2030-09-02")
    tool.get_by_label("The copy opens on").blur()
    expect(tool.get_by_role("row").filter(has_text="Opens").get_by_role("cell").last).to_contain_text("2030")
    tool.get_by_label("The copy opens on").fill(today)
    tool.get_by_role("button", name="Start the copy").click()

    expect(there.board).to_have_text(first)
    expect(tool.get_by_role("status").first).to_contain_text("Copied as drafts")
    expect(tool.get_by_label("Way B", exact=True)).to_have_value(STORY)
    shoot(there, "copied-draft")
    early.open(first)
    expect(early.board).to_have_text("This activity is not ready yet")
    there.open(first)
    tool.get_by_role("button", name="Publish").click()
    expect(tool.get_by_role("status").first).to_contain_text("Published.")

    there.open(second)  # its copy is there already
    expect(there.board).to_have_text(second)
    expect(tool.get_by_role("button", name="Publish")).to_be_visible()

    pick(early, first, POSTER)
    hand_in(early, "My poster shows the pond.")
    before.open(first)  # in the course before all is as it was
    expect(before.board).to_have_text(f"{TEACHER} has it")
