"""Journey 3: a student proposes a way of their own, and the two talk about it until they agree, or don't."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Be
from tests.journeys.shots import shoot
from tests.journeys.steps import POSTER, TEACHER, answer, hand_in, open_idea, propose, publish, write_idea
from tests.journeys.visitor import Visitor
from tests.journeys.watching import Watch

PLAN = "A card game in which energy cards are lost at every meal."
REASONS = "On the back of each card, in two sentences."


def idea(visitor: Visitor, heading: str) -> None:
    """The chalkboard says how the idea stands."""
    expect(visitor.board).to_have_text(heading)


def test_an_idea_is_revised_and_agreed(be: Be) -> None:
    teacher, student = be(TEACHER), be("Ada Lindgren")
    publish(teacher, "Revised")
    tool = student.open("Revised")
    tool.get_by_role("radio", name="My own idea").check()
    tool.get_by_role("button", name="Go on with this way").click()
    idea(student, f"Tell {TEACHER} your idea")
    write_idea(tool, "Food web cards", PLAN)
    line = tool.get_by_label("2 Reasons", exact=True)
    line.clear()
    tool.get_by_role("checkbox", name="Not sure yet how to show “Reasons”").check()
    tool.get_by_role("radio", name=POSTER).check()
    expect(tool.get_by_role("status")).to_contain_text("Saved at")

    tool = student.open("Revised")  # the lid was closed meanwhile
    expect(tool.get_by_label("What do you call it?")).to_have_value("Food web cards")
    expect(tool.get_by_role("checkbox", name="Not sure yet how to show “Reasons”")).to_be_checked()
    expect(tool.get_by_role("radio", name=POSTER)).to_be_checked()
    shoot(student, "student-propose")
    tool.get_by_role("button", name=f"Send to {TEACHER}").click()
    idea(student, f"{TEACHER} has it")
    expect(tool.get_by_role("region", name="Your plan B")).to_contain_text(POSTER)
    shoot(student, "student-waits")

    desk = open_idea(teacher, "Revised", "Ada Lindgren")
    expect(desk.get_by_text("Not sure yet").first).to_be_visible()
    shoot(teacher, "teacher-decision")
    desk.get_by_role("radio", name="Change one thing").check()
    desk.get_by_role("button", name="How will I see …?").click()  # ready words, still hers to change
    words = desk.get_by_label("Your words to Ada")
    expect(words).to_have_value("I like where this is going. How will I see “Reasons” in it?")
    desk.get_by_role("button", name=re.compile("^Send( and open .+)?$")).click()
    expect(desk.get_by_role("status").first).to_contain_text("Sent to Ada.")

    tool = student.open("Revised")
    idea(student, "One question left to answer")
    expect(tool.get_by_text("How will I see “Reasons” in it?").first).to_be_visible()
    tool.get_by_label("2 Reasons", exact=True).fill(REASONS)
    tool.get_by_role("checkbox", name="Not sure yet how to show “Reasons”").uncheck()
    shoot(student, "student-revises")
    tool.get_by_role("button", name="Send version 2").click()
    idea(student, f"{TEACHER} has it")
    expect(tool.locator("ins")).to_contain_text("On the back")
    shoot(student, "student-talk")

    desk = open_idea(teacher, "Revised", "Ada Lindgren")
    expect(desk.locator("#idea ins").first).to_contain_text("On the back")
    expect(desk.locator("#idea")).to_contain_text("version 2")
    shoot(teacher, "teacher-decision-2")
    answer(desk, "Yes")
    expect(desk.get_by_role("status").first).to_contain_text("Sent to Ada.")

    tool = student.open("Revised")
    idea(student, "Food web cards")  # it is a way now, with a page to hand in
    agreed = tool.get_by_role("region", name="What you two agreed")
    expect(agreed).to_contain_text(PLAN)
    expect(agreed).to_contain_text("Version 2, agreed")
    expect(tool.get_by_text(REASONS)).to_be_visible()
    shoot(student, "student-agreed")
    hand_in(student, "It is in the box.")


def test_edits_are_answered_and_then_agreed(be: Be) -> None:
    teacher, student = be(TEACHER), be("Bilal Hussain")
    publish(teacher, "Edits")
    propose(student, "Edits", "Rap battle", "Producers against decomposers, six verses.")
    desk = open_idea(teacher, "Edits", "Bilal Hussain")
    offer(teacher, "Producers against decomposers, three verses.", "Three will do.")

    tool = student.open("Edits")
    idea(student, f"{TEACHER} would say yes to this")
    expect(tool.get_by_text("Three will do.")).to_be_visible()
    expect(tool.locator("del").first).to_contain_text("six")
    expect(tool.locator("ins").first).to_contain_text("three")
    shoot(student, "student-offered")
    tool.get_by_role("link", name="Answer with my own version").click()
    # The offer changed the plan, so the plan lies open without a press.
    tool.get_by_label("What will you make or do?").fill("Producers against decomposers, four verses.")
    tool.get_by_role("button", name="Send version 3").click()
    idea(student, f"{TEACHER} has it")

    desk = open_idea(teacher, "Edits", "Bilal Hussain")
    expect(desk.locator("#idea")).to_contain_text("four verses")
    offer(teacher, "Producers against decomposers, four verses, on video.", "")
    tool = student.open("Edits")
    tool.get_by_role("button", name="Agree to this").click()
    idea(student, "Yes! You two agree")
    tool.get_by_role("link", name="Go to my work").click()
    expect(tool.get_by_role("region", name="What you two agreed")).to_contain_text("four verses, on video")


def offer(teacher: Visitor, plan: str, words: str) -> None:
    """From the answer that lies open: edit the plan, and say yes to that."""
    desk = teacher.tool
    desk.get_by_role("link", name="Edit and offer it yourself").click()
    expect(desk.get_by_role("region", name="Your version")).to_be_visible()
    desk.locator("[name=plan]").fill(plan)
    desk.locator("[name=reply]").fill(words)
    shoot(teacher, "teacher-offer")
    desk.get_by_role("button", name=re.compile("^Offer it to ")).click()
    expect(desk.get_by_role("status").first).to_contain_text("Sent to ")


def test_an_idea_is_sent_back_and_another_one_comes(be: Be) -> None:
    teacher, student = be(TEACHER), be("Camila Torres")
    publish(teacher, "Sent back")
    propose(student, "Sent back", "A poem", "A poem about a pond.")
    desk = open_idea(teacher, "Sent back", "Camila Torres")
    desk.get_by_role("radio", name="New idea").check()
    expect_refusal_without_reason(teacher, "Camila")
    answer(desk, "New idea", "A poem can’t show numbers. What else do you like doing?")
    expect(desk.get_by_role("status").first).to_contain_text("Sent to Camila.")

    tool = student.open("Sent back")
    idea(student, "A new idea, please")
    expect(tool.get_by_text("A poem can’t show numbers.").first).to_be_visible()
    shoot(student, "student-sent-back")
    tool.get_by_role("button", name="Start a new idea").click()
    idea(student, f"Tell {TEACHER} your idea")
    expect(tool.get_by_label("What do you call it?")).to_have_value("")  # a new one, not the old one again
    write_idea(tool, "A bank statement", "What the pond earns and spends, month by month.")
    tool.get_by_role("button", name=f"Send to {TEACHER}").click()
    idea(student, f"{TEACHER} has it")

    answer(open_idea(teacher, "Sent back", "Camila Torres"), "Yes", "I look forward to it.")
    student.open("Sent back")
    idea(student, "A bank statement")


def expect_refusal_without_reason(teacher: Visitor, student: str) -> None:
    teacher.watch.expect(422)
    teacher.tool.get_by_role("button", name=re.compile("^Send( and open .+)?$")).click()
    expect(teacher.tool.get_by_role("alert")).to_contain_text(f"{student} needs a reason. One sentence will do.")
    expect(teacher.tool.get_by_role("radio", name="New idea")).to_be_checked()


def test_an_answer_to_an_idea_withdrawn_meanwhile(be: Be, watch: Watch) -> None:
    teacher, student = be(TEACHER), be("Dylan Brooks")
    publish(teacher, "Withdrawn")
    propose(student, "Withdrawn", "A podcast", "Ten minutes with a dragonfly.")
    desk = open_idea(teacher, "Withdrawn", "Dylan Brooks")
    desk.get_by_role("radio", name="Change one thing").check()
    desk.get_by_label("Your words to Dylan").fill("Which two numbers will we hear?")

    student.tool.get_by_text("Stop this idea").click()
    student.tool.get_by_role("button", name="Withdraw my idea").click()
    expect(student.board).to_have_text("Pick how you will show it")
    shoot(student, "student-withdrew")

    watch.expect(409)
    desk.get_by_role("button", name=re.compile("^Send( and open .+)?$")).click()
    alert = desk.get_by_role("alert")
    expect(alert).to_contain_text("Dylan withdrew this idea")
    expect(alert).to_contain_text("Your answer was not sent.")
    expect(alert).to_contain_text("Which two numbers will we hear?")
    shoot(teacher, "teacher-stale-withdrawn")


def test_an_answer_to_a_version_that_is_no_longer_the_newest(be: Be, watch: Watch) -> None:
    teacher, colleague, student = be(TEACHER), be("Peter Lund"), be("Esra Yıldız")
    publish(teacher, "Stale")
    propose(student, "Stale", "A model", "Clay and wire, arm long.")
    desk = open_idea(teacher, "Stale", "Esra Yıldız")
    answer(open_idea(colleague, "Stale", "Esra Yıldız"), "Change one thing", "How will I see “Reasons” in it?")
    tool = student.open("Stale")
    tool.get_by_label("2 Reasons", exact=True).fill("On flags beside each animal.")
    tool.get_by_role("button", name="Send version 2").click()
    idea(student, "Peter Lund has it")

    watch.expect(409)
    answer(desk, "New idea", "Clay breaks on the way here.")
    alert = desk.get_by_role("alert")
    expect(alert).to_contain_text("Esra changed the plan while you were reading")
    expect(alert).to_contain_text("Clay breaks on the way here.")
    shoot(teacher, "teacher-stale-version")
    desk.get_by_role("link", name="Open version 2 with them").click()
    expect(desk.get_by_label("Your words to Esra")).to_have_value("Clay breaks on the way here.")
    answer(desk, "Yes", "Put it in a box, then.")
    expect(desk.get_by_role("status").first).to_contain_text("Sent to Esra.")
    student.open("Stale")
    idea(student, "A model")
