"""Mail, caught by a server on this machine: one for each thing that happened, with its reason; a digest; a way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from demo.run import Demo
from tests.journeys.calendar import moment
from tests.journeys.conftest import Be
from tests.journeys.shots import shoot
from tests.journeys.steps import SCHOOL, TEACHER, answer, mark, open_idea, open_work, pick_and_hand_in, propose, publish
from tests.journeys.visitor import Visitor
from tests.machines import Shared
from tests.personalization.notice.smtp import Sink, listening

WRITER, WORKER = "Ada Lindgren", "Bilal Hussain"
REASON = "How will I see “Reasons” in it?"
ADDRESS = re.compile(r"https?://\S+")  # signed: any two figures may stand in one


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as server:
        yield server


@pytest.fixture
def demo(sink: Sink, shared: Shared | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    """One of its own, that sends mail."""
    monkeypatch.setenv("SMTP_URL", sink.url)
    monkeypatch.setenv("MAIL_FROM", "office@riverbend.example")
    machines = shared.of("mail") if shared else None
    with Demo(tmp_path / "mail", ports=(8921, 9021), machines=machines) as running:
        yield running


def test_mail_tells_what_happened_and_stops_in_one_press(
    demo: Demo, sink: Sink, be: Be, contexts: Callable[..., BrowserContext]
) -> None:
    teacher, writer = be(TEACHER), be(WRITER)
    publish(teacher, "By mail")
    propose(writer, "By mail", "A model", "Clay and wire, arm long.")
    answer(open_idea(teacher, "By mail", WRITER), "Change one thing", REASON)
    pick_and_hand_in(be(WORKER), "By mail", "The pike gets what is left.")
    tool = open_work(teacher, "By mail", WORKER)
    mark(tool, 3, 3, 3, comment="Clear to the last line.")
    tool.get_by_role("button", name="Release to Bilal").click()
    expect(tool.get_by_role("status").first).to_contain_text("Released to Bilal.")

    demo.run_flask("jobs", "run")
    demo.run_flask("jobs", "run")  # twice is once
    to_writer, to_worker = (mails_to(sink, name) for name in (WRITER, WORKER))
    assert [words_of(mail).count(REASON) for mail in to_writer] == [1]
    assert "asked you to change one thing" in str(to_writer[0]["Subject"])
    assert [mail["Subject"] for mail in to_worker if "75" in ADDRESS.sub("", words_of(mail))] == []  # never a grade
    assert len(to_worker) == 1
    assert WORKER.split()[0] not in words_of(to_writer[0])
    assert mails_to(sink, TEACHER) == []

    morning_of(demo, 1)
    assert mails_to(sink, TEACHER) == []  # nothing waits for her: the one is revising, the other has the grade
    propose(be("Camila Torres"), "By mail", "A podcast", "Ten minutes with a dragonfly.")
    morning_of(demo, 2)
    (digest,) = mails_to(sink, TEACHER)
    assert "One thing waits for you" in str(digest["Subject"])
    assert "Camila" not in words_of(digest)  # it counts, and names nobody

    stop_mail(contexts, to_writer[0])
    answer_again(writer, teacher)
    demo.run_flask("jobs", "run")
    assert len(mails_to(sink, WRITER)) == 1  # no more for her
    tool = writer.open_course_page()
    tool.get_by_role("link", name=re.compile("^News")).click()
    expect(tool.locator("main")).to_contain_text("Put it in a box, then.")  # in the tool it stands all the same
    shoot(writer, "student-news-of-mail")


def morning_of(demo: Demo, day: int) -> None:
    """Eight o’clock, and two rounds of what is due: what the first writes down, the second sends."""
    demo.set_clock((moment(day, time(8)) - datetime.now(SCHOOL)).total_seconds())
    demo.run_flask("jobs", "run")
    demo.run_flask("jobs", "run")


def mails_to(sink: Sink, name: str) -> list[EmailMessage]:
    return [mail for mail in sink.took if name in str(mail["To"])]


def words_of(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


def stop_mail(contexts: Callable[..., BrowserContext], mail: EmailMessage) -> None:
    """The way out that a mail gives, at a browser where nobody is signed in."""
    address = str(mail["List-Unsubscribe"]).strip("<>")
    page = contexts().new_page()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop mail?")
    page.get_by_role("button", name="Stop mail from this course").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mail is stopped")


def answer_again(writer: Visitor, teacher: Visitor) -> None:
    """The talk goes on, once mail is stopped."""
    tool = writer.open("By mail")
    tool.get_by_label("2 Reasons", exact=True).fill("On flags beside each animal.")
    tool.get_by_role("button", name="Send version 2").click()
    expect(writer.board).to_have_text(f"{TEACHER} has it")
    answer(open_idea(teacher, "By mail", WRITER), "Yes", "Put it in a box, then.")
    student_has(writer, "A model")


def student_has(writer: Visitor, way: str) -> None:
    writer.open("By mail")
    expect(writer.board).to_have_text(way)
