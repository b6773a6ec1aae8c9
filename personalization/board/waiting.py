"""What waits for whoever answers and marks in a course, nearest promise first, then age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, defer, selectinload

from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.grading.model import Grade
from personalization.grading.model import Status as GradeStatus
from personalization.people.access import in_class, visible
from personalization.people.model import Course, Person
from personalization.proposal.model import Decision, Proposal, Status, Version
from personalization.submission.model import Submission

SOON = timedelta(days=1)


class Kind(StrEnum):
    IDEA = "idea"
    WORK = "work"
    SCORE = "score"


@dataclass(frozen=True)
class Row:
    """One thing that waits. `due`: what was promised, if anything; `since`: when it came; `id`: its own."""

    kind: Kind
    id: int
    person: Person
    what: str
    href: str
    due: datetime | None
    since: datetime

    def tone(self, now: datetime) -> str:
        if self.kind is Kind.SCORE:
            return "alarm"
        if self.due is None:
            return "quiet"
        return "alarm" if self.due < now + SOON else "wait"


def waiting(me: Person) -> list[Row]:
    """All of it that I may see: ideas to answer, work to mark, grades that did not arrive as they were sent."""
    ideas = db.session.scalars(
        _ideas(me).options(
            contains_eager(Proposal.choice).options(contains_eager(Choice.student), contains_eager(Choice.activity)),
            selectinload(Proposal.versions).load_only(Version.number, Version.title, Version.sent_at),
        )
    )
    works = db.session.scalars(
        _works(me).options(
            contains_eager(Submission.choice).options(contains_eager(Choice.student), contains_eager(Choice.activity)),
            defer(Submission.text),
        )
    )
    return in_order([*map(_idea_row, ideas), *map(_work_row, works), *_scores(me)])


def count(me: Person) -> int:
    """How many rows `waiting` has, without reading them."""
    ideas = db.session.scalar(select(func.count()).select_from(_ideas(me).subquery())) or 0
    works = db.session.scalar(select(func.count()).select_from(_works(me).subquery())) or 0
    return ideas + works + len(_scores(me))


def in_order(rows: Sequence[Row]) -> list[Row]:
    """What was promised comes first, nearest promise on top; the rest by age."""
    return sorted(rows, key=lambda r: (r.due is None, r.due or r.since, r.since, r.kind, r.id))


def answered_since(me: Person, moment: datetime) -> list[tuple[Decision, Proposal]]:
    """Answers given since then to students whom I may see, newest first."""
    query = (
        select(Decision, Proposal)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .join(Proposal.choice)
        .join(Choice.student)
        .join(Choice.activity)
        .where(Activity.course_id == me.course_id, Decision.at >= moment, visible(me))
        .options(contains_eager(Proposal.choice).contains_eager(Choice.student), selectinload(Proposal.versions))
        .order_by(Decision.at.desc(), Decision.id.desc())
    )
    return [(decision, proposal) for decision, proposal in db.session.execute(query)]


def next_promise(course: Course, now: datetime) -> datetime | None:
    """The next date by which answers are due, for when nothing waits."""
    return db.session.scalar(
        select(func.min(Activity.answer_by)).where(
            Activity.course_id == course.id,
            Activity.published_at.is_not(None),
            Activity.own_idea.is_(True),
            Activity.answer_by > now,
        )
    )


def _ideas(me: Person) -> Select[Proposal]:
    return (
        select(Proposal)
        .join(Proposal.choice)
        .join(Choice.student)
        .join(Choice.activity)
        .where(
            Activity.course_id == me.course_id,
            Proposal.status == Status.SUBMITTED,
            in_class(me),
        )
    )


def _works(me: Person) -> Select[Submission]:
    return (
        select(Submission)
        .join(Submission.choice)
        .join(Choice.student)
        .join(Choice.activity)
        .outerjoin(Grade, Grade.submission_id == Submission.id)
        .where(
            Activity.course_id == me.course_id,
            in_class(me),
            Submission.handed_in_at.is_not(None),
            Submission.returned_at.is_(None),
            or_(Grade.id.is_(None), Grade.status == GradeStatus.DRAFT),
        )
    )


def _idea_row(proposal: Proposal) -> Row:
    sent_at = proposal.latest.sent_at or proposal.started_at
    return Row(
        kind=Kind.IDEA,
        id=proposal.id,
        person=proposal.choice.student,
        what=proposal.title,
        href=url_for("board.decision", proposal_id=proposal.id),
        due=proposal.choice.promised(sent_at),
        since=sent_at,
    )


def _work_row(submission: Submission) -> Row:
    return Row(
        kind=Kind.WORK,
        id=submission.id,
        person=submission.choice.student,
        what=_("Handed in: %(title)s", title=submission.choice.activity.title),
        href=url_for("grading.mark", submission_id=submission.id),
        due=None,
        since=submission.handed_in_at or submission.saved_at,
    )


def _scores(me: Person) -> list[Row]:
    """Grades that were refused, or changed in the LMS."""
    return [
        Row(
            kind=Kind.SCORE,
            id=state.id,
            person=person,
            what=f"{state.word}: {activity.title}",
            href=url_for("board.activity", activity_id=activity.id),
            due=None,
            since=state.at or activity.saved_at,
        )
        for person, activity, state in gradebook.troubles(me)
    ]
