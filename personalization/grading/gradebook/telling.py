"""Telling the gradebook: what was handed in, released or taken back, and what a teacher says about a score."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

import lti
from engine.db import db
from personalization.activity import deep_link
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.choice.model import Choice
from personalization.errors import NotHere
from personalization.grading.gradebook.columns import context_of, line_item_of, told
from personalization.grading.gradebook.states import people_of
from personalization.grading.model import Grade, Release
from personalization.people import access
from personalization.people.model import Course, Person
from personalization.people.sight import visible
from personalization.submission.model import Submission


def hand_in(submission: Submission) -> None:
    """Canvas shows a teacher that work has come in; the address leads its SpeedGrader to this very work."""
    activity = submission.choice.activity
    line_item = column_for(submission.choice)
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
    line_item = column_for(choice)
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


def column_for(choice: Choice) -> lti.LineItem | None:
    """Where this student's grade goes; None where nothing is sent: ungraded, no column, or they are excused."""
    return line_item_of(choice.activity) if choice.activity.graded and not choice.is_excused else None


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
    line_item = told(activity)
    return lti.retry_all(line_item, list(people_of(activity, visible(me)))) if line_item is not None else 0


def resume(course: Course) -> int:
    """Send to a course again that the LMS had closed; how many scores go."""
    return lti.resume(context_of(course))


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


def _not_here() -> NotHere:
    return NotHere(_("This page is not here any more"), now=_("Start from the course page."))


def _user(person: Person) -> lti.User:
    return db.session.get_one(lti.User, person.user_id)


def sync(activity: Activity, me: Person) -> None:
    """Bring the gradebook in step with what students see: it is read anew and compared, and what is missing there,
    waits or was refused goes again. A grade that somebody changed there is left, and asked about."""
    catch_up(activity)
    line_item = told(activity)
    if line_item is not None:
        lti.retry_all(line_item, list(people_of(activity, visible(me))))
        lti.compare(line_item)


def hold(course: Course) -> None:
    """Send nothing to this course's gradebook until `let_go`; nothing is lost or refused meanwhile."""
    lti.hold(context_of(course))


def let_go(course: Course) -> None:
    """Send to it again, beginning with what waits."""
    lti.let_go(context_of(course))
