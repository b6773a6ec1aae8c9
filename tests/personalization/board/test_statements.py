"""Never a statement per student."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from engine.db import db
from tests.cast import Cast, Member, writing
from tests.personalization.arranging import choice_of, note_column_read
from tests.personalization.crowded import fill
from tests.personalization.pressing import look

SignedIn = Callable[[Member], FlaskClient]
OTHERS = ["student", "classmate", "designer", "observer", "other_teacher", "other_school_teacher"]


@pytest.fixture
def read(app: Flask, activity_id: int) -> None:
    """The gradebook was read just now."""
    with writing(app):
        note_column_read(activity_id)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.one_database
@pytest.mark.usefixtures("read")
def test_a_large_class_takes_no_more_statements_than_a_small_one(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    teacher = signed_in(cast.teacher)
    with app.app_context():
        choice_id = choice_of(activity_id, cast.student.id).id
    addresses = [
        f"/activities/{activity_id}",
        f"/activities/{activity_id}/live",
        f"/choices/{choice_id}",
        f"/courses/{cast.course_id}/class",
    ]

    def statements(address: str) -> list[str]:
        with counted(app) as found:
            assert look(teacher, address).status_code == HTTPStatus.OK
        return found

    with writing(app):
        fill(cast, activity_id, 9, "few")
    few = {address: statements(address) for address in addresses}
    with writing(app):
        fill(cast, activity_id, 990, "many")  # SQLAlchemy loads five hundred in one go of selectinload
        note_column_read(activity_id)
    assert len([said for said in few[f"/activities/{activity_id}"] if said != "BEGIN"]) <= 8  # which SQLite is told
    for address in addresses:
        assert len(few[address]) <= 50
        assert len(statements(address)) == len(few[address])
