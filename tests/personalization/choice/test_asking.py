"""Asking for help, pure: who writes what to whom, what waits, and what comes twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from personalization.activity.model import Activity
from personalization.choice.message import LONGEST, MOST_A_DAY, MOST_OPEN, Message, lower, write
from personalization.choice.model import Choice
from personalization.errors import BadInput, Refused
from personalization.people.model import Course, Person, Role

NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
OKAFOR = Person(id=1, course_id=1, user_id=1, role=Role.TEACHER, given_name="Ms. Okafor", full_name="Ms. Okafor")


def make_choice() -> Choice:
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    kofi = Person(id=2, course_id=1, user_id=2, role=Role.STUDENT, given_name="Kofi", full_name="Kofi Mensah")
    return Choice(activity=Activity.draft(course, OKAFOR, NOON), student=kofi, option=None)


def said(choice: Choice, *words: tuple[Person, str], now: datetime = NOON) -> list[Message]:
    thread: list[Message] = []
    for by, text in words:
        message = write(thread, choice, by, text, now)
        if message is not None:
            thread.append(message)
    return thread


def verbs(choice: Choice) -> list[str]:
    return [event.verb for event in choice.events]


def test_the_first_asks_for_help_the_next_adds_to_it_and_an_answer_settles_both() -> None:
    choice = make_choice()
    thread = said(choice, (choice.student, "Where does the 90 % go?"), (choice.student, "In the food web"))
    assert [message.waits for message in thread] == [True, True]
    answer = write(thread, choice, OKAFOR, "Into heat. Look at page 3.", NOON)
    assert answer is not None
    assert [message.waits for message in [*thread, answer]] == [False, False, False]
    assert verbs(choice)[:2] == ["asked for help", "message"]
    assert verbs(choice)[-1] == "help answered"


def test_a_teacher_may_write_first() -> None:
    choice = make_choice()
    (message,) = said(choice, (OKAFOR, "How is it going?"))
    assert not message.waits
    assert verbs(choice) == ["message"]


def test_a_hand_without_words_is_up_once() -> None:
    choice = make_choice()
    thread = said(choice, (choice.student, ""), (choice.student, " "))
    assert [message.text for message in thread] == [""]
    assert verbs(choice) == ["asked for help"]


def test_the_same_words_at_once_are_one_press_that_came_twice_and_later_they_are_said_again() -> None:
    choice = make_choice()
    thread = said(choice, (OKAFOR, "Well done"), (OKAFOR, "Well done"))
    assert len(thread) == 1
    assert write(thread, choice, OKAFOR, "Well done", NOON + timedelta(hours=1)) is not None


def test_a_teacher_needs_words_and_a_student_who_has_left_reads_none() -> None:
    choice = make_choice()
    with pytest.raises(BadInput):
        write([], choice, OKAFOR, "  ", NOON)
    choice.student.left_at = NOON
    with pytest.raises(Refused) as refused:
        write([], choice, OKAFOR, "Hello", NOON)
    assert refused.value.kept == "Hello"
    assert verbs(choice) == []


def test_too_long_is_refused_with_the_words_kept() -> None:
    choice = make_choice()
    with pytest.raises(BadInput) as bad:
        write([], choice, choice.student, "x" * (LONGEST + 1), NOON)
    assert len(bad.value.kept) == LONGEST + 1


def test_so_many_wait_and_no_more() -> None:
    choice = make_choice()
    thread = said(choice, *[(choice.student, f"Question {n}") for n in range(MOST_OPEN)])
    with pytest.raises(Refused) as refused:
        write(thread, choice, choice.student, "And another", NOON)
    assert refused.value.kept == "And another"
    assert write(thread, choice, OKAFOR, "One after the other!", NOON) is not None
    assert write(thread, choice, choice.student, "Thank you", NOON) is not None


def test_taking_the_hand_down_makes_no_room_for_a_flood() -> None:
    choice = make_choice()
    thread: list[Message] = []
    for n in range(MOST_A_DAY):
        message = write(thread, choice, choice.student, f"Question {n}", NOON)
        assert message is not None
        thread.append(message)
        lower(thread, choice, choice.student, NOON)
    with pytest.raises(Refused) as refused:
        write(thread, choice, choice.student, "And another", NOON + timedelta(hours=23))
    assert refused.value.kept == "And another"
    assert write(thread, choice, OKAFOR, "I read all of them.", NOON) is not None
    assert write(thread, choice, choice.student, "Good morning", NOON + timedelta(days=1)) is not None


def test_a_long_question_is_quoted_short_in_the_history() -> None:
    choice = make_choice()
    said(choice, (choice.student, "x" * LONGEST))
    assert len(choice.events[-1].detail["text"]) == 300


def test_a_student_takes_their_own_hand_down() -> None:
    choice = make_choice()
    thread = said(choice, (choice.student, ""))
    lower(thread, choice, choice.student, NOON)
    assert verbs(choice) == ["asked for help", "help not needed"]


def test_a_hand_is_lowered_once() -> None:
    choice = make_choice()
    thread = said(choice, (choice.student, "Help"))
    lower(thread, choice, OKAFOR, NOON)
    lower(thread, choice, OKAFOR, NOON)
    assert not thread[0].waits
    assert verbs(choice) == ["asked for help", "help answered"]
