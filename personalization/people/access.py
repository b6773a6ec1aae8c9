"""Who asks, and what they may: the session says who, the URL says what, the membership says may. A door.

Default deny: an endpoint that has not asked here by the time it answers, and is on no open list, is answered 403.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import TypeVar

import structlog
from babel import Locale, UnknownLocaleError
from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

import lti
from engine import clock
from engine.db import db
from personalization.errors import NotHere, NotSignedIn, NotYours
from personalization.people.model import Course, Person, Role
from personalization.people.roster import observed
from personalization.people.sight import may_see

log = structlog.get_logger()
Row = TypeVar("Row")

# Blueprints and endpoints that hold nothing of a person: launches check themselves, files of ui/ are public, and what
# stops mail is asked by the signed key in its address.
OPEN_BLUEPRINTS = {"lti", "setup", "ui", "health", "mail"}


def init_app(app: Flask) -> None:
    app.before_request(_know_the_browser)
    app.after_request(_deny_the_unasked)


def locale() -> str:
    """The viewer's locale where we speak their language, else English; regions matter for dates."""
    wanted = [g.me_locale] if g.get("me_locale") else []
    wanted += [tag.replace("-", "_") for tag in request.accept_languages.values()] if request else []
    for tag in wanted:
        try:
            if Locale.parse(tag.replace("-", "_")).language == "en":
                return str(tag.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
    return "en"


def zone_name() -> str:
    return str(g.get("zone", "UTC"))


def me_in(course_id: int) -> Person:
    """Whoever of the people signed in with this browser is in this course.

    Raises:
        NotSignedIn: nobody is signed in.
        NotYours: nobody of them is in this course, or the course is not there: strangers learn no difference.
    """
    users = lti.signed_in_users()
    g.asked = True
    if not users:
        raise NotSignedIn(
            _("You have been away for a while"), now=_("Open it again from your course page; your drafts are kept.")
        )
    me, due = _membership(course_id, [user.id for user in users]) if _is_possible(course_id) else (None, False)
    if me is None or me.left_at is not None:
        raise not_yours()
    lti.framed_for(me.user_id)
    let_time_pass(course_id, due)
    g.me, g.course, g.zone = me, me.course, me.tz.key
    return me


def _membership(course_id: int, user_ids: list[int]) -> tuple[Person | None, bool]:
    """Who of them is in this course, and whether the clock has anything to do there: one statement."""
    mine = _mine(current_app.extensions["third_option"].is_due)
    found = db.session.execute(mine, {"course": course_id, "users": user_ids, "now": clock.now()}).first()
    return (found[0], found[1]) if found is not None else (None, False)


@cache
def _mine(is_due: ColumnElement[bool]) -> Select[Person, bool]:
    """Made once: nearly every request asks it, and to put it together costs more than to ask."""
    here = and_(Person.course_id == bindparam("course"), Person.user_id.in_(bindparam("users", expanding=True)))
    return select(Person, is_due).where(here).options(joinedload(Person.course, innerjoin=True))


def let_time_pass(course_id: int, due: bool | None = None) -> None:
    """What the clock has to do in this course happens before anybody looks or acts there: requests and the worker tell
    one truth. `due`: whether it has anything to do, where that was asked."""
    catch_up: Callable[[int, datetime, bool | None], None] = current_app.extensions["third_option"].catch_up
    catch_up(course_id, clock.now(), due)


def require(course_id: int, *roles: Role) -> Person:
    """`me_in`, in one of these roles.

    Raises:
        NotYours: in another role, told in a sentence.
    """
    me = me_in(course_id)
    if me.role not in roles:
        raise NotYours(_role_refusal(me), now=_("Start from your course page."))
    return me


def require_teacher(course_id: int) -> Person:
    return require(course_id, Role.TEACHER)


def require_answerer(course_id: int) -> Person:
    """Who answers proposals and marks."""
    return require(course_id, Role.TEACHER, Role.ASSISTANT)


def require_answerer_of(student: Person) -> Person:
    """Who answers proposals and marks, and may see this student."""
    return _who_may_see(require_answerer(student.course_id), student)


def require_teacher_of(student: Person) -> Person:
    """Who decides in this student's course, and may see this student."""
    return _who_may_see(require_teacher(student.course_id), student)


def require_author(course_id: int) -> Person:
    """Who designs activities."""
    return require(course_id, Role.TEACHER, Role.DESIGNER)


def require_student(course_id: int, student: Person | None = None) -> Person:
    """A student; where `student` is given, that very one.

    Raises:
        NotYours: somebody else's page, also a classmate's.
    """
    me = require(course_id, Role.STUDENT)
    if student is not None and me.id != student.id:
        raise not_yours()
    return me


def require_student_or_answerer(course_id: int, student: Person) -> Person:
    """The student whose work it is, or who answers and marks in that course and may see this student."""
    me = me_in(course_id)
    if me.is_student and me.id == student.id:
        return me
    if me.may_answer:
        return _who_may_see(me, student)
    raise not_yours()


def require_reader(student: Person) -> Person:
    """Who may read what a student has handed in: as `require_student_or_answerer`, and who observes this student."""
    me = me_in(student.course_id)
    if me.role is Role.OBSERVER:
        return _observing(me, student)
    return require_student_or_answerer(student.course_id, student)


def require_observer_of(student: Person) -> Person:
    """Whoever the LMS says observes this student, as long as the student is there."""
    return _observing(require(student.course_id, Role.OBSERVER), student)


def find(kind: type[Row], row_id: int | str, *with_it: ORMOption) -> Row:
    """A row that an address names, with what `with_it` loads in the same statement; whether the asker may see it is
    asked next.

    Raises:
        NotHere: 404 for those who are signed in; NotSignedIn else, so that a stranger learns nothing.
    """
    row = db.session.get(kind, row_id, options=with_it) if _is_possible(row_id) else None
    if row is None:
        g.asked = True
        if not lti.signed_in_users():
            raise NotSignedIn(_("You have been away for a while"), now=_("Open it again from your course page."))
        raise NotHere(_("This page is not here any more"), now=_("Start from the course page."))
    return row


def _observing(me: Person, student: Person) -> Person:
    if all(one.id != student.id for one in observed(me)):
        raise not_yours()
    return me


def _who_may_see(me: Person, student: Person) -> Person:
    """Whoever learns here and assists too answers and marks others, never themself; a teacher may try things out."""
    if me.id == student.id and not me.may_teach:
        raise NotYours(_("This is your own"), now=_("Somebody else answers and marks it."))
    if not may_see(me, student):
        raise NotYours(
            _("This student is in another section"), now=_("You see the sections that are yours in the LMS.")
        )
    return me


def _is_possible(row_id: int | str) -> bool:
    """Whether a database could hold it: an address may name any number, a column holds 32 bits on PostgreSQL."""
    return not isinstance(row_id, int) or row_id < 2**31


def not_yours() -> NotYours:
    return NotYours(_("This page belongs to someone else"), now=_("Open your own from the course page."))


def course(course_id: int) -> Course:
    return find(Course, course_id)


def _role_refusal(me: Person) -> str:
    return {
        Role.OBSERVER: _("You see what your student sees; you can’t change it"),
        Role.ADMINISTRATOR: _("You can set things up here; students’ work stays with the course"),
        Role.DESIGNER: _("You can design here; you don’t see students’ work"),
        Role.ASSISTANT: _("Your teacher decides this"),
        Role.STUDENT: _("This page is for teachers"),
        Role.TEACHER: _("This page belongs to a student"),
    }[me.role]


def _know_the_browser() -> None:
    """Read who is signed in before anything can be refused: a refusal is framed by the same LMS as a page.

    The body comes first: SQLite lets one writer in, and a slow sender must not hold that place while they send.
    """
    if request.blueprint in OPEN_BLUEPRINTS:
        return
    try:
        _body = request.form
    finally:
        lti.signed_in_users()


def _deny_the_unasked(response: Response) -> Response:
    if response.status_code >= HTTPStatus.MULTIPLE_CHOICES or g.get("asked"):
        return response
    if request.blueprint in OPEN_BLUEPRINTS:
        return response
    log.error("an endpoint answered without asking who it is", endpoint=request.endpoint)
    return Response("403", HTTPStatus.FORBIDDEN)
