"""The page of a teacher's own ready words."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import clock
from engine.db import db
from personalization.board.blueprint import bp
from personalization.board.forms import ReplyForm
from personalization.board.reply import Reply, keep, replies_of
from personalization.errors import BadInput, NotYours, Refused
from personalization.people import access
from personalization.people.model import Person


@bp.route("/courses/<int:course_id>/replies", methods=["GET", "POST"])
def replies(course_id: int) -> ResponseReturnValue:
    """All of mine. Posting changes one, throws one away, or adds one."""
    me, form = access.require_answerer(course_id), ReplyForm()
    form.offer()
    if not form.is_submitted():
        return _page(me, form)
    if not form.validate():
        return _page(me, form, 422)
    try:
        said = _change(me, form)
    except (Refused, BadInput) as refused:
        return _page(me, form, refused.status, refused)
    db.session.commit()
    flash(said)
    return redirect(url_for("board.replies", course_id=course_id), 303)


def _change(me: Person, form: ReplyForm) -> str:
    """Raises BadInput, Refused: as `keep`; NotYours: somebody else's."""
    if form.throws_away:
        gone = db.session.get(Reply, form.number) if form.number else None
        if gone is not None:
            db.session.delete(_mine(gone, me))
        return _("Thrown away.")
    others = [reply for reply in replies_of(me) if reply.id != form.number]
    kept = keep(others, me, form.fitting, form.words.data or "", clock.now())
    if form.number is None or kept in others:
        db.session.add(kept)
        return _("Kept.")
    old = _mine(access.find(Reply, form.number), me)
    old.fits, old.words = kept.fits, kept.words
    return _("Kept.")


def _mine(reply: Reply, me: Person) -> Reply:
    if reply.user_id != me.user_id:
        raise NotYours(_("These words belong to someone else"), now=_("Open your own list."))
    return reply


def _page(
    me: Person, form: ReplyForm, status: int = 200, refused: Refused | BadInput | None = None
) -> ResponseReturnValue:
    body = render_template("board/replies.html", tab="queue", me=me, replies=replies_of(me), form=form, refused=refused)
    return make_response(body, status)
