"""What a student sees of their grade: the newest release that was not withdrawn, and where it went."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.rubric import level_name
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.grading.blueprint import bp
from personalization.grading.model import Release
from personalization.people import access
from personalization.submission.forms import ReflectionForm
from personalization.submission.goes import goes_of


@bp.get("/activities/<int:activity_id>/grade")
def result(activity_id: int) -> str | Response:
    activity = access.find(Activity, activity_id)
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
        headline=_headline(mine.choice),
        level_name=level_name,
        score=gradebook.state_of(activity).get(me.id),
        lms=gradebook.lms_name(activity.course.lms),
        look_back=ReflectionForm(formdata=None, data={"reflection": go.reflection, "again": go.again}),
        now=clock.now(),
    )


def newest_release(choice: Choice) -> Release | None:
    """What this student may see. Earlier goes keep theirs, so that a grade stays until the next one comes."""
    shown = select(Release).where(Release.choice_id == choice.id, Release.withdrawn_at.is_(None))
    return db.session.scalar(shown.order_by(Release.id.desc()).limit(1))


def _headline(choice: Choice) -> str:
    if choice.option is not None and choice.option.only_for_id is not None:
        return _("You got there your own way")
    return _("You got there: %(way)s", way=choice.option.title) if choice.option else _("You got there")
