"""People and courses: names that stay, who counts, who may what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from personalization.people.model import Course, Person, Role

NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)


def make_person(role: Role = Role.STUDENT, **more: Any) -> Person:
    values: dict[str, Any] = {"course_id": 1, "user_id": 7, "full_name": "", "given_name": "", "is_test": False}
    return Person(role=role, **{**values, **more})


def test_whoever_has_a_name_is_called_by_it() -> None:
    amara = make_person(full_name="Amara Diallo", given_name="Amara")
    assert (amara.name, amara.short_name) == ("Amara Diallo", "Amara")


def test_whoever_has_none_gets_one_that_stays() -> None:
    assert make_person().name == make_person().name
    assert make_person().name.startswith("Student ")
    assert make_person(user_id=8).name != make_person().name
    assert make_person(course_id=2).name != make_person().name
    assert make_person().short_name == make_person().name


def test_only_present_students_count() -> None:
    course = Course(id=1, title="Biology 9B", label="BIO9B")
    there = make_person(full_name="Amara")
    course.people = [
        there,
        make_person(full_name="Test Student", is_test=True),
        make_person(full_name="Gone", left_at=NOON),
        make_person(Role.TEACHER),
        make_person(Role.OBSERVER),
    ]
    assert course.students == [there]


def test_a_course_is_named_by_its_title_or_else_its_label() -> None:
    assert Course(title="Biology 9B", label="BIO9B").name == "Biology 9B"
    assert Course(title="", label="BIO9B").name == "BIO9B"


def test_a_person_s_zone_is_their_own_or_the_course_s() -> None:
    course = Course(id=1, zone="America/Chicago")
    assert make_person(course=course).tz.key == "America/Chicago"
    assert make_person(course=course, zone="Asia/Kathmandu").tz.key == "Asia/Kathmandu"


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.TEACHER, {"may_teach", "may_answer", "may_author"}),
        (Role.ASSISTANT, {"may_answer"}),
        (Role.DESIGNER, {"may_author"}),
        (Role.STUDENT, {"is_student"}),
        (Role.OBSERVER, set()),
        (Role.ADMINISTRATOR, set()),
    ],
)
def test_a_role_says_what_somebody_may(role: Role, rights: set[str]) -> None:
    every = ("may_teach", "may_answer", "may_author", "is_student")
    assert {right for right in every if getattr(make_person(role), right)} == rights
