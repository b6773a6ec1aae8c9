"""Somebody comes to the course when the class has long settled its ways: their own days begin then."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.calendar import publish_dated, until
from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.school import Office
from tests.journeys.shots import shoot
from tests.journeys.steps import TEACHER, answer, hand_in, mark, open_idea, open_work, propose

LATE, THERE = "Milan Horvat", "Maya Goldstein"


def test_a_late_joiner_has_days_of_their_own(be: Be, clock: Callable[[float], None]) -> None:
    teacher, there = be(TEACHER), be(THERE)
    publish_dated(teacher, "Late joiner")
    there.open("Late joiner")

    clock(until(10))  # ways were settled on day 8
    Office(teacher.demo, BIOLOGY).enrol(LATE)
    late = be(LATE)
    tool = late.open("Late joiner")
    expect(late.board).to_have_text("Pick how you will show it")
    expect(tool.get_by_role("radio", name="My own idea")).to_be_enabled()
    shoot(late, "student-latecomer")
    there.open("Late joiner")
    expect(there.board).to_have_text(f"{TEACHER} will settle your way with you")

    propose(late, "Late joiner", "Pond radio", "Five minutes of news from the pond.")
    tool = teacher.open("Late joiner")
    tool.get_by_role("region", name="Everyone").get_by_role("link", name=LATE, exact=True).click()
    expect(teacher.board).to_have_text(LATE)
    expect(tool.get_by_role("region", name="Dates of Milan")).to_contain_text("came later than the class")
    shoot(teacher, "teacher-student-page")
    answer(open_idea(teacher, "Late joiner", LATE), "Yes", "I’ll listen.")

    clock(until(17))  # closed for the class yesterday
    late.open("Late joiner")
    expect(late.board).to_have_text("Pond radio")
    hand_in(late, "On the air.")
    expect(late.tool.get_by_role("region", name="Receipt")).not_to_contain_text("late")
    tool = open_work(teacher, "Late joiner", LATE)
    mark(tool, 4, 4, 3)
    tool.get_by_role("button", name="Release to Milan").click()
    book = Gradebook(teacher.demo, BIOLOGY, "Late joiner")
    book.await_score(LATE, 91.67)
    assert book.of(THERE) is None
