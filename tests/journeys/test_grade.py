"""Journey 5: work is marked and released, and the grade lies in the LMS's gradebook, once and as it was given."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, expect

from tests.journeys.conftest import BIOLOGY, HISTORY, Be
from tests.journeys.gradebook import Gradebook
from tests.journeys.shots import shoot
from tests.journeys.steps import (
    TEACHER,
    added,
    await_score_row,
    begin_activity,
    fill_design,
    hand_in,
    mark,
    open_work,
    pick_and_hand_in,
    publish,
    use_again,
)
from tests.journeys.visitor import Visitor

SUBMISSION = "https://canvas.instructure.com/lti/submission"


def release(tool: FrameLocator, name: str) -> None:
    """Mark and release in one press."""
    tool.get_by_role("button", name=f"Release to {name}").click()
    expect(tool.get_by_role("status").first).to_contain_text(f"Released to {name}.")


def expect_in_lms(student: Visitor, activity: str, lms: str, headline: str) -> None:
    """What the student reads: the result, and that the gradebook has it."""
    tool = student.open(activity)
    expect(tool.get_by_role("region", name="Receipts")).to_contain_text(f"In {lms}")
    expect(tool.locator("main")).to_contain_text(headline)


def test_work_is_marked_made_ready_and_released_with_the_others(be: Be) -> None:
    teacher = be(TEACHER)
    publish(teacher, "All at once")
    names = ["Ada Lindgren", "Bilal Hussain"]
    students = {name: be(name) for name in names}
    for student in students.values():
        pick_and_hand_in(student, "All at once", "The heron gets the least.")

    for name, levels in zip(names, [(4, 3, 3), (2, 2, 2)], strict=True):
        tool = open_work(teacher, "All at once", name)
        expect(tool.get_by_text("The heron gets the least.")).to_be_visible()
        mark(tool, *levels, comment=f"Well counted, {name.split()[0]}.")
        tool.get_by_role("button", name="Ready, release later").click()
        expect(tool.get_by_text("Nobody else sees it yet.")).to_be_visible()
    shoot(teacher, "teacher-mark-ready")
    tool = students[names[0]].open("All at once")
    expect(students[names[0]].board).to_have_text("We have it")  # not a word before the release

    book = Gradebook(teacher.demo, BIOLOGY, "All at once")
    assert [book.score_of(name) for name in names] == [None, None]
    tool = teacher.open("All at once")
    shoot(teacher, "teacher-activity-ready")
    tool.get_by_role("button", name="Release all 2 ready").click()
    expect(tool.get_by_role("status").first).to_contain_text("2 grades released.")
    assert book.await_score(names[0], 83.33).comments == ["Well counted, Ada."]
    assert book.await_score(names[1], 50).comments == ["Well counted, Bilal."]

    expect_in_lms(students[names[0]], "All at once", "Canvas", "83.33 of 100 points")
    shoot(students[names[0]], "student-result")
    row = teacher.grades().filter(has_text="Ada Lindgren")
    expect(row).to_contain_text("83.33")
    tool = teacher.open("All at once")
    tool.get_by_role("link", name="Read it now").click()
    expect(tool.get_by_text("In Canvas: 83.33 / 100")).to_be_visible()
    shoot(teacher, "teacher-activity-released")


def test_canvas_gets_one_hand_in_and_one_grade(be: Be) -> None:
    teacher, student = be(TEACHER), be("Camila Torres")
    publish(teacher, "One press")
    pick_and_hand_in(student, "One press", "The snail gets the most.")
    tool = open_work(teacher, "One press", "Camila Torres")
    mark(tool, 4, 4, 4, comment="Every number has a source.")
    shoot(teacher, "teacher-mark")
    release(tool, "Camila")

    book = Gradebook(teacher.demo, BIOLOGY, "One press")
    held = book.await_score("Camila Torres", 100)
    assert (held.attempts, held.comments) == (1, ["Every number has a source."])
    handed_in, graded = book.await_messages("Camila Torres", 2)
    assert (handed_in["activityProgress"], handed_in["gradingProgress"]) == ("Submitted", "PendingManual")
    assert "scoreGiven" not in handed_in
    assert handed_in[SUBMISSION]["new_submission"] is True
    assert handed_in[SUBMISSION]["preserve_score"] is True
    assert (graded["activityProgress"], graded["gradingProgress"]) == ("Completed", "FullyGraded")
    assert graded[SUBMISSION]["new_submission"] is False
    assert handed_in["timestamp"] < graded["timestamp"]
    expect_in_lms(student, "One press", "Canvas", "100 of 100 points")


def test_moodle_gets_the_grade_alone_rescaled_to_its_column(be: Be) -> None:
    teacher, student = be(TEACHER, HISTORY), be("Benjamin Clark", HISTORY)
    tool = begin_activity(teacher)
    fill_design(tool, "Half points")
    tool.get_by_text("More, if you like").click()
    tool.locator("[name=points]").fill("12.5")
    tool.get_by_role("button", name="Publish").click()
    added(teacher, "Half points")
    pick_and_hand_in(student, "Half points", "The mill stood by the river.")
    tool = open_work(teacher, "Half points", "Benjamin Clark")
    mark(tool, 2, 2, 2, comment="Two sources agree.")
    release(tool, "Benjamin")

    book = Gradebook(teacher.demo, HISTORY, "Half points")
    assert book.maximum() == 100  # Moodle takes whole points only, so its column is one of 100
    assert book.await_score("Benjamin Clark", 50).comments == ["Two sources agree."]
    (graded,) = book.messages("Benjamin Clark")  # a hand-in message would erase grades there
    assert graded["gradingProgress"] == "FullyGraded"
    expect_in_lms(student, "Half points", "Moodle", "6.25 of 12.5 points")
    expect(teacher.grades().filter(has_text="Benjamin Clark")).to_contain_text("50")


def test_work_goes_back_comes_again_and_is_graded_anew(be: Be) -> None:
    teacher, student = be(TEACHER), be("Dylan Brooks")
    publish(teacher, "Two goes")
    pick_and_hand_in(student, "Two goes", "First go.")
    tool = open_work(teacher, "Two goes", "Dylan Brooks")
    mark(tool, 2, 2, 2, comment="Count again.")
    release(tool, "Dylan")
    book = Gradebook(teacher.demo, BIOLOGY, "Two goes")
    book.await_score("Dylan Brooks", 50)

    tool.get_by_text("Hand it back for another go").click()
    tool.locator("[name=reason]").fill("Row four does not add up.")
    tool.get_by_role("button", name="Hand back to Dylan").click()
    expect(tool.get_by_role("heading", name="Back with Dylan for another go")).to_be_visible()

    tool = student.open("Two goes")
    expect(student.board).to_have_text("One more go, please")
    expect(tool.get_by_text("Row four does not add up.").first).to_be_visible()
    shoot(student, "student-returned")
    tool.get_by_role("button", name="Work on it again").click()
    expect(tool.get_by_label("Your text")).to_have_value("First go.")  # it goes on from a copy
    hand_in(student, "Second go.")
    book.await_messages("Dylan Brooks", 3)
    assert book.score_of("Dylan Brooks") == 50  # what was released stays until the next release

    tool = open_work(teacher, "Two goes", "Dylan Brooks")
    expect(tool.get_by_text("Second go.")).to_be_visible()
    mark(tool, 4, 4, 3, comment="It adds up now.")
    release(tool, "Dylan")
    held = book.await_score("Dylan Brooks", 91.67)
    assert held.attempts == 2
    assert held.comments == ["Count again.", "It adds up now."]
    assert len(book.messages("Dylan Brooks")) == 4  # two hand-ins, two grades, nothing twice


def test_a_release_is_taken_back(be: Be) -> None:
    teacher, student = be(TEACHER), be("Esra Yıldız")
    publish(teacher, "Taken back")
    pick_and_hand_in(student, "Taken back", "All of it.")
    tool = open_work(teacher, "Taken back", "Esra Yıldız")
    mark(tool, 3, 3, 3)
    release(tool, "Esra")
    book = Gradebook(teacher.demo, BIOLOGY, "Taken back")
    book.await_score("Esra Yıldız", 75)

    tool.get_by_text("Take the release back").click()
    tool.get_by_role("button", name="Take it back").click()
    expect(tool.get_by_role("status").first).to_contain_text("Taken back. Esra does not see it any more.")
    book.await_score("Esra Yıldız", None)
    student.open("Taken back")
    expect(student.board).to_have_text("We have it")


def test_a_grade_changed_by_hand_in_the_lms_is_asked_about(be: Be) -> None:
    teacher, student = be(TEACHER), be("Felix Wagner")
    publish(teacher, "By hand")
    pick_and_hand_in(student, "By hand", "Mine.")
    row = teacher.grades().filter(has_text="Felix Wagner")
    row.get_by_text("Change the grade of Felix Wagner in By hand").click()
    row.get_by_label("Grade of Felix Wagner in By hand").fill("88")
    row.get_by_role("button", name="Save").click()
    expect(teacher.page.get_by_role("status")).to_have_text("Felix Wagner: saved.")

    tool = open_work(teacher, "By hand", "Felix Wagner")
    mark(tool, 3, 3, 3)
    release(tool, "Felix")
    row = await_score_row(teacher, "By hand", "Felix Wagner", "Changed in Canvas")
    book = Gradebook(teacher.demo, BIOLOGY, "By hand")
    assert book.score_of("Felix Wagner") == 88
    shoot(teacher, "teacher-changed-by-hand")
    row.get_by_role("button", name="Send 75: Felix Wagner").click()
    book.await_score("Felix Wagner", 75)


def test_a_deleted_column_is_said_in_plain_words_and_a_new_one_gets_the_grade(be: Be) -> None:
    teacher, student = be(TEACHER), be("Gabriela Souza")
    publish(teacher, "No column")
    pick_and_hand_in(student, "No column", "Where does it go?")
    Gradebook(teacher.demo, BIOLOGY, "No column").await_messages("Gabriela Souza", 1)
    tool = open_work(teacher, "No column", "Gabriela Souza")
    mark(tool, 3, 3, 3, comment="To the right place.")
    tool.get_by_role("button", name="Ready, release later").click()
    expect(tool.get_by_text("Nobody else sees it yet.")).to_be_visible()
    teacher.grades()
    teacher.page.get_by_role("button", name="Delete the column No column").click()
    expect(teacher.page.get_by_role("status")).to_contain_text("The column No column is deleted")

    release(open_work(teacher, "No column", "Gabriela Souza", link="Open"), "Gabriela")
    why = "Canvas has no such column any more."
    row = await_score_row(teacher, "No column", "Gabriela Souza", "Refused")
    expect(row).to_contain_text(why)
    expect(teacher.tool.get_by_text("Canvas says this column was deleted.")).to_be_visible()
    shoot(teacher, "teacher-refused")
    row.get_by_role("button", name="Send again: Gabriela Souza").click()  # nothing has changed there yet
    expect(await_score_row(teacher, "No column", "Gabriela Souza", "Refused")).to_contain_text(why)
    tool = student.open("No column")
    expect(tool.locator("main")).to_contain_text("75 of 100 points")  # the student's result stands all the same
    expect(tool.get_by_role("region", name="Receipts")).to_contain_text("Not there yet")

    use_again(teacher, "No column")
    teacher.open("No column")  # the new link's first opening brings its column
    held = Gradebook(teacher.demo, BIOLOGY, "No column").await_score("Gabriela Souza", 75)
    assert held.comments == ["To the right place."]
    expect_in_lms(student, "No column", "Canvas", "75 of 100 points")
