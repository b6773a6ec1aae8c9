"""Whoever the LMS limits to sections sees only those: on every page, in every list, by every address and press.

The students of the little world are in two sections; here the teacher and the assistant are limited to a third, where
nobody is, or to none. What the one sees who is limited to the smaller of the two is tried with everybody else's pages.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.people.model import Person, PersonSection, Role
from tests.cast import writing
from tests.laws.browsing import Database, Visitor
from tests.laws.standings import MOMENTS, NAMES, World
from tests.laws.tries import SOME, Try, tries

pytestmark = pytest.mark.one_database

LIMITED = ("teacher", "assistant")


@pytest.fixture(autouse=True)
def _in_the_middle() -> Iterator[None]:
    with clock.at(MOMENTS["ideas"]):
        yield


@pytest.fixture(params=["44", ""], ids=["another section", "no known section"])
def limited(app: Flask, world: World, request: pytest.FixtureRequest) -> World:
    with writing(app):
        for kind in LIMITED:
            me = db.session.get_one(Person, world.person(kind).id)
            me.sees_only_sections = True
            if request.param:
                me.in_sections = [PersonSection(section=request.param)]
    return world


ROWS = [*SOME, "student", "accepted", "offered", "picked", "excused"]


def test_no_address_of_another_section_s_student_opens(app: Flask, limited: World, database: Database) -> None:
    before, open_ones = database.digest(), []
    for kind in LIMITED:
        visitor = Visitor(app, limited.person(kind))
        for one in tries(app, limited, rows=ROWS):
            if one.row in ROWS and (status := ask(visitor, one)) not in {403, 404}:
                open_ones.append(f"{kind}: {one}: {status}")
    assert open_ones == []
    assert database.digest() == before


def test_no_list_names_anybody_of_another_section(app: Flask, limited: World) -> None:
    names, named = _names(app), []
    for kind in LIMITED:
        visitor, shown = Visitor(app, limited.person(kind)), 0
        for one in tries(app, limited):
            if one.method == "GET" and one.row not in {*NAMES, "student"}:
                answer = visitor.get(one.address)
                shown += answer.status_code == 200
                named += [f"{kind}: {one}: {name}" for name in names if name in answer.text]
        assert shown > 5  # they do see their own pages
    assert named == []


def test_their_own_section_is_theirs(app: Flask, limited: World) -> None:
    """The same people, in the section that they are limited to: whatever was closed above opens."""
    for kind in LIMITED:
        with writing(app):
            db.session.get_one(Person, limited.person(kind).id).in_sections = [PersonSection(section="43")]
        visitor = Visitor(app, limited.person(kind))
        assert visitor.get(f"/proposals/{limited.proposals['submitted']}/decision").status_code == 200
        assert visitor.get(f"/submissions/{limited.submissions['handed in']}/grade").status_code == 200
        queue = visitor.get(f"/courses/{limited.cast.course_id}/queue").text
        assert any(name in queue for name in _names(app))


def test_who_is_not_limited_sees_everybody(app: Flask, world: World) -> None:
    queue = Visitor(app, world.person("teacher")).get(f"/courses/{world.cast.course_id}/queue").text
    assert any(name in queue for name in _names(app))


def ask(visitor: Visitor, one: Try) -> int:
    answer = visitor.get(one.address) if one.method == "GET" else visitor.post(one.address)
    return answer.status_code


def _names(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Person.full_name).where(Person.role == Role.STUDENT)))
