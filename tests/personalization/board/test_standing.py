"""Where a student stands: one row of records, one word, two badges."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from personalization.activity.model import Activity
from personalization.board.badges import student_badge, teacher_badge
from personalization.board.picture import piles
from personalization.board.standing import Line, Standing, standing
from personalization.choice.model import Choice, Rule, Way
from personalization.errors import Refused
from personalization.grading.model import Grade
from personalization.people.model import Course, Person, Role
from personalization.proposal.model import Proposal, Status, Version, Words
from personalization.submission.model import Submission
from personalization.submission.receiving import hand_back, note_nothing, take_draft
from ui.assets import icons

NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LEVELS = {1: 3, 2: 3, 3: 3}


def make_person(role: Role, name: str, number: int) -> Person:
    return Person(id=number, course_id=1, user_id=number, role=role, given_name=name, full_name=name)


OKAFOR = make_person(Role.TEACHER, "Ms. Okafor", 1)


def make_line() -> Line:
    """Published, dates ahead: ideas agreed in 4 days, ways settled in 6, work due in 20."""
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    activity = Activity.draft(course, OKAFOR, NOON)
    activity.graded = True
    choice = Choice(activity=activity, student=make_person(Role.STUDENT, "Amara", 2), option=None)
    choice.propose_by, choice.accept_by = NOON + 3 * DAY, NOON + 4 * DAY
    choice.pick_by, choice.work_due = NOON + 6 * DAY, NOON + 20 * DAY
    return Line(choice)


def opened(line: Line) -> None:
    line.choice.opened_at = NOON


def picked(line: Line) -> None:
    line.choice.settle(line.choice.activity.options[0], Way.PICKED, line.student, NOON)


def idea(status: Status, reply_until: datetime | None = None) -> Callable[[Line], None]:
    def start(line: Line) -> None:
        proposal = Proposal(choice=line.choice, status=status, started_at=NOON, reply_until=reply_until)
        proposal.versions = [Version.of(1, Words(title="A card game"), line.student, NOON)]
        line.proposals.append(proposal)

    return start


def agreed(line: Line) -> None:
    idea(Status.ACCEPTED)(line)
    own = line.choice.activity.add_option("A card game", "", only_for=line.student)
    line.choice.settle(own, Way.AGREED, OKAFOR, NOON)


def begun(line: Line) -> None:
    line.submissions.append(Submission.start(line.choice, line.submission, NOON))


def handed_in(line: Line) -> None:
    begun(line)
    line.submissions[-1].save("My work", "", NOON)
    line.submissions[-1].hand_in(line.student, NOON)


def handed_in_late(line: Line) -> None:
    line.choice.work_due = NOON - DAY
    handed_in(line)


def returned(line: Line) -> None:
    hand_back(line.submissions[-1], "Once more, please.", OKAFOR, NOON)


def marked(line: Line) -> None:
    go = line.submissions[-1]
    grade = Grade.begin(go, line.choice.activity.rubric, OKAFOR, NOON)
    grade.mark(LEVELS, "", OKAFOR, NOON)
    line.grades.append(grade)


def ready(line: Line) -> None:
    marked(line)
    line.grades[-1].make_ready()


def released(line: Line) -> None:
    ready(line)
    line.grades[-1].release(OKAFOR, NOON)


def taken_back(line: Line) -> None:
    line.grades[-1].withdraw(OKAFOR, NOON)


def marked_anew(line: Line) -> None:
    line.grades[-1].mark({1: 1}, "", OKAFOR, NOON)


def excused(line: Line) -> None:
    line.choice.excuse("Was on an exchange.", OKAFOR, NOON)


def unplaced(line: Line) -> None:
    line.choice.unplace(LATER)


def unanswered(line: Line) -> None:
    line.choice.unanswered_at = LATER


def last_call(line: Line) -> None:
    line.choice.last_call_at = LATER


def told_to_pick(line: Line) -> None:
    line.choice.must_pick(LATER)


def placed_by(rule: Rule) -> Callable[[Line], None]:
    def place(line: Line) -> None:
        line.choice.place_by_rule(line.choice.activity.options[0], rule, LATER)

    return place


def placed(line: Line) -> None:
    line.choice.place(line.choice.activity.options[0], "We agreed on it in class.", OKAFOR, LATER)


def locked(line: Line) -> None:
    line.choice.lock = NOON + 22 * DAY


def taken(line: Line) -> None:
    line.submissions[-1].save("Half a poster", "", NOON)
    take_draft(line.submissions[-1], OKAFOR, AFTER)


def nothing(line: Line) -> None:
    line.submissions.append(Submission.start(line.choice, None, AFTER, by_teacher=True))
    note_nothing(line.submissions[-1], "Nothing came, also after two talks.", OKAFOR, AFTER)


def left(line: Line) -> None:
    line.student.left_at = NOON


SOON, LATER = NOON + DAY, NOON + 5 * DAY  # before accept_by; between accept_by and pick_by
WINDOW = NOON + 8 * DAY
OVERDUE, AFTER = NOON + 21 * DAY, NOON + 23 * DAY  # after work_due; after the lock where there is one

Row = tuple[list[Callable[[Line], None]], datetime, str, str, str]
TABLE: list[Row] = [
    # what happened, when it is read, the standing, the student's badge, the teacher's badge
    ([], SOON, "exploring", "Looking around", "Not opened"),
    ([opened], SOON, "exploring", "Looking around", "Looking around"),
    ([opened], LATER, "must_pick", "Pick a way now", "Has to pick"),
    ([picked], SOON, "picked", "Picked", "Picked"),
    ([picked], LATER, "picked", "Picked", "Picked"),
    ([idea(Status.DRAFT)], SOON, "proposing", "Writing an idea", "Writing an idea"),
    ([idea(Status.DRAFT)], LATER, "must_pick", "Pick a way now", "Has to pick"),
    ([idea(Status.DRAFT, WINDOW)], LATER, "proposing", "Writing an idea", "Writing an idea"),
    ([idea(Status.SUBMITTED)], SOON, "proposing", "With Ms. Okafor", "Your turn"),
    ([idea(Status.SUBMITTED)], LATER, "proposing", "With Ms. Okafor", "Your turn"),
    ([idea(Status.REVISING, WINDOW)], LATER, "proposing", "Asked to change", "Asked to change"),
    ([idea(Status.REVISING, SOON)], LATER, "must_pick", "Pick a way now", "Has to pick"),
    ([idea(Status.OFFERED, WINDOW)], LATER, "proposing", "Offered with edits", "Offered with edits"),
    ([idea(Status.SENT_BACK, WINDOW)], LATER, "exploring", "New idea wanted", "New idea wanted"),
    ([idea(Status.SENT_BACK, SOON)], LATER, "must_pick", "Pick a way now", "Has to pick"),
    ([idea(Status.WITHDRAWN)], SOON, "exploring", "Looking around", "Looking around"),
    ([idea(Status.EXPIRED)], LATER, "must_pick", "Pick a way now", "Has to pick"),
    ([idea(Status.SENT_BACK), idea(Status.SUBMITTED)], SOON, "proposing", "With Ms. Okafor", "Your turn"),
    ([agreed], LATER, "agreed", "Agreed", "Agreed"),
    ([picked, begun], SOON, "working", "Working", "Working"),
    ([agreed, begun], LATER, "working", "Working", "Working"),
    ([told_to_pick], SOON, "must_pick", "Pick a way now", "Has to pick"),
    ([idea(Status.SUBMITTED), unanswered], LATER, "proposing", "With Ms. Okafor", "Answer overdue"),
    (
        [idea(Status.SUBMITTED), unanswered, last_call],
        WINDOW,
        "proposing",
        "Pick, or wait for the answer",
        "Answer overdue",
    ),
    ([idea(Status.EXPIRED)], SOON, "exploring", "Time ran out", "Time ran out"),
    ([unplaced], LATER, "unplaced", "Ms. Okafor settles it with you", "Needs you: no way yet"),
    ([idea(Status.EXPIRED), unplaced], LATER, "unplaced", "Ms. Okafor settles it with you", "Needs you: no way yet"),
    ([placed_by(Rule.PLAN_B)], LATER, "picked", "Plan B started", "Placed automatically"),
    ([placed_by(Rule.DEFAULT)], LATER, "picked", "Your way is settled", "Placed automatically"),
    ([unplaced, placed], LATER, "picked", "Your way is settled", "Placed"),
    ([excused], LATER, "excused", "Excused", "Excused"),
    ([picked, handed_in, excused], LATER, "excused", "Excused", "Excused"),
    ([unplaced, excused], LATER, "excused", "Excused", "Excused"),
    ([picked], OVERDUE, "picked", "Late, still taken", "Late"),
    ([picked, begun], OVERDUE, "working", "Late, still taken", "Late"),
    ([picked, locked], OVERDUE, "picked", "Late, still taken", "Late"),
    ([picked, locked], AFTER, "picked", "Closed", "Closed without work"),
    ([agreed, begun, locked], AFTER, "working", "Closed", "Closed without work"),
    ([picked, begun, locked, taken], AFTER, "handed_in", "Handed in", "Handed in late"),
    ([picked, locked, nothing], AFTER, "handed_in", "Nothing handed in", "Nothing handed in"),
    ([picked, handed_in], SOON, "handed_in", "Handed in", "Handed in"),
    ([picked, handed_in_late], SOON, "handed_in", "Handed in", "Handed in late"),
    ([picked, handed_in, marked], SOON, "handed_in", "Handed in", "Handed in"),
    ([picked, handed_in, ready], SOON, "ready", "Being marked", "Ready to release"),
    ([picked, handed_in, released], SOON, "released", "Grade released", "Grade released"),
    ([picked, handed_in, released, marked_anew], SOON, "released", "Grade released", "Grade released"),
    ([picked, handed_in, released, taken_back], SOON, "handed_in", "Handed in", "Handed in"),
    ([picked, handed_in, returned], SOON, "returned", "Hand in again", "Returned"),
    ([picked, handed_in, ready, returned], SOON, "returned", "Hand in again", "Returned"),
    ([picked, handed_in, released, returned], SOON, "returned", "Hand in again", "Returned"),
    ([picked, handed_in, returned, begun], SOON, "returned", "Hand in again", "Returned"),
    ([picked, handed_in, released, returned, handed_in], SOON, "handed_in", "Handed in", "Handed in"),
    ([picked, handed_in, released, returned, handed_in, ready], SOON, "ready", "Being marked", "Ready to release"),
    ([picked, handed_in, released, left], SOON, "left", "Left the course", "Left the course"),
]


@pytest.mark.parametrize(("happened", "at", "word", "student", "teacher"), TABLE)
def test_standing(happened: list[Callable[[Line], None]], at: datetime, word: str, student: str, teacher: str) -> None:
    line = make_line()
    for step in happened:
        step(line)
    assert standing(line, at).value == word
    assert student_badge(line, at, "Ms. Okafor").word == student
    assert teacher_badge(line, at).word == teacher


def test_every_standing_has_a_row_in_the_table() -> None:
    assert {word for _happened, _at, word, _student, _teacher in TABLE} == {s.value for s in Standing}


def test_without_dates_nobody_must_pick() -> None:
    line = make_line()
    line.choice.propose_by = line.choice.accept_by = line.choice.pick_by = line.choice.work_due = None
    assert standing(line, NOON + 400 * DAY) is Standing.EXPLORING
    idea(Status.DRAFT)(line)
    assert standing(line, NOON + 400 * DAY) is Standing.PROPOSING


def test_with_set_ways_only_the_date_for_picking_counts() -> None:
    line = make_line()
    line.choice.accept_by = None
    assert standing(line, NOON + 6 * DAY) is Standing.EXPLORING
    assert standing(line, NOON + 7 * DAY) is Standing.MUST_PICK


def test_what_is_not_graded_is_called_feedback() -> None:
    line = make_line()
    line.choice.activity.graded = False
    for step in (picked, handed_in, released):
        step(line)
    assert teacher_badge(line, SOON).word == student_badge(line, SOON, "Ms. Okafor").word == "Feedback released"


def test_a_tone_never_stands_alone() -> None:
    for happened, at, *_words in TABLE:
        line = make_line()
        for step in happened:
            step(line)
        for badge in (student_badge(line, at, "Ms. Okafor"), teacher_badge(line, at)):
            assert badge.tone in {"quiet", "own", "wait", "good", "alarm"}
            assert badge.icon
            assert badge.word


def test_the_old_grade_stays_in_sight_until_the_next_release() -> None:
    line = make_line()
    for step in (picked, handed_in, released, returned, handed_in, ready):
        step(line)
    assert line.release is line.grades[0].live_release
    line.grades[1].release(OKAFOR, NOON)
    assert line.release is line.grades[1].live_release
    taken_back(line)
    assert line.release is line.grades[0].live_release


def test_marked_anew_is_told_apart_from_released() -> None:
    line = make_line()
    for step in (picked, handed_in, released):
        step(line)
    assert not line.is_marked_anew
    marked_anew(line)
    assert line.is_marked_anew
    assert not line.can_release


STEPS = [opened, picked, agreed, begun, excused, unplaced, unanswered, last_call, told_to_pick, placed, locked, nothing]


def test_everyone_stands_in_exactly_one_pile_whatever_happened() -> None:
    """Any mix of records, also ones that no verb would make: nobody is counted twice, and nobody is lost."""
    chance = random.Random(7)  # noqa: S311  # the same mixes each time
    ideas = [idea(status) for status in Status]
    lines = []
    for _number in range(400):
        line = make_line()
        for step in chance.sample([*STEPS, *ideas], chance.randint(0, 4)):
            with suppress(Refused):
                step(line)
        lines.append(line)
    for now in (SOON, LATER, OVERDUE, AFTER):
        found = [line for pile in piles(lines, now) for line in pile.lines]
        assert len(found) == len(lines)
        assert {id(line) for line in found} == {id(line) for line in lines}


@pytest.mark.parametrize("row", TABLE)
def test_no_badge_speaks_by_colour_alone(row: Row) -> None:
    line, (happened, at, *_rest) = make_line(), row
    for step in happened:
        step(line)
    for badge in (student_badge(line, at, "Ms. Okafor"), teacher_badge(line, at)):
        assert badge.tone in {"quiet", "own", "wait", "good", "alarm"}
        assert badge.icon in icons()
        assert badge.word
