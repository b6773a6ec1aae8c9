"""Copying an activity into one of my courses: who may, where to, and once."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.db import db
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.choice.model import Choice
from personalization.people.model import Course, Person, Role
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.activity.conftest import SignedIn
from tests.personalization.activity.designing import page
from tests.personalization.pressing import press

KEY = "a-page-that-was-opened"


def enrol(app: Flask, member: Member, course_id: int, role: Role = Role.TEACHER, left: bool = False) -> int:
    with writing(app):
        me = Person(course=db.session.get_one(Course, course_id), user_id=member.user_id, role=role, roles=[role.value],
                    full_name=member.name, first_seen_at=NOON, left_at=NOON if left else None)  # fmt: skip
        db.session.add(me)
        db.session.flush()
        return me.id


def copies(session: Session, activity_id: int) -> list[Activity]:
    session.expire_all()
    return list(session.scalars(select(Activity).where(Activity.id != activity_id)))


@pytest.fixture
def there(app: Flask, cast: Cast) -> int:
    """Ms. Okafor teaches History 8A too; who she is there."""
    return enrol(app, cast.teacher, cast.other_course_id)


def test_a_copy_lands_in_the_other_course_as_her_draft(
    teacher: FlaskClient, cast: Cast, activity_id: int, there: int, session: Session
) -> None:
    shown = page(teacher.get(f"/activities/{activity_id}/copies"))
    assert [label.get_text(strip=True) for label in shown.select("label.verdict")] == ["Biology 9B", "History 8A"]
    form = {"course": str(cast.other_course_id), "opens": "2027-01-11", "form_key": KEY}
    answer = press(teacher, f"/activities/{activity_id}/copies", form)
    (copy,) = copies(session, activity_id)
    assert (answer.status_code, answer.location) == (303, f"/activities/{copy.id}/design")
    assert (copy.course_id, copy.created_by_id, copy.title) == (cast.other_course_id, there, "Energy in our pond")
    assert copy.published_at is None
    first = session.get_one(Activity, activity_id)
    assert (copy.opens or NOON).date().isoformat() == "2027-01-11"
    assert copy.dates.span() == first.dates.span()
    assert "Copied as a draft into History 8A." in teacher.get(answer.location).text


def test_no_person_and_no_link_comes(teacher: FlaskClient, cast: Cast, activity_id: int, session: Session) -> None:
    counted = [session.scalar(select(func.count()).select_from(kind)) for kind in (Choice, Placement)]
    press(teacher, f"/activities/{activity_id}/copies", {"course": str(cast.course_id), "form_key": KEY})
    assert [session.scalar(select(func.count()).select_from(kind)) for kind in (Choice, Placement)] == counted
    (copy,) = copies(session, activity_id)
    assert copy.title == "Energy in our pond (copy)"
    assert copy.work_due is None


def test_the_same_page_sent_twice_makes_one(
    teacher: FlaskClient, cast: Cast, activity_id: int, session: Session
) -> None:
    form = {"course": str(cast.course_id), "form_key": KEY}
    first, second = (press(teacher, f"/activities/{activity_id}/copies", form).location for _n in range(2))
    assert first == second
    assert len(copies(session, activity_id)) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"course": ""},
        {"course": "x"},
        {"course": str(10**30)},
        {"course": "other"},
        {"opens": "2027-13-01"},
        {"opens": "0001-01-01"},
        {"opens": "9999-12-31"},
        {"opens": "\0"},
        {"form_key": ""},
        {"form_key": "short"},
    ],
)
def test_what_makes_no_copy_is_named(
    teacher: FlaskClient, cast: Cast, activity_id: int, session: Session, form: dict[str, str]
) -> None:
    good = {"course": str(cast.course_id), "opens": "2027-01-11", "form_key": KEY}
    wrong = {name: str(cast.other_course_id) if value == "other" else value for name, value in form.items()}
    answer = press(teacher, f"/activities/{activity_id}/copies", {**good, **wrong})
    assert answer.status_code == 422
    assert page(answer).find(role="alert")
    assert copies(session, activity_id) == []


@pytest.mark.parametrize(
    ("role", "left", "listed"),
    [(Role.TEACHER, False, True), (Role.DESIGNER, False, True), (Role.ASSISTANT, False, False),
     (Role.STUDENT, False, False), (Role.ADMINISTRATOR, False, False), (Role.TEACHER, True, False)],
)  # fmt: skip
def test_only_courses_where_i_design_are_mine_to_copy_into(
    app: Flask, teacher: FlaskClient, cast: Cast, activity_id: int, session: Session, role: Role, left: bool,
    listed: bool,
) -> None:  # fmt: skip
    enrol(app, cast.teacher, cast.other_course_id, role, left)
    assert ("History 8A" in teacher.get(f"/activities/{activity_id}/copies").text) is listed
    form = {"course": str(cast.other_course_id), "form_key": KEY}
    assert press(teacher, f"/activities/{activity_id}/copies", form).status_code == (303 if listed else 422)
    assert len(copies(session, activity_id)) == listed


@pytest.mark.parametrize(
    ("who", "status"),
    [("designer", 200), ("assistant", 403), ("observer", 403), ("student", 403), ("other_teacher", 403),
     ("other_school_teacher", 403)],
)  # fmt: skip
def test_who_may_copy(
    signed_in: SignedIn, cast: Cast, activity_id: int, session: Session, who: str, status: int
) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(f"/activities/{activity_id}/copies").status_code == status
    form = {"course": str(cast.course_id), "form_key": KEY}
    answer = press(client, f"/activities/{activity_id}/copies", form)
    assert answer.status_code == (303 if status == 200 else 403)
    assert len(copies(session, activity_id)) == (status == 200)
