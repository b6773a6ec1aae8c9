"""A grade becomes a score for the LMS's gradebook, and what became of it comes back in words. A door.

Rows are written in the caller's transaction; lti/ delivers them after the commit. Nothing is sent for drafts, ready
marks, ungraded activities, or where the LMS gave no column.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

import lti
from engine.db import db
from personalization.activity import deep_link
from personalization.activity.model import Activity, Placement
from personalization.choice.model import Choice
from personalization.errors import NotHere
from personalization.grading.model import Grade, Release
from personalization.people import access
from personalization.people.access import visible
from personalization.people.model import Course, Person
from personalization.submission.model import Submission

Pause = lti.Pause


@dataclass(frozen=True)
class ScoreState:
    """How telling the gradebook about one student went, as a page shows it.

    `id` names the row for `retry` and `keep`. `message` says why, and what to do. `theirs` is what the gradebook holds
    when that is not ours.
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


@dataclass(frozen=True)
class Column:
    """The LMS's gradebook column. `results` = {person id: (score, maximum)}; None where it holds nothing.

    `problem` says in plain words why it could not be read; the rest is then what was read last. `gone`: the LMS says it
    was deleted.
    """

    label: str
    points: float | None
    due: datetime | None
    read_at: datetime | None
    problem: str
    gone: bool
    results: dict[int, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Health:
    """How the way to the gradebook is, in counts and without a student's name, for whoever sets things up.

    `unread`: columns that could not be read when they were last asked for; `gone`: those deleted in the LMS; `refused`:
    scores it did not take; `waiting`: those on their way. `pause`: why nothing goes out, where nothing does.
    """

    columns: int
    unread: int
    gone: int
    refused: int
    waiting: int
    pause: lti.Pause | None


def line_item_of(activity: Activity) -> lti.LineItem | None:
    """The column that takes the grades: the newest link's that has one."""
    return db.session.scalar(
        select(lti.LineItem)
        .join(Placement, Placement.line_item_id == lti.LineItem.id)
        .where(Placement.activity_id == activity.id, lti.LineItem.gone_at.is_(None))
        .order_by(Placement.id.desc())
        .limit(1)
    )


# Telling the LMS


def hand_in(submission: Submission) -> None:
    """Canvas shows a teacher that work has come in; the address leads its SpeedGrader to this very work."""
    activity = submission.choice.activity
    line_item = _column_for(submission.choice)
    if line_item is None or submission.handed_in_at is None:
        return
    lti.queue_hand_in(
        line_item,
        _user(submission.choice.student),
        at=submission.handed_in_really_at or submission.handed_in_at,
        number=submission.number,
        work_url=deep_link.launch_url(activity, work=submission.id),
    )


def release(release: Release) -> None:
    """What was released goes to the gradebook."""
    choice = release.grade.submission.choice
    line_item = _column_for(choice)
    if line_item is None:
        return
    score = lti.Score(given=float(release.points), maximum=float(release.out_of), comment=release.comment)
    lti.queue_score(line_item, _user(choice.student), score)


def withdraw(grade: Grade) -> None:
    """A release was taken back: the grade leaves the gradebook too."""
    activity = grade.submission.choice.activity
    line_item = line_item_of(activity) if activity.graded else None
    if line_item is not None:
        lti.withdraw_score(line_item, _user(grade.submission.choice.student))


def excuse(choice: Choice) -> None:
    """Nothing is sent about an excused student, what waits neither; a grade that is there already stays."""
    line_item = line_item_of(choice.activity)
    if line_item is not None:
        lti.forget_waiting(line_item, _user(choice.student))


def include(choice: Choice) -> None:
    """Not excused any more: what the student sees goes to the gradebook again."""
    live = select(Release).where(Release.choice_id == choice.id, Release.withdrawn_at.is_(None))
    shown = db.session.scalar(live.order_by(Release.id.desc()).limit(1))
    if shown is not None:
        release(shown)


def retry(score_id: int) -> Activity:
    """Send it again, also over a grade that was changed in the LMS; returns the activity it belongs to."""
    score, activity = find_score(score_id)
    lti.retry(score)
    return activity


def keep(score_id: int) -> Activity:
    """The grade in the LMS stands."""
    score, activity = find_score(score_id)
    lti.keep_theirs(score)
    return activity


def retry_all(activity: Activity, me: Person) -> int:
    """Send every refused score of the students whom I may see again; how many there were."""
    line_item = _told(activity)
    return lti.retry_all(line_item, list(_people(activity, visible(me)))) if line_item is not None else 0


def resume(course: Course) -> int:
    """Send to a course again that the LMS had closed; how many scores go."""
    return lti.resume(db.session.get_one(lti.Context, course.context_id))


def find_score(score_id: int) -> tuple[lti.OutgoingScore, Activity]:
    """The row and the activity it belongs to; whether the asker may see it is asked next.

    Raises:
        NotHere, NotSignedIn: as `access.find`.
    """
    score = access.find(lti.OutgoingScore, score_id)
    activity = db.session.scalar(
        select(Activity)
        .join(Placement, Placement.activity_id == Activity.id)
        .where(Placement.line_item_id == score.line_item_id)
        .limit(1)
    )
    if activity is None:
        raise _not_here()
    return score, activity


def student_of(score_id: int) -> Person:
    """Whose score that row is; whether the asker may see them is asked next.

    Raises:
        NotHere, NotSignedIn: as `access.find`.
    """
    score, activity = find_score(score_id)
    whose = select(Person).where(Person.course_id == activity.course_id, Person.user_id == score.user_id)
    student = db.session.scalar(whose)
    if student is None:
        raise _not_here()
    return student


# Asking the LMS


def _told_column(of: InstrumentedAttribute[int] | int) -> Select[int]:
    """The column that was told last about the activity with this id: a deleted one only while there is no other."""
    return (
        select(lti.LineItem.id)
        .join(Placement, Placement.line_item_id == lti.LineItem.id)
        .where(Placement.activity_id == of)
        .order_by(lti.LineItem.gone_at.is_not(None), Placement.id.desc())
        .limit(1)
    )


def _told(activity: Activity) -> lti.LineItem | None:
    line_item_id = db.session.scalar(_told_column(activity.id))
    return db.session.get_one(lti.LineItem, line_item_id) if line_item_id is not None else None


def _column_for(choice: Choice) -> lti.LineItem | None:
    """Where this student's grade goes; None where nothing is sent: ungraded, no column, or they are excused."""
    return line_item_of(choice.activity) if choice.activity.graded and not choice.is_excused else None


def _is_worth_a_word(score: lti.OutgoingScore) -> bool:
    """Not where the gradebook was told of a hand-in alone, or took a grade back: nothing of ours lies there."""
    return score.status is not lti.Delivery.NOTED and not (
        score.status is lti.Delivery.SENT and score.score_given is None
    )


def state_of(activity: Activity, *of: ColumnElement[bool]) -> dict[int, ScoreState]:
    """{person id: how it went} for everyone about whom there is something to say; `of` is about Person."""
    line_item = _told(activity)
    if line_item is None:
        return {}
    people, pause = _people(activity, *of), lti.pause_of(line_item.context)
    return {
        people[user_id].id: describe(score, people[user_id], activity.course.lms, pause)
        for user_id, score in lti.outgoing(line_item).items()
        if user_id in people and _is_worth_a_word(score)
    }


def pause_of(course: Course) -> lti.Pause | None:
    """Why nothing is sent to this course's gradebook now, if so."""
    return lti.pause_of(db.session.get_one(lti.Context, course.context_id))


def health(course: Course) -> Health:
    """Of all columns that this course's activities have, in two statements."""
    here = select(lti.LineItem.id).where(lti.LineItem.context_id == course.context_id)
    gone = lti.LineItem.gone_at.is_not(None)
    counts = select(
        func.count().filter(~gone), func.count().filter(~gone, lti.LineItem.problem != ""), func.count().filter(gone)
    ).where(lti.LineItem.id.in_(here))
    columns, unread, deleted = db.session.execute(counts).one()
    status = lti.OutgoingScore.status
    scores = select(
        func.count().filter(status == lti.Delivery.REFUSED), func.count().filter(status == lti.Delivery.QUEUED)
    ).where(lti.OutgoingScore.line_item_id.in_(here))
    refused, waiting = db.session.execute(scores).one()
    return Health(columns, unread, deleted, refused, waiting, pause_of(course))


def troubles(me: Person) -> list[tuple[Person, Activity, ScoreState]]:
    """Every score that waits for a teacher, of students whom I may see: refused, or changed in the LMS; one statement
    for all."""
    query = (
        select(lti.OutgoingScore, Person, Activity)
        .join(Placement, Placement.line_item_id == lti.OutgoingScore.line_item_id)
        .join(Activity, Activity.id == Placement.activity_id)
        .join(Person, and_(Person.course_id == Activity.course_id, Person.user_id == lti.OutgoingScore.user_id))
        .where(
            Activity.course_id == me.course_id,
            visible(me),
            Activity.graded.is_(True),
            lti.OutgoingScore.line_item_id == _told_column(Activity.id).correlate(Activity).scalar_subquery(),
            lti.OutgoingScore.status.in_([lti.Delivery.REFUSED, lti.Delivery.CHANGED]),
        )
        .order_by(lti.OutgoingScore.id)
    )
    found = {score.id: (person, activity, score) for score, person, activity in db.session.execute(query)}
    return [(person, activity, describe(score, person, me.course.lms)) for person, activity, score in found.values()]


def describe(score: lti.OutgoingScore, who: Person, lms: str, pause: lti.Pause | None = None) -> ScoreState:
    """How telling the LMS about `who` went; `pause` is why nothing is sent now, if so."""
    name = lms_name(lms)
    word, tone, icon = {
        lti.Delivery.NOTED: ("", "quiet", "minus"),
        lti.Delivery.QUEUED: (_("On its way"), "wait", "wait"),
        lti.Delivery.SENT: (_("In %(lms)s", lms=name), "good", "check"),
        lti.Delivery.REFUSED: (_("Refused"), "alarm", "warn"),
        lti.Delivery.CHANGED: (_("Changed in %(lms)s", lms=name), "own", "ask"),
        lti.Delivery.KEPT: (_("The grade in %(lms)s stands", lms=name), "quiet", "check"),
    }[score.status]
    return ScoreState(
        id=score.id,
        word=word,
        tone=tone,
        icon=icon,
        message=_why(score, lti.say(score.message, name, who.short_name), pause),
        at=score.sent_at,
        can_retry=score.status in {lti.Delivery.REFUSED, lti.Delivery.CHANGED, lti.Delivery.KEPT},
        theirs=score.result_score,
        ours=score.score_given,
    )


def _why(score: lti.OutgoingScore, said: str, pause: lti.Pause | None) -> str:
    match score.status:
        case lti.Delivery.QUEUED:
            if pause and pause.until is None:
                return f"{pause.why} {_('The grade is kept here.')}"
            return f"{pause.why if pause else said} {_('The grade waits here and goes by itself.')}".strip()
        case lti.Delivery.CHANGED:
            return said or _("Someone changed it there. Nothing is overwritten.")
        case lti.Delivery.KEPT:
            return _("You decided so; nothing is sent until it changes there.")
        case _other:
            return said


def column(activity: Activity, fresh: bool = False) -> Column | None:
    """The column as the LMS has it; None where the activity has none. `fresh` reads it anew, also when it is young.

    Called before anything is written: it may talk to the LMS, outside any transaction.
    """
    line_item = _told(activity)
    if line_item is None:
        return None
    view = lti.read_column(line_item, fresh=fresh)
    people = _people(activity)
    return Column(
        label=view.label,
        points=view.score_maximum,
        due=view.due,
        read_at=view.read_at,
        problem=view.problem,
        gone=line_item.gone_at is not None,
        results={people[u].id: (held.score, held.maximum) for u, held in view.results.items() if u in people},
    )


def lms_dues(course_id: int) -> dict[int, datetime]:
    """{activity id: the LMS's due date of it for the class}, of the newest column that has one."""
    query = (
        select(Placement.activity_id, lti.LineItem.due)
        .join(lti.LineItem, lti.LineItem.id == Placement.line_item_id)
        .join(Activity, Activity.id == Placement.activity_id)
        .where(Activity.course_id == course_id, lti.LineItem.due.is_not(None), lti.LineItem.gone_at.is_(None))
        .order_by(Placement.id)
    )
    return {activity_id: due for activity_id, due in db.session.execute(query) if due is not None}


def catch_up(activity: Activity) -> None:
    """Queue what was released before the gradebook had a column, or into one that is gone; nothing is sent twice."""
    line_item = line_item_of(activity) if activity.graded else None
    if line_item is None:
        return
    told = {user_id for user_id, score in lti.outgoing(line_item).items() if score.wanted_version}
    query = (
        select(Release)
        .join(Choice, Choice.id == Release.choice_id)
        .where(Choice.activity_id == activity.id, Release.withdrawn_at.is_(None))
        .order_by(Release.id)
    )
    newest = {shown.choice_id: shown for shown in db.session.scalars(query)}
    for shown in newest.values():
        if shown.grade.submission.choice.student.user_id not in told:
            release(shown)


def export(activity: Activity) -> dict[int, dict[str, Any]]:
    """{person id: the score's row in plain values}, for the export."""
    line_item = line_item_of(activity)
    if line_item is None:
        return {}
    people = _people(activity)
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


def lms_name(family: str) -> str:
    """What the pages call the LMS."""
    return lti.lms_name(family)


def _not_here() -> NotHere:
    return NotHere(_("This page is not here any more"), now=_("Start from the course page."))


def _user(person: Person) -> lti.User:
    return db.session.get_one(lti.User, person.user_id)


def _people(activity: Activity, *of: ColumnElement[bool]) -> dict[int, Person]:
    """{LTI user row id: person} of the course; `of` is about Person."""
    query = select(Person).where(Person.course_id == activity.course_id, *of)
    return {person.user_id: person for person in db.session.scalars(query)}
