"""The class: one activity with everyone's standing and the gradebook's column, and all activities of a course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, select

from engine import clock
from engine.db import db
from personalization.activity.dates import Dates
from personalization.activity.model import Activity, date_name
from personalization.board import overview, picture
from personalization.board.badges import teacher_badge
from personalization.board.blueprint import bp
from personalization.board.picture import Class, Pile
from personalization.board.standing import Line, standing
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.grading.scores import scores_of
from personalization.people import access, roster

PICTURED = 12  # of a long list only the newest activities are drawn; each is a page of its own


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
    shown = access.find(Activity, activity_id)
    me = access.require_answerer(shown.course_id)
    column = gradebook.column(shown, fresh="read" in request.args)
    now = clock.now()
    everyone = Class.of(overview.lines(and_(Choice.activity_id == shown.id, access.visible(me))))
    scores = scores_of(shown, me)
    counted = [*everyone.lines, *everyone.testing]
    return render_template(
        "board/activity.html",
        course=shown.course.name,
        tab="class",
        activity=shown,
        me=me,
        now=now,
        everyone=everyone,
        finding=picture.finding(everyone.lines, now, scores.troubled),
        needing=picture.needing(counted, now, scores.troubled),
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
        rows=_rows(overview.lines(and_(Choice.activity_id.in_(drawn), access.visible(me))), published[:PICTURED], now),
        earlier=published[PICTURED:],
        roster_state=roster.roster_state(course),
    )


def _rows(lines: list[Line], published: Sequence[Activity], now: datetime) -> list[Row]:
    by_activity: dict[int, list[Line]] = {a.id: [] for a in published}
    for line in lines:
        by_activity[line.choice.activity_id].append(line)
    rows = []
    for shown in published:
        counted = Class.of(by_activity[shown.id]).lines
        waits = bool(picture.needing(counted, now))
        rows.append(Row(shown, picture.finding(counted, now), waits, len(counted), picture.piles(counted, now)))
    return rows


def _dates(shown: Activity) -> list[tuple[str, datetime]]:
    """The class's dates by name, those that are set."""
    return [(date_name(f.name), moment) for f in fields(Dates) if (moment := getattr(shown, f.name)) is not None]
