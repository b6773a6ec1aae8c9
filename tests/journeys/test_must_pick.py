"""After the deadline: nobody is without a plan, nobody was asked to hurry, and nothing was scored by itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.calendar import publish_dated, until
from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.shots import shoot
from tests.journeys.steps import POSTER, STORY, TEACHER, answer, hand_in, mark, open_idea, open_work, propose

IN_TIME, FORGOTTEN, SILENT = "Ada Lindgren", "Bilal Hussain", "Camila Torres"


def test_whoever_has_no_plan_after_the_deadline_gets_one(be: Be, clock: Callable[[float], None]) -> None:
    teacher = be(TEACHER)
    publish_dated(teacher, "Must pick")
    in_time, forgotten, silent = (be(name) for name in (IN_TIME, FORGOTTEN, SILENT))
    propose(in_time, "Must pick", "A poem", "A poem about a pond.")
    propose(forgotten, "Must pick", "Shadow play", "Paper animals and a lamp.", plan_b=STORY)
    answer(open_idea(teacher, "Must pick", IN_TIME), "New idea", "A poem can’t show numbers. What else?")
    silent.open("Must pick")

    clock(until(7))  # ideas had to be agreed yesterday; ways can be picked until tomorrow
    tool = in_time.open("Must pick")
    expect(in_time.board).to_have_text("A new idea, please")  # the reason comes first, then what is left to do
    expect(tool.get_by_text("A poem can’t show numbers. What else?").first).to_be_visible()
    tool.get_by_role("link", name="Go to the ways").click()
    expect(in_time.board).to_have_text("Pick a way now")
    expect(tool.locator("main")).to_contain_text("That costs nothing: A and B lead to the same points.")
    expect(tool.get_by_role("radio", name="My own idea")).to_be_disabled()
    shoot(in_time, "student-must-pick")
    tool.get_by_role("radio", name=POSTER).check()
    tool.get_by_role("button", name="Go on with this way").click()
    expect(in_time.board).to_have_text(POSTER)

    tool = forgotten.open("Must pick")  # the teacher's silence is not the student's fault
    expect(forgotten.board).to_have_text(f"{TEACHER} has it")
    expect(tool.locator("main")).to_contain_text(
        "It is late, which is not your fault. You can wait, or pick A or B until"
    )
    shoot(forgotten, "student-unanswered")
    tool = teacher.open("Must pick")
    row = tool.get_by_role("region", name="Needs you now").get_by_role("listitem").filter(has_text=FORGOTTEN)
    expect(row).to_contain_text("Answer overdue")
    shoot(teacher, "teacher-class-unanswered")

    clock(until(9))  # ways are settled
    tool = forgotten.open("Must pick")
    expect(forgotten.board).to_have_text("Time ran out for this idea")
    expect(tool.locator("main")).to_contain_text(f"{STORY} started instead. Nothing is lost: its text is kept")
    shoot(forgotten, "student-ran-out")
    tool.get_by_role("link", name="Must pick", exact=True).click()
    expect(forgotten.board).to_have_text(f"Plan B started: {STORY}")
    shoot(forgotten, "student-plan-b")
    tool = silent.open("Must pick")
    expect(silent.board).to_have_text(f"{TEACHER} will settle your way with you")
    shoot(silent, "student-unplaced")

    tool = teacher.open("Must pick")
    row = tool.get_by_role("region", name="Needs you now").get_by_role("listitem").filter(has_text=SILENT)
    expect(row).to_contain_text("no way yet")
    shoot(teacher, "teacher-class-unplaced")
    row.get_by_text(f"Place {SILENT}").click()
    row.get_by_label("Way").select_option(label=POSTER)
    row.get_by_label("Why? Camila reads it", exact=True).fill("You drew so well in spring.")
    row.get_by_role("button", name="Place", exact=True).click()
    expect(tool.get_by_role("status").first).to_contain_text("Camila")
    tool = silent.open("Must pick")
    expect(silent.board).to_have_text(re.compile(POSTER))
    tool.get_by_role("link", name=re.compile("^News")).click()
    expect(tool.locator("main")).to_contain_text("You drew so well in spring.")
    shoot(silent, "student-news")

    book = Gradebook(teacher.demo, BIOLOGY, "Must pick")
    assert book.of(SILENT) is None  # being placed is neither work nor a grade
    forgotten.open("Must pick")
    expect(forgotten.board).to_have_text(STORY)  # told once; from now on the launch leads to the work
    hand_in(forgotten, "The story of the pike.")
    tool = open_work(teacher, "Must pick", FORGOTTEN)
    mark(tool, 3, 3, 3, comment="As good as any.")
    tool.get_by_role("button", name="Release to Bilal").click()
    book.await_score(FORGOTTEN, 75)
    assert book.of(SILENT) is None
