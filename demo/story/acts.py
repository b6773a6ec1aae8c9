"""What somebody does in one visit: open the activity from the course page, and press what is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from demo.story.designs import ENERGY, Design
from demo.story.files import FILES
from demo.story.ideas import Idea
from demo.story.page import Broken, Value
from demo.story.visitor import TOOL, Visitor
from demo.story.works import Work

Act = Callable[[Visitor], None]
GENERIC_CRITERIA = 3  # that a new activity has
ROSTER_SECONDS = 30


def publish(design: Design, today: datetime) -> Act:
    """Design an activity in the dialogue of the LMS, and open it once: a link is bound by its first launch."""

    def act(teacher: Visitor) -> None:
        teacher.to_course()
        teacher.follow(f"Add an activity with {TOOL}")
        teacher.enter_frame()
        for _more in range(len(design.criteria) - GENERIC_CRITERIA):
            teacher.press("Add a criterion")
        teacher.press("Publish", _typed(design, today))
        if not teacher.page.heading.startswith("Added to"):
            raise Broken(f"{design.title} did not reach the course page: {teacher.page}")
        teacher.open(design.title)

    return act


def await_class(design: Design, students: int) -> Act:
    """Look at the class until the tool has read the whole class list, which its worker does beside the pages."""

    def act(teacher: Visitor) -> None:
        until = time.monotonic() + ROSTER_SECONDS
        while True:
            teacher.open(design.title)
            if f" {students} students, " in teacher.page.words:
                return
            if time.monotonic() > until:
                raise Broken(f"the class list of {students} was not read: {teacher.page}")
            time.sleep(0.3)

    return act


def look(design: Design) -> Act:
    return lambda student: student.open(design.title)


def pick(way: str, design: Design = ENERGY) -> Act:
    def act(student: Visitor) -> None:
        student.open(design.title)
        student.press("Go on with this way", {"option": way})

    return act


def propose(idea: Idea, design: Design = ENERGY) -> Act:
    def act(student: Visitor) -> None:
        student.open(design.title)
        student.press("Go on with this way", {"option": "own"})
        student.press("Send to *", _written(idea) | ({"plan_b": idea.plan_b} if idea.plan_b else {}))

    return act


def send_again(idea: Idea) -> Act:
    """Answer the teacher's question with the next version."""

    def act(student: Visitor) -> None:
        student.open(ENERGY.title)
        student.press("Send version *", _written(idea) | {"message": idea.message})

    return act


def begin_anew(idea: Idea) -> Act:
    """After one was sent back: begin another, and leave it half written."""

    def act(student: Visitor) -> None:
        student.open(ENERGY.title)
        student.press("Start a new idea")
        student.leave_typed({"title": idea.title, "plan": idea.plan, "criterion-1": idea.lines[0]})

    return act


def work_on(work: Work, design: Design = ENERGY) -> Act:
    return _put_down(work, design, "Save for later")


def hand_in(work: Work, design: Design = ENERGY) -> Act:
    return _put_down(work, design, "Hand in")


def answer(student: str, verdict: str, words: str, design: Design = ENERGY) -> Act:
    """`verdict` is a value of the form: accept, revise or back."""

    def act(teacher: Visitor) -> None:
        teacher.open(design.title)
        teacher.follow(f"Answer {student}")
        teacher.press("Send", {"decision": verdict, "reply": words})

    return act


def offer(student: str, edits: Mapping[str, Value]) -> Act:
    """Say yes to an idea with changes, and a word about them."""

    def act(teacher: Visitor) -> None:
        teacher.open(ENERGY.title)
        teacher.follow(f"Answer {student}")
        teacher.follow("Edit and offer it yourself")
        teacher.press("Offer it to *", edits)

    return act


def release(student: str, levels: str, comment: str, design: Design = ENERGY) -> Act:
    """Mark and release in one press; `levels` has a figure for each criterion."""
    return _mark(student, levels, comment, design, "Release to *")


def make_ready(student: str, levels: str, comment: str) -> Act:
    """As an assistant does, who does not release."""
    return _mark(student, levels, comment, ENERGY, "Ready to release")


def hand_back(student: str, reason: str) -> Act:
    def act(teacher: Visitor) -> None:
        teacher.open(ENERGY.title)
        teacher.follow(f"Mark {student}")
        teacher.press("Hand back to *", {"reason": reason})

    return act


def _typed(design: Design, today: datetime) -> dict[str, Value]:
    typed: dict[str, Value] = {"title": design.title, **design.texts}
    for number, (name, words, levels) in enumerate(design.criteria):
        typed |= {f"criteria-{number}-name": name, f"criteria-{number}-description": words}
        typed |= {f"criteria-{number}-levels-{level}-text": text for level, text in enumerate(levels)}
    for name, days in design.dates.items():
        typed[name] = f"{today + timedelta(days=days):%Y-%m-%d}T18:00"
    return typed


def _written(idea: Idea) -> dict[str, Value]:
    """By the form's names; a criterion is named by its number."""
    written: dict[str, Value] = {"title": idea.title, "plan": idea.plan, "tool": idea.tool}
    for number, line in enumerate(idea.lines, start=1):
        written |= {f"criterion-{number}": line, f"unsure-{number}": not line}
    return written


def _put_down(work: Work, design: Design, button: str) -> Act:
    def act(student: Visitor) -> None:
        student.open(design.title)
        fields: dict[str, Value] = {"text": work.text, "reflection": work.reflection}
        if work.link:
            fields |= {"link": work.link[0], "link_title": work.link[1]}
        if work.file:
            fields["files"] = FILES[work.file]()
        student.press(button, fields)

    return act


def _mark(student: str, levels: str, comment: str, design: Design, button: str) -> Act:
    def act(marker: Visitor) -> None:
        marker.open(design.title)
        marker.follow(f"Mark {student}")
        rows = {f"c-{number}": level for number, level in enumerate(levels, start=1)}
        marker.press(button, {**rows, "comment": comment})

    return act
