"""The note of who looked: written by the press that opens an arrangement, read by teachers."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from engine import clock
from engine.db import db
from personalization.accommodation import looking
from personalization.accommodation.blueprint import bp
from personalization.accommodation.finding import accommodation_of
from personalization.accommodation.model import Change, Look
from personalization.accommodation.words import role_words
from personalization.people import access
from personalization.people.model import Person, Role

A_PAGE = 50


@bp.post("/people/<int:person_id>/accommodation/looks")
def look(person_id: int) -> Response:
    """Note that I look, then show it."""
    student = access.find(Person, person_id)
    me = access.me_in(student.course_id)
    if me.role is Role.OBSERVER:
        looking.require_observer(me, student)
        onward = url_for("accommodation.mine", course_id=student.course_id, student=student.id)
    else:
        looking.require_reader(student)
        onward = url_for("accommodation.edit", person_id=student.id)
    if (accommodation := accommodation_of(student.id)) is not None:
        looking.look(me, [accommodation], "observer" if me.role is Role.OBSERVER else "page", clock.now())
        db.session.commit()
    return redirect(onward, 303)


@bp.post("/courses/<int:course_id>/accommodations/looks")
def look_at_all(course_id: int) -> Response:
    """Note that I look at each in the list, then show them."""
    me = looking.require_list_reader(course_id)
    looking.look(me, looking.readable(me), "list", clock.now())
    db.session.commit()
    return redirect(url_for("accommodation.index", course_id=course_id), 303)


@bp.get("/people/<int:person_id>/accommodation/looks")
def looks(person_id: int) -> str:
    """Who has looked and who has written, the latest first; what they read or wrote is not on this page."""
    student = looking.student_of(person_id)
    access.require_teacher_of(student)
    accommodation, page = accommodation_of(student.id), _page_number()
    mine = Look.accommodation_id == (accommodation.id if accommodation else 0)
    rows = select(Look).where(mine).options(joinedload(Look.by)).order_by(Look.id.desc())
    return render_template(
        "accommodation/looks.html",
        tab="class",
        student=student,
        looks=db.session.scalars(rows.limit(A_PAGE).offset((page - 1) * A_PAGE)).all(),
        changes=_changes(accommodation.id if accommodation else 0),
        accommodation=accommodation,
        role_words=role_words,
        page=page,
        pages=-(-(db.session.scalar(select(func.count(Look.id)).where(mine)) or 0) // A_PAGE),
        now=clock.now(),
    )


def _changes(accommodation_id: int) -> list[Change]:
    newest = select(Change).where(Change.accommodation_id == accommodation_id).options(joinedload(Change.by))
    return list(db.session.scalars(newest.order_by(Change.id.desc()).limit(A_PAGE)))


def _page_number() -> int:
    """From 1 on; whatever else an address says is the first page."""
    text = request.args.get("page", "")
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
