"""What lies on the desk while one go is marked: the marks so far, what was agreed, who comes before and after."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from engine.db import db
from personalization.activity.rubric import Rubric
from personalization.choice.model import Choice
from personalization.grading.model import Grade, Status
from personalization.people.model import Person
from personalization.people.sight import in_class
from personalization.proposal.agreement import Agreement
from personalization.submission.model import Submission


@dataclass(frozen=True)
class Neighbours:
    """Where this go stands among those of its activity that wait to be marked, oldest first; `place` counts from 1."""

    place: int
    count: int
    before: tuple[int, Person] | None
    after: tuple[int, Person] | None


def grade_of(submission: Submission) -> Grade | None:
    return db.session.scalar(select(Grade).where(Grade.submission_id == submission.id))


def agreement_of(choice: Choice) -> Agreement | None:
    """The one in force."""
    return db.session.scalar(select(Agreement).where(Agreement.choice_id == choice.id, Agreement.ended_at.is_(None)))


def rubric_for(submission: Submission, grade: Grade | None, agreement: Agreement | None) -> Rubric:
    """What it was marked by; else what was agreed; else the one in force."""
    if grade is not None:
        return grade.rubric
    return agreement.rubric if agreement is not None else submission.choice.activity.rubric


def ready_grades(activity_id: int, only: list[int], me: Person) -> list[Grade]:
    """The grades that I can release now; of these ids, where some are given."""
    query = (
        select(Grade)
        .join(Grade.submission)
        .join(Submission.choice)
        .join(Choice.student)
        .where(
            Choice.activity_id == activity_id,
            Grade.status == Status.READY,
            Submission.returned_at.is_(None),
            Choice.excused_at.is_(None),
            in_class(me),
        )
        .order_by(Grade.id)
    )
    ready = [grade for grade in db.session.scalars(query) if not only or grade.id in only]
    return [grade for grade in ready if not grade.unmarked()]  # a criterion may be asked again since


def neighbours(submission: Submission, me: Person) -> Neighbours:
    query = (
        select(Submission.id, Person)
        .join(Submission.choice)
        .join(Choice.student)
        .outerjoin(Grade, Grade.submission_id == Submission.id)
        .where(
            Choice.activity_id == submission.choice.activity_id,
            Submission.handed_in_at.is_not(None),
            Submission.returned_at.is_(None),
            in_class(me),
            or_(Grade.id.is_(None), Grade.status != Status.RELEASED, Submission.id == submission.id),
        )
        .order_by(Submission.handed_in_at, Submission.id)
    )
    rows = [(submission_id, person) for submission_id, person in db.session.execute(query)]
    here = next((i for i, (submission_id, _person) in enumerate(rows) if submission_id == submission.id), None)
    if here is None:  # returned, or its student has left: the first of those who wait comes next
        return Neighbours(0, len(rows), None, rows[0] if rows else None)
    after = rows[here + 1] if here + 1 < len(rows) else None
    return Neighbours(here + 1, len(rows), rows[here - 1] if here else None, after)
