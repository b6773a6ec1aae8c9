"""The main job by keyboard alone, with the focus to be seen at every stop."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.keyboard import Keyboard
from tests.journeys.steps import POSTER, SCHOOL, SHOWS, STORY, TEACHER
from tests.journeys.visitor import Visitor

TITLE = "By keys"


def open_by_keys(visitor: Visitor, keys: Keyboard) -> None:
    visitor.to_course()
    keys.press(visitor.page.get_by_role("link", name=TITLE, exact=True))
    visitor.launched()


def test_the_main_job_by_keyboard_alone(be: Be) -> None:
    teacher, picker, thinker = be(TEACHER), be("Maya Goldstein"), be("Nikhil Rao")
    design(teacher)
    take_a_way(picker)
    propose(thinker)
    say_yes(teacher)
    open_by_keys(thinker, Keyboard(thinker.page))
    expect(thinker.board).to_have_text("Shadow play")
    for student in (picker, thinker):
        hand_in(student)
        mark(teacher, student.name)
        Gradebook(teacher.demo, BIOLOGY, TITLE).await_score(student.name, 75)
        open_by_keys(student, Keyboard(student.page))
        expect(student.tool.locator("main")).to_contain_text("75 of 100 points")


def design(teacher: Visitor) -> None:
    keys, tool = Keyboard(teacher.page), teacher.tool
    teacher.to_course()
    keys.press(teacher.page.get_by_role("link", name="Add an activity with Third Option"))
    teacher.launched()
    keys.type(tool.get_by_label("Title", exact=True), TITLE)
    keys.type(tool.get_by_label("What should it show?"), SHOWS)
    keys.type(tool.get_by_label("Way A", exact=True), POSTER)
    keys.type(tool.get_by_label("Way B", exact=True), STORY)
    keys.to(tool.locator("[name=work_due]"))
    due = datetime.now(SCHOOL) + timedelta(days=14)
    teacher.page.keyboard.type(f"{due:%m%d%Y}")
    teacher.page.keyboard.press("Tab")  # from the year, which may have six figures, to the hour
    teacher.page.keyboard.type("0600PM")
    expect(tool.locator("[name=work_due]")).to_have_value(f"{due:%Y-%m-%d}T18:00")
    keys.press(tool.get_by_role("button", name="Publish"))
    expect(teacher.page.get_by_role("status")).to_have_text(f"Added: {TITLE}.")


def take_a_way(student: Visitor) -> None:
    keys, tool = Keyboard(student.page), student.tool
    open_by_keys(student, keys)
    keys.choose(tool.get_by_role("radio", name=POSTER), tool.get_by_role("radio", name=STORY))
    keys.press(tool.get_by_role("button", name="Go on with this way"))
    expect(student.board).to_have_text(STORY)


def propose(student: Visitor) -> None:
    keys, tool = Keyboard(student.page), student.tool
    open_by_keys(student, keys)
    keys.choose(tool.get_by_role("radio", name=POSTER), tool.get_by_role("radio", name="My own idea"))
    keys.press(tool.get_by_role("button", name="Go on with this way"))
    keys.type(tool.get_by_label("What do you call it?"), "Shadow play")
    keys.type(tool.get_by_label("What will you make or do?"), "Paper animals, a lamp, and who eats whom.")
    keys.type(tool.get_by_label("1 Understanding", exact=True), "The lamp is the sun.")
    keys.press(tool.get_by_role("checkbox", name="Not sure yet how to show “Reasons”"), "Space")
    keys.type(tool.get_by_label("3 Clear", exact=True), "A narrator says it.")
    keys.choose(tool.get_by_role("radio", name=POSTER), tool.get_by_role("radio", name=POSTER))
    keys.press(tool.get_by_role("button", name=f"Send to {TEACHER}"))
    expect(student.board).to_have_text(f"{TEACHER} has it")


def say_yes(teacher: Visitor) -> None:
    keys, tool = Keyboard(teacher.page), teacher.tool
    open_by_keys(teacher, keys)
    keys.press(tool.get_by_role("link", name="Answer Nikhil Rao").first)
    expect(teacher.board).to_have_text("Answer Nikhil")
    keys.choose(tool.get_by_role("radio", name="Yes"), tool.get_by_role("radio", name="Yes"))
    keys.press(tool.get_by_role("button", name="Yes, gladly"))
    keys.press(tool.get_by_role("button", name=re.compile("^Send( and open .+)?$")))
    expect(tool.get_by_role("status").first).to_contain_text("Sent to Nikhil.")


def hand_in(student: Visitor) -> None:
    keys, tool = Keyboard(student.page), student.tool
    open_by_keys(student, keys)
    keys.type(tool.get_by_label("Your text"), "Here it is.")
    keys.press(tool.get_by_role("button", name="Hand in"))
    expect(student.board).to_have_text("We have it")


def mark(teacher: Visitor, student: str) -> None:
    keys, tool = Keyboard(teacher.page), teacher.tool
    open_by_keys(teacher, keys)
    keys.press(tool.get_by_role("link", name=f"Mark {student}").first)
    expect(teacher.board).to_have_text(f"{student.split()[0]}’s work")
    for criterion in ("Understanding", "Reasons", "Clear"):
        levels = tool.get_by_role("group", name=criterion).get_by_role("radio")
        keys.choose(levels.first, levels.nth(2))
    keys.press(tool.get_by_role("button", name=re.compile("^Release to ")))
    expect(tool.get_by_role("status").first).to_contain_text("Released to")
