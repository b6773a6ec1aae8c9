"""Nothing is lost: the LMS is off the net when a grade is released, and then the tool is killed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from demo.run import Demo, Machines
from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import Gradebook, eventually
from tests.journeys.steps import TEACHER, mark, open_work, pick_and_hand_in, publish
from tests.machines import Shared


@pytest.fixture(params=["embedded", "celery"])
def on(request: pytest.FixtureRequest) -> Machines | None:
    """Either motor: the one in the web server, or two workers and a beat."""
    if request.param == "embedded":
        return None
    many: Shared = request.getfixturevalue("many")
    return many.of("restart")


@pytest.fixture
def demo(tmp_path: Path, on: Machines | None) -> Iterator[Demo]:
    """One of its own: it does not survive the test."""
    with Demo(tmp_path / "restart", ports=(8721, 8821), machines=on) as running:
        yield running


def test_a_grade_waits_for_the_lms_and_outlives_the_tool(demo: Demo, on: Machines | None, be: Be) -> None:
    teacher, student = be(TEACHER), be("Ada Lindgren")
    publish(teacher, "Outlived")
    pick_and_hand_in(student, "Outlived", "Still here.")
    Gradebook(demo, BIOLOGY, "Outlived").await_messages("Ada Lindgren", 1)  # the hand-in came through
    student.open("Outlived")
    tool = open_work(teacher, "Outlived", "Ada Lindgren")
    mark(tool, 4, 4, 4, comment="Said once.")

    demo.stop_lms()
    tool.get_by_role("button", name="Release to Ada").click()
    expect(tool.get_by_role("status").first).to_contain_text("Released to Ada.")
    tool.get_by_role("link", name="Outlived", exact=True).click()
    expect(teacher.board).to_have_text("Outlived")
    scores = tool.get_by_role("region", name="In the Canvas gradebook")
    expect(scores.get_by_role("listitem").filter(has_text="Ada Lindgren")).to_contain_text("On its way")
    student.tool.get_by_role("link", name="Your result comes here").click()
    expect(student.tool.locator("main")).to_contain_text("100 of 100 points")  # the student need not wait for it
    expect(student.tool.get_by_role("region", name="Receipts")).to_contain_text("On its way")

    demo.kill_tool()
    assert demo.tool_has_died()
    demo.stop()
    tool_port, lms_port = (urlsplit(url).port or 0 for url in (demo.tool_url, demo.lms_url))
    eventually(lambda: is_closed(tool_port) or None, "the killed tool's port to be free")
    with Demo(demo.folder.parent, ports=(tool_port, lms_port), machines=on) as again:
        assert again.folder == demo.folder
        book = Gradebook(again, BIOLOGY, "Outlived")
        assert book.await_score("Ada Lindgren", 100).comments == ["Said once."]
        tool = student.open("Outlived")
        expect(tool.get_by_role("region", name="Receipts")).to_contain_text("In Canvas")
        graded = [one for one in book.messages("Ada Lindgren") if "scoreGiven" in one]
        assert len(graded) == 1


def is_closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
