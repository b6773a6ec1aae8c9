"""People for whom part of the tool is not made: each gets one page that is honest about it, and no error."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import FrameLocator, expect

from tests.journeys.conftest import HISTORY, Be
from tests.journeys.shots import shoot
from tests.journeys.steps import TEACHER, mark, open_work, pick_and_hand_in, publish

OTHER_BIOLOGY = "Biology 9B"  # the course that has an observer
STUDENT = "Noor Haddad"


@pytest.fixture
def work(be: Be) -> str:
    """An activity with something to mark in it."""
    publish(be(TEACHER, OTHER_BIOLOGY), "For everyone")
    pick_and_hand_in(be(STUDENT, OTHER_BIOLOGY), "For everyone", "Only for those who teach me.")
    return "For everyone"


def test_everyone_gets_a_page_that_makes_sense(be: Be, work: str) -> None:
    assistant = be("Bo Lind", OTHER_BIOLOGY)
    tool = open_work(assistant, work, STUDENT)
    mark(tool, 3, 3, 3, comment="Seen.")
    expect(tool.get_by_role("button", name="Release to Noor")).to_have_count(0)  # the teacher decides that
    tool.get_by_role("button", name="Ready to release").click()
    expect(tool.get_by_text("Nobody else sees it yet.")).to_be_visible()
    shoot(assistant, "assistant-mark")

    designer = be("Marguerite Bell", OTHER_BIOLOGY)
    tool = designer.open(work)
    expect(designer.board).to_have_text(work)
    expect(tool.get_by_role("button", name="Publish the changes")).to_be_visible()
    expect(tool.get_by_text(STUDENT)).to_have_count(0)
    designer.open_course_page()
    expect(designer.board).to_have_text("Activities")
    shoot(designer, "designer-activities")

    observer = be("Layla Haddad", OTHER_BIOLOGY)
    openings: list[Callable[[], FrameLocator]] = [partial(observer.open, work), observer.open_course_page]
    for open_it in openings:
        tool = open_it()
        expect(observer.board).to_have_text("How Noor is getting on")
        expect(tool.get_by_text("Being marked")).to_be_visible()
        expect(tool.get_by_role("button")).to_have_count(0)
    shoot(observer, "observer")

    admin = be("Ines Okoro", OTHER_BIOLOGY)
    tool = admin.open(work)
    expect(admin.board).to_have_text("Third Option works in this course")
    expect(tool.get_by_text("Noor")).to_have_count(0)
    shoot(admin, "administrator")

    tester = be("Test Student", OTHER_BIOLOGY)
    pick_and_hand_in(tester, work, "A test.")
    tool = be(TEACHER, OTHER_BIOLOGY).open(work)
    expect(tool.get_by_role("listitem").filter(has_text="Test Student").last).to_contain_text("test student")
    expect(tool.get_by_text("30 students")).to_be_visible()  # not counted


def test_everyone_in_a_course_of_the_other_manner(be: Be) -> None:
    publish(be(TEACHER, HISTORY), "For all in 8A")
    pick_and_hand_in(be("Chidi Okeke", HISTORY), "For all in 8A", "The river came first.")
    assistant = be("Tomas Berg", HISTORY)  # at launch a teacher of lesser rights, in the roster a student
    tool = open_work(assistant, "For all in 8A", "Chidi Okeke")
    expect(tool.get_by_role("button", name="Release to Chidi")).to_have_count(0)
    admin = be("Ines Okoro", HISTORY)  # at launch a teacher, in no roster
    tool = admin.open("For all in 8A")
    expect(admin.board).to_have_text("Third Option works in this course")
    expect(tool.get_by_text("Chidi")).to_have_count(0)
