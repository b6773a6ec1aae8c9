"""A student's own list of a course, and one honest page for everyone whose work here is another."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, select

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.board import overview
from personalization.board.blueprint import bp
from personalization.board.standing import Line
from personalization.board.steps import Item, items
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.people import access, roster
from personalization.people.model import Person, Role
from personalization.proposal.finding import teacher_name


@bp.get("/courses/<int:course_id>/mine")
def mine(course_id: int) -> ResponseReturnValue:
    """Every activity, with where it stands and the next step."""
    me = access.require_student(course_id)
    mine = _items_of(me)
    return render_template(
        "board/mine.html",
        course=me.course.name,
        items=mine,
        first=next((item for item in mine if item.mine), None),
        fresh=_without_line(me, mine),
        now=clock.now(),
    )


@bp.get("/courses/<int:course_id>/welcome")
def welcome(course_id: int) -> ResponseReturnValue:
    """For observers what their students see; for who sets things up how that went; for others the way to their page."""
    me = access.me_in(course_id)
    shown = {"course": me.course.name, "me": me, "now": clock.now()}
    if me.role is Role.OBSERVER:
        seen = [(student, _items_of(student)) for student in roster.observed(me)]
        return render_template("board/observer.html", seen=seen, **shown)
    if me.role is Role.ADMINISTRATOR:
        state, health = roster.roster_state(me.course), gradebook.health(me.course)
        return render_template("board/administrator.html", roster_state=state, health=health, **shown)
    return render_template("board/welcome.html", href=_home(me), **shown)


def _home(me: Person) -> str:
    pages = {Role.DESIGNER: "activity.index", Role.STUDENT: "board.mine"}
    return url_for(pages.get(me.role, "board.queue"), course_id=me.course_id)


def _items_of(student: Person) -> list[Item]:
    published = select(Activity.id).where(Activity.course_id == student.course_id, Activity.published_at.is_not(None))
    lines = overview.lines(and_(Choice.student_id == student.id, Choice.activity_id.in_(published)))
    return items(lines, _teachers(lines), clock.now())


def _teachers(lines: Sequence[Line]) -> dict[int, str]:
    """{activity id: who answers there}; asked once per person who made activities, not once per activity."""
    makers = {line.choice.activity.created_by_id: line.choice.activity for line in lines}
    names = {maker: teacher_name(activity) for maker, activity in makers.items()}
    return {line.choice.activity_id: names[line.choice.activity.created_by_id] for line in lines}


def _without_line(me: Person, mine: Sequence[Item]) -> list[Activity]:
    """Activities that a newcomer has no line in yet; opening one makes it."""
    known = [item.line.choice.activity_id for item in mine]
    query = select(Activity).where(Activity.course_id == me.course_id, Activity.published_at.is_not(None))
    return list(db.session.scalars(query.where(Activity.id.not_in(known)).order_by(Activity.id)))
