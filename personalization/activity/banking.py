"""The bank's own page: what a teacher keeps for later, to find, rename and throw away; and what this course has."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.activity.bank import Banked, said_by, shown_by
from personalization.activity.blueprint import bp
from personalization.activity.fields import LINE
from personalization.activity.forms import BankedForm
from personalization.activity.model import Option
from personalization.activity.page import activities_of
from personalization.activity.shelf import bank_of, store
from personalization.activity.who import author
from personalization.errors import NotHere
from personalization.people.access import find
from personalization.people.model import Person


@bp.get("/courses/<int:course_id>/bank")
def bank(course_id: int) -> Response:
    return _page(author(course_id))


@bp.post("/options/<int:option_id>/bank")
def keep_option(option_id: int) -> AnyResponse:
    option = find(Option, option_id)
    me, activity = author(option.activity.course_id), option.activity
    if option not in activity.designed_options:
        raise NotHere(_("This way is not offered any more"), now=_("Start from the course page."))
    store(me, said_by(option), shown_by(option, activity.criteria), option, clock.now())
    db.session.commit()
    flash(_("“%(title)s” is in your bank.", title=option.title))
    return redirect(url_for("activity.bank", course_id=me.course_id), 303)


@bp.post("/courses/<int:course_id>/bank/<int:banked_id>")
def rename(course_id: int, banked_id: int) -> AnyResponse:
    entry, me = _mine(course_id, banked_id)
    form = BankedForm()
    if not form.validate():
        return _page(me, 422, entry, form)
    entry.title = form.title.data or ""
    db.session.commit()
    flash(_("Its name in your bank is “%(title)s” now.", title=entry.title))
    return redirect(url_for("activity.bank", course_id=course_id), 303)


@bp.post("/courses/<int:course_id>/bank/<int:banked_id>/deletion")
def throw_away(course_id: int, banked_id: int) -> AnyResponse:
    entry, _me = _mine(course_id, banked_id)
    flash(_("“%(title)s” is no longer in your bank. Activities that have it keep it.", title=entry.title))
    db.session.delete(entry)
    db.session.commit()
    return redirect(url_for("activity.bank", course_id=course_id), 303)


def _mine(course_id: int, banked_id: int) -> tuple[Banked, Person]:
    """Something in the asking person's own bank, and who they are in this course.

    Raises:
        NotHere: there is no such thing in it; what others keep is not told.
    """
    me = author(course_id)
    entry = find(Banked, banked_id)
    if entry.user_id != me.user_id:
        raise NotHere(_("This page is not here any more"), now=_("Start from the course page."))
    return entry, me


def _page(me: Person, status: int = 200, entry: Banked | None = None, form: BankedForm | None = None) -> Response:
    """The bank, narrowed to what was searched; `entry` with the `form` that was not good."""
    wanted = " ".join(request.args.get("q", "")[:LINE].split())
    kept = bank_of(me)
    found = [it for it in kept if it is entry or _fits(it, wanted)]
    here = {it.option_id for it in kept}
    activities = [(a, a.designed_options) for a in activities_of(me.course) if any(o.title for o in a.designed_options)]
    page = render_template(
        "activity/bank.html",
        me=me,
        tab="activities",
        kept=kept,
        found=found,
        wanted=wanted,
        activities=activities,
        here=here,
        wrong=entry,
        form=form,
    )
    return make_response(page, status)


def _fits(entry: Banked, wanted: str) -> bool:
    """Whether each word that was searched stands somewhere in it."""
    said = " ".join((entry.title, entry.text, entry.means, entry.audience, entry.supports)).casefold()
    return all(word in said for word in wanted.casefold().split())
