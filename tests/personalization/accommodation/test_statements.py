"""Never a statement per student: the list, and the dates of a class."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from personalization.accommodation.finding import allowances
from personalization.people.model import Course, Role
from tests.cast import Cast, Member, make_person, writing
from tests.personalization.accommodation.arranging import AUDIO, arrange
from tests.personalization.board.test_statements import counted
from tests.personalization.pressing import look, press

pytestmark = pytest.mark.one_database


def enrol(cast: Cast, activity_id: int, count: int, name: str) -> None:
    """So many more students, each with something arranged."""
    course = db.session.get_one(Course, cast.course_id)
    for n in range(count):
        one = make_person(course, f"{name} {n}", Role.STUDENT)
        who = Member(one.id, one.user_id, 1, course.id, one.name)
        arrange(who, cast.teacher, days=2, formats=AUDIO, shown_to=(cast.assistant.id,), not_asked={activity_id: (2,)})


def test_a_long_list_takes_no_more_statements_than_a_short_one(
    app: Flask, cast: Cast, activity_id: int, signed_in: Callable[[Member], FlaskClient]
) -> None:
    address, lengths = f"/courses/{cast.course_id}/accommodations", []
    for count, name in ((2, "First"), (40, "Then")):
        with writing(app):
            enrol(cast, activity_id, count, name)
        for who in (cast.teacher, cast.assistant):
            browser = signed_in(who)
            press(browser, f"{address}/looks")
            with counted(app) as statements:
                page = look(browser, address)
            assert page.text.count(AUDIO) == (2 if name == "First" else 42)
            lengths.append(len(statements))
    assert lengths[:2] == lengths[2:]


def test_everyone_s_time_is_asked_for_once(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        enrol(cast, activity_id, 5, "First")
    with app.app_context(), counted(app) as statements:
        assert len(allowances(cast.course_id)) == 5
    assert [s for s in statements if s.startswith("SELECT")] == statements[-1:]
