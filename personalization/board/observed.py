"""One activity as its student sees it, for whoever observes them: the same things, and nothing to press."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import and_, select

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.rubric import level_name
from personalization.activity.whole import WHOLE
from personalization.board import overview
from personalization.board.badges import student_badge
from personalization.board.blueprint import bp
from personalization.board.standing import Line
from personalization.choice.model import Choice
from personalization.errors import NotHere
from personalization.people import access
from personalization.people.model import Person
from personalization.proposal.finding import teacher_name
from personalization.proposal.model import Agreement, Proposal
from personalization.proposal.thread import Turn, turns


@bp.get("/people/<int:student_id>/activities/<int:activity_id>")
def observed(student_id: int, activity_id: int) -> ResponseReturnValue:
    """Drafts stay the student's own, and so does what they wrote about how they learned it."""
    student = access.find(Person, student_id)
    me = access.require_observer_of(student)
    activity = _published(student, activity_id)
    line, now = _line(student, activity), clock.now()
    agreement = _agreement(line) if line else None
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


def _line(student: Person, activity: Activity) -> Line | None:
    """None where the student has never come near it."""
    mine = and_(Choice.student_id == student.id, Choice.activity_id == activity.id)
    return next(iter(overview.whole_lines(mine)), None)


def _agreement(line: Line) -> Agreement | None:
    query = select(Agreement).where(Agreement.choice_id == line.choice.id, Agreement.ended_at.is_(None))
    return db.session.scalar(query)


def _turns(idea: Proposal) -> list[Turn]:
    return turns(idea, idea.choice.activity.criteria)
