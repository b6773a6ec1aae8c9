"""Whose work a launch asks to see, and whether whoever launches may.

Moodle's grade report opens a submission review that names a student; Canvas's SpeedGrader opens the address of one
hand-in. Neither proves a right: Moodle (seen) signs another student's name for a student who asks, and a student may
have Canvas (read) sign any address. So the membership decides, and whoever may not look gets one answer, whether there
is such a student, such work, or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from flask import current_app, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.keeping import choice_of
from personalization.choice.model import Choice
from personalization.errors import NotHere, NotYours
from personalization.people import roster
from personalization.people.model import Person, Role
from personalization.people.sight import may_see
from personalization.submission.model import Submission

REVIEW = "LtiSubmissionReviewRequest"
WORK = re.compile(r"[0-9]{1,9}", re.ASCII)  # a column holds 32 bits on PostgreSQL


@dataclass(frozen=True)
class Asked:
    """The student that is meant, None where nobody of this course is; and the very hand-in, where the launch is not a
    review but an address that names one."""

    student: Person | None
    work: Submission | None = None
    is_review: bool = False


def asks(message_type: str, for_user_sub: str | None, address: str) -> bool:
    """Whether a launch asks for somebody's work at all."""
    if message_type == REVIEW:
        return bool(for_user_sub)
    return bool(_work_named(address))


def asked(me: Person, message_type: str, for_user_sub: str | None, address: str) -> Asked | None:
    """What a launch asks to see; None for one that asks for nobody's work. `address` is its signed target_link_uri.

    A review that names nobody is an ordinary launch.
    """
    if message_type == REVIEW:
        named = roster.people_named(me.course, [for_user_sub]) if for_user_sub else []
        return Asked(next(iter(named), None), is_review=True) if for_user_sub else None
    number = _work_named(address)
    if not number:
        return None
    work = db.session.get(Submission, int(number)) if WORK.fullmatch(number) else None
    if work is None or work.choice.activity.course_id != me.course_id:
        return Asked(None)
    return Asked(work.choice.student, work)


def _work_named(address: str) -> str:
    return next(iter(parse_qs(urlsplit(address).query).get("work", [])), "")


def take_role(opening: Asked, me: Person) -> None:
    """Whoever both teaches and learns here looks at their own work as a student, at another's as staff."""
    if not me.has_two_roles or me.staff_role is None:
        return
    if opening.student is not me:
        me.act_as(me.staff_role)
    elif not me.is_student or not me.role_chosen:
        me.act_as(Role.STUDENT)
        current_app.extensions["third_option"].retime(me, clock.now())  # the clock passes by whoever teaches


def lead(opening: Asked, activity: Activity | None, me: Person) -> Response | None:
    """The page to go to; None where it is the same as without having asked. `activity` is what the link opens, if
    anything.

    Raises:
        NotYours: it is neither their own work nor theirs to mark.
        NotHere: to whoever marks, of a student whom they do not see here.
    """
    student = opening.student
    if me.is_student and student is me:
        return None  # their next step is their own work, or its result
    if me.role is Role.OBSERVER and student is not None and student in roster.observed(me):
        return _observed(activity, student)
    if not me.may_answer:
        raise _not_theirs()
    seen = student if student is not None and may_see(me, student) else None
    if not opening.is_review:
        return _this_work(opening.work, activity) if seen is not None else None
    if seen is None:
        raise _nobody()
    return _newest_work(activity, seen) if activity is not None else None


def _observed(activity: Activity | None, student: Person) -> Response | None:
    if activity is None or activity.published_at is None:
        return None
    return redirect(url_for("board.observed", student_id=student.id, activity_id=activity.id), 303)


def _this_work(work: Submission | None, activity: Activity | None) -> Response | None:
    """A draft is the student's own, and another activity's work has a link of its own."""
    if work is None or activity is None or work.choice.activity_id != activity.id or work.is_draft:
        return None
    return redirect(url_for("grading.mark", submission_id=work.id), 303)


def _newest_work(activity: Activity, student: Person) -> Response | None:
    """What was handed in last; where nothing was, the student's page, which says so."""
    if activity.published_at is None:
        return None
    mine = select(Choice).where(Choice.activity_id == activity.id, Choice.student_id == student.id)
    choice = db.session.scalar(mine)
    if choice is None and student.is_in_class:
        choice = choice_of(activity, student, clock.now())
    if choice is None:
        raise _nobody()
    handed_in = select(Submission.id).where(Submission.choice_id == choice.id, Submission.handed_in_at.is_not(None))
    newest = db.session.scalar(handed_in.order_by(Submission.number.desc()).limit(1))
    if newest is None:
        return redirect(url_for("board.line", choice_id=choice.id), 303)
    return redirect(url_for("grading.mark", submission_id=newest), 303)


def _not_theirs() -> NotYours:
    return NotYours(
        _("This page belongs to someone else"),
        _("It opens one student’s work, for that student and for whoever marks it."),
        now=_("Open your own from the course page."),
    )


def _nobody() -> NotHere:
    return NotHere(
        _("There is no work of this student to show"),
        _("They are not among the students whom you see in this course: not here yet, or in another section."),
        now=_("Once they open an activity, or the class list is read again, you find them here."),
    )
