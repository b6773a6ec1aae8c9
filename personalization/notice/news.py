"""What happened to me, or waits for staff, since I last looked; and the whole history of one choice."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.choice.model import Choice
from personalization.errors import BadInput
from personalization.notice import telling
from personalization.notice.blueprint import bp
from personalization.notice.forms import SeenForm, number
from personalization.people import access
from personalization.people.model import Role


@bp.get("/courses/<int:course_id>/news")
def news(course_id: int) -> ResponseReturnValue:
    """Newest first; `?before=17` goes on with what is older."""
    me = access.require(course_id, Role.STUDENT, Role.TEACHER, Role.ASSISTANT)
    now = clock.now()
    items = telling.news(me, now, number(request.args.get("before")))
    return render_template(
        "notice/news.html",
        layout="ui/student.html" if me.is_student else "ui/teacher.html",
        me=me,
        now=now,
        items=items,
        unread=sum(item.unread for item in items),
        older=items[-1].event.id if len(items) == telling.MOST else None,
        ending=current_app.extensions["third_option"].ending(me) if me.may_teach else [],
    )


@bp.post("/courses/<int:course_id>/news/seen")
def seen(course_id: int) -> ResponseReturnValue:
    """All news up to the newest that the page showed; what came meanwhile stays new."""
    me = access.require(course_id, Role.STUDENT, Role.TEACHER, Role.ASSISTANT)
    form = SeenForm()
    if not form.validate() or form.until.data is None:
        raise BadInput(_("The page did not say up to where you read"), now=_("Open the news again."))
    me.news_seen_id = telling.last_seen(me, form.until.data)
    db.session.commit()
    return redirect(url_for(".news", course_id=course_id), 303)


@bp.get("/choices/<int:choice_id>/history")
def history(choice_id: int) -> ResponseReturnValue:
    """One student's line in one activity, step by step, oldest first: for them, their staff, and who observes them."""
    choice = access.find(Choice, choice_id)
    me = access.require_reader(choice.student)
    return render_template(
        "notice/history.html",
        layout="ui/teacher.html" if me.may_answer else "ui/student.html",
        course=me.course.name,
        tab="class",
        me=me,
        now=clock.now(),
        choice=choice,
        steps=telling.history(choice, me),
    )
