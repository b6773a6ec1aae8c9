"""One activity as its student sees it, for whoever observes them: the same things, and nothing to press."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.rubric import level_name
from personalization.activity.whole import WHOLE
from personalization.board.badges import student_badge
from personalization.board.blueprint import bp
from personalization.board.standing import Line
from personalization.choice.model import Choice
from personalization.errors import NotHere
from personalization.grading.model import Grade, Release
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.agreement import Agreement
from personalization.proposal.finding import teacher_name, whole_ideas
from personalization.proposal.model import Proposal
from personalization.proposal.thread import Turn, turns
from personalization.submission.model import Submission


@bp.get("/people/<int:student_id>/activities/<int:activity_id>")
def observed(student_id: int, activity_id: int) -> ResponseReturnValue:
    """Drafts stay the student's own, and so does what they wrote about how they learned it."""
    student = access.find(Person, student_id)
    me = access.require_observer_of(student)
    activity = _published(student, activity_id)
    (line, agreement), now = _line(student, activity), clock.now()
    ideas = [(idea, _turns(idea)) for idea in line.proposals if idea.sent] if line else []
    teacher = teacher_name(activity, line.proposals if line else None)
    return render_template(
        "board/observed.html",
        course=activity.course.name,
        me=me,
        student=student,
        activity=activity,
        line=line,
        dates=line.choice.dates if line else activity.dates,
        badge=student_badge(line, now, teacher) if line else None,
        agreement=agreement,
        rubric=agreement.rubric if agreement else activity.rubric,
        ideas=ideas,
        goes=[go for go in reversed(line.submissions) if not go.is_draft] if line else [],
        teacher=teacher,
        level_name=level_name,
        now=now,
    )


def _published(student: Person, activity_id: int) -> Activity:
    """An activity of this student's course that students see.

    Raises:
        NotHere: it is another course's, or nobody sees it yet.
    """
    activity = access.find(Activity, activity_id, *WHOLE)
    if activity.course_id != student.course_id or activity.published_at is None:
        raise NotHere(_("This activity is not here"), now=_("Start from the course page."))
    return activity


def _line(student: Person, activity: Activity) -> tuple[Line | None, Agreement | None]:
    """With what is agreed now; all that this page shows of it, in five statements. None where the student has never
    come near it."""
    agreed = and_(Agreement.choice_id == Choice.id, Agreement.ended_at.is_(None))
    query = select(Choice, Agreement).outerjoin(Agreement, agreed).options(joinedload(Choice.option))
    mine = and_(Choice.student_id == student.id, Choice.activity_id == activity.id)
    found = db.session.execute(query.where(mine)).first()
    if found is None:
        return None, None
    choice, agreement = found
    ideas = whole_ideas(Proposal.choice_id == choice.id)
    return Line(choice, list(ideas), _goes(choice), _grades(choice)), agreement


def _goes(choice: Choice) -> list[Submission]:
    query = select(Submission).where(Submission.choice_id == choice.id).order_by(Submission.number)
    query = query.options(joinedload(Submission.evidence), joinedload(Submission.returned_by))
    return list(db.session.scalars(query).unique())


def _grades(choice: Choice) -> list[Grade]:
    query = select(Grade).join(Grade.submission).where(Submission.choice_id == choice.id).order_by(Submission.number)
    query = query.options(joinedload(Grade.releases).joinedload(Release.released_by, innerjoin=True))
    return list(db.session.scalars(query).unique())


def _turns(idea: Proposal) -> list[Turn]:
    return turns(idea, idea.choice.activity.criteria)
