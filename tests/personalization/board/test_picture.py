"""The class as piles, and its finding in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from personalization.activity.model import Activity
from personalization.board.picture import Class, finding, piles, waits
from personalization.board.standing import Line
from personalization.choice.model import Choice, Way
from personalization.grading.model import Grade
from personalization.people.model import Course, Person, Role
from personalization.proposal.model import Proposal, Status, Version, Words
from personalization.submission.model import Submission

NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
OKAFOR = Person(id=1, course_id=1, user_id=1, role=Role.TEACHER, given_name="Ms. Okafor", full_name="Ms. Okafor")


def make_activity() -> Activity:
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    return Activity.draft(course, OKAFOR, NOON)


def make_line(activity: Activity, number: int, opened: bool = True) -> Line:
    student = Person(id=number, course_id=1, user_id=number, role=Role.STUDENT, full_name=f"Student {number}")
    student.is_test = False
    return Line(Choice(activity=activity, student=student, option=None, opened_at=NOON if opened else None))


def with_idea(line: Line, status: Status) -> Line:
    proposal = Proposal(choice=line.choice, status=status, started_at=NOON)
    proposal.versions = [Version.of(1, Words(title="A card game"), line.student, NOON)]
    line.proposals = [proposal]
    return line


def with_work(line: Line, step: str = "") -> Line:
    line.choice.settle(line.choice.activity.options[0], Way.PICKED, line.student, NOON)
    line.submissions = [Submission.start(line.choice, None, NOON)]
    line.submissions[0].save("My work", "", NOON)
    line.submissions[0].hand_in(line.student, NOON)
    if step:
        grade = Grade.begin(line.submissions[0], line.choice.activity.rubric, OKAFOR, NOON)
        grade.mark({1: 3, 2: 3, 3: 3}, "", OKAFOR, NOON)
        grade.make_ready()
        line.grades = [grade]
        if step == "released":
            grade.release(OKAFOR, NOON)
    return line


def test_every_counted_student_lies_in_exactly_one_pile() -> None:
    activity = make_activity()
    lines = [
        make_line(activity, 2, opened=False),
        make_line(activity, 3),
        with_idea(make_line(activity, 4), Status.DRAFT),
        with_idea(make_line(activity, 5), Status.SUBMITTED),
        with_idea(make_line(activity, 6), Status.OFFERED),
        with_work(make_line(activity, 7)),
        with_work(make_line(activity, 8), "ready"),
        with_work(make_line(activity, 9), "released"),
    ]
    counts = {pile.name: len(pile.lines) for pile in piles(lines, NOON)}
    assert counts == {
        "Not opened": 1,
        "Looking around": 1,
        "No way yet": 0,
        "Has to pick": 0,
        "Writing an idea": 2,
        "With you": 1,
        "On a way, working": 0,
        "Closed without work": 0,
        "Handed in": 2,
        "Released": 1,
        "Excused": 0,
    }


def test_test_students_and_who_left_are_not_counted() -> None:
    activity = make_activity()
    test_student, gone, here = (make_line(activity, number) for number in (2, 3, 4))
    test_student.student.is_test = True
    gone.student.left_at = NOON
    everyone = Class.of([test_student, gone, here])
    assert (everyone.lines, everyone.testing, everyone.left) == ([here], [test_student], [gone])
    assert everyone.opened == 1


def test_only_ready_grades_of_who_is_here_can_be_released() -> None:
    activity = make_activity()
    ready, gone, drafted = (with_work(make_line(activity, n), "ready") for n in (2, 3, 4))
    gone.student.left_at = NOON
    drafted.grades[0].mark({1: 1}, "", OKAFOR, NOON)
    assert Class.of([ready, gone, drafted]).ready == [ready]


def test_the_next_move_of_the_teacher_is_named_first() -> None:
    activity = make_activity()
    looking = make_line(activity, 2)
    assert finding([], NOON) == "Nobody is here yet."
    assert finding([make_line(activity, 3, opened=False)], NOON) == "Nobody has opened it yet."
    assert finding([looking], NOON) == "Nothing waits for you here."
    done = with_work(make_line(activity, 4), "released")
    assert finding([done], NOON) == "Everyone has their result."
    assert finding([done], NOON, troubled={4}) == "One grade did not arrive."
    ready = with_work(make_line(activity, 5), "ready")
    assert finding([looking, done, ready], NOON) == "One grade is ready to release."
    work = [with_work(make_line(activity, number)) for number in (6, 7)]
    assert finding([ready, *work], NOON) == "2 pieces of work wait to be marked."
    asked = with_idea(make_line(activity, 8), Status.SUBMITTED)
    assert finding([ready, *work, asked], NOON) == "One idea waits for your answer."


def test_whose_next_move_is_the_teachers() -> None:
    activity = make_activity()
    mine = [with_idea(make_line(activity, 2), Status.SUBMITTED), with_work(make_line(activity, 3))]
    nowhere = make_line(activity, 4)
    nowhere.choice.unplace(NOON)
    theirs = [with_idea(make_line(activity, 5), Status.REVISING), with_work(make_line(activity, 6), "ready")]
    assert [waits(line, NOON) for line in [*mine, nowhere, *theirs]] == [True, True, True, False, False]


def test_whoever_asks_for_help_or_has_no_way_is_named_before_ideas_and_work() -> None:
    activity = make_activity()
    asked, nowhere = with_idea(make_line(activity, 2), Status.SUBMITTED), make_line(activity, 3)
    nowhere.choice.unplace(NOON)
    asked.choice.id, nowhere.choice.id = 2, 3
    assert finding([asked, nowhere], NOON) == "One student has no way yet."
    assert finding([asked, nowhere], NOON, asking=[2, 3]) == "2 students ask for help."
    closed = make_line(activity, 4)
    closed.choice.settle(activity.options[0], Way.PICKED, closed.student, NOON)
    closed.choice.lock = NOON
    assert finding([closed], NOON + timedelta(days=1)) == "One student handed nothing in."


def test_the_days_do_not_matter_where_no_date_is_set() -> None:
    line = make_line(make_activity(), 2)
    assert [pile.name for pile in piles([line], NOON + timedelta(days=900)) if pile.lines] == ["Looking around"]
