"""The page that a link from a copied course leads its teacher to: a copy of the activity that the link was made for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from personalization.activity import deep_link
from personalization.activity.blueprint import bp
from personalization.activity.copy_offer import CopyOffer
from personalization.activity.copying import opening, shifted
from personalization.activity.course_copy import companions, start
from personalization.activity.dates import Dates, date_name
from personalization.activity.forms import CourseCopyForm, PlaceForm
from personalization.activity.model import Activity
from personalization.activity.page import activities_of, row_id
from personalization.activity.who import author, my_desks
from personalization.people import access
from personalization.people.model import Course, Person


@dataclass(frozen=True)
class Moved:
    """One date of the activity and of its copy."""

    name: str
    before: datetime
    after: datetime


@bp.route("/copy-offers/<int:offer_id>", methods=["GET", "POST"])
def copy_offer(offer_id: int) -> AnyResponse:
    """What would be copied, with its dates on the day asked for; the press that starts the copy."""
    offer, me = _mine(offer_id)
    if request.method == "GET":
        return _copied(offer) or _page(offer, me, _asked(me))
    form = CourseCopyForm()
    if not form.validate():
        return _page(offer, me, form, 422)
    if request.form.get("do") == "preview":
        return _copied(offer) or _page(offer, me, form)
    copy = _start(offer, me, form)
    db.session.commit()
    return redirect(url_for("activity.edit", activity_id=copy.id), 303)


def _mine(offer_id: int) -> tuple[CopyOffer, Person]:
    offer = access.find(CopyOffer, offer_id)
    me = author(offer.course_id)
    if not offer.is_for(my_desks(me)):
        raise access.not_yours()
    return offer, me


def _copied(offer: CopyOffer) -> AnyResponse | None:
    """Where it was started meanwhile, by a colleague or in another window, that is where to go on."""
    return redirect(url_for("activity.edit", activity_id=offer.copy_id), 303) if offer.copy_id is not None else None


def _asked(me: Person) -> CourseCopyForm:
    """The form as the launch asks for it in the address: the link, and the day that the LMS spoke of, else today."""
    said = CourseCopyForm(formdata=request.args, meta={"csrf": False})
    today = clock.now().astimezone(me.course.tz).date()
    return CourseCopyForm(formdata=None, link=said.link.data, opens=said.opens.data or today)


def _start(offer: CopyOffer, me: Person, form: CourseCopyForm) -> Activity:
    now, was_there = clock.now(), offer.copy_id is not None
    others = companions(offer) if form.others.data else []
    copy = start(offer, me, form.opens.data, others, now)
    if form.link.data:
        deep_link.bind(deep_link.link_for(me.course, row_id(form.link.data), copy), copy, now)
    if not was_there:
        flash(_words(len(others)))
    return copy


def _words(others: int) -> str:
    if not others:
        return _("Copied as a draft. Look it over, then publish it; until then students see that it is not ready yet.")
    more = ngettext("one more", "%(num)d more", others)
    return _("Copied as drafts: this one and %(more)s, under Activities. Look them over, then publish them.", more=more)


def _page(offer: CopyOffer, me: Person, form: CourseCopyForm, status: int = 200) -> Response:
    now, link = clock.now(), form.link.data if row_id(form.link.data or "") else ""
    page = render_template(
        "activity/course_copy.html",
        course=me.course.name,
        tab="activities",
        me=me,
        now=now,
        offer=offer,
        source=offer.source,
        form=form,
        link=link,
        moved=_moved(offer.source, me.course, form.opens.data, now) if form.opens.data else [],
        date_name=date_name,
        companions=companions(offer),
        place=PlaceForm(formdata=None, link=link),
        others=[a for a in activities_of(me.course) if a.published_at is not None] if link else [],
    )
    return make_response(page, status)


def _moved(source: Activity, course: Course, day: date, now: datetime) -> list[Moved]:
    """The dates of a copy that opens on `day`, each beside what it was made from."""
    before = source.dates
    after = shifted(before, source.course.tz, source.opens or now, opening(source, day, course, now), course.tz)
    pairs = [(f.name, getattr(before, f.name), getattr(after, f.name)) for f in fields(Dates)]
    return [Moved(name, old, new) for name, old, new in pairs if old is not None and new is not None]
