"""A fixed cast for view tests and laws. Plain values only: no ORM object outlives its session.

Biology 9B on one platform: Ms. Okafor teaches, Amara and Noor learn; Ben assists, Dora designs, Olu observes Amara.
History 8A on the same platform: Mr. Stone teaches. Another school's platform has the same ids and shares the issuer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import db
from lti import sign_in
from lti.models.context import Context, LineItem, Membership, ResourceLink, User
from lti.models.launch import SignIn
from lti.models.platform import Deployment, Platform
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.activity.publishing import publish
from personalization.choice.keeping import keep
from personalization.people.model import Course, Person, Role
from tests import replay

NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)  # Tuesday noon in Chicago
ISSUER = "https://canvas.example.edu"


@dataclass(frozen=True)
class Member:
    id: int
    user_id: int
    platform_id: int
    course_id: int
    name: str


@dataclass(frozen=True)
class Cast:
    course_id: int
    other_course_id: int
    teacher: Member
    assistant: Member
    designer: Member
    observer: Member
    student: Member
    classmate: Member
    other_teacher: Member
    other_school_teacher: Member


URIS = {
    Role.TEACHER: "membership#Instructor",
    Role.ASSISTANT: "membership/Instructor#TeachingAssistant",
    Role.DESIGNER: "membership#ContentDeveloper",
    Role.STUDENT: "membership#Learner",
    Role.OBSERVER: "membership#Mentor",
    Role.ADMINISTRATOR: "institution/person#Administrator",
}


def make_platform(client_id: str) -> Platform:
    platform = Platform(
        name="Riverbend",
        issuer=ISSUER,
        client_id=client_id,
        auth_login_url=f"{ISSUER}/auth",
        auth_token_url=f"{ISSUER}/token",
        jwks_url=f"{ISSUER}/jwks",
        product_family="canvas",
        created_at=NOON,
    )
    db.session.add(platform)
    return platform


def make_course(platform: Platform, context_id: str, title: str) -> Course:
    deployment = db.session.scalar(
        select(Deployment).where(Deployment.platform_id == platform.id, Deployment.deployment_id == "1")
    ) or Deployment(platform=platform, deployment_id="1")
    context = Context(deployment=deployment, context_id=context_id, title=title, roster_synced_at=NOON)
    db.session.add(context)
    db.session.flush()
    course = Course(context_id=context.id, title=title, label=title, lms="canvas", zone="America/Chicago")
    db.session.add(course)
    db.session.flush()
    return course


def make_person(course: Course, name: str, role: Role, **more: Any) -> Person:
    context = db.session.get_one(Context, course.context_id)
    given, _space, family = name.rpartition(" ")
    user = User(platform=context.platform, sub=f"sub-{name}", name=name, given_name=given, family_name=family)
    db.session.add(user)
    db.session.flush()
    uri = f"http://purl.imsglobal.org/vocab/lis/v2/{URIS[role]}"
    db.session.add(Membership(context=context, user=user, launch_roles=[uri], launched_at=NOON, listed_at=NOON))
    person = Person(
        course=course,
        user_id=user.id,
        role=role,
        roles=[role.value],
        given_name=given,
        full_name=name,
        sort_name=f"{family}, {given}",
        first_seen_at=NOON - timedelta(days=30),
        **more,
    )
    db.session.add(person)
    db.session.flush()
    return person


def make_activity(
    course_id: int, by_id: int, title: str = "Energy in our pond", published: bool = True, **more: Any
) -> int:
    """A whole activity: two options, the generic rubric, a gradebook column; published at NOON, or a draft."""
    course = db.session.get_one(Course, course_id)
    by = db.session.get_one(Person, by_id)
    activity = Activity.draft(course, by, NOON)
    activity.title, activity.shows = title, "Where does the sun’s energy go?"
    for option, name in zip(activity.options, ("Field poster", "Data story"), strict=True):
        option.title, option.text = name, f"What you do for the {name.lower()}."
    activity.opens = NOON - timedelta(days=1)
    activity.work_due = NOON + timedelta(days=20)
    for name, value in more.items():
        setattr(activity, name, value)
    db.session.add(activity)
    db.session.flush()
    context = db.session.get_one(Context, course.context_id)
    line_item = LineItem(
        context=context, url=f"{ISSUER}/courses/{course.id}/line_items/{activity.id}", label=title, score_maximum=100
    )
    link = ResourceLink(
        context=context, resource_link_id=f"link-{activity.id}", title=title, line_item=line_item, seen_at=NOON
    )
    db.session.add(link)
    db.session.flush()
    db.session.add(Placement(resource_link_id=link.id, activity=activity, line_item_id=line_item.id, placed_at=NOON))
    if published:
        publish(activity, NOON)
        keep(activity, NOON)
    return activity.id


def member(person: Person, platform: Platform) -> Member:
    return Member(person.id, person.user_id, platform.id, person.course_id, person.name)


def make_cast() -> Cast:
    """Everyone of the docstring above, in an empty database. The caller commits."""
    school, other_school = make_platform("101"), make_platform("202")
    db.session.flush()
    course, history = make_course(school, "bio-9b", "Biology 9B"), make_course(school, "hist-8a", "History 8A")
    elsewhere = make_course(other_school, "bio-9b", "Biology 9B")
    people = {
        "teacher": make_person(course, "Adaeze Okafor", Role.TEACHER),
        "assistant": make_person(course, "Ben Ito", Role.ASSISTANT),
        "designer": make_person(course, "Dora Lang", Role.DESIGNER),
        "observer": make_person(course, "Olu Diallo", Role.OBSERVER, mentees=["sub-Amara Diallo"]),
        "student": make_person(course, "Amara Diallo", Role.STUDENT),
        "classmate": make_person(course, "Noor Haddad", Role.STUDENT),
        "other_teacher": make_person(history, "Sam Stone", Role.TEACHER),
    }
    members = {name: member(person, school) for name, person in people.items()}
    stranger = make_person(elsewhere, "Eve Field", Role.TEACHER)
    return Cast(
        course_id=course.id,
        other_course_id=history.id,
        other_school_teacher=member(stranger, other_school),
        **members,
    )


CASTS: dict[str, tuple[Cast, replay.Rows]] = {}  # by address of the database: the first test of each makes them


@pytest.fixture
def cast(app: Flask, database_url: str) -> Cast:
    engine = replay.engine_of(database_url)
    if database_url in CASTS:
        made, rows = CASTS[database_url]
        replay.put(engine, rows)
        return made
    with writing(app):
        made = make_cast()
    CASTS[database_url] = made, replay.recorded(engine)
    return made


def browser_of(app: Flask, who: Member) -> FlaskClient:
    """A browser in which this person has launched; no launch is made, only its sign-in row."""
    client, sid = app.test_client(), secrets.token_urlsafe(24)
    now = datetime.now(UTC)
    with writing(app):
        db.session.add(
            SignIn(
                session_hash=sign_in.digest(sid),
                platform_id=who.platform_id,
                user_id=who.user_id,
                frame_origins=[ISSUER],
                created_at=now,
                seen_at=now,
            )
        )
    with client.session_transaction() as session:
        session[sign_in.NAME] = sid
    return client


@pytest.fixture
def signed_in(app: Flask) -> Callable[[Member], FlaskClient]:
    return partial(browser_of, app)


@pytest.fixture
def activity_id(app: Flask, cast: Cast) -> int:
    """A published activity of Biology 9B with choices for its students."""
    with writing(app):
        return make_activity(cast.course_id, cast.teacher.id)


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    """An app context that commits at its end, for arranging a world."""
    with app.app_context():
        yield
        db.session.commit()
