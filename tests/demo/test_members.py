"""The roster: pages that a tool must follow, and roles in each platform's words."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from demo.base import Role
from tests.demo.riverbend import BIOLOGY, EMPTY_BIOLOGY, HISTORY, Riverbend
from tests.demo.stand_in import LTI, next_link

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def _address(riverbend: Riverbend, course_id: int) -> str:
    claims = riverbend.claims(riverbend.teacher(), f"/courses/{course_id}/choose/launch")
    return str(claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"]["context_memberships_url"])


def _get(riverbend: Riverbend, address: str, manner: str = "canvas", **query: str) -> requests.Response:
    return requests.get(address, params=query, headers=riverbend.tool.bearer(riverbend.issuer(manner)), timeout=5)


def _everyone(riverbend: Riverbend, address: str, manner: str = "canvas", **query: str) -> list[dict[str, Any]]:
    answer = _get(riverbend, address, manner, **query)
    members = list(answer.json()["members"])
    while following := next_link(answer.headers.get("Link", "")):
        answer = _get(riverbend, following, manner)
        members += answer.json()["members"]
    return members


def _roles(members: list[dict[str, Any]], name: str) -> list[str]:
    return next([str(role) for role in member["roles"]] for member in members if member["name"] == name)


def test_canvas_pages_whatever_is_asked(riverbend: Riverbend) -> None:
    address = _address(riverbend, EMPTY_BIOLOGY)
    first = _get(riverbend, address)
    assert len(first.json()["members"]) == 10
    assert next_link(first.headers["Link"])
    members = _everyone(riverbend, address)
    assert len({member["user_id"] for member in members}) == len(members) == 34
    assert sum(f"{MEMBERSHIP}Learner" in member["roles"] for member in members) == 30


def test_moodle_pages_when_asked_only(riverbend: Riverbend) -> None:
    address = _address(riverbend, HISTORY)
    whole = _get(riverbend, address, "moodle")
    assert "Link" not in whole.headers
    paged = _everyone(riverbend, address, "moodle", limit="7")
    assert [member["user_id"] for member in paged] == [member["user_id"] for member in whole.json()["members"]]
    assert len(paged) == 33


def test_roles_in_each_platform_s_words(riverbend: Riverbend) -> None:
    canvas = _everyone(riverbend, _address(riverbend, BIOLOGY))
    assert _roles(canvas, "Adaeze Okafor") == [f"{MEMBERSHIP}Instructor"]
    assert len(_roles(canvas, "Bo Lind")) == 2
    assert _roles(canvas, "Layla Haddad") == [f"{MEMBERSHIP}Mentor"]
    assert "Ines Okoro" not in {member["name"] for member in canvas}
    moodle = _everyone(riverbend, _address(riverbend, HISTORY), "moodle")
    assert _roles(moodle, "Adaeze Okafor") == ["Instructor"]
    assert _roles(moodle, "Tomas Berg") == ["Learner"]


def test_moodle_escapes_names_in_the_roster(riverbend: Riverbend) -> None:
    members = _everyone(riverbend, _address(riverbend, HISTORY), "moodle")
    assert "D’Arcy Smith &amp; Sons" in {member["name"] for member in members}


def test_the_test_student_is_listed_from_the_first_student_view_on(riverbend: Riverbend) -> None:
    address = _address(riverbend, BIOLOGY)
    assert "Test Student" not in {member["name"] for member in _everyone(riverbend, address)}
    activity = riverbend.add_activity()
    test_student = riverbend.one_with(Role.TEST_STUDENT)
    riverbend.claims(riverbend.browser(test_student), f"/activities/{activity}/launch")
    assert test_student.uuid in {member["user_id"] for member in _everyone(riverbend, address)}


def test_rlid_expands_what_a_roster_may_and_no_dates(riverbend: Riverbend) -> None:
    activity = riverbend.add_activity()
    claims = riverbend.claims(riverbend.teacher(), f"/activities/{activity}/launch")
    members = _everyone(riverbend, _address(riverbend, BIOLOGY), rlid=claims[f"{LTI}resource_link"]["id"])
    assert len(members) > 30
    for member in members:
        custom = member["message"][0][f"{LTI}custom"]
        assert custom["section_restricted"] == ("true" if member["name"] == "Bo Lind" else "false")
        assert custom["due_at"] == "$Canvas.assignment.dueAt.iso8601"


@pytest.mark.parametrize(("manner", "course_id", "status"), [("canvas", BIOLOGY, 400), ("moodle", HISTORY, 404)])
def test_an_unknown_rlid_is_refused(riverbend: Riverbend, manner: str, course_id: int, status: int) -> None:
    assert _get(riverbend, _address(riverbend, course_id), manner, rlid="999999").status_code == status


def test_a_role_filters(riverbend: Riverbend) -> None:
    teachers = _everyone(riverbend, _address(riverbend, BIOLOGY), role=f"{MEMBERSHIP}Instructor")
    assert {member["name"] for member in teachers} == {"Adaeze Okafor", "Peter Lund", "Bo Lind"}
    assert _everyone(riverbend, _address(riverbend, BIOLOGY), role="Nonsense") == []


def test_moodle_compares_accept_as_text(riverbend: Riverbend) -> None:
    headers = riverbend.tool.bearer(riverbend.issuer("moodle")) | {"Accept": "application/json"}
    assert requests.get(_address(riverbend, HISTORY), headers=headers, timeout=5).status_code == 400
