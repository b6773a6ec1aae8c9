"""Never a statement per student."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from engine.db import db
from lti.models import Context, Delivery, OutgoingScore, User
from personalization.choice.model import Choice
from personalization.grading.model import Grade, Status
from personalization.people.model import Course, Person, Role
from personalization.proposal.model import Proposal, Words
from personalization.submission.model import Submission
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import (
    GOT_IT,
    activity_of,
    choice_of,
    column_of,
    note_column_read,
)
from tests.personalization.pressing import look

SignedIn = Callable[[Member], FlaskClient]
OTHERS = ["student", "classmate", "designer", "observer", "other_teacher", "other_school_teacher"]


@pytest.fixture
def read(app: Flask, activity_id: int) -> None:
    """The gradebook was read just now."""
    with writing(app):
        note_column_read(activity_id)


def fill(cast: Cast, activity_id: int, count: int, name: str) -> None:
    """A class of so many, all with an idea behind them, work, a release and a score: the most that a line can hold."""
    course, activity = db.session.get_one(Course, cast.course_id), activity_of(activity_id)
    context, by = db.session.get_one(Context, course.context_id), db.session.get_one(Person, cast.teacher.id)
    users = [User(platform=context.platform, sub=f"{name} {n}", name=f"{name} {n}") for n in range(count)]
    db.session.add_all(users)
    db.session.flush()
    named = {"course": course, "role": Role.STUDENT, "roles": ["student"], "first_seen_at": NOON - timedelta(days=30)}
    people = [Person(user_id=user.id, full_name=user.name, sort_name=user.name, **named) for user in users]
    choices = [Choice.for_student(activity, person, NOON) for person in people]
    db.session.add_all(choices)
    for choice in choices:
        proposal = Proposal.start(choice, [], choice.student, NOON)
        words = Words(title="An idea", plan="So", lines={1: "a", 2: "b", 3: "c"})
        proposal.submit(words, activity.criteria, choice.student, NOON)
        db.session.add_all([proposal, proposal.accept(1, activity.rubric, by, NOON)])
        submission = Submission.start(choice, None, NOON)
        submission.save("Work", "", NOON)
        submission.hand_in(choice.student, NOON, NOON)
        grade = Grade.begin(submission, activity.rubric, by, NOON)
        grade.mark(GOT_IT, "", by, NOON)
        grade.make_ready()
        db.session.add(grade)
    db.session.flush()
    column = column_of(activity_id)
    for index, grade in enumerate(db.session.scalars(select(Grade).where(Grade.status == Status.READY)).all()):
        grade.release(by, NOON)
        user_id = grade.submission.choice.student.user_id
        status = (Delivery.REFUSED, Delivery.QUEUED, Delivery.SENT)[index % 3]
        db.session.add(OutgoingScore(line_item_id=column.id, user_id=user_id, status=status, score_given=75))


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
    for address in addresses:
        assert len(few[address]) <= 50
        assert len(statements(address)) == len(few[address])
