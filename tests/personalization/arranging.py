"""Steps that bring a student's line to where a view test begins, and looks at where it ended.

Each is called in an app context, those that write inside `writing(app)`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from engine import clock
from engine.db import Base, db
from lti.models.context import LineItem
from lti.models.score import OutgoingScore
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.choice.model import Choice, Way
from personalization.grading import gradebook
from personalization.grading.model import Grade
from personalization.people.model import Person
from personalization.submission.model import Submission
from tests.cast import NOON, Member

GOT_IT = {1: 3, 2: 3, 3: 3}  # of the generic rubric: 9 of 12 points, 75 of 100


def choice_of(activity_id: int, student_id: int) -> Choice:
    choice = db.session.scalar(select(Choice).where(Choice.activity_id == activity_id, Choice.student_id == student_id))
    assert choice is not None
    return choice


def pick(activity_id: int, student_id: int, now: datetime = NOON) -> Choice:
    """The student is on the activity's first option."""
    choice = choice_of(activity_id, student_id)
    choice.opened_at = now
    choice.settle(choice.activity.designed_options[0], Way.PICKED, choice.student, now)
    return choice


def hand_in(activity_id: int, student_id: int, text: str = "My poster", now: datetime = NOON) -> int:
    """The student picked and handed in; the id of the go. After a return it is the next one."""
    choice = choice_of(activity_id, student_id)
    if choice.option is None:
        pick(activity_id, student_id, now)
    before = db.session.scalar(
        select(Submission).where(Submission.choice_id == choice.id).order_by(Submission.number.desc()).limit(1)
    )
    submission = Submission.start(choice, before, now)
    db.session.add(submission)
    submission.save(text, "", now)
    submission.hand_in(choice.student, now, now)
    db.session.flush()
    return submission.id


def make_ready(submission_id: int, by_id: int, levels: dict[int, int] | None = None, now: datetime = NOON) -> Grade:
    submission, by = db.session.get_one(Submission, submission_id), db.session.get_one(Person, by_id)
    grade = Grade.begin(submission, submission.choice.activity.rubric, by, now)
    db.session.add(grade)
    grade.mark(levels or GOT_IT, "Well done.", by, now)
    grade.make_ready()
    db.session.flush()
    return grade


def release(submission_id: int, by_id: int, now: datetime = NOON) -> int:
    """Marked and released, with its score on the way; the grade's id."""
    grade = make_ready(submission_id, by_id, now=now)
    shown = grade.release(db.session.get_one(Person, by_id), now)
    assert shown is not None
    db.session.flush()
    gradebook.release(shown)
    return grade.id


def activity_of(activity_id: int) -> Activity:
    return db.session.get_one(Activity, activity_id)


def column_of(activity_id: int) -> LineItem:
    column = db.session.scalar(
        select(LineItem)
        .join(Placement, Placement.line_item_id == LineItem.id)
        .where(Placement.activity_id == activity_id)
    )
    assert column is not None
    return column


def note_column_read(activity_id: int) -> None:
    """The gradebook was asked just now, so that opening the class page does not ask it again."""
    column = column_of(activity_id)
    column.asked_at = column.fetched_at = clock.real_now()


def grade_of(submission_id: int) -> Grade:
    grade = db.session.scalar(select(Grade).where(Grade.submission_id == submission_id))
    assert grade is not None
    return grade


def score_of(who: Member) -> OutgoingScore:
    score = db.session.scalar(select(OutgoingScore).where(OutgoingScore.user_id == who.user_id))
    assert score is not None
    return score


def count(kind: type[Base]) -> int:
    """How many rows there are."""
    return db.session.scalar(select(func.count()).select_from(kind)) or 0
