"""Authoring: the list of a course's activities, the design page and its autosave, publishing, placing, the preview. The
bank and the copies have views of their own, which add to the same blueprint."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from http import HTTPStatus

from flask import current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine import clock
from engine.db import db
from personalization.activity import banking, copies, course_copy_page, deep_link, filling
from personalization.activity.blueprint import bp
from personalization.activity.concerns import concerns
from personalization.activity.design import gaps_mark, is_zone, shown, take
from personalization.activity.forms import FORM_KEY, DesignForm, PlaceForm
from personalization.activity.model import Activity
from personalization.activity.page import (
    activities_of,
    check_destination,
    design_page,
    destination,
    edit_url,
    is_stale,
    row_id,
    stale_words,
    zone_is_open,
)
from personalization.activity.publishing import missing, publish
from personalization.activity.who import author, mine
from personalization.errors import Refused, Stale
from personalization.people import access
from personalization.people.model import Course, Person
from ui.autosave import saved
from ui.fields import errors_of

__all__ = ["banking", "bp", "copies", "course_copy_page"]

ROW_PRESS = re.compile(r"(add|remove)-(option|criterion|target)(?:-([0-9]{1,3}))?", re.ASCII)
NOT_TYPED = {"csrf_token", "do", "form_key", "launch", "link", "opened", "gaps_seen", "zone", *filling.FIELDS}


@bp.get("/courses/<int:course_id>/activities")
def index(course_id: int) -> str:
    me = access.require_author(course_id)
    activities = activities_of(me.course)
    return render_template("activity/index.html", course=me.course.name, me=me, activities=activities, tab="activities")


@bp.get("/courses/<int:course_id>/activities/new")
def new(course_id: int) -> Response:
    me = author(course_id)
    begun = Activity.draft(me.course, me, clock.now(), form_key=secrets.token_urlsafe(16))
    return design_page(DesignForm(data=shown(begun) | destination(me)), begun, me)


@bp.post("/courses/<int:course_id>/activities")
def create(course_id: int) -> Response:
    me = author(course_id)
    return _press(_begun(me), me)


@bp.post("/courses/<int:course_id>/activities/draft")
def autosave_new(course_id: int) -> Response:
    me = author(course_id)
    return _note(_begun(me), me)


@bp.get("/activities/<int:activity_id>/design")
def edit(activity_id: int) -> Response:
    activity, me = mine(activity_id)
    typed: MultiDict[str, str] | None = MultiDict(map(tuple, activity.typed["fields"])) if activity.typed else None
    return design_page(DesignForm(formdata=typed, data=shown(activity) | destination(me)), activity, me)


@bp.post("/activities/<int:activity_id>/design")
def save(activity_id: int) -> Response:
    return _press(*mine(activity_id, alone=True))


@bp.post("/activities/<int:activity_id>/draft")
def autosave(activity_id: int) -> Response:
    return _note(*mine(activity_id, alone=True))


@bp.get("/activities/<int:activity_id>/preview")
def preview(activity_id: int) -> str:
    activity, me = mine(activity_id)
    dates = activity.suggested(clock.now())
    return render_template(
        "activity/preview.html", course=me.course.name, activity=activity, dates=dates, tab="activities"
    )


@bp.post("/activities/<int:activity_id>/placements")
def place(activity_id: int) -> Response:
    activity, me = mine(activity_id, alone=True)
    if activity.published_at is None:
        raise Refused(_("This one is a draft"), now=_("Finish and publish it; then the link can open it."))
    form = PlaceForm()
    return _onward(activity, me, form.launch.data or "", form.link.data or "")


# Who and what


def _begun(me: Person) -> Activity:
    """The activity that this page began, or a new draft: the same page sent twice never makes two."""
    db.session.refresh(me, with_for_update=True)
    key = request.form.get("form_key", "")
    found = select(Activity).where(Activity.created_by_id == me.id, Activity.form_key == key)
    activity = db.session.scalar(found) if FORM_KEY.fullmatch(key) else None
    if activity is None:
        activity = Activity.draft(me.course, me, clock.now(), key if FORM_KEY.fullmatch(key) else None)
        db.session.add(activity)
        db.session.flush()
    _learn_zone(me.course)
    return activity


def _learn_zone(course: Course) -> None:
    """Where no launch named the course's zone, the teacher's browser does, before any date is typed in it."""
    zone = request.form.get("zone", "")
    if zone_is_open(course) and is_zone(zone):
        course.zone = g.zone = zone


# What a press does


def _press(activity: Activity, me: Person) -> Response:
    """One press of one of the page's buttons. A draft keeps what was typed, whatever comes of the press."""
    form, now, do = DesignForm(data=shown(activity)), clock.now(), request.form.get("do", "save")
    if is_stale(form, activity, me):
        return design_page(form, activity, me, HTTPStatus.CONFLICT)
    if do == "forget":
        activity.typed = None
        db.session.commit()
        return redirect(url_for("activity.edit", activity_id=activity.id), 303)
    if row := ROW_PRESS.fullmatch(do):
        return _change_rows(form, activity, me, row)
    if filling.PRESS.fullmatch(do):
        return _fill(form, activity, me, do)
    if do == "publish":
        return _publish(form, activity, me)
    form.validate()
    _keep(form, activity, me, now)
    db.session.commit()
    filling.check_taken(form)
    if errors_of(form):
        return design_page(form, activity, me, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("Saved. Students don’t see it yet."))
    return redirect(edit_url(activity, form), 303)


def _keep(form: DesignForm, activity: Activity, me: Person, now: datetime) -> None:
    """Save as typed. What students see already does not change under their eyes: that waits until it is published."""
    if activity.published_at is None:
        take(form, activity, me, now)
    else:
        typed = [[name, value] for name, value in request.form.items(multi=True) if name not in NOT_TYPED]
        activity.typed = {"fields": [pair for pair in typed if "\0" not in "".join(pair)]}  # PostgreSQL keeps no NUL


def _change_rows(form: DesignForm, activity: Activity, me: Person, press: re.Match[str]) -> Response:
    verb, kind, index = press.groups()
    focus = form.add_row(kind) if verb == "add" else form.remove_row(kind, int(index or 999))
    form.validate()
    if activity.published_at is None:
        take(form, activity, me, clock.now())
        db.session.commit()
    return design_page(form, activity, me, focus=focus, unfolded=True)


def _fill(form: DesignForm, activity: Activity, me: Person, do: str) -> Response:
    """Ways from elsewhere become rows of the form, or one of its rows goes to the bank."""
    form.validate()
    filled = filling.fill(form, activity, me, do, clock.now())
    if activity.published_at is None:
        take(form, activity, me, clock.now())
    filling.keep(form, activity, me, filled, clock.now())
    db.session.commit()
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.sheet.errors or form.bank.errors else HTTPStatus.OK
    return design_page(form, activity, me, status, focus=filled.focus, unfolded=True, sheet=filled.sheet)


def _publish(form: DesignForm, activity: Activity, me: Person) -> Response:
    """Publish, or put the changes of a published one before the students; what is still in the way is shown instead."""
    now, live = clock.now(), activity.published_at is not None
    form.validate()
    hooks = current_app.extensions["third_option"]
    take(form, activity, me, now, keep_rubric=live and hooks.holds_rubric(activity))
    form.blame(missing(activity, now))
    check_destination(form, activity, me)
    filling.check_taken(form)
    worries, mark = concerns(activity), gaps_mark(activity)
    if errors_of(form) or form.gaps_seen.data != mark:
        form.gaps_seen.data = mark
        if live:
            db.session.rollback()  # students go on seeing what was published
        else:
            db.session.commit()
        return design_page(form, activity, me, HTTPStatus.UNPROCESSABLE_ENTITY, worries=worries)
    publish(activity, now)
    hooks.keep(activity, now)
    return _onward(activity, me, form.launch.data or "", form.link.data or "")


def _onward(activity: Activity, me: Person, launch: str, link: str) -> Response:
    """To the LMS that waits for it, or to the activity's page."""
    if launch:
        reply = deep_link.reply(deep_link.request_for(me, launch), activity)
        db.session.commit()
        return reply
    if link:
        deep_link.bind(deep_link.link_for(me.course, row_id(link), activity), activity, clock.now())
    db.session.commit()
    count = len(me.course.students)
    flash(ngettext("Published. One student sees it.", "Published. %(num)d students see it.", count) if count
          else _("Published. Students see it as soon as they open it."))  # fmt: skip
    if me.may_teach:
        return redirect(url_for("board.activity", activity_id=activity.id), 303)
    return redirect(url_for("activity.index", course_id=me.course_id), 303)


def _note(activity: Activity, me: Person) -> Response:
    """What an autosave does; its answer says when, and what makes no sense yet."""
    form, now = DesignForm(data=shown(activity)), clock.now()
    if is_stale(form, activity, me):
        raise Stale(stale_words(activity))
    form.validate()
    _keep(form, activity, me, now)
    db.session.commit()
    wrong = [words for _id, words in errors_of(form)]
    answer = saved(now)
    return jsonify(answer | {"status": " ".join([answer["status"], *wrong[:1]])})
