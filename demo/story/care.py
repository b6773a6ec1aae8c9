"""What is different for one student, and what people say to each other: time, a word, an arrangement, a way."""

from __future__ import annotations

from datetime import datetime, timedelta

from demo.story.acts import Act
from demo.story.designs import ENERGY, Design
from demo.story.ideas import LETTER_FILMED
from demo.story.visitor import Visitor


def ask_for_help(words: str, design: Design = ENERGY) -> Act:
    def act(student: Visitor) -> None:
        student.open(design.title)
        student.follow("Ask for help*")
        student.press("Ask for help", {"text": words})

    return act


def ask_to_change_agreement(student: Visitor) -> None:
    student.open(ENERGY.title)
    student.follow("*ask to change*")
    student.press("Ask *", LETTER_FILMED)


def ask_about_idea(student: str, words: str) -> Act:
    """A question beside the idea, which decides nothing."""

    def act(assistant: Visitor) -> None:
        assistant.open(ENERGY.title)
        assistant.follow(f"Answer {student}")
        assistant.press("Send the question", {"text": words})

    return act


def keep_reply(words: str) -> Act:
    def act(teacher: Visitor) -> None:
        teacher.open_course_page()
        teacher.follow("My ready words")
        teacher.press("Keep new", {"fits": "revise", "words": words})

    return act


def give_until(student: str, design: Design, date: str, day: datetime, reason: str) -> Act:
    """More time for one date, by its name in the form: until six in the evening of a day."""

    def act(teacher: Visitor) -> None:
        _open_line(teacher, student, design)
        teacher.press("Give this time", {"days": "own", date: f"{day:%Y-%m-%d}T18:00", "reason": reason})

    return act


def excuse(student: str, design: Design, reason: str) -> Act:
    def act(teacher: Visitor) -> None:
        _open_line(teacher, student, design)
        teacher.press("Excuse", {"reason": reason})

    return act


def arrange(student: str, design: Design, time: str, formats: str) -> Act:
    """What is different for a student in the whole course; the way there leads over their page in one activity."""

    def act(teacher: Visitor) -> None:
        _open_line(teacher, student, design)
        teacher.follow("Arrangements for *")
        teacher.press("Keep this", {"time": time, "formats": formats, "shown_to": True})

    return act


def set_due_in_lms(design: Design, today: datetime, days: int) -> Act:
    """Another due date in the school's own calendar; the tool reads it when somebody opens the activity."""

    def act(teacher: Visitor) -> None:
        teacher.to_course()
        teacher.follow(design.title)
        teacher.follow("Dates in this course")
        teacher.press("Save the dates", {"due_at": f"{today + timedelta(days=days):%Y-%m-%d}T18:00"})
        teacher.open(design.title)

    return act


def _open_line(teacher: Visitor, student: str, design: Design) -> None:
    teacher.open(design.title)
    teacher.follow(student)
