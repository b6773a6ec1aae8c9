"""A student with more time hands in after the class's deadline; who need not know, does not."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import FrameLocator, expect

from tests.journeys.calendar import DAYS, moment, publish_dated, until
from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.shots import shoot
from tests.journeys.steps import TEACHER, hand_in, mark, open_work, pick
from tests.journeys.visitor import Visitor

SLOW, OTHER = "Keiko Tanaka", "Lucas Ferreira"
FORMATS = "Gets the task read aloud."


def arrange(teacher: Visitor) -> None:
    """Twice the class's time for one student, from the class page."""
    tool = to_class(teacher)
    tool.get_by_role("link", name="Arrangements").click()
    tool.get_by_text("Arrange something for a student").click()
    tool.get_by_role("link", name=SLOW).click()
    expect(teacher.board).to_have_text("Arrangements for Keiko")
    tool.locator("[name=time][value=double]").check()
    tool.locator("[name=formats]").fill(FORMATS)
    shoot(teacher, "teacher-arrange")
    tool.get_by_role("button", name="Keep this").click()
    expect(tool.get_by_role("status").first).to_be_visible()


def to_class(staff: Visitor) -> FrameLocator:
    tool = staff.open_course_page()
    tool.get_by_role("navigation", name="Pages").get_by_role("link", name="Class").click()
    return tool


def test_more_time_holds_after_the_deadline_of_the_class(be: Be, clock: Callable[[float], None]) -> None:
    teacher, slow, other = be(TEACHER), be(SLOW), be(OTHER)
    publish_dated(teacher, "More time")
    set_lms_date(teacher, "More time")
    arrange(teacher)
    pick(other, "More time")

    clock(until(12))  # the others' ways were settled four days ago
    pick(slow, "More time")
    expect(slow.tool.locator("main")).to_contain_text("The course page may show")  # Canvas knows the class's date only
    shoot(slow, "student-own-dates")
    slow.open_course_page().get_by_role("link", name="Your arrangements").click()
    expect(slow.board).to_have_text("Your arrangements")
    expect(slow.tool.locator("main")).to_contain_text(FORMATS)
    shoot(slow, "student-arrangements")
    other.open_course_page().get_by_role("link", name="Your arrangements").click()  # the link says nothing of anyone
    expect(other.tool.locator("main")).to_contain_text("Nothing special is arranged for you in this course.")

    tool = to_class(be("Carmen Ruiz"))  # an assistant who was not named
    expect(tool.get_by_role("link", name="More time").first).to_be_visible()
    expect(tool.get_by_role("link", name="Arrangements")).to_have_count(0)

    tool = teacher.open("More time")
    expect(tool.get_by_text(re.compile("earlier in Canvas"))).to_be_visible()
    tool.get_by_role("link", name="See them, and what to do").click()
    row = (
        tool.get_by_role("region", name="For one student").get_by_role("listitem").filter(has_text=f"{SLOW} More time")
    )
    shoot(teacher, "teacher-lms-dates")
    row.get_by_role("button", name="It is set there").click()
    expect(tool.get_by_text(re.compile("^(One is|.* are) set there"))).to_be_visible()
    expect(row.get_by_role("button", name="It is set there")).to_have_count(0)

    clock(until(DAYS["lock"] + 1))
    other.open("More time")
    expect(other.board).to_have_text("This is closed")
    expect(other.tool.get_by_role("button", name="Hand in")).to_have_count(0)
    shoot(other, "student-closed")
    slow.open("More time")
    hand_in(slow, "Read aloud, then written.")
    expect(slow.tool.get_by_role("region", name="Receipt")).not_to_contain_text("late")

    tool = open_work(teacher, "More time", SLOW)
    mark(tool, 4, 4, 4)
    tool.get_by_role("button", name="Release to Keiko").click()
    Gradebook(teacher.demo, BIOLOGY, "More time").await_score(SLOW, 100)


def set_lms_date(teacher: Visitor, activity: str) -> None:
    """The class's due date in the LMS too, on its own page."""
    teacher.to_course()
    teacher.page.get_by_role("link", name=activity, exact=True).click()
    teacher.page.get_by_role("link", name="Dates in this course").click()
    teacher.page.get_by_label("Due", exact=True).fill(f"{moment(DAYS['work_due']):%Y-%m-%dT%H:%M}")
    teacher.page.get_by_role("button", name="Save the dates").click()
    expect(teacher.page.get_by_role("status")).to_have_text("The dates are saved.")
