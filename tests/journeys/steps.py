"""What people do again and again on the way to what a journey is about."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.journeys.gradebook import eventually
from tests.journeys.visitor import Visitor

TEACHER = "Adaeze Okafor"
SHOWS = "How energy moves through our pond."
POSTER, STORY = "Field poster", "Data story"
SCHOOL = ZoneInfo("America/Chicago")
SEND = re.compile(r"^Send( and open .+)?$")


def due(days: int = 14) -> str:
    """That many days from now at six in the evening, as a date field takes it."""
    return f"{datetime.now(SCHOOL) + timedelta(days=days):%Y-%m-%d}T18:00"


def begin_activity(teacher: Visitor) -> FrameLocator:
    """Open the LMS's dialogue for adding an activity."""
    teacher.to_course()
    teacher.page.get_by_role("link", name="Add an activity with Third Option").click()
    return teacher.launched()


def fill_design(tool: FrameLocator | Page, title: str) -> None:
    """The four fields, and the hand-in date."""
    tool.get_by_label("Title", exact=True).fill(title)
    tool.get_by_label("What should it show?").fill(SHOWS)
    tool.get_by_label("Way A", exact=True).fill(POSTER)
    tool.get_by_label("Way B", exact=True).fill(STORY)
    tool.locator("[name=work_due]").fill(due())


def added(teacher: Visitor, title: str) -> None:
    """The dialogue closes, and the course page has it."""
    if not teacher.scripts:
        teacher.tool.get_by_role("button", name="Go on").click()
        teacher.tool.get_by_role("link", name="To the course page").click()
    expect(teacher.page.get_by_role("status")).to_have_text(f"Added: {title}.")


def publish(teacher: Visitor, title: str) -> None:
    """A new activity on the course page."""
    tool = begin_activity(teacher)
    fill_design(tool, title)
    tool.get_by_role("button", name="Publish").click()
    added(teacher, title)


def use_again(teacher: Visitor, title: str) -> None:
    """Put an activity that the course has on its page once more."""
    tool = begin_activity(teacher)
    use = tool.get_by_role("button", name=re.compile(f"^Use this one ?: {re.escape(title)}$"))
    if not use.is_visible():  # the list lies open where a draft waits in it
        tool.get_by_text(re.compile("^Or use ")).click()
    use.click()
    added(teacher, title)


def pick(student: Visitor, activity: str, way: str = POSTER) -> FrameLocator:
    """Open the activity and take one of the teacher's ways."""
    tool = student.open(activity)
    tool.get_by_role("radio", name=way).check()
    tool.get_by_role("button", name="Go on with this way").click()
    expect(student.board).to_have_text(way)
    return tool


def hand_in(student: Visitor, words: str) -> None:
    """From the hand-in page, with words alone."""
    student.tool.get_by_label("Your text").fill(words)
    student.tool.get_by_role("button", name="Hand in").click()
    expect(student.board).to_have_text("We have it")


def pick_and_hand_in(student: Visitor, activity: str, words: str) -> None:
    pick(student, activity)
    hand_in(student, words)


def write_idea(tool: FrameLocator, title: str, plan: str) -> None:
    """All that an idea needs: a name, a plan, a line for each criterion."""
    tool.get_by_label("What do you call it?").fill(title)
    tool.get_by_label("What will you make or do?").fill(plan)
    lines = tool.locator("textarea[name^=criterion-]")
    expect(lines).not_to_have_count(0)
    for number in range(lines.count()):
        lines.nth(number).fill(f"{title} shows it in part {number + 1}.")


def propose(student: Visitor, activity: str, title: str, plan: str, plan_b: str = "") -> FrameLocator:
    """Open the activity, write an own idea and send it; `plan_b`: the way to go if it comes to nothing."""
    tool = student.open(activity)
    tool.get_by_role("radio", name="My own idea").check()
    tool.get_by_role("button", name="Go on with this way").click()
    write_idea(tool, title, plan)
    if plan_b:
        tool.get_by_role("radio", name=plan_b).check()
    tool.get_by_role("button", name=re.compile("^Send to ")).click()
    expect(student.board).to_have_text(f"{TEACHER} has it")
    return tool


def open_idea(teacher: Visitor, activity: str, student: str) -> FrameLocator:
    """From the activity's class page to the answer that a student waits for."""
    tool = teacher.open(activity)
    tool.get_by_role("link", name=f"Answer {student}").first.click()
    expect(teacher.board).to_have_text(f"Answer {student.split()[0]}")
    return tool


def answer(tool: FrameLocator, verdict: str, words: str = "") -> None:
    """`verdict` is the word on the page: Yes, Change one thing, New idea."""
    tool.get_by_role("radio", name=verdict).check()
    if words:
        tool.locator("[name=reply]").fill(words)
    tool.get_by_role("button", name=SEND).click()


def open_work(teacher: Visitor, activity: str, student: str, link: str = "Mark") -> FrameLocator:
    """From the activity's class page to the marking page."""
    tool = teacher.open(activity)
    tool.get_by_role("link", name=f"{link} {student}").first.click()
    expect(teacher.board).to_have_text(f"{student.split()[0]}’s work")
    return tool


def mark(tool: FrameLocator, *levels: int, comment: str = "") -> None:
    """A level for each criterion, top to bottom, and a word."""
    scales = tool.locator("#rubric").locator("xpath=ancestor::section[1]").get_by_role("group")
    rows = [one for one in scales.all() if one.get_by_role("radio").count()]
    assert len(rows) == len(levels)
    for row, level in zip(rows, levels, strict=True):
        row.get_by_role("radio", name=re.compile(f"^{level}:")).check()
    if comment:
        tool.locator("[name=comment]").fill(comment)


def await_score_row(teacher: Visitor, activity: str, student: str, word: str) -> Locator:
    """The activity's page names a grade that did not arrive: its row, as soon as it says that word."""

    def look() -> Locator | None:
        scores = teacher.open(activity).get_by_role("region", name="In the Canvas gradebook")
        row = scores.get_by_role("listitem").filter(has_text=student).filter(has_text=word)
        return row if row.count() else None

    return eventually(look, f"{word} beside {student}")
