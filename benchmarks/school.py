"""A course of any size in our tables, as launches and rosters would have left it: one activity behind one link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.lms import Lms
from engine.clock import real_now
from engine.db import db
from lti.models.context import Context, LineItem, Membership, ResourceLink, User
from lti.models.platform import Deployment, Platform
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.activity.publishing import publish
from personalization.choice.keeping import keep
from personalization.people.model import Course, Person, Role
from tests.lti.captures import captured

ROLES = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@dataclass(frozen=True)
class School:
    """Ids of rows; `subs` are the students', in order."""

    platform_id: int
    course_id: int
    activity_id: int
    activity_key: str
    teacher_id: int
    subs: tuple[str, ...]

    def said(self, sub: str) -> dict[str, Any]:
        """The claims that differ from person to person, for `Lms.id_token`."""
        custom = captured("canvas", "launch_student")[CLAIM + "custom"]
        number = sub.rpartition("-")[2]
        return {
            "sub": sub,
            "name": f"Student {number}",
            "given_name": "Student",
            "family_name": number,
            "email": f"{sub}@riverbend.example",
            CLAIM + "lis": {"person_sourcedid": f"sis-{sub}"},
            CLAIM + "custom": {**custom, "activity_key": self.activity_key},
        }


def make_school(lms: Lms, students: int, *, published: bool = True) -> School:
    """In an empty, migrated database, inside an app context; its activity is open now. Commits."""
    now, said = real_now(), captured("canvas", "launch_student")
    platform = Platform(
        name="Riverbend",
        issuer=lms.issuer,
        client_id=lms.client_id,
        auth_login_url="https://riverbend.example/api/lti/authorize_redirect",
        auth_token_url="https://riverbend.example/login/oauth2/token",  # noqa: S106  # an address
        jwks_url=lms.jwks_url,
        product_family="canvas",
        created_at=now,
    )
    deployment = Deployment(platform=platform, deployment_id=lms.deployment)
    context = Context(deployment=deployment, context_id=said[CLAIM + "context"]["id"], roster_synced_at=now)
    db.session.add(context)
    db.session.flush()
    course = Course(context_id=context.id, title="Science 8", label="SCI8", lms="canvas", zone="America/Denver")
    db.session.add(course)
    db.session.flush()
    teacher = _person(context, course, "teacher-1", Role.TEACHER, now)
    subs = tuple(f"student-{number:05d}" for number in range(students))
    for sub in subs:
        _person(context, course, sub, Role.STUDENT, now)
    activity = _activity(context, course, teacher, said, now)
    if published:
        publish(activity, now)
        keep(activity, now)
    db.session.commit()
    return School(platform.id, course.id, activity.id, activity.key, teacher.id, subs)


def _person(context: Context, course: Course, sub: str, role: Role, now: datetime) -> Person:
    number = sub.rpartition("-")[2]
    uri = ROLES + ("Instructor" if role is Role.TEACHER else "Learner")
    user = User(platform=context.platform, sub=sub, name=f"Student {number}", given_name="Student", family_name=number)
    db.session.add(user)
    db.session.flush()
    db.session.add(Membership(context=context, user=user, launch_roles=[uri], roster_roles=[uri], listed_at=now))
    person = Person(
        course=course,
        user_id=user.id,
        role=role,
        roles=[role.value],
        given_name="Student",
        full_name=f"Student {number}",
        sort_name=f"{number}, Student",
        first_seen_at=now - timedelta(days=30),
    )
    db.session.add(person)
    db.session.flush()
    return person


def _activity(context: Context, course: Course, teacher: Person, said: dict[str, Any], now: datetime) -> Activity:
    activity = Activity.draft(course, teacher, now)
    activity.title, activity.shows = "Energy project", "Where does the sun’s energy go?"
    for option, name in zip(activity.options, ("Field poster", "Data story"), strict=True):
        option.title, option.text = name, f"What you do for the {name.lower()}."
    activity.opens, activity.work_due = now - timedelta(days=1), now + timedelta(days=20)
    db.session.add(activity)
    column = LineItem(context=context, url=said[ENDPOINT]["lineitem"], label=activity.title, score_maximum=100)
    link = ResourceLink(
        context=context, resource_link_id=said[CLAIM + "resource_link"]["id"], line_item=column, seen_at=now
    )
    db.session.add(link)
    db.session.flush()
    db.session.add(Placement(resource_link_id=link.id, activity=activity, line_item_id=column.id, placed_at=now))
    return activity
