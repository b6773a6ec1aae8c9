"""The teacher's side: the list of a course, and what is arranged for one student."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.accommodation import looking
from personalization.accommodation.blueprint import bp
from personalization.accommodation.diagnosis import named_in
from personalization.accommodation.finding import accommodation_of, less_in_words
from personalization.accommodation.forms import SeenForm, TermsForm, form_for
from personalization.accommodation.model import Accommodation, Terms
from personalization.accommodation.preview import running, shifts
from personalization.accommodation.words import time_words
from personalization.activity.dates import date_name
from personalization.errors import BadInput, Refused
from personalization.people import access
from personalization.people.log import noted
from personalization.people.model import Person, Role
from personalization.people.sight import in_class


@bp.get("/courses/<int:course_id>/accommodations")
def index(course_id: int) -> str:
    """Who has one, in words; opened by a press, since the list is a look at each of them."""
    me, now = looking.require_list_reader(course_id), clock.now()
    found = looking.readable(me)
    return render_template(
        "accommodation/index.html",
        tab="class",
        found=found,
        is_open=len(looking.looked_at(me, found, now)) == len(found),
        less=less_in_words(found),
        names=_assistants_by_id(course_id),
        time_words=time_words,
        students=_students(me),
        now=now,
    )


@bp.route("/people/<int:person_id>/accommodation", methods=["GET", "POST"])
def edit(person_id: int) -> ResponseReturnValue:
    """What is arranged for one student: for teachers to write, for assistants named in it to read."""
    student = looking.student_of(person_id)
    me, now = looking.require_reader(student), clock.now()
    if request.method == "POST":
        return _write(student, access.require_teacher_of(student), now)
    accommodation = accommodation_of(student.id)
    if accommodation is not None and not looking.looked_at(me, [accommodation], now):
        return render_template("accommodation/closed.html", tab="class", student=student, me=me)
    return _page(student, me, accommodation, _form(student, accommodation, now), now)


@bp.post("/people/<int:person_id>/accommodation/ending")
def end(person_id: int) -> ResponseReturnValue:
    """From now on everything is as for the class, dates included; the same press twice ends it once."""
    student = looking.student_of(person_id)
    me, now = access.require_teacher_of(student), clock.now()
    _take_turns(student)
    accommodation, form = accommodation_of(student.id), SeenForm()
    if accommodation is None or not form.validate():
        raise BadInput(_("There is nothing to end"), now=_("Open the page again."))
    if accommodation.end(form.version, me, now):
        _retime(student, now)
        db.session.commit()
        flash(_("Ended. %(name)s has the class’s dates from now on.", name=student.short_name))
    return redirect(url_for("accommodation.edit", person_id=student.id), 303)


def _write(student: Person, me: Person, now: datetime) -> ResponseReturnValue:
    """Save what was typed, or show what it would do. Whoever sends this page sees what is arranged: that is a look."""
    _take_turns(student)
    accommodation = accommodation_of(student.id)
    if accommodation is not None:
        looking.look(me, [accommodation], "page", now)
    form, refused = _form(student, accommodation, now), None
    whole = form.validate()
    if whole and not form.wants_preview:
        try:
            _arrange(student, accommodation, form, me, now)
        except (BadInput, Refused) as refusal:
            refused = refusal
    db.session.commit()
    if whole and not form.wants_preview and refused is None:
        return redirect(url_for("accommodation.edit", person_id=student.id), 303)
    status = HTTPStatus.OK if whole else HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(student, me, accommodation, form, now, refused), refused.status if refused else status


def _arrange(student: Person, accommodation: Accommodation | None, form: TermsForm, me: Person, now: datetime) -> None:
    if accommodation is None:
        accommodation = Accommodation.begin(student, form.terms(), me, now)
        db.session.add(accommodation)
        db.session.flush()
        looking.look(me, [accommodation], "page", now)
        noted(me, "arrangement written", student=student.id)
    elif not accommodation.write(form.terms(), form.version, me, now):
        return
    db.session.flush()
    _retime(student, now)
    flash(_("Kept. %(name)s’s dates are worked out anew.", name=student.short_name))


def _retime(student: Person, now: datetime) -> None:
    current_app.extensions["third_option"].retime(student, now)


def _take_turns(student: Person) -> None:
    """Two who write at once come one after the other."""
    db.session.execute(select(Person.id).where(Person.id == student.id).with_for_update())


def _form(student: Person, accommodation: Accommodation | None, now: datetime) -> TermsForm:
    """Filled with what holds; one that has ended is begun anew from what it was."""
    terms = accommodation.terms if accommodation else Terms()
    seen = accommodation.row_version if accommodation else 0
    return form_for(terms, seen, student, running(student.course_id, now), _assistants(student.course_id))


def _page(
    student: Person,
    me: Person,
    accommodation: Accommodation | None,
    form: TermsForm,
    now: datetime,
    refused: BadInput | Refused | None = None,
) -> str:
    terms = form.terms() if form.is_submitted() and not form.errors else None
    terms = terms or (accommodation.terms if accommodation else Terms())
    shown: dict[str, Any] = {
        "tab": "class",
        "student": student,
        "accommodation": accommodation,
        "less": less_in_words([accommodation] if accommodation else []),
        "names": _assistants_by_id(student.course_id),
        "time_words": time_words,
        "now": now,
    }
    if not me.may_teach:
        return render_template("accommodation/read.html", **shown)
    return render_template(
        "accommodation/edit.html",
        form=form,
        terms=terms,
        shifts=shifts(student, terms.allowance, form.activities, now),
        named=named_in(*form.texts()),
        refused=refused,
        date_name=date_name,
        **shown,
    )


def _assistants(course_id: int) -> list[Person]:
    query = select(Person).where(Person.course_id == course_id, Person.role == Role.ASSISTANT, Person.left_at.is_(None))
    return list(db.session.scalars(query.order_by(Person.sort_name)))


def _assistants_by_id(course_id: int) -> dict[int, str]:
    return {person.id: person.name for person in _assistants(course_id)}


def _students(me: Person) -> list[Person]:
    """Those whom I teach, to begin an arrangement for."""
    if not me.may_teach:
        return []
    query = select(Person).where(Person.course_id == me.course_id, in_class(me))
    return list(db.session.scalars(query.order_by(Person.sort_name)))
