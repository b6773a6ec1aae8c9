"""People for whom part of the tool is not made: each gets one page that is honest about it, and no error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import expect

from demo.base import Role
from demo.roster import names_of
from tests.journeys.conftest import BIOLOGY, HISTORY, Be
from tests.journeys.school import Office
from tests.journeys.shots import shoot
from tests.journeys.steps import (
    TEACHER,
    answer,
    mark,
    open_idea,
    open_work,
    pick,
    pick_and_hand_in,
    propose,
    publish,
)
from tests.journeys.visitor import Visitor
from tests.journeys.watching import Watch

OTHER_BIOLOGY = "Biology 9B"  # the course that has an observer
STUDENT = "Noor Haddad"
BOTH = "Sam Rivers"


@pytest.fixture
def work(be: Be) -> str:
    """An activity with something to mark in it."""
    publish(be(TEACHER, OTHER_BIOLOGY), "For everyone")
    pick_and_hand_in(be(STUDENT, OTHER_BIOLOGY), "For everyone", "Only for those who teach me.")
    return "For everyone"


def test_everyone_gets_a_page_that_makes_sense(be: Be, work: str) -> None:
    assistant = be("Bo Lind", OTHER_BIOLOGY)
    tool = open_work(assistant, work, STUDENT)
    mark(tool, 3, 3, 3, comment="Seen.")
    expect(tool.get_by_role("button", name="Release to Noor")).to_have_count(0)  # the teacher decides that
    tool.get_by_role("button", name="Ready to release").click()
    expect(tool.get_by_text("Nobody else sees it yet.")).to_be_visible()
    shoot(assistant, "assistant-mark")

    designer = be("Marguerite Bell", OTHER_BIOLOGY)
    tool = designer.open(work)
    expect(designer.board).to_have_text(work)
    expect(tool.get_by_role("button", name="Publish the changes")).to_be_visible()
    assert_no_names(designer)
    designer.open_course_page()
    expect(designer.board).to_have_text("Activities")
    shoot(designer, "designer-activities")

    observer = be("Layla Haddad", OTHER_BIOLOGY)
    tool = observer.open(work)
    expect(observer.board).to_have_text(work)
    expect(tool.locator("main")).to_contain_text("you can’t change anything here")
    expect(tool.get_by_text("Only for those who teach me.")).to_be_visible()  # as Noor sees it
    expect(tool.locator("main").get_by_role("button")).to_have_count(0)
    shoot(observer, "observer-activity")
    tool = observer.open_course_page()
    expect(observer.board).to_have_text("How Noor is getting on")
    expect(tool.get_by_text("Being marked")).to_be_visible()
    expect(tool.locator("main").get_by_role("button")).to_have_count(0)
    assert_no_names(observer, but=STUDENT)
    shoot(observer, "observer")

    admin = be("Ines Okoro", OTHER_BIOLOGY)
    admin.open(work)
    expect(admin.board).to_have_text("Third Option works in this course")
    assert_no_names(admin)
    shoot(admin, "administrator")

    tester = be("Test Student", OTHER_BIOLOGY)
    pick_and_hand_in(tester, work, "A test.")
    tool = be(TEACHER, OTHER_BIOLOGY).open(work)
    expect(tool.get_by_role("listitem").filter(has_text="Test Student").last).to_contain_text("test student")
    expect(tool.get_by_text("30 students")).to_be_visible()  # not counted


def test_everyone_in_a_course_of_the_other_manner(be: Be) -> None:
    publish(be(TEACHER, HISTORY), "For all in 8A")
    pick_and_hand_in(be("Chidi Okeke", HISTORY), "For all in 8A", "The river came first.")
    assistant = be("Tomas Berg", HISTORY)  # at launch a teacher of lesser rights, in the roster a student
    tool = open_work(assistant, "For all in 8A", "Chidi Okeke")
    expect(tool.get_by_role("button", name="Release to Chidi")).to_have_count(0)
    admin = be("Ines Okoro", HISTORY)  # at launch a teacher, in no roster
    tool = admin.open("For all in 8A")
    expect(admin.board).to_have_text("Third Option works in this course")
    expect(tool.get_by_text("Chidi")).to_have_count(0)


def test_an_assistant_of_one_section_sees_only_that(be: Be, watch: Watch) -> None:
    teacher, theirs, other = be(TEACHER), be("Bilal Hussain"), be("Ada Lindgren")  # Period 5, and Period 3
    publish(teacher, "By section")
    for student in (theirs, other):
        propose(student, "By section", f"{student.name}’s game", "A card game of who eats whom.")
    desk = open_idea(teacher, "By section", other.name)
    address = teacher.frame.url

    assistant = be("Carmen Ruiz")
    tool = assistant.open("By section")
    expect(assistant.board).to_have_text("By section")
    expect(tool.get_by_text("15 students").first).to_be_visible()  # of thirty
    looks: list[Callable[[], object]] = [
        tool.get_by_role("link", name="See it live").click,
        assistant.open_course_page,
        tool.get_by_role("link", name="With students").click,
        tool.get_by_role("navigation", name="Pages").get_by_role("link", name="Class").click,
    ]
    for look in looks:
        look()
        expect(assistant.board).to_be_visible()
        assert_no_names(assistant, but=theirs.name, among=(other.name, "Camila Torres"))
    open_idea(assistant, "By section", theirs.name)
    expect(tool.get_by_role("radio", name="Yes")).to_be_visible()
    shoot(assistant, "assistant-of-a-section")

    watch.expect(403)
    assistant.frame.goto(address)  # somebody else’s, by its address
    assert_no_names(assistant, but=theirs.name, among=(other.name,))
    answer(desk, "Yes", "I look forward to it.")


def test_who_both_teaches_and_learns_says_which(be: Be) -> None:
    publish(be(TEACHER), "For both")
    Office(be(TEACHER).demo, BIOLOGY).enrol(BOTH, Role.BOTH)
    both = be(BOTH)
    tool = both.open("For both")
    expect(both.board).to_have_text("Teacher or student today?")
    shoot(both, "both-roles")
    tool.get_by_role("button", name="I learn").click()
    expect(both.board).not_to_have_text("Teacher or student today?")
    pick(both, "For both")
    tool.get_by_role("link", name="Teacher or student").click()
    tool.get_by_role("button", name="I teach").click()
    tool = both.open("For both")
    expect(both.board).to_have_text("For both")
    expect(tool.get_by_role("link", name="Edit the activity")).to_be_visible()


def assert_no_names(visitor: Visitor, but: str = "", among: Sequence[str] = ()) -> None:
    """No student of the course is named on this page, not even where nobody looks, `but` the one."""
    expect(visitor.board).to_be_visible()
    page = visitor.frame.content()
    named = among or [name for name in names_of(OTHER_BIOLOGY) if name != but]
    assert not [name for name in named if name in page]
