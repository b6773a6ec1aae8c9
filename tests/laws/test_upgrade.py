"""What a database of an earlier release holds is there, and works, after the upgrade."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import responses
from alembic import command
from flask import Flask, current_app
from joserfc.jwk import RSAKey
from sqlalchemy import MetaData, Table, func, select
from sqlalchemy.engine import Connection

from engine.clock import real_now
from engine.db import db
from engine.migrate import alembic_config
from lti import keys
from lti.models.context import ResourceLink
from personalization.choice.model import Choice, Event, Way
from personalization.people.model import Course, Person
from personalization.proposal import sweep
from tests.cast import ISSUER
from tests.conftest import CLUSTER_HOME
from tests.lti.platform import Lms, pair
from tests.postgresql import Cluster

THEN = datetime(2026, 10, 1, 14, 0, tzinfo=UTC)
DATES = {
    "accept_by": THEN + timedelta(days=5),
    "pick_by": THEN + timedelta(days=7),
    "work_due": THEN + timedelta(days=400),
}


@pytest.fixture
def blank(make_app: Callable[..., Flask], database_url: str, tmp_path: Path) -> Flask:
    """An app on a database in which nothing was ever made."""
    url = f"sqlite:///{tmp_path}/old.sqlite3"
    if not database_url.startswith("sqlite"):
        url = Cluster(Path(os.environ[CLUSTER_HOME])).create(f"old_{uuid4().hex}")
    return make_app(database_url=url)


@pytest.fixture
def old(blank: Flask) -> Iterator[Flask]:
    """An app on a database of the first release, with one course in it."""
    with blank.app_context():
        command.upgrade(alembic_config(), "0001")
        with db.engine.begin() as connection:
            _Old(connection).course()
        yield blank


@pytest.fixture(params=["0001", "0002"])
def upgraded_from(blank: Flask, request: pytest.FixtureRequest) -> Flask:
    """An app on a database of an earlier release, with one course, its LMS and our keys in it, after the upgrade."""
    with blank.app_context():
        command.upgrade(alembic_config(), request.param)
        with db.engine.begin() as connection:
            rows = _Old(connection)
            rows.course()
            rows.link()
            rows.keys_and_invites()
        command.upgrade(alembic_config(), "head")
    return blank


class _Old:
    """Writes rows as an earlier release did, knowing only its tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = MetaData()
        self._tables.reflect(connection)

    def course(self) -> None:
        jwks = {"keys": [pair("key-1").as_dict(private=False)]}
        known = {"product_family": "canvas", "jwks": jwks, "jwks_fetched_at": real_now()}
        platform = self.add("platform", issuer=ISSUER, client_id="1", auth_login_url=f"{ISSUER}/auth", **known)
        deployment = self.add("deployment", platform_id=platform, deployment_id="dep-1")
        context = self.add("context", deployment_id=deployment, context_id="c1")
        self._course = self.add("course", context_id=context, title="Biology 9B", zone="UTC")
        self._around = (platform, context)
        teacher = self.person("teacher", [], False)
        self.person("assistant", ["s1"], True)
        student = self.person("student", ["s1", "s2"], False)
        by = {"created_by_id": teacher, "saved_by_id": teacher}
        self._activity = activity = self.add(
            "activity", course_id=self._course, key="k", points=100, published_at=THEN, opens=THEN, **DATES, **by
        )
        for position in (1, 2):
            self.add("option", activity_id=activity, position=position, title=f"Way {position}")
        choice = self.add("choice", activity_id=activity, student_id=student, **DATES, row_version=1)
        self.add("choice_event", choice_id=choice, verb="made", detail={})

    def link(self) -> None:
        """What opens the activity from the LMS's course page."""
        link = self.add("resource_link", context_id=self._around[1], resource_link_id="link-1")
        self.add("placement", resource_link_id=link, activity_id=self._activity)

    def keys_and_invites(self) -> None:
        """A key pair that signs; an invite that is open, and one that was used."""
        made = RSAKey.generate_key(2048, private=True, auto_kid=True)
        sealed = keys.vault(current_app.extensions["config"]).encrypt(made.as_pem(private=True)).decode()
        self.add("key", kid="ours", private_key=sealed, public_jwk={"kid": "ours"}, created_at=THEN)
        for name, platform in (("open", None), ("used", self._around[0])):
            digest = hashlib.sha256(name.encode()).hexdigest()
            self.add("invite", token_hash=digest, expires_at=real_now() + timedelta(days=9), platform_id=platform)

    def person(self, role: str, sections: list[str], restricted: bool) -> int:
        platform, context = self._around
        user = self.add("user", platform_id=platform, sub=role)
        listed = {"sections": sections, "section_restricted": restricted}
        self.add("membership", context_id=context, user_id=user, **listed)
        return self.add("person", course_id=self._course, user_id=user, role=role, roles=[role])

    def add(self, table_name: str, **values: Any) -> int:
        """A row of these values, with the smallest one for every other column that must have one; its id."""
        table = self._tables.tables[table_name]
        row = {**self._blanks(table), **values}
        if self._connection.dialect.name == "sqlite":
            row = {k: v.replace(tzinfo=None) if isinstance(v, datetime) else v for k, v in row.items()}
        return int(self._connection.execute(table.insert().values(**row).returning(table.c.id)).scalar_one())

    def _blanks(self, table: Table) -> dict[str, Any]:
        blank: dict[str, Any] = {}
        for column in table.columns:
            if not (column.primary_key or column.foreign_keys or column.nullable or column.server_default is not None):
                kind = list if "JSON" in str(column.type) else column.type.python_type
                words = {"silence": "protect"}
                blank[column.name] = words.get(column.name, THEN if kind is datetime else kind())
        return blank


def upgraded(app: Flask) -> None:
    command.upgrade(alembic_config(), "head")


def test_the_clock_looks_once_at_every_line_with_a_date(old: Flask) -> None:
    upgraded(old)
    sweep.pass_time(THEN + timedelta(days=6))
    choice = db.session.scalars(select(Choice)).one()
    assert choice.must_pick_at == THEN + timedelta(days=6)
    assert choice.step_at is not None
    assert choice.step_at > THEN + timedelta(days=5)


def test_nobody_ends_without_a_way_in_an_activity_from_before(old: Flask) -> None:
    upgraded(old)
    choice = db.session.scalars(select(Choice)).one()
    choice.plan_b = choice.activity.designed_options[1]
    db.session.commit()
    sweep.pass_time(THEN + timedelta(days=30))
    assert db.session.scalars(select(Choice.way)).one() is Way.PLACED


def test_what_happened_before_is_no_news(old: Flask) -> None:
    upgraded(old)
    event = db.session.scalars(select(Event)).one()
    assert event.told_at == THEN
    assert set(db.session.scalars(select(Person.news_seen_id))) == {event.id}


def test_the_limits_of_sections_hold_at_once(old: Flask) -> None:
    upgraded(old)
    people = {p.roles[0]: (p.sees_only_sections, set(p.sections)) for p in db.session.scalars(select(Person))}
    assert people == {
        "teacher": (False, set()),
        "assistant": (True, {"s1"}),
        "student": (False, {"s1", "s2"}),
    }


def count(app: Flask) -> list[int]:
    with app.app_context():
        return [db.session.scalar(select(func.count(kind.id))) or 0 for kind in (Course, Person, ResourceLink)]


def test_a_link_from_before_opens_what_it_opened(upgraded_from: Flask) -> None:
    before = count(upgraded_from)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        lms = Lms(wire, ISSUER, "1", host=ISSUER)
        said = lms.claims(sub="student", context={"id": "c1"}, resource_link={"id": "link-1"})
        answer = lms.launch(upgraded_from.test_client(), said)
    assert (answer.status_code, answer.location) == (303, "/activities/1/choice")
    assert count(upgraded_from) == before


def test_the_key_pair_from_before_signs_and_the_next_one_waits(upgraded_from: Flask) -> None:
    with upgraded_from.app_context():
        new = keys.rotate(db.session, real_now())
        db.session.commit()
        assert [(one.kid, one.state) for one in keys.standings(db.session, real_now())] == [
            (new.kid, "waits"),
            ("ours", "signs"),
        ]
    published = upgraded_from.test_client().get("/lti/jwks").get_json()["keys"]
    assert {one["kid"] for one in published} == {"ours", new.kid}


def test_an_open_invite_stays_open_and_a_used_one_says_what_it_registered(upgraded_from: Flask) -> None:
    client = upgraded_from.test_client()
    opened, used = (client.get(f"/lti/register?invite={name}") for name in ("open", "used"))
    assert (opened.status_code, used.status_code) == (200, 200)
    assert "/lti/register?invite=open" in opened.text
    assert ISSUER in used.text
