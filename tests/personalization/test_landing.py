"""The pages that launches lead to take few statements, whoever comes and however much there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import choice_of, hand_in, note_column_read, pick, release
from tests.personalization.board.test_statements import counted
from tests.personalization.crowded import fill
from tests.personalization.pressing import look
from tests.personalization.proposal import talking

MOST = 12


@pytest.mark.one_database
def test_landing_pages_take_at_most_a_dozen_statements(
    app: Flask, cast: Cast, signed_in: Callable[[Member], FlaskClient]
) -> None:
    with writing(app):
        looked, talked, begun, done = (
            make_activity(cast.course_id, cast.teacher.id, title=title) for title in ("One", "Two", "Three", "Four")
        )
        choice_of(looked, cast.student.id).opened_at = NOON  # looks around, and may be stuck
        idea = talking.sent(talked, cast.student.id)
        talking.asked_to_change(idea, cast.assistant.id)
        talking.sent(talked, cast.classmate.id)  # lies open beside the queue
        pick(begun, cast.student.id)
        release(hand_in(done, cast.student.id), cast.teacher.id)
        fill(cast, done, 20, "many")
        for activity_id in (looked, talked, begun, done):
            note_column_read(activity_id)
    pages = [
        (cast.student, f"/courses/{cast.course_id}/mine"),
        (cast.student, f"/activities/{looked}/choice"),
        (cast.student, f"/proposals/{idea}"),
        (cast.student, f"/activities/{begun}/submission"),
        (cast.student, f"/activities/{done}/grade"),
        (cast.teacher, f"/activities/{done}"),
        (cast.assistant, f"/activities/{done}"),
        (cast.teacher, f"/courses/{cast.course_id}/class"),
        (cast.teacher, f"/activities/{done}/gradebook"),
        (cast.teacher, f"/courses/{cast.course_id}/gradebook"),
        (cast.teacher, f"/courses/{cast.course_id}/queue"),
        (cast.observer, f"/courses/{cast.course_id}/welcome"),
        (cast.observer, f"/people/{cast.student.id}/activities/{done}"),
        (cast.observer, f"/people/{cast.student.id}/activities/{talked}"),
        (cast.designer, f"/courses/{cast.course_id}/activities"),
        (cast.designer, f"/activities/{looked}/design"),
    ]
    costly = {}
    for who, address in pages:
        client = signed_in(who)
        with counted(app) as statements:
            assert look(client, address).status_code == 200
        asked = [one for one in statements if not one.startswith("BEGIN")]  # SQLite's; PostgreSQL has none of its own
        if len(asked) > MOST:
            costly[address] = len(asked)
    assert costly == {}
