"""What waits for whoever answers and marks in a course, as queries: for lists of it, and for their length."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from personalization.activity.model import Activity
from personalization.choice.message import Message
from personalization.choice.model import Choice
from personalization.grading.model import Grade
from personalization.grading.model import Status as GradeStatus
from personalization.people.model import Person
from personalization.people.sight import in_class
from personalization.proposal.agreement import Agreement
from personalization.proposal.change import AgreementChange, State
from personalization.proposal.model import OPEN, Proposal, Status
from personalization.submission.model import Submission


def waiting(me: Person, now: datetime) -> dict[str, Select[Any]]:
    """{name of a list in `gathering.Found`: the query of its records} of all that waits for me."""
    return {
        "ideas": ideas(me),
        "changes": changes(me),
        "works": works(me),
        "calls": calls(me),
        "unsettled": unsettled(me, now),
    }


def counts(me: Person) -> ColumnElement[bool]:
    """About Choice, Activity and Person: lines of the class that I may see and that nobody is excused from."""
    return and_(
        Activity.course_id == me.course_id,
        Activity.published_at.is_not(None),
        Choice.excused_at.is_(None),
        in_class(me),
    )


def has_open_idea(*statuses: Status) -> ColumnElement[bool]:
    """About Choice: an idea of it is at one of these points, at any open one if none is named."""
    has_one = exists().where(Proposal.choice_id == Choice.id, Proposal.status.in_(statuses or OPEN))
    return has_one.correlate(Choice)  # and to nothing else: who asks may look at ideas, too


def ideas(me: Person) -> Select[Proposal]:
    joined = select(Proposal).join(Proposal.choice).join(Choice.student).join(Choice.activity)
    return joined.where(Proposal.status == Status.SUBMITTED, counts(me))


def changes(me: Person) -> Select[AgreementChange]:
    """What students ask to change in an agreement; what a teacher asks waits for the student."""
    joined = select(AgreementChange).join(AgreementChange.agreement).join(Agreement.choice)
    by_student = AgreementChange.asked_by_id == Choice.student_id
    asked = joined.join(Choice.student).join(Choice.activity).where(AgreementChange.state == State.ASKED, by_student)
    return asked.where(counts(me))


def works(me: Person) -> Select[Submission]:
    return (
        select(Submission)
        .join(Submission.choice)
        .join(Choice.student)
        .join(Choice.activity)
        .outerjoin(Grade, Grade.submission_id == Submission.id)
        .where(
            counts(me),
            Submission.handed_in_at.is_not(None),
            Submission.returned_at.is_(None),
            Submission.is_nothing.is_(False),
            or_(Grade.id.is_(None), Grade.status == GradeStatus.DRAFT),
        )
    )


def calls(me: Person) -> Select[Message]:
    joined = select(Message).join(Message.choice).join(Choice.student).join(Choice.activity)
    return joined.where(Message.waits, Activity.course_id == me.course_id, in_class(me))


def unsettled(me: Person, now: datetime) -> Select[Choice]:
    """Who has no way though every rule was tried, and who handed nothing in before it was closed."""
    handed_in = exists().where(Submission.choice_id == Choice.id, Submission.handed_in_at.is_not(None))
    return (
        select(Choice)
        .join(Choice.student)
        .join(Choice.activity)
        .where(
            counts(me),
            or_(
                and_(Choice.option_id.is_(None), Choice.unplaced_at.is_not(None), ~has_open_idea(), ~handed_in),
                and_(Choice.option_id.is_not(None), Choice.lock < now, ~handed_in),
            ),
        )
    )
