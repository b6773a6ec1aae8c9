"""The grade of whoever handed nothing in: zero, by a teacher's hand and with their reason, never by itself. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from personalization.activity.rubric import Rubric
from personalization.grading.model import Grade, Status
from personalization.people.model import Person
from personalization.submission.model import Submission


def zero(submission: Submission, rubric: Rubric, reason: str, by: Person, now: datetime) -> Grade:
    """Ready to be released like any other: no row of the rubric is marked, since there is nothing to mark.

    `reason` is its comment, which the student reads.

    Raises:
        Refused: as `Grade.begin`.
    """
    grade = Grade.begin(submission, rubric, by, now)
    grade.comment, grade.status = reason.strip(), Status.READY
    grade.points, grade.out_of = Decimal(0), submission.choice.activity.points
    return grade
