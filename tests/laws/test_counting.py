"""A test student works like everybody else and is never counted: whatever they do, no number of staff moves.

Numbers are read off the pages: of every heading, tab, badge and sentence there is, with what is said about the test
student by name left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.board import morning
from personalization.choice import asking
from personalization.choice.keeping import choice_of
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.proposal.answering import ask_for_revision
from personalization.proposal.model import Proposal
from personalization.proposal.starting import begin_idea
from tests.cast import NOON, Member, writing
from tests.laws.browsing import Database, Visitor
from tests.laws.standings import MOMENTS, World
from tests.laws.students import WORDS
from tests.personalization.arranging import hand_in

pytestmark = pytest.mark.one_database

COURSE_PAGES = ("queue", "queue?for=them", "queue?for=risk", "class", "welcome", "lms-dates")
ACTIVITY_PAGES = ("", "/live")
NUMBER = re.compile(r"\d+")


@pytest.fixture(autouse=True)
def _in_the_middle() -> Iterator[None]:
    with clock.at(MOMENTS["ideas"]):
        yield


def sends_an_idea(choice: Choice) -> None:
    idea = begin_idea(choice, [], choice.student, NOON)
    db.session.add(idea)
    idea.submit(WORDS, choice.activity.criteria, choice.student, NOON)


def has_an_answer(choice: Choice) -> None:
    sends_an_idea(choice)
    db.session.flush()
    idea = db.session.scalars(select(Proposal).where(Proposal.choice_id == choice.id)).one()
    teacher = db.session.get_one(Person, choice.activity.created_by_id)
    ask_for_revision(idea, 1, "Where is the energy in it?", teacher, NOON)


def hands_in(choice: Choice) -> None:
    hand_in(choice.activity_id, choice.student_id)


def asks_for_help(choice: Choice) -> None:
    asking.ask(choice, choice.student, "Where do I start?", NOON)


def has_no_way(choice: Choice) -> None:
    choice.unplace(NOON)


def has_to_pick(choice: Choice) -> None:
    choice.must_pick(NOON)


DEEDS = (sends_an_idea, has_an_answer, hands_in, asks_for_help, has_no_way, has_to_pick)


@pytest.mark.parametrize("whose", ["tester", "student"])
def test_no_number_moves_with_what_a_test_student_does(
    app: Flask, world: World, database: Database, whose: str
) -> None:
    """And every deed moves one with anybody else: without that, reading no numbers at all would pass."""
    before, rows, wrong = numbers(app, world), database.rows(), []
    for deed in DEEDS:
        with writing(app):
            student = db.session.get_one(Person, world.person(whose).id)
            deed(choice_of(db.session.get_one(Activity, world.activities["pond"]), student, NOON))
        after = numbers(app, world)
        moved = [f"{page}: {before[page]} became {after[page]}" for page in before if before[page] != after[page]]
        if bool(moved) is (whose == "tester"):
            wrong.append("\n".join([deed.__name__, *moved]))
        database.restore(rows)
    assert not wrong, "\n".join(wrong)


def numbers(app: Flask, world: World) -> dict[str, list[str]]:
    """{page, or "mail": what it says with a number in it}."""
    found = {}
    course, pond = world.cast.course_id, world.activities["pond"]
    pages = [f"/courses/{course}/{page}" for page in COURSE_PAGES]
    pages += [f"/activities/{pond}{page}" for page in ACTIVITY_PAGES]
    for kind in ("teacher", "administrator"):
        visitor = Visitor(app, world.person(kind))
        for page in pages:
            answer = visitor.get(page)
            if answer.status_code == 200:
                found[f"{kind} {page}"] = said(answer.text, world.people["tester"])
    found["mail"] = waits(app, world)
    return found


def waits(app: Flask, world: World) -> list[str]:
    with app.test_request_context():
        told = morning.waits(db.session.get_one(Person, world.cast.teacher.id), MOMENTS["ideas"])
    return [str(told.total), *told.lines]


def said(page: str, tester: Member) -> list[str]:
    """Headings, tabs, piles and sentences with a number, in their order."""
    soup = BeautifulSoup(page, "html.parser")
    for row in soup.select("li, tr, fieldset, article"):
        if tester.name in row.get_text(" "):
            row.decompose()
    texts = (" ".join(one.get_text(" ").split()) for one in soup.select(SAYS))
    return [text for text in texts if NUMBER.search(text)]


SAYS = "h1, h2, h3, nav a, summary, caption, .num, .count, .facts li, figure title, figcaption, [role=img]"
