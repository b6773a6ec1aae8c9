"""The main job in browsers that run no scripts at all: buttons do what scripts would have done."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.steps import (
    POSTER,
    TEACHER,
    answer,
    hand_in,
    mark,
    open_idea,
    open_work,
    pick_and_hand_in,
    propose,
    publish,
)


def test_the_main_job_without_scripts(be: Be) -> None:
    teacher = be(TEACHER, java_script_enabled=False)
    first, second = (be(name, java_script_enabled=False) for name in ("Henry Osei", "Ines Moreau"))
    publish(teacher, "No scripts")
    pick_and_hand_in(first, "No scripts", "The pike gets what is left.")
    propose(second, "No scripts", "Comic strip", "Six panels, one for each level.")

    desk = open_idea(teacher, "No scripts", "Ines Moreau")
    desk.get_by_role("radio", name="Yes").check()
    desk.get_by_role("button", name="Yes, gladly").click()  # sends the page, and comes back with the words in the box
    expect(desk.get_by_label("Your words to Ines")).to_have_value("Yes. I look forward to it.")
    answer(desk, "Yes")
    expect(desk.get_by_role("status").first).to_contain_text("Sent to Ines.")

    second.open("No scripts")
    expect(second.board).to_have_text("Comic strip")
    second.tool.get_by_label("Your text").fill("Panel one is done.")
    second.tool.get_by_role("button", name="Save for later").click()
    expect(second.tool.get_by_role("status").first).to_contain_text("Saved at")
    hand_in(second, "All six panels.")

    book = Gradebook(teacher.demo, BIOLOGY, "No scripts")
    for student, levels, points in ((first, (3, 3, 3), "75"), (second, (4, 4, 4), "100")):
        tool = open_work(teacher, "No scripts", student.name)
        mark(tool, *levels, comment="Clear to the last line.")
        tool.get_by_role("button", name=f"Release to {student.name.split()[0]}").click()
        expect(tool.get_by_role("status").first).to_contain_text("Released to")
        book.await_score(student.name, float(points))
        student.open("No scripts")
        expect(student.tool.locator("main")).to_contain_text(f"{points} of 100 points")
    first.open("No scripts")
    expect(first.board).to_have_text(f"You got there: {POSTER}")
