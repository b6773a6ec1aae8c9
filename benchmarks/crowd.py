"""Many courses of any size in our tables, each with one published activity: what a term's first weeks leave behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, text

from app import create_app
from benchmarks.measure import flask, postgresql
from engine.config import Config
from engine.db import db
from lti.models.context import Context, Membership, User
from lti.models.platform import Deployment, Platform
from personalization.activity.model import Activity
from personalization.activity.publishing import publish
from personalization.choice.keeping import keep
from personalization.people.model import Course, Person, Role

SECRET = "benchmarks only, and no secret at all"  # noqa: S105
TOOL = "http://127.0.0.1"
LEARNER = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]
SOME = 10_000  # rows at once


@contextmanager
def app_on(database: str, **settings: Any) -> Iterator[Flask]:
    """The app on an empty, migrated database of its own, "sqlite" or "postgresql"; inside an app context."""
    with TemporaryDirectory() as folder:
        if database == "postgresql":
            with postgresql() as server, _app(server.database("crowd"), folder, settings) as app:
                yield app
        else:
            with _app(f"sqlite:///{folder}/crowd.sqlite3", folder, settings) as app:
                yield app


@contextmanager
def _app(url: str, folder: str, settings: dict[str, Any]) -> Iterator[Flask]:
    flask("db", "upgrade", environ={"DATABASE_URL": url, "SECRET_KEY": SECRET, "PUBLIC_URL": TOOL})
    storage = f"file://{Path(folder) / 'uploads'}"
    config = Config(secret_key=SECRET, public_url=TOOL, database_url=url, storage_url=storage, testing=True, **settings)
    app = create_app(config)
    with app.app_context():
        yield app
        db.session.close()
        db.engine.dispose()


def make_platform(now: datetime) -> Platform:
    platform = Platform(
        name="Riverbend", issuer="https://canvas.example.edu", client_id="101",
        auth_login_url="https://canvas.example.edu/auth", auth_token_url="https://canvas.example.edu/token",  # noqa: S106
        jwks_url="https://canvas.example.edu/jwks", product_family="canvas", created_at=now,
    )  # fmt: skip
    db.session.add(platform)
    db.session.flush()
    return platform


def make_courses(platform: Platform, count: int, students: int, now: datetime) -> list[Course]:
    """So many courses with so many students each, as a roster would have listed them. Commits."""
    deployment = Deployment(platform=platform, deployment_id="1")
    contexts = [
        Context(deployment=deployment, context_id=f"course-{n}", title=f"Science {n}", roster_synced_at=now)
        for n in range(count)
    ]
    db.session.add_all(contexts)
    db.session.flush()
    courses = [Course(context_id=c.id, title=c.title, lms="canvas", zone="America/Denver") for c in contexts]
    db.session.add_all(courses)
    db.session.flush()
    total = count * students
    who = {"platform_id": platform.id, "given_name": "Student"}
    named = ({"sub": f"s{n}", "name": f"Student {n}", "family_name": str(n), "email": f"s{n}@school.example"}
             for n in range(total))  # fmt: skip
    _insert(User, ({**who, **names} for names in named), total)
    ids = db.session.scalars(select(User.id).where(User.platform_id == platform.id).order_by(User.id)).all()
    listed = {"tenant_id": platform.id, "roster_roles": LEARNER, "launched_at": now, "listed_at": now}
    there = ({"context_id": contexts[n // students].id, "user_id": ids[n]} for n in range(total))
    _insert(Membership, ({**listed, **one} for one in there), total)
    student = {"tenant_id": platform.id, "role": Role.STUDENT, "roles": ["student"], "given_name": "Student",
               "first_seen_at": now - timedelta(days=30)}  # fmt: skip
    kept = ({"course_id": courses[n // students].id, "user_id": ids[n], "full_name": f"Student {n}",
             "sort_name": f"{n}, Student"} for n in range(total))  # fmt: skip
    _insert(Person, ({**student, **one} for one in kept), total)
    db.session.commit()
    return courses


def make_activities(courses: Sequence[Course], now: datetime, **more: Any) -> list[Activity]:
    """One in each course, published, with a choice for every student. Commits."""
    activities = []
    for course in courses:
        by = db.session.scalars(select(Person).where(Person.course_id == course.id).limit(1)).one()
        activity = Activity.draft(course, by, now)
        activity.title, activity.shows = "Energy project", "Where does the sun’s energy go?"
        for option, name in zip(activity.options, ("Field poster", "Data story"), strict=True):
            option.title, option.text = name, f"What you do for the {name.lower()}."
        activity.opens, activity.work_due = now - timedelta(days=1), now + timedelta(days=20)
        for name, value in more.items():
            setattr(activity, name, value)
        db.session.add(activity)
        publish(activity, now)
        keep(activity, now)
        activities.append(activity)
    db.session.commit()
    return activities


def analyze() -> None:
    """As PostgreSQL's autovacuum would have done by itself after a while."""
    db.session.execute(text("ANALYZE"))
    db.session.commit()


def _insert(model: Any, rows: Iterator[dict[str, Any]], total: int) -> None:
    for _start in range(0, total, SOME):
        db.session.execute(insert(model), [row for _n, row in zip(range(SOME), rows, strict=False)])
