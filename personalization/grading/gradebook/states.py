"""How telling the gradebook about each student went, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Row, and_, func, not_, select

import lti
from engine.db import db
from engine.plain import Plain
from lti import Delivery, OutgoingScore
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.grading.gradebook.columns import line_item_of, lms_name, told_column
from personalization.people.model import Person
from personalization.people.sight import visible

SCORE = Plain(
    OutgoingScore,
    OutgoingScore.id, OutgoingScore.user_id, OutgoingScore.status, OutgoingScore.message,
    OutgoingScore.sent_at, OutgoingScore.score_given, OutgoingScore.result_score,
    OutgoingScore.result_maximum,
)  # fmt: skip
STUDENT = Plain(
    Person,
    Person.id, Person.course_id, Person.user_id, Person.role, Person.given_name, Person.full_name, Person.is_test,
    Person.erased_at,
)  # fmt: skip

# {status: (what a page says of it, tone, icon)}
SAID = {
    Delivery.NOTED: ("", "quiet", "minus"),
    Delivery.QUEUED: (_l("On its way"), "wait", "wait"),
    Delivery.SENT: (_l("In %(lms)s"), "good", "check"),
    Delivery.REFUSED: (_l("Refused"), "alarm", "warn"),
    Delivery.CHANGED: (_l("Changed in %(lms)s"), "own", "ask"),
    Delivery.KEPT: (_l("The grade in %(lms)s stands"), "quiet", "check"),
}


@dataclass(frozen=True)
class ScoreState:
    """How telling the gradebook about one student went, as a page shows it.

    `id` names the row for `retry` and `keep`. `message` says why, and what to do. `theirs` is what the gradebook holds
    when that is not ours. `at`: since when it holds ours.
    """

    id: int
    word: str
    tone: str
    icon: str
    message: str
    at: datetime | None = None
    can_retry: bool = False
    theirs: float | None = None
    ours: float | None = None


def told_of() -> ColumnElement[bool]:
    """About OutgoingScore: there is something to say. Not where the gradebook was told of a hand-in alone, or took a
    grade back: nothing of ours lies there."""
    score = OutgoingScore
    taken_back = and_(score.status == Delivery.SENT, score.score_given.is_(None))
    return and_(score.status != Delivery.NOTED, not_(taken_back))


def held_there() -> ColumnElement[bool]:
    """About OutgoingScore: the gradebook held a grade when it was last read, ours or not."""
    return OutgoingScore.result_score.is_not(None)


def scores(activity: Activity, *of: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Whoever is in the course and this activity's column, by name, each with the row of it for which `of` holds, which
    is about Person and OutgoingScore: the person's id first, the score's values by name, and `told`, whether `told_of`
    holds of it. One statement."""
    columns: list[Any] = [*STUDENT.columns, *SCORE.columns, told_of().label("told")]
    query = (
        select(*columns)
        .join(OutgoingScore, OutgoingScore.user_id == Person.user_id)
        .where(
            OutgoingScore.line_item_id == told_column(activity.id).scalar_subquery(),
            Person.course_id == activity.course_id,
            *of,
        )
        .order_by(Person.sort_name, Person.id)
    )
    return db.session.connection().execute(query).all()  # plain rows: the session would look at each of their values


def whose(row: Row[Any]) -> tuple[Person, OutgoingScore]:
    """The student and the score of one row of `scores`, to look at only."""
    cut = len(STUDENT)
    return STUDENT.made(row[:cut]), SCORE.made(row[cut : cut + len(SCORE)])


def state_of(activity: Activity, student: Person) -> ScoreState | None:
    """How it went for one student; None where there is nothing to say."""
    found = scores(activity, Person.id == student.id, told_of())
    return describe(whose(found[0])[1], student, activity.course.lms) if found else None


def _troubles(me: Person) -> ColumnElement[bool]:
    """About OutgoingScore, Activity and Person: it waits for a teacher, refused or changed in the LMS, and is of a
    student whom I may see."""
    return and_(
        Activity.course_id == me.course_id,
        visible(me),
        Activity.graded.is_(True),
        OutgoingScore.line_item_id == told_column(Activity.id).correlate(Activity).scalar_subquery(),
        OutgoingScore.status.in_([Delivery.REFUSED, Delivery.CHANGED]),
    )


def count_troubles(me: Person) -> ColumnElement[int]:
    """How many of `troubles` count, as a part of a statement; a test student's does not."""
    found = (
        select(func.count(OutgoingScore.id.distinct()))
        .join(Placement, Placement.line_item_id == OutgoingScore.line_item_id)
        .join(Activity, Activity.id == Placement.activity_id)
        .join(Person, and_(Person.course_id == Activity.course_id, Person.user_id == OutgoingScore.user_id))
        .where(_troubles(me), Person.is_test.is_(False))
    )
    return found.scalar_subquery()


def troubles(me: Person) -> list[tuple[Person, Activity, ScoreState]]:
    """Every score that waits for a teacher, of students whom I may see: refused, or changed in the LMS; one statement
    for all."""
    query = (
        select(OutgoingScore, Person, Activity)
        .join(Placement, Placement.line_item_id == OutgoingScore.line_item_id)
        .join(Activity, Activity.id == Placement.activity_id)
        .join(Person, and_(Person.course_id == Activity.course_id, Person.user_id == OutgoingScore.user_id))
        .where(_troubles(me))
        .order_by(OutgoingScore.id)
    )
    found = {score.id: (person, activity, score) for score, person, activity in db.session.execute(query)}
    return [(person, activity, describe(score, person, me.course.lms)) for person, activity, score in found.values()]


def describe(score: OutgoingScore, who: Person, lms: str, pause: lti.Pause | None = None) -> ScoreState:
    """How telling the LMS about `who` went; `pause` is why nothing is sent now, if so."""
    name = lms_name(lms)
    word, tone, icon = SAID[score.status]
    return ScoreState(
        id=score.id,
        word=str(word) % {"lms": name},
        tone=tone,
        icon=icon,
        message=_why(score, lti.say(score.message, name, who.short_name), pause),
        at=score.sent_at if score.status is Delivery.SENT else None,  # else of what was told before this grade
        can_retry=score.status in {Delivery.REFUSED, Delivery.CHANGED, Delivery.KEPT},
        theirs=score.result_score,
        ours=score.score_given,
    )


def _why(score: OutgoingScore, said: str, pause: lti.Pause | None) -> str:
    match score.status:
        case Delivery.QUEUED:
            if pause and pause.until is None:
                return f"{pause.why} {_('The grade is kept here.')}"
            return f"{pause.why if pause else said} {_('The grade waits here and goes by itself.')}".strip()
        case Delivery.CHANGED:
            return said or _("Someone changed it there. Nothing is overwritten.")
        case Delivery.KEPT:
            return _("You decided so; nothing is sent until it changes there.")
        case _other:
            return said


def export(activity: Activity) -> dict[int, dict[str, Any]]:
    """{person id: the score's row in plain values}, for the export."""
    line_item = line_item_of(activity)
    if line_item is None:
        return {}
    people = people_of(activity)
    return {
        people[user_id].id: {
            "status": score.status.value,
            "given": score.score_given,
            "maximum": score.score_maximum,
            "withdrawn": score.withdrawn,
            "sent_at": score.sent_at.isoformat() if score.sent_at else None,
            "attempts": score.attempts,
            "code": score.code,
            "message": lti.say(score.message, lms_name(activity.course.lms), people[user_id].short_name),
            "in_lms": score.result_score,
            "in_lms_of": score.result_maximum,
        }
        for user_id, score in lti.outgoing(line_item).items()
        if user_id in people
    }


def people_of(activity: Activity, *of: ColumnElement[bool]) -> dict[int, Person]:
    """{LTI user row id: person} of the course; `of` is about Person."""
    query = select(Person).where(Person.course_id == activity.course_id, *of)
    return {person.user_id: person for person in db.session.scalars(query)}
