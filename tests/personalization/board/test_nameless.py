"""An LMS that tells no names: pages of a whole class call everyone by a name that stays the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from personalization.people.model import Person
from tests.cast import Cast, Member, writing
from tests.personalization.arranging import hand_in, note_column_read, release
from tests.personalization.pressing import page_of

PAGES = ["/activities/{0}", "/activities/{0}/live", "/activities/{0}/gradebook"]


@pytest.mark.parametrize("page", PAGES)
def test_who_has_no_name_is_on_the_pages_of_a_class(
    app: Flask, cast: Cast, activity_id: int, signed_in: Callable[[Member], FlaskClient], page: str
) -> None:
    with writing(app):
        note_column_read(activity_id)
        student = db.session.get_one(Person, cast.student.id)
        student.full_name = student.given_name = student.sort_name = ""
        release(hand_in(activity_id, student.id), cast.teacher.id)
        name = student.name
    assert name.startswith("Student ")
    assert name in page_of(signed_in(cast.teacher), page.format(activity_id)).get_text()
