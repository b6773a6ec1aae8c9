"""Who has left, and the teacher's word that somebody there is the same person under a newer id."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from engine import clock
from engine.db import db
from engine.errors import ForPeople
from personalization.board.action_forms import SameForm
from personalization.board.blueprint import bp
from personalization.board.uniting import Union, unite
from personalization.errors import BadInput, NotHere
from personalization.people import access, roster
from personalization.people.model import Person, Role
from personalization.people.sight import in_class, visible

ROW = re.compile(r"[0-9]{1,9}", re.ASCII)  # a column holds 32 bits on PostgreSQL


@bp.get("/courses/<int:course_id>/left")
def left(course_id: int) -> str:
    """Students who have left, with whoever looks like them."""
    me = access.require_teacher(course_id)
    gone = _students(me, Person.left_at.is_not(None))
    present = {person.id: person for person in _students(me, in_class(me))}
    alike = {old: (present[new], why) for old, new, why in roster.alike(me.course) if new in present}
    return render_template(
        "board/left.html", course=me.course.name, tab="class", me=me, gone=gone, alike=alike, now=clock.now()
    )


@bp.route("/people/<int:person_id>/same", methods=["GET", "POST"])
def same(person_id: int) -> AnyResponse:
    """What would move is shown before it does."""
    old = access.find(Person, person_id)
    me = access.require_teacher_of(old)
    if request.method == "POST" and _is_done(old, SameForm()):
        return redirect(url_for("board.left", course_id=old.course_id), 303)
    if old.left_at is None or not old.is_student:
        raise NotHere(_("%(name)s is on the class list", name=old.name), now=_("There is nothing to bring together."))
    others = _students(me, in_class(me))
    if request.method == "GET":
        return _page(old, others, _named(others, request.args.get("person")))
    new = _named(others, SameForm().person.data)
    if new is None:
        wrong = BadInput(_("Say who it is"), now=_("Pick one of those on the class list."))
        return _page(old, others, None, wrong)
    try:
        unite(old, new, me, clock.now())
    except ForPeople as refused:
        db.session.rollback()
        return _page(old, others, new, refused)
    current_app.extensions["third_option"].retime(old, clock.now())
    db.session.commit()
    flash(_("%(name)s is one person again, with all the work.", name=old.name))
    return redirect(url_for("board.left", course_id=old.course_id), 303)


def _is_done(old: Person, form: SameForm) -> bool:
    """Whether this press came before: the older line is back, and the one it names is no row of its own any more."""
    named = form.person.data or ""
    return old.is_in_class and bool(ROW.fullmatch(named)) and db.session.get(Person, int(named)) is None


def _students(me: Person, *which: object) -> Sequence[Person]:
    query = select(Person).where(
        Person.course_id == me.course_id, Person.role == Role.STUDENT, Person.is_test.is_(False), visible(me)
    )
    return db.session.scalars(query.where(*which).order_by(Person.sort_name, Person.id)).all()  # type: ignore[arg-type]


def _named(people: Sequence[Person], text: str | None) -> Person | None:
    return next((person for person in people if str(person.id) == text), None)


def _page(old: Person, others: Sequence[Person], new: Person | None, refused: ForPeople | None = None) -> Response:
    page = render_template(
        "board/same.html",
        course=old.course.name,
        tab="class",
        old=old,
        others=others,
        new=new,
        union=Union.of(old, new) if new else None,
        refused=refused,
    )
    return make_response(page, refused.status if refused else 200)
