"""What a student sees of their grade: the newest release that was not withdrawn, and where it went."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.rubric import level_name
from personalization.activity.whole import WHOLE
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.grading.blueprint import bp
from personalization.grading.model import Release
from personalization.people import access
from personalization.people.model import Person
from personalization.submission.forms import ReflectionForm
from personalization.submission.goes import goes_of
from personalization.submission.model import Submission


@bp.get("/activities/<int:activity_id>/grade")
def result(activity_id: int) -> str | Response:
    activity = access.find(Activity, activity_id, *WHOLE)
    me = access.require_student(activity.course_id)
    mine = goes_of(activity, me)
    if mine is None or mine.latest is None:
        return redirect(url_for("submission.show", activity_id=activity_id), 303)
    release = newest_release(mine.choice)
    if release is None:
        return render_template("grading/waiting.html", mine=mine, activity=activity, course=activity.course.name)
    go = release.grade.submission
    return render_template(
        "grading/result.html",
        mine=mine,
        activity=activity,
        course=activity.course.name,
        release=release,
        go=go,
        headline=_headline(mine.choice, go),
        level_name=level_name,
        delivery=_delivery(activity, release, me),
        look_back=ReflectionForm(formdata=None, data={"reflection": go.reflection, "again": go.again}),
        now=clock.now(),
    )


def newest_release(choice: Choice) -> Release | None:
    """What this student may see. Earlier goes keep theirs, so that a grade stays until the next one comes."""
    shown = select(Release).where(Release.choice_id == choice.id, Release.withdrawn_at.is_(None))
    shown = shown.options(joinedload(Release.grade, innerjoin=True), joinedload(Release.released_by, innerjoin=True))
    return db.session.scalar(shown.order_by(Release.id.desc()).limit(1))


class Delivery(NamedTuple):
    """What became of a grade on its way to the gradebook, as the student reads it."""

    lms: str
    tone: str
    icon: str
    word: str
    note: str
    at: datetime | None


def _delivery(activity: Activity, release: Release, me: Person) -> Delivery | None:
    """None where no gradebook is told. What it refused, or somebody changed there, is the teacher's to settle."""
    score = gradebook.state_of(activity, me) if activity.graded else None
    if score is None:
        return None
    lms = gradebook.lms_name(activity.course.lms)
    if score.tone in {"alarm", "own"}:
        note = _("%(name)s sees to it.", name=release.released_by.short_name)
        return Delivery(lms, "wait", "wait", _("Not there yet"), note, None)
    if score.can_retry:  # the teacher chose the gradebook's own grade
        return Delivery(lms, score.tone, score.icon, _("Settled there"), f"{score.word}.", None)
    return Delivery(lms, score.tone, score.icon, score.word, "", score.at)


def _headline(choice: Choice, go: Submission) -> str:
    if go.is_nothing:
        return _("Nothing was handed in")
    if choice.option is not None and choice.option.only_for_id is not None:
        return _("You got there your own way")
    return _("You got there: %(way)s", way=choice.option.title) if choice.option else _("You got there")
