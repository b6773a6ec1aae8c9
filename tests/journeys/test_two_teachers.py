"""Two who teach together at one queue: each sees what the other took, one answer counts, and no word is lost."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, expect

from tests.journeys.conftest import Be
from tests.journeys.shots import shoot
from tests.journeys.steps import TEACHER, answer, open_idea, propose, publish
from tests.journeys.visitor import Visitor
from tests.journeys.watching import Watch

COLLEAGUE, STUDENT = "Peter Lund", "Quinn O’Neil"
WORDS = "Clay breaks on the way here. What holds better?"


def take(desk: FrameLocator) -> None:
    desk.get_by_role("button", name="I take this").click()
    expect(desk.get_by_role("button", name="Give it back")).to_be_visible()


def test_an_idea_that_one_has_taken_is_marked_for_the_other(be: Be, watch: Watch) -> None:
    teacher, colleague, student = be(TEACHER), be(COLLEAGUE), be(STUDENT)
    publish(teacher, "Taken")
    propose(student, "Taken", "A model", "Clay and wire, arm long.")
    desk = open_idea(teacher, "Taken", STUDENT)
    take(desk)
    shoot(teacher, "teacher-claims")

    queue = colleague.open_course_page()
    rows = queue.get_by_role("region", name="Nearest deadline first").get_by_role("link")
    row = rows.filter(has_text=STUDENT).filter(has_text="A model")
    expect(row).to_contain_text(f"{TEACHER} is on it since")
    theirs = open_idea(colleague, "Taken", STUDENT)
    expect(theirs.locator("main")).to_contain_text("You can answer all the same; whoever is first counts.")
    expect(theirs.get_by_role("button", name="I take this")).to_have_count(0)
    shoot(colleague, "teacher-claimed-by-other")

    answer(desk, "Yes", "Put it in a box, then.")
    expect(desk.get_by_text("Sent to Quinn.").first).to_be_attached()
    watch.expect(409)
    answer(theirs, "Change one thing", WORDS)
    alert = theirs.get_by_role("alert")
    expect(alert).to_contain_text("Your answer was not sent.")
    expect(alert).to_contain_text(TEACHER)
    expect(alert).to_contain_text(WORDS)
    shoot(colleague, "teacher-second")
    student.open("Taken")
    expect(student.board).to_have_text("A model")
    expect(student.tool.get_by_text(WORDS)).to_have_count(0)


def test_taking_an_idea_warns_whoever_has_it_open_and_blocks_nobody(be: Be, watch: Watch) -> None:
    teacher, colleague, student = be(TEACHER), be(COLLEAGUE), be("Rosa Delgado")
    publish(teacher, "Warned")
    propose(student, "Warned", "A model", "Clay and wire, arm long.")
    theirs = open_idea(colleague, "Warned", "Rosa Delgado")
    take(open_idea(teacher, "Warned", "Rosa Delgado"))

    watch.expect(409)
    answer(theirs, "Change one thing", WORDS)
    expect(theirs.get_by_role("alert")).to_contain_text(f"{TEACHER} is on it since")
    expect(theirs.get_by_label("Your words to Rosa")).to_have_value(WORDS)
    expect(theirs.get_by_role("radio", name="Change one thing")).to_be_checked()
    send_again(colleague)
    student.open("Warned")
    expect(student.board).to_have_text("One question left to answer")
    expect(student.tool.get_by_text(WORDS).first).to_be_visible()


def send_again(colleague: Visitor) -> None:
    answer(colleague.tool, "Change one thing")
    expect(colleague.tool.get_by_text("Sent to Rosa.").first).to_be_attached()
