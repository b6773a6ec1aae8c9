"""Who both teaches and learns in a course says which of the two it is today."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from engine.db import db
from personalization.choice.keeping import choice_of as choice_for
from personalization.people.model import Person, Role
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import activity_of, choice_of, hand_in, note_column_read
from tests.personalization.pressing import press
from tests.personalization.pressing import token as token_for

SignedIn = Callable[[Member], FlaskClient]


@pytest.fixture
def both(cast: Cast, session: Session) -> Member:
    """Ms. Okafor, who is in her own course as a student too."""
    session.get_one(Person, cast.teacher.id).roles = [Role.TEACHER.value, Role.STUDENT.value]
    session.flush()
    return cast.teacher


def token(client: FlaskClient, address: str) -> str:
    found = BeautifulSoup(client.get(address).text, "html.parser").select_one("[name=csrf_token]")
    assert found is not None
    return str(found["value"])


def test_both_are_offered(signed_in: SignedIn, both: Member) -> None:
    page = BeautifulSoup(signed_in(both).get(f"/courses/{both.course_id}/role").text, "html.parser")
    assert [button["value"] for button in page.select("button[name=role]")] == ["teacher", "student"]


@pytest.mark.parametrize(("role", "home"), [(Role.STUDENT, "mine"), (Role.TEACHER, "queue")])
def test_the_press_decides_and_leads_there(
    signed_in: SignedIn, both: Member, session: Session, role: Role, home: str
) -> None:
    client, address = signed_in(both), f"/courses/{both.course_id}/role"
    for _press in range(2):
        response = client.post(address, data={"role": role.value, "csrf_token": token(client, address)})
        assert (response.status_code, response.location) == (303, f"/courses/{both.course_id}/{home}")
    session.expire_all()
    me = session.get_one(Person, both.id)
    assert (me.role, me.role_chosen) == (role, True)


def test_it_can_be_changed_back(signed_in: SignedIn, both: Member, session: Session) -> None:
    client, address = signed_in(both), f"/courses/{both.course_id}/role"
    for role in (Role.STUDENT, Role.TEACHER):
        client.post(address, data={"role": role.value, "csrf_token": token(client, address)})
        session.expire_all()
        assert session.get_one(Person, both.id).role is role


@pytest.mark.parametrize("role", ["administrator", "assistant", "", "Teacher", "x\x00"])
def test_only_the_two_can_be_picked(signed_in: SignedIn, both: Member, session: Session, role: str) -> None:
    client, address = signed_in(both), f"/courses/{both.course_id}/role"
    assert client.post(address, data={"role": role, "csrf_token": token(client, address)}).status_code == 422
    session.expire_all()
    assert session.get_one(Person, both.id).role is Role.TEACHER


@pytest.mark.parametrize(("role", "home"), [(Role.ASSISTANT, "queue"), (Role.DESIGNER, "activities")])
def test_whoever_assists_or_designs_and_learns_is_asked_too(
    signed_in: SignedIn, cast: Cast, session: Session, role: Role, home: str
) -> None:
    who = cast.assistant if role is Role.ASSISTANT else cast.designer
    session.get_one(Person, who.id).roles = [role.value, Role.STUDENT.value]
    session.flush()
    client, address = signed_in(who), f"/courses/{who.course_id}/role"
    page = BeautifulSoup(client.get(address).text, "html.parser")
    assert [button["value"] for button in page.select("button[name=role]")] == [role.value, "student"]
    for wanted, there in (("student", "mine"), (role.value, home)):
        response = client.post(address, data={"role": wanted, "csrf_token": token(client, address)})
        assert (response.status_code, response.location) == (303, f"/courses/{who.course_id}/{there}")
    assert client.post(address, data={"role": "teacher", "csrf_token": token(client, address)}).status_code == 422


@pytest.mark.parametrize("role", [Role.TEACHER, Role.STUDENT])
def test_both_may_change_on_every_page_of_either_role(
    app: Flask, signed_in: SignedIn, both: Member, activity_id: int, role: Role
) -> None:
    client, course = signed_in(both), f"/courses/{both.course_id}"
    client.post(f"{course}/role", data={"role": role.value, "csrf_token": token(client, f"{course}/role")})
    pages = {
        Role.TEACHER: [f"{course}/queue", f"{course}/class", f"{course}/activities", f"/activities/{activity_id}"],
        Role.STUDENT: [f"{course}/mine", f"/activities/{activity_id}/choice"],
    }
    with writing(app):
        note_column_read(activity_id)
    for address in pages[role]:
        page = BeautifulSoup(client.get(address).text, "html.parser")
        assert page.select_one(f'a[href="{course}/role"]') is not None, address


def test_the_clock_looks_again_at_whoever_becomes_a_student(
    app: Flask, signed_in: SignedIn, both: Member, activity_id: int
) -> None:
    """It passed them by while they taught."""
    with writing(app):
        me = db.session.get_one(Person, both.id)
        choice = choice_for(activity_of(activity_id), me, NOON)
        choice.step_at = None
    client, address = signed_in(both), f"/courses/{both.course_id}/role"
    client.post(address, data={"role": "student", "csrf_token": token(client, address)})
    with app.app_context():
        assert choice_of(activity_id, both.id).step_at is not None


@pytest.mark.parametrize("who", ["teacher", "student", "assistant", "designer", "observer"])
def test_whoever_has_one_role_has_nothing_to_choose(signed_in: SignedIn, cast: Cast, who: str) -> None:
    assert signed_in(getattr(cast, who)).get(f"/courses/{cast.course_id}/role").status_code == 404


def test_a_student_does_not_become_a_teacher(signed_in: SignedIn, cast: Cast, session: Session) -> None:
    client = signed_in(cast.student)
    data = {"role": "teacher", "csrf_token": token_for(client)}
    assert client.post(f"/courses/{cast.course_id}/role", data=data).status_code == 404
    session.expire_all()
    assert session.get_one(Person, cast.student.id).role is Role.STUDENT


@pytest.mark.parametrize("who", ["other_teacher", "other_school_teacher"])
def test_strangers_are_sent_home(signed_in: SignedIn, cast: Cast, who: str) -> None:
    assert signed_in(getattr(cast, who)).get(f"/courses/{cast.course_id}/role").status_code == 403


def test_without_a_launch_nobody_is_anyone(client: FlaskClient, cast: Cast) -> None:
    assert client.get(f"/courses/{cast.course_id}/role").status_code == 401


@pytest.mark.parametrize(("role", "seen"), [(Role.ASSISTANT, 403), (Role.TEACHER, 200)])
def test_an_assistant_who_learns_too_neither_answers_nor_marks_themself(
    app: Flask, signed_in: SignedIn, cast: Cast, activity_id: int, role: Role, seen: int
) -> None:
    with writing(app):
        go = hand_in(activity_id, cast.student.id)
        line = choice_of(activity_id, cast.student.id).id
        me = db.session.get_one(Person, cast.student.id)
        me.roles = [role.value, Role.STUDENT.value]
        me.act_as(role)
    client = signed_in(cast.student)
    for address in (f"/submissions/{go}/grade", f"/choices/{line}", f"/choices/{line}/told"):
        assert client.get(address).status_code == seen
    assert press(client, f"/submissions/{go}/return", {"reason": "Once more"}).status_code in {seen, 303}
