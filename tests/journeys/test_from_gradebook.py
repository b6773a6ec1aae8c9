"""From the LMS's own gradebook to a student's work: whoever marks lands on it, its student on their own page, and
another student who takes that way is refused."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import BIOLOGY, HISTORY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.steps import TEACHER, pick_and_hand_in, publish
from tests.journeys.visitor import Visitor


def way(visitor: Visitor, student: str, activity: str) -> Locator:
    """The gradebook's link to what this student handed in."""
    visitor.grades()
    return visitor.page.get_by_role("link", name=f"Open the work of {student} in {activity}")


def opened(page: Page) -> Locator:
    """The heading of the tool's page, which stands alone: no gradebook opens work in a frame."""
    expect(page.get_by_text("Third Option", exact=True).first).to_be_visible()
    return page.get_by_role("heading", level=1)


def test_speedgrader_opens_the_work_that_was_handed_in(be: Be) -> None:
    teacher, student = be(TEACHER), be("Ada Lindgren")
    publish(teacher, "Opened in SpeedGrader")
    pick_and_hand_in(student, "Opened in SpeedGrader", "The pond in eleven photographs.")
    Gradebook(teacher.demo, BIOLOGY, "Opened in SpeedGrader").await_messages("Ada Lindgren", 1)

    way(teacher, "Ada Lindgren", "Opened in SpeedGrader").click()
    expect(opened(teacher.page)).to_have_text("Ada’s work")
    expect(teacher.page.get_by_text("The pond in eleven photographs.")).to_be_visible()
    expect(teacher.page.get_by_role("button", name="Release to Ada")).to_be_visible()

    way(student, "Ada Lindgren", "Opened in SpeedGrader").click()  # Canvas shows students their own
    expect(opened(student.page)).to_have_text("We have it")


def test_moodle_s_grade_report_opens_work_for_its_teacher_and_its_student(be: Be) -> None:
    teacher, alma, benjamin = be(TEACHER, HISTORY), be("Alma Reyes", HISTORY), be("Benjamin Clark", HISTORY)
    publish(teacher, "Opened in the report")
    pick_and_hand_in(alma, "Opened in the report", "Letters from Carthage.")

    link = way(teacher, "Alma Reyes", "Opened in the report")
    address = link.get_attribute("href")
    link.click()
    expect(teacher.page.get_by_text("Letters from Carthage.")).to_be_visible()
    way(teacher, "Benjamin Clark", "Opened in the report").click()
    expect(opened(teacher.page)).to_have_text("Benjamin Clark")
    expect(teacher.page.get_by_text("Nothing is handed in yet.")).to_be_visible()

    way(alma, "Alma Reyes", "Opened in the report").click()
    expect(opened(alma.page)).to_have_text("We have it")

    benjamin.watch.expect(403)
    benjamin.page.goto(f"{benjamin.demo.lms_url}{address}")  # Moodle lets any student send another's name along
    expect(opened(benjamin.page)).to_have_text("This page belongs to someone else")
    expect(benjamin.page.get_by_text("Alma")).to_have_count(0)
