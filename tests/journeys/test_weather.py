"""The LMS is down, then throttled, while grades are on their way: the teacher's page stays calm, and they arrive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import FrameLocator, Page, expect

from demo.run import Demo
from demo.weather import CALLS
from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.shots import shoot
from tests.journeys.steps import TEACHER, mark, open_work, pick_and_hand_in, publish
from tests.journeys.visitor import Visitor

AGAIN = 90_000  # milliseconds: a second try may come half a minute after the first


@pytest.fixture
def weather(demo: Demo, be: Be) -> Iterator[Page]:
    """Riverbend's own page of how it feels; as usual again at the end."""
    visitor = be(TEACHER)
    visitor.page.goto(f"{demo.lms_url}/weather")
    yield visitor.page
    feels(visitor.page, "as usual")


def feels(page: Page, mood: str) -> None:
    page.get_by_role("group", name="Courses that behave like Canvas").get_by_label(mood).check()
    page.get_by_role("button", name="Let it be so").click()
    expect(page.get_by_role("status")).to_contain_text("The LMS feels so from now on.")


def open_gradebook(teacher: Visitor, activity: str) -> FrameLocator:
    tool = teacher.open(activity)
    tool.get_by_role("link", name="Sync all, and how far it is").click()
    expect(teacher.board).to_have_text("In the Canvas gradebook")
    return tool


def test_grades_wait_for_an_lms_that_is_down_or_throttled_and_arrive_by_themselves(
    demo: Demo, be: Be, weather: Page
) -> None:
    teacher, student = be(TEACHER), be("Ada Lindgren")
    publish(teacher, "Stormy")
    pick_and_hand_in(student, "Stormy", "Wind and all.")
    book = Gradebook(demo, BIOLOGY, "Stormy")
    book.await_messages("Ada Lindgren", 1)
    tool = open_work(teacher, "Stormy", "Ada Lindgren")
    mark(tool, 4, 4, 4)
    feels(weather, "down")
    tool.get_by_role("button", name="Release to Ada").click()
    expect(tool.get_by_role("status").first).to_contain_text("Released to Ada.")

    tool = open_gradebook(teacher, "Stormy")
    progress = tool.locator("#progress")
    expect(progress).to_contain_text("Sending waits")  # by itself: the page asks every few seconds
    expect(progress).to_contain_text("It goes on by itself; next try")
    expect(progress).to_contain_text("On the way 1")
    shoot(teacher, "teacher-gradebook-down")
    feels(weather, "as usual")
    expect(progress).to_contain_text("Everything is in the gradebook.", timeout=AGAIN)
    expect(progress).to_contain_text("In the gradebook 1")
    assert book.await_score("Ada Lindgren", 100).attempts == 1

    feels(weather, "throttled")
    for _call in range(CALLS):  # of somebody else, which leave none for the tool
        requests.get(f"{demo.lms_url}/canvas/api/", timeout=10)
    tool.get_by_role("button", name="Sync all").click()
    expect(teacher.board).to_have_text("In the Canvas gradebook")
    expect(progress).to_contain_text("Canvas asked for slower calls, so it goes on slowly.")
    shoot(teacher, "teacher-gradebook-throttled")
    expect(progress).to_contain_text("Everything is in the gradebook.", timeout=AGAIN)
    graded = [one for one in book.messages("Ada Lindgren") if "scoreGiven" in one]
    assert len(graded) == 1  # what is there is not sent again


def test_a_teacher_pauses_sending_for_the_course_and_lets_it_go_on(demo: Demo, be: Be) -> None:
    teacher, student = be(TEACHER), be("Bilal Hussain")
    publish(teacher, "Not yet")
    pick_and_hand_in(student, "Not yet", "Here it is.")
    book = Gradebook(demo, BIOLOGY, "Not yet")
    book.await_messages("Bilal Hussain", 1)
    tool = open_gradebook_of_nothing(teacher, "Not yet")
    tool.get_by_role("button", name="Pause sending for this course").click()
    expect(tool.locator("#progress")).to_contain_text("Sending is paused")

    tool = open_work(teacher, "Not yet", "Bilal Hussain")
    mark(tool, 2, 2, 2)
    tool.get_by_role("button", name="Release to Bilal").click()
    expect(tool.get_by_role("status").first).to_contain_text("Released to Bilal.")
    tool = open_gradebook(teacher, "Not yet")
    expect(tool.locator("#progress")).to_contain_text("One grade waits.")
    shoot(teacher, "teacher-gradebook-paused")
    assert book.score_of("Bilal Hussain") is None
    tool.get_by_role("link", name="All activities, and pausing").click()
    shoot(teacher, "teacher-gradebook-course")
    tool.get_by_role("button", name="Go on sending").click()
    expect(tool.locator("#progress")).not_to_contain_text("Sending is paused")
    book.await_score("Bilal Hussain", 50)


def open_gradebook_of_nothing(teacher: Visitor, activity: str) -> FrameLocator:
    """The course's gradebook, by way of the list of activities."""
    tool = teacher.open(activity)
    tool.get_by_role("link", name="All activities").click()
    tool.get_by_role("link", name="Gradebook", exact=True).click()
    expect(teacher.board).to_have_text("The Canvas gradebook")
    return tool
