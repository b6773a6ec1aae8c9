"""What a launch of somebody known costs: statements for login and launch together, the domain's included, and fetches
of keys. That it does not grow with the class is part of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from engine.clock import real_now
from engine.db import db
from lti import known, launch
from lti.models.context import Context, Membership, User
from lti.models.platform import Platform
from personalization.activity.model import Activity
from personalization.people.model import Person, Role
from tests.cast import make_activity
from tests.lti.platform import TOOL, Lms

STEADY = ["SELECT platform", "INSERT nonce", "UPDATE sign_in"]


@pytest.fixture(autouse=True)
def as_mostly(monkeypatch: pytest.MonkeyPatch) -> None:
    """One launch in 256 clears away old nonces, and one login in ten seconds reads the platform anew: none of these."""
    monkeypatch.setattr(launch, "SWEEPS", "none begins so")
    monkeypatch.setattr(known, "LATELY_SECONDS", 3600.0)  # a busy machine may take ten for one of these tests


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Each as its verb and the first table that it is about."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        words = statement.replace('"', " ").replace(".", " ").split()
        if words[0] != "BEGIN":  # SQLite's is a statement, PostgreSQL's comes from its driver
            seen.append(f"{words[0]} {words[2 if words[0] in {'INSERT', 'DELETE'} else 1]}")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def key(house: Flask, visitor: FlaskClient, school: Lms) -> str:
    """Of an activity in the course of these launches, whose class list was just read; its teacher came in before."""
    said = claims(school, "teacher", "Instructor", resource_link={"id": "first"})
    assert school.launch(house.test_client(), said).status_code == 303
    with house.app_context():
        teacher = db.session.scalars(select(Person)).one()
        activity = db.session.get_one(Activity, make_activity(teacher.course_id, teacher.id))
        db.session.execute(update(Context).values(roster_synced_at=real_now()))
        db.session.commit()
        key: str = activity.key
    said = claims(school, "teacher", "Instructor", custom={"activity_key": key})
    assert school.launch(house.test_client(), said).status_code == 303
    return key


def claims(lms: Lms, sub: str, role: str = "Learner", **more: Any) -> dict[str, Any]:
    return lms.claims(role, **{"sub": sub, "name": sub, "resource_link": {"id": "link"}, **lms.services(), **more})


@pytest.mark.parametrize("role", ["Learner", "Instructor"])
@pytest.mark.parametrize("due", [{}, {"due_at": "2030-01-01T12:00:00Z", "section_ids": "7,8"}], ids=["plain", "due"])
def test_a_launch_of_somebody_known_takes_three_statements(
    house: Flask, visitor: FlaskClient, school: Lms, key: str, role: str, due: dict[str, str]
) -> None:
    said = claims(school, "somebody", role, custom={"activity_key": key, **due})
    before = [school.launch(visitor, said).location for _time in range(2)]
    with statements(house) as seen:
        assert school.launch(visitor, said).location == before[-1]
    assert seen == STEADY
    assert school.jwks_calls == 0


def test_a_browser_that_is_new_takes_one_more(house: Flask, school: Lms, key: str) -> None:
    said = claims(school, "somebody", custom={"activity_key": key})
    for _time in range(2):
        school.launch(house.test_client(), said)
    with statements(house) as seen:
        school.launch(house.test_client(), said)
    assert seen == [*STEADY[:2], "DELETE sign_in", "INSERT sign_in"]


def test_a_login_that_reads_the_platform_anew_takes_one_more(
    house: Flask, visitor: FlaskClient, school: Lms, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = claims(school, "somebody", custom={"activity_key": key})
    for _time in range(2):
        school.launch(visitor, said)
    monkeypatch.setattr(known, "LATELY_SECONDS", 0.0)
    with statements(house) as seen:
        school.launch(visitor, said)
    assert seen == ["SELECT platform", *STEADY]


def test_a_launch_in_a_large_class_takes_no_more(house: Flask, visitor: FlaskClient, school: Lms, key: str) -> None:
    said = claims(school, "somebody", custom={"activity_key": key})
    school.launch(visitor, said)
    with house.app_context():
        membership = db.session.scalars(select(Membership).join(User).where(User.sub == "somebody")).one()
        course = db.session.scalars(select(Person).where(Person.user_id == membership.user_id)).one().course
        for number in range(60):
            user = User(platform_id=school.platform_id, sub=f"classmate-{number}")
            db.session.add(user)
            db.session.flush()
            db.session.add(Membership(context_id=membership.context_id, user_id=user.id))
            more = {"role": Role.STUDENT, "roles": ["student"], "first_seen_at": membership.launched_at}
            db.session.add(Person(course_id=course.id, user_id=user.id, **more))
        db.session.commit()
    school.launch(visitor, said)
    with statements(house) as seen:
        school.launch(visitor, said)
    assert seen == STEADY


def test_what_a_launch_says_anew_is_written_and_then_known(
    house: Flask, visitor: FlaskClient, school: Lms, key: str
) -> None:
    """Speed must not cost truth: whatever differs from what is kept takes the longer way, once."""
    said = claims(school, "somebody", custom={"activity_key": key, "section_ids": "7"})
    for _time in range(2):
        school.launch(visitor, said)
    renamed = {**said, "name": "Another Name", "given_name": "Another", "family_name": "Name"}
    moved = {**renamed, **claims(school, "somebody", custom={"activity_key": key, "section_ids": "8"})}
    for new, name, sections in (
        (renamed, "Another Name", frozenset("7")),
        ({**moved, "name": "Third"}, "Third", frozenset("8")),
    ):
        school.launch(visitor, new)
        with house.app_context():
            person = db.session.scalars(select(Person).join(User, User.id == Person.user_id).filter_by(sub="somebody"))
            found = person.one()
            assert (found.full_name, found.sections) == (name, sections)
        with statements(house) as seen:
            school.launch(visitor, new)
        assert seen == STEADY


def test_what_an_operator_changes_is_seen_by_the_next_launch(
    house: Flask, visitor: FlaskClient, school: Lms, key: str
) -> None:
    """A login may go by what was read some seconds ago; a launch never does."""
    said = claims(school, "somebody", custom={"activity_key": key})
    asked = school.login(visitor)
    with house.app_context():
        db.session.get_one(Platform, school.platform_id).client_id = "renamed"
        db.session.commit()
    token = school.sign({**said, "nonce": asked["nonce"]})
    refused = visitor.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
    assert refused.status_code == 403
    house.extensions["lti"].lately.found.clear()  # as after LATELY_SECONDS
    again = {"iss": school.issuer, "client_id": school.client_id, "login_hint": "h", "target_link_uri": TOOL}
    assert visitor.post("/lti/login", data=again).status_code == 403
