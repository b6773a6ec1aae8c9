"""The class: one activity with everyone's standing and the gradebook's column, and all activities of a course."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from engine import clock
from engine.db import db
from personalization.accommodation.looking import readable
from personalization.activity.dates import Dates, date_name
from personalization.activity.model import Activity
from personalization.board import overview, picture
from personalization.board.badges import teacher_badge
from personalization.board.blueprint import bp
from personalization.board.line import left_in
from personalization.board.picture import Class, Pile
from personalization.board.standing import Line, standing
from personalization.board.watch import Kind, yours
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.grading.scores import scores_of
from personalization.people import access, roster
from personalization.people.sight import visible

ROWS = 50  # of everyone on one page
FIRST = 40  # of who needs the teacher: a whole class, should it come to that; the live board has more
PICTURED = 12  # of a long list only the newest activities are drawn; each is a page of its own


class Listed(NamedTuple):
    """One page of the list of everyone: those whose name holds `name`, `total` in all, on so many `pages`."""

    name: str
    lines: list[Line]
    total: int
    page: int
    pages: int


class Row(NamedTuple):
    """One activity in the list: what to say of it, whether that waits, how many students count, where they stand."""

    activity: Activity
    finding: str
    waits: bool
    students: int
    piles: list[Pile]


@bp.get("/activities/<int:activity_id>")
def activity(activity_id: int) -> ResponseReturnValue:
    """One activity. The gradebook is read first: what it tells is written down, and nothing else is open then."""
    shown = access.find(Activity, activity_id, joinedload(Activity.offered))
    me = access.require_answerer(shown.course_id)
    column = gradebook.column(shown, fresh="read" in request.args)
    now = clock.now()
    where = and_(Choice.activity_id == shown.id, visible(me))
    everyone = Class.of(overview.lines(where, [shown]))
    counted = [*everyone.lines, *everyone.testing]
    scores = scores_of(shown, me, [line.choice for line in counted])
    found = yours(counted, overview.calls(counted), now)
    calls = [look.line.choice.id for look in found if look.kind is Kind.HELP]
    told = {look.line.choice.id for look in found}
    return render_template(
        "board/activity.html",
        course=shown.course.name,
        tab="class",
        activity=shown,
        me=me,
        now=now,
        everyone=everyone,
        listed=_listed(counted),
        finding=picture.finding(everyone.lines, now, scores.troubled, calls),
        looks=found[:FIRST],
        more=max(0, len(found) - FIRST),
        troubled=[x for x in counted if x.student.id in scores.troubled and x.choice.id not in told][:FIRST],
        hot={look.line.choice.id: (look.badge.icon, look.badge.word) for look in found},
        left=left_in(shown, me) if any(look.kind is Kind.UNPLACED for look in found[:FIRST]) else {},
        back="class",
        dates=_dates(shown),
        piles=picture.piles(everyone.lines, now),
        letters={option.id: shown.letter(option) for option in shown.designed_options},
        badge=teacher_badge,
        standing=standing,
        scores=scores,
        column=column,
        roster_state=roster.roster_state(shown.course),
    )


@bp.get("/courses/<int:course_id>/class")
def classes(course_id: int) -> ResponseReturnValue:
    """Every published activity, newest first, and how far the class is in each."""
    me = access.require_answerer(course_id)
    course, now = access.course(course_id), clock.now()
    published = db.session.scalars(
        select(Activity)
        .where(Activity.course_id == course.id, Activity.published_at.is_not(None))
        .order_by(Activity.published_at.desc(), Activity.id.desc())
    ).all()
    drawn = [a.id for a in published[:PICTURED]]
    return render_template(
        "board/classes.html",
        course=course.name,
        course_id=course.id,
        tab="class",
        rows=_rows(
            overview.lines(and_(Choice.activity_id.in_(drawn), visible(me)), published),
            published[:PICTURED],
            now,
        ),
        earlier=published[PICTURED:],
        roster_state=roster.roster_state(course),
        arranged=me.may_teach or bool(readable(me)),
    )


def _rows(lines: Iterable[Line], published: Sequence[Activity], now: datetime) -> list[Row]:
    by_activity: dict[int, list[Line]] = {a.id: [] for a in published}
    for line in lines:
        by_activity[line.choice.activity_id].append(line)
    rows = []
    for shown in published:
        counted = Class.of(by_activity[shown.id]).lines
        waits = any(picture.waits(line, now) for line in counted)
        rows.append(Row(shown, picture.finding(counted, now), waits, len(counted), picture.piles(counted, now)))
    return rows


def _listed(lines: Sequence[Line]) -> Listed:
    """What the address asks for: `?name=` a part of a name, `&page=` from 1; one that is not there is the nearest."""
    name = request.args.get("name", "").strip()
    found = [line for line in lines if not name or name.casefold() in line.student.name.casefold()]
    pages = max(1, -(-len(found) // ROWS))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    return Listed(name, found[(page - 1) * ROWS : page * ROWS], len(found), page, pages)


def _dates(shown: Activity) -> list[tuple[str, datetime]]:
    """The class's dates by name, those that are set."""
    return [(date_name(f.name), moment) for f in fields(Dates) if (moment := getattr(shown, f.name)) is not None]
