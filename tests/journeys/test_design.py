"""Journey 1: a teacher designs an activity, by the LMS's dialogue or by opening an empty link, and edits it later."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.journeys.clicks import Clicks
from tests.journeys.conftest import HISTORY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.shots import shoot
from tests.journeys.steps import (
    POSTER,
    SHOWS,
    STORY,
    TEACHER,
    added,
    begin_activity,
    due,
    fill_design,
    publish,
    use_again,
)

MOST_CLICKS = 8
MOST_SECONDS = 60  # of the machine's time: typing is instant here


def test_from_adding_to_published_in_few_clicks(be: Be) -> None:
    teacher = be(TEACHER)
    teacher.to_course()
    clicks = Clicks(teacher.page.context)
    teacher.page.reload()  # counting starts with the next page

    began = time.monotonic()
    teacher.page.get_by_role("link", name="Add an activity with Third Option").click()
    tool = teacher.launched()
    fields = {"Title": "Pond energy", "What should it show?": SHOWS, "Way A": POSTER, "Way B": STORY}
    for label, words in fields.items():
        field = tool.get_by_label(label, exact=True)
        field.click()
        field.press_sequentially(words)
    shoot(teacher, "teacher-design")
    tool.get_by_role("button", name="Publish").click()
    added(teacher, "Pond energy")
    seconds = time.monotonic() - began

    assert 6 <= clicks.count <= MOST_CLICKS  # one to add, one a field, one to publish: all of them were counted
    assert seconds < MOST_SECONDS
    expect(be("Ada Lindgren").page.get_by_role("link", name="Pond energy", exact=True)).to_be_visible()


def test_the_column_is_what_was_designed(be: Be) -> None:
    teacher = be(TEACHER)
    tool = begin_activity(teacher)
    fill_design(tool, "Of sixteen")
    tool.get_by_text("More, if you like").click()
    tool.locator("[name=points]").fill("16")
    tool.get_by_role("button", name="Publish").click()
    added(teacher, "Of sixteen")
    assert Gradebook(teacher.demo, teacher.course, "Of sixteen").maximum() == 16


def test_a_dialogue_closed_by_accident_is_found_again(be: Be) -> None:
    teacher = be(TEACHER)
    tool = begin_activity(teacher)
    tool.get_by_label("Title", exact=True).fill("Half written")
    tool.get_by_label("Way A", exact=True).fill(POSTER)
    expect(tool.get_by_role("status")).to_contain_text("Saved at")
    teacher.to_course()  # closed without a word
    expect(teacher.page.get_by_role("link", name="Half written")).to_have_count(0)

    tool = begin_activity(teacher)
    tool.get_by_role("link", name=re.compile("Go on with this one ?: Half written")).click()
    expect(tool.get_by_label("Title", exact=True)).to_have_value("Half written")
    expect(tool.get_by_label("Way A", exact=True)).to_have_value(POSTER)
    tool.get_by_label("What should it show?").fill(SHOWS)
    tool.get_by_label("Way B", exact=True).fill(STORY)
    tool.get_by_role("button", name="Publish").click()
    added(teacher, "Half written")


def test_an_activity_of_this_course_is_added_once_more(be: Be) -> None:
    teacher = be(TEACHER)
    publish(teacher, "Used twice")
    use_again(teacher, "Used twice")
    expect(teacher.page.get_by_role("link", name="Used twice", exact=True)).to_have_count(2)


def test_a_link_without_content_is_set_up_by_whoever_teaches(be: Be) -> None:
    teacher, student = be(TEACHER, HISTORY), be("Alma Reyes", HISTORY)
    teacher.page.get_by_text("Add a link without content").click()
    teacher.page.get_by_label("Name", exact=True).fill("The mill")
    teacher.page.get_by_role("button", name="Add the link").click()
    added(teacher, "The mill")

    student.open("The mill")
    expect(student.board).to_have_text("This activity is not ready yet")
    shoot(student, "not-ready-yet")

    tool = teacher.open("The mill")
    expect(teacher.board).to_have_text("Add an activity")
    fill_design(tool, "The mill")
    tool.get_by_role("button", name="Publish").click()
    expect(tool.get_by_role("status")).to_contain_text("Published.")
    expect(teacher.board).to_have_text("The mill")

    student.open("The mill")
    expect(student.board).to_have_text("Pick how you will show it")
    teacher.open("The mill")
    expect(teacher.board).to_have_text("The mill")


def test_a_preview_and_an_edit_from_inside(be: Be) -> None:
    teacher, student = be(TEACHER), be("Bilal Hussain")
    publish(teacher, "Edited")
    tool = teacher.open("Edited")
    shoot(teacher, "teacher-activity-empty")
    tool.get_by_role("link", name="See it as a student").click()
    expect(tool.get_by_role("heading", name="This is what students see")).to_be_visible()
    expect(tool.get_by_role("radio", name="My own idea")).to_be_visible()
    shoot(teacher, "teacher-preview")
    tool.get_by_role("link", name="Back to the design").click()
    tool.get_by_label("Way B", exact=True).fill("Radio play")
    tool.locator("[name=work_due]").fill(due(21))
    tool.get_by_role("button", name="Save for later").click()
    expect(tool.get_by_role("status").first).to_contain_text("Students don’t see it yet")

    student.open("Edited")
    expect(student.tool.get_by_role("radio", name=STORY)).to_be_visible()  # what is saved is not published yet
    tool.get_by_role("button", name="Publish the changes").click()
    expect(teacher.board).to_have_text("Edited")
    student.open("Edited")
    expect(student.tool.get_by_role("radio", name="Radio play")).to_be_visible()
