"""The live board: who needs a look now, and the class at a glance. It renews itself, and is whole without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.board import overview, picture
from personalization.board.action_forms import WatchForm
from personalization.board.blueprint import bp
from personalization.board.happened import SAID, said
from personalization.board.line import left_in
from personalization.board.more_time import moment_of
from personalization.board.picture import Class
from personalization.board.standing import Brief
from personalization.board.watch import Look, Seen, Watch, looks
from personalization.choice.model import Choice, Event
from personalization.errors import BadInput
from personalization.people import access
from personalization.people.model import Person
from personalization.people.sight import visible
from personalization.proposal.model import Decision, Proposal

RECENT = timedelta(minutes=10)  # what happened longer ago is no news
MOST = 60  # rows: more than anybody walks up to in a lesson; the picture has everyone
NEWS = 3  # of what happened is said at once


@bp.get("/activities/<int:activity_id>/live")
def live(activity_id: int) -> ResponseReturnValue:
    activity = access.find(Activity, activity_id)
    me = access.require_answerer(activity.course_id)
    form = WatchForm(formdata=None, obj=watch_of(me))
    form.offer()
    return _page(activity, me, form)


@bp.post("/activities/<int:activity_id>/live/watch")
def watch_for(activity_id: int) -> ResponseReturnValue:
    """What I want to be told of, in all activities of the course."""
    activity = access.find(Activity, activity_id)
    me = access.require_answerer(activity.course_id)
    form = WatchForm()
    form.offer()
    if not form.validate():
        return _page(activity, me, form, 422)
    form.populate_obj(_kept(me))
    db.session.commit()
    flash(_("Kept, for all activities of this course."))
    return redirect(url_for("board.live", activity_id=activity_id), 303)


@bp.post("/activities/<int:activity_id>/live/seen")
def placements_seen(activity_id: int) -> ResponseReturnValue:
    """I have seen who was placed automatically until now, or until what the page showed."""
    activity = access.find(Activity, activity_id)
    me = access.require_answerer(activity.course_id)
    until = moment_of(request.form.get("until", ""))
    if until is None:
        raise BadInput(_("That didn’t work"), now=_("Reload the page and try again."))
    _kept(me).see(activity.id, min(until, clock.now()))
    db.session.commit()
    return redirect(url_for("board.live", activity_id=activity_id), 303)


def watch_of(me: Person) -> Watch:
    """Theirs, or the usual one, which is not stored."""
    return db.session.get(Watch, me.id) or Watch.usual(me.id)


def looks_of(lines: Sequence[Brief], where: ColumnElement[bool], watch: Watch, until: datetime | None) -> list[Look]:
    """Who of these needs a look; `where` (about Choice and Person) is what they were found by."""
    return looks(lines, Seen(help=overview.calls(lines), answered=answered(where), until=until), watch, clock.now())


def answered(where: ColumnElement[bool]) -> dict[int, datetime]:
    """{idea's id: when it was last answered} of the choices for which `where` holds."""
    newest = (
        select(Decision.proposal_id, func.max(Decision.at))
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .join(Choice, Choice.id == Proposal.choice_id)
        .join(Person, Person.id == Choice.student_id)
        .where(where)
        .group_by(Decision.proposal_id)
    )
    return {proposal_id: at for proposal_id, at in db.session.execute(newest)}  # noqa: C416  # typed as a dict


def _kept(me: Person) -> Watch:
    """Mine, to be written; the same press twice takes turns, since the first makes the row."""
    db.session.refresh(me, with_for_update=True)
    watch = watch_of(me)
    db.session.add(watch)
    return watch


def _page(activity: Activity, me: Person, form: WatchForm, status: int = 200) -> ResponseReturnValue:
    now, watch = clock.now(), watch_of(me)
    where = and_(Choice.activity_id == activity.id, visible(me))
    everyone = Class.of(overview.lines(where, [activity]))
    found = looks_of([*everyone.lines, *everyone.testing], where, watch, watch.seen_at(activity.id))
    since = max(filter(None, (moment_of(request.args.get("since", "")), now - RECENT)))
    partial = request.headers.get("HX-Request") is not None and status == 200
    body = render_template(
        "board/_live.html" if partial else "board/live.html",
        tab="class",
        course=activity.course.name,
        activity=activity,
        me=me,
        now=now,
        partial=partial,
        back="live",
        looks=found[:MOST],
        more=max(0, len(found) - MOST),
        hot={look.line.choice.id: (look.badge.icon, look.badge.word) for look in found},
        everyone=everyone,
        piles=picture.piles(everyone.lines, now),
        left=left_in(activity, me),
        news=_news(where, me, since),
        form=form,
    )
    return make_response(body, status)


def _news(where: ColumnElement[bool], me: Person, since: datetime) -> list[str]:
    """What happened since then by others than me, in sentences, the newest first."""
    query = (
        select(Event.verb, Person)
        .join(Choice, Choice.id == Event.choice_id)
        .join(Person, Person.id == Choice.student_id)
        .where(where, Event.at > since, Event.verb.in_(SAID), Event.by_id.is_distinct_from(me.id))
        .order_by(Event.id.desc())
        .limit(NEWS)
    )
    return [said(verb, student) for verb, student in db.session.execute(query)]
