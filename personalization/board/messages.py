"""The student's side of asking for help: a hand to put up, and the thread with their teachers.

It stands here and not in choice/, whose addresses it has, since a first message may come before the line is made.
"""

from __future__ import annotations

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.board.action_forms import MessageForm
from personalization.choice import asking
from personalization.choice.blueprint import bp
from personalization.choice.model import Choice
from personalization.errors import BadInput, Refused
from personalization.people.model import Person
from personalization.proposal.choosing import my_choice
from personalization.proposal.finding import teacher_name


@bp.get("/activities/<int:activity_id>/messages")
def messages(activity_id: int) -> ResponseReturnValue:
    choice, me = my_choice(activity_id)
    return _page(choice, me, MessageForm(formdata=None))


@bp.post("/activities/<int:activity_id>/messages")
def ask(activity_id: int) -> ResponseReturnValue:
    """Put a hand up, with words or without."""
    choice, me = my_choice(activity_id)
    form = MessageForm()
    if not form.validate():
        return _page(choice, me, form, 422)
    try:
        asking.ask(choice, me, form.text.data or "", clock.now())
    except (Refused, BadInput) as refused:
        return _page(choice, me, form, refused.status, refused)
    db.session.commit()
    return redirect(url_for("choice.messages", activity_id=activity_id), 303)


@bp.post("/activities/<int:activity_id>/messages/settled")
def need_no_help(activity_id: int) -> ResponseReturnValue:
    """Take the hand down."""
    choice, me = my_choice(activity_id)
    asking.settle_help(choice, me, clock.now())
    db.session.commit()
    return redirect(url_for("choice.messages", activity_id=activity_id), 303)


@bp.app_template_global("asks_at")
def address(activity: Activity | None) -> str:
    """Where a student asks for help about an activity; empty where there is nothing to ask about yet."""
    if activity is None or activity.published_at is None:
        return ""
    return url_for("choice.messages", activity_id=activity.id)


def _page(
    choice: Choice, me: Person, form: MessageForm, status: int = 200, refused: Refused | BadInput | None = None
) -> ResponseReturnValue:
    activity: Activity = choice.activity
    thread = asking.thread(choice)
    body = render_template(
        "choice/messages.html",
        course=activity.course.name,
        activity=activity,
        thread=thread,
        waits=any(message.waits for message in thread),
        viewer=me,
        teacher=teacher_name(activity),
        form=form,
        refused=refused,
        history=url_for("notice.history", choice_id=choice.id) if choice.id else "",
        now=clock.now(),
    )
    return make_response(body, status)
