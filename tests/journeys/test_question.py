"""A question beside an answer that was begun: it is sent alone, and the answer stays in its box."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Be
from tests.journeys.steps import TEACHER, open_idea, propose, publish


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_question_leaves_the_answer_that_was_begun(be: Be, scripts: bool) -> None:
    activity = f"A question, {'with' if scripts else 'without'} scripts"
    publish(be(TEACHER), activity)
    student = be("Keiko Tanaka")
    propose(student, activity, "A mobile", "Of wire.")
    teacher = be(TEACHER, java_script_enabled=scripts)
    desk = open_idea(teacher, activity, "Keiko Tanaka")
    desk.get_by_role("radio", name="Change one thing").check()
    desk.locator("#reply").fill("How will I see your reasons?")
    desk.get_by_text("Questions (0)").click()
    desk.get_by_label("Ask or answer Keiko, without deciding").fill("How big will it be?")
    desk.get_by_role("button", name="Send the question").click()
    expect(desk.get_by_text("Questions (1)")).to_be_attached()
    expect(desk.locator("#text")).to_have_value("")
    expect(desk.locator("#reply")).to_have_value("How will I see your reasons?")
    expect(desk.get_by_role("radio", name="Change one thing")).to_be_checked()
    desk.get_by_role("button", name="Send", exact=False).and_(desk.locator("[value=next]")).click()
    expect(desk.get_by_text("Sent to Keiko").first).to_be_attached()
