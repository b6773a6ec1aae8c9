"""How I want mail from a course; for staff also which mail was refused, and why."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.config import Config
from engine.db import db
from personalization.notice import outbox
from personalization.notice.blueprint import bp
from personalization.notice.forms import MailForm
from personalization.notice.model import rhythm_of
from personalization.people import access, roster
from personalization.people.model import Person, Rhythm, Role


@bp.get("/courses/<int:course_id>/mail")
def settings(course_id: int) -> ResponseReturnValue:
    me = _me(course_id)
    return _page(me, _form(me))


@bp.post("/courses/<int:course_id>/mail")
def keep_settings(course_id: int) -> ResponseReturnValue:
    me = _me(course_id)
    form = _form(me)
    if not form.validate():
        return _page(me, form), 422
    me.mail_rhythm = Rhythm(form.rhythm.data)
    db.session.commit()
    flash(_("Kept. You can change it whenever you like."))
    return redirect(url_for(".settings", course_id=course_id), 303)


def _me(course_id: int) -> Person:
    return access.require(course_id, Role.STUDENT, Role.TEACHER, Role.ASSISTANT)


def _form(me: Person) -> MailForm:
    form = MailForm(rhythm=rhythm_of(me).value)
    form.rhythm.label.text = _("Mail from this course")
    off = _("No mail: I read it here")
    if me.is_student:
        form.offer({Rhythm.EACH: _("Each thing, as it happens"), Rhythm.OFF: off})
    else:
        daily = _("Each morning, if something waits for me")
        weekly = _("On Monday morning, if something waits for me")
        form.offer({Rhythm.DAILY: daily, Rhythm.WEEKLY: weekly, Rhythm.OFF: off})
    return form


def _page(me: Person, form: MailForm) -> str:
    config: Config = current_app.extensions["config"]
    return render_template(
        "notice/settings.html",
        layout="ui/student.html" if me.is_student else "ui/teacher.html",
        me=me,
        form=form,
        configured=bool(config.smtp_url),
        has_address=bool(roster.emails_of([me.id])),
        refused=outbox.refused(me, clock.real_now()) if me.may_answer else [],
    )
