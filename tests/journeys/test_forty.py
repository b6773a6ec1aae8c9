"""Forty ideas decided one after the other, by keys alone. The time it took is a number to look at, not a limit."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.class_of_ideas import decisions_on, send_ideas
from tests.journeys.conftest import Be
from tests.journeys.keyboard import Keyboard
from tests.journeys.shots import shoot
from tests.journeys.steps import TEACHER, publish

COURSE = "Biology 9B"  # where hardly anything else waits: an answer may lead to any kind of work
ACTIVITIES, EACH = ("Forty, one", "Forty, two"), 20
ANSWERS = [  # (key, words to type, outcome)
    ("1", "Yes. I look forward to it.", "accept"),
    ("2", "How will I see your reasons in it?", "ask for revision"),
    ("y", "", "accept"),
    ("n", "It can’t show numbers. What else do you like doing?", "send back"),
]
GENEROUS = 600.0  # seconds of a very busy machine
# Notes each idea in the very task that brings it: where the focus is, and whether the answer goes to this idea.
NOTE_SWAPS = """() => {
  const main = document.getElementById("main");
  let shown = null;
  window.swaps = [];
  new MutationObserver(() => {
    const row = main.querySelector(".qrow[aria-current]"), answer = document.getElementById("answer");
    if (!row || !answer || row === shown) return;
    shown = row;
    const ways = [answer.getAttribute("action"), answer.getAttribute("hx-post")];
    window.swaps.push([document.activeElement.id, ways.every((way) => way === row.pathname)]);
  }).observe(main, { childList: true, subtree: true });
}"""


def test_forty_ideas_are_decided_by_keys(
    be: Be, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    teacher = be(TEACHER, COURSE)
    titles = []
    for activity in ACTIVITIES:
        publish(teacher, activity)
        teacher.open(activity)
        titles += send_ideas(teacher.demo, activity, EACH)

    tool, keys, page = teacher.open_course_page(), Keyboard(teacher.page), teacher.page
    idea = tool.locator("#idea-title")
    shoot(teacher, "teacher-queue")
    expect(tool.get_by_text("Keys", exact=True)).to_be_visible()  # as soon as keys count, the page says so
    teacher.frame.evaluate(NOTE_SWAPS)
    keys.to(tool.get_by_role("link", name="With students"))  # the keys are the page's own: it has to have the focus
    given: dict[str, tuple[str, str, str]] = {}
    swaps: list[list[object]] = []
    left, began = set(titles), time.monotonic()
    while left:
        swaps += teacher.frame.evaluate("() => window.swaps.splice(0)")  # the last answer may lead to another page
        title = idea.inner_text()
        key, words, outcome = ANSWERS[len(given) % len(ANSWERS)]
        page.keyboard.press(key)
        page.keyboard.type(words)
        page.keyboard.press("Control+Enter")
        given[title] = (outcome, words, TEACHER)
        left.discard(title)
        if left:
            expect(idea).not_to_have_text(title)
    expect(tool.get_by_text("Sent to").first).to_be_attached()
    seconds = time.monotonic() - began
    assert len(swaps) >= len(given) - 1
    assert all(swap == ["page-title", True] for swap in swaps)  # no key can fall between an idea and its answer

    count = len(given)
    said = f"{count} ideas decided by keys in {seconds:.1f} s, {seconds / count:.2f} s each"
    record_property("forty_by_keys", said)
    with capsys.disabled():
        print(f"\n{said}")
    assert seconds < GENEROUS
    kept = decisions_on(teacher.demo, titles)
    assert kept == {title: [given[title]] for title in titles}  # each has its own record, and one
    outcomes = Counter(decision[0] for decisions in kept.values() for decision in decisions)
    assert sum(outcomes.values()) == len(ACTIVITIES) * EACH
    assert len(outcomes) == 3
