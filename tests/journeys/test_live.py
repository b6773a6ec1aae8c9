"""The live board: it changes by itself while a teacher looks at it, takes nothing from under their hands, and is whole
without scripts."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, expect

from tests.journeys.conftest import Be
from tests.journeys.shots import shoot
from tests.journeys.steps import TEACHER, pick, publish
from tests.journeys.visitor import Visitor

ASKER, SECOND = "Sana Malik", "Thandiwe Nkosi"
LOOK_NOW = "() => dispatchEvent(new Event('visibilitychange'))"  # as when the tab comes to the front again


def ask(student: Visitor, words: str) -> None:
    student.tool.get_by_role("link", name="Ask for help").click()
    expect(student.board).to_have_text("Ask for help")
    student.tool.locator("[name=text]").fill(words)
    student.tool.get_by_role("button", name="Ask for help").click()
    expect(student.board).to_have_text("Your hand is up")


def to_live(teacher: Visitor, activity: str) -> FrameLocator:
    teacher.open(activity).get_by_role("link", name="See it live").click()
    expect(teacher.board).to_have_text(f"{activity}, live")
    return teacher.tool


def row_of(tool: FrameLocator, student: str) -> Locator:
    return tool.get_by_role("region", name="Needs a look now").get_by_role("listitem").filter(has_text=student)


def test_the_live_board_changes_by_itself(be: Be) -> None:
    teacher, first, second = be(TEACHER), be(ASKER), be(SECOND)
    publish(teacher, "Live")
    pick(first, "Live")
    pick(second, "Live")
    tool = to_live(teacher, "Live")
    expect(row_of(tool, ASKER)).to_have_count(0)
    fold = tool.get_by_text("When is somebody stuck?")
    fold.focus()
    teacher.frame.evaluate("() => { window.sameAsBefore = true; }")

    ask(first, "Which numbers go on the second axis?")
    expect(row_of(tool, ASKER)).to_contain_text("Which numbers go on the second axis?")  # within its fifteen seconds
    expect(tool.get_by_role("status").filter(has_text="Sana asked for help.")).to_be_visible()
    assert teacher.frame.evaluate("() => window.sameAsBefore === true")  # no reload
    assert fold.evaluate("one => one === document.activeElement")
    shoot(teacher, "teacher-live")

    row_of(tool, ASKER).get_by_text(f"Write {ASKER}").click()
    words = tool.get_by_label("Your words to Sana")
    words.fill("Look at row")
    ask(second, "Me too, please.")
    teacher.frame.evaluate(LOOK_NOW)
    teacher.page.wait_for_timeout(700)
    expect(words).to_have_value("Look at row")  # nothing is swapped under hands that type
    expect(row_of(tool, SECOND)).to_have_count(0)
    words.fill("Look at row four, then ask again.")
    row_of(tool, ASKER).get_by_role("button", name="Send", exact=True).click()
    expect(row_of(tool, ASKER)).to_have_count(0)  # answered
    expect(row_of(tool, SECOND)).to_contain_text("Me too, please.")
    first.open("Live").get_by_role("link", name="Ask for help").click()
    expect(first.tool.locator("main")).to_contain_text("Look at row four, then ask again.")
    shoot(first, "student-messages")


def test_the_live_board_without_scripts(be: Be) -> None:
    teacher, student = be(TEACHER, java_script_enabled=False), be("Ugo Eze", java_script_enabled=False)
    publish(teacher, "Live, no scripts")
    pick(student, "Live, no scripts")
    tool = to_live(teacher, "Live, no scripts")
    expect(row_of(tool, "Ugo Eze")).to_have_count(0)
    ask(student, "")  # a hand, without words
    tool.get_by_role("link", name="Reload").click()
    row = row_of(tool, "Ugo Eze")
    expect(row).to_contain_text("Asks for help")
    row.get_by_text("Write Ugo Eze").click()
    row.get_by_label("Your words to Ugo").fill("I am with you in a minute.")
    row.get_by_role("button", name="Send", exact=True).click()
    expect(teacher.board).to_have_text("Live, no scripts, live")
    expect(row_of(tool, "Ugo Eze")).to_have_count(0)
    student.open("Live, no scripts")
    student.tool.get_by_role("link", name="Ask for help").click()
    expect(student.tool.locator("main")).to_contain_text("I am with you in a minute.")
