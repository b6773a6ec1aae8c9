"""The LMS refuses a grade: the teacher reads why, in words, and sends it again when the reason is gone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.school import Office
from tests.journeys.shots import shoot
from tests.journeys.steps import TEACHER, await_score_row, mark, open_work, pick_and_hand_in, publish

AWAY, HERE = "Nikhil Rao", "Olena Shevchenko"


def test_a_refused_grade_is_explained_and_sent_again(be: Be) -> None:
    teacher = be(TEACHER)
    office, book = Office(teacher.demo, BIOLOGY), Gradebook(teacher.demo, BIOLOGY, "Refused")
    publish(teacher, "Refused")
    for name in (AWAY, HERE):
        pick_and_hand_in(be(name), "Refused", "Here it is.")
        book.await_messages(name, 1)

    desk = open_work(teacher, "Refused", AWAY)
    office.drop(AWAY)  # while the teacher reads
    mark(desk, 3, 3, 3, comment="Good to read.")
    desk.get_by_role("button", name="Release to Nikhil").click()
    expect(desk.get_by_role("status").first).to_contain_text("Released to Nikhil.")
    row = await_score_row(teacher, "Refused", AWAY, "Refused")
    expect(row).to_contain_text("Nikhil left the course in Canvas, or is no student there.")
    shoot(teacher, "teacher-refused-student")
    row.get_by_role("button", name=f"Send again: {AWAY}").click()  # nothing has changed there yet
    expect(await_score_row(teacher, "Refused", AWAY, "Refused")).to_contain_text("left the course in Canvas")

    desk = open_work(teacher, "Refused", HERE)
    mark(desk, 4, 4, 4)
    desk.get_by_role("button", name="Release to Olena").click()
    book.await_score(HERE, 100)  # one refusal keeps back nobody else's grade

    office.take_back(AWAY)
    student = be(AWAY)
    tool = student.open("Refused")
    expect(tool.locator("main")).to_contain_text("75 of 100 points")  # their result stands all the same
    row = await_score_row(teacher, "Refused", AWAY, "Refused")
    row.get_by_role("button", name=f"Send again: {AWAY}").click()
    assert book.await_score(AWAY, 75).comments == ["Good to read."]
    assert len(book.refused(AWAY)) == 2
    expect(student.open("Refused").get_by_role("region", name="Receipts")).to_contain_text("In Canvas")
