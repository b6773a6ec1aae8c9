"""Which page comes next, for whom: addresses alone, nothing is written."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import select

from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.grading.model import Release
from personalization.people import roster
from personalization.people.model import Person, Role
from personalization.proposal.model import OPEN, Proposal, Status
from personalization.submission.model import Submission


def home(me: Person) -> str:
    """The page of a course for whoever this is."""
    match me.role:
        case Role.TEACHER | Role.ASSISTANT:
            return url_for("board.queue", course_id=me.course_id)
        case Role.DESIGNER:
            return url_for("activity.index", course_id=me.course_id)
        case Role.STUDENT:
            return url_for("board.mine", course_id=me.course_id)
        case _other:
            return url_for("board.welcome", course_id=me.course_id)


def of_staff(activity: Activity, me: Person) -> str | None:
    """To an activity that is published, or to a draft for whoever designs; None for students and those who look on."""
    if me.role is Role.DESIGNER or (me.may_author and activity.published_at is None):
        return url_for("activity.edit", activity_id=activity.id)
    return url_for("board.activity", activity_id=activity.id) if me.may_answer and activity.published_at else None


def of_observer(activity: Activity, me: Person) -> str:
    """The very activity, where there is one student to look on with and something to see."""
    students = roster.observed(me)
    if len(students) == 1 and activity.published_at is not None:
        return url_for("board.observed", student_id=students[0].id, activity_id=activity.id)
    return url_for("board.welcome", course_id=me.course_id)


def step(choice: Choice) -> str:
    """The student's next step, by what they have done so far."""
    released = db.session.scalar(
        select(Release.id).where(Release.choice_id == choice.id, Release.withdrawn_at.is_(None)).limit(1)
    )
    last = db.session.scalar(
        select(Submission).where(Submission.choice_id == choice.id).order_by(Submission.number.desc()).limit(1)
    )
    proposal = db.session.scalar(
        select(Proposal).where(Proposal.choice_id == choice.id).order_by(Proposal.id.desc()).limit(1)
    )
    return of_student(choice.activity, choice, released is not None, last, proposal)


def of_student(
    activity: Activity, choice: Choice, is_released: bool, last: Submission | None, proposal: Proposal | None
) -> str:
    if is_released and not (last is not None and (last.is_draft or last.is_returned)):
        return url_for("grading.result", activity_id=activity.id)
    if choice.option_id is not None:
        return url_for("submission.show", activity_id=activity.id)
    if proposal is not None and proposal.status in OPEN | {Status.SENT_BACK}:
        return url_for("proposal.show", proposal_id=proposal.id)
    return url_for("choice.show", activity_id=activity.id)
