"""The three lists of the queue: who is in which, equal to what the export says, in a fixed number of statements."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine import clock
from engine.db import db
from lti.models.context import Context, User
from personalization.activity.model import Silence
from personalization.choice import asking
from personalization.choice.keeping import keep
from personalization.choice.model import Choice
from personalization.people.model import Course, Person, Role
from personalization.proposal.agreement import Agreement
from personalization.proposal.change import AgreementChange
from personalization.proposal.model import Proposal, Words
from personalization.proposal.starting import begin_idea
from tests.cast import NOON, Cast, Member, make_person, writing
from tests.personalization.arranging import activity_of, choice_of, hand_in, make_ready, pick
from tests.personalization.board.test_statements import counted
from tests.personalization.pressing import look
from tests.personalization.proposal import talking

SignedIn = Callable[[Member], FlaskClient]
DAY = timedelta(days=1)
NAMES = ["Ada Q", "Bo C", "Cy D", "Dee E", "Eli F", "Fay G", "Gus H", "Hal I", "Ivo J", "Jan K", "Kit L", "Lou M"]


@pytest.fixture
def teacher(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.teacher)


def class_of(app: Flask, cast: Cast, activity_id: int) -> dict[str, int]:
    """{first name: person id} of ten more students with a choice each."""
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        people = {name.split()[0]: make_person(course, name, Role.STUDENT).id for name in NAMES}
        keep(activity_of(activity_id), NOON)
    return people


def play(app: Flask, cast: Cast, activity_id: int) -> dict[str, int]:
    """Somebody at every point; Jan is excused with an idea, Amara and Noor have only looked."""
    people = class_of(app, cast, activity_id)
    with writing(app):
        talking.sent(activity_id, people["Ada"])
        talking.asked_to_change(talking.sent(activity_id, people["Bo"]), cast.teacher.id)
        talking.offered(talking.sent(activity_id, people["Cy"]), cast.teacher.id)
        talking.sent_back(talking.sent(activity_id, people["Dee"]), cast.teacher.id)
        talking.draft(activity_id, people["Eli"])
        hand_in(activity_id, people["Fay"])
        make_ready(hand_in(activity_id, people["Gus"]), cast.teacher.id)
        by = db.session.get_one(Person, people["Hal"])
        db.session.add(asking.ask(choice_of(activity_id, by.id), by, "I am lost", NOON))
        pick(activity_id, people["Ivo"])
        wants_to_change(activity_id, people["Kit"], by_id=people["Kit"], teacher_id=cast.teacher.id)
        wants_to_change(activity_id, people["Lou"], by_id=cast.teacher.id, teacher_id=cast.teacher.id)
        talking.sent(activity_id, people["Jan"])
        choice_of(activity_id, people["Jan"]).excuse("Ill", db.session.get_one(Person, cast.teacher.id), NOON)
    return people


def wants_to_change(activity_id: int, student_id: int, by_id: int, teacher_id: int) -> None:
    """An agreement of this student which one of the two asks to change."""
    idea = talking.sent(activity_id, student_id)
    talking.accepted(idea, teacher_id)
    agreement = db.session.scalars(select(Agreement).where(Agreement.proposal_id == idea)).one()
    other = replace(agreement.version.words("Two classes want to play."), plan="Six players, one pond.")
    by = db.session.get_one(Person, by_id)
    db.session.add(AgreementChange.ask(agreement, None, other, agreement.rubric.criteria, by, NOON))


def shown(client: FlaskClient, course_id: int, name: str, now: datetime) -> BeautifulSoup:
    answer = look(client, f"/courses/{course_id}/queue?for={name}", now=now)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def names(soup: BeautifulSoup) -> list[str]:
    return sorted(" ".join(row.get_text(" ").split()) for row in soup.select(".qrow > strong"))


def list_counts(soup: BeautifulSoup) -> list[int]:
    return [int(number.get_text()) for number in soup.select("nav[aria-label=Lists] .num")]


def exported(app: Flask, cast: Cast, now: datetime) -> list[dict[str, Any]]:
    with clock.at(now):
        arguments = ["export", "--platform", str(cast.teacher.platform_id), "--course", "bio-9b", "--format", "json"]
        done = app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    lines: list[dict[str, Any]] = json.loads(done.output)["activities"][0]["choices"]
    return lines


def for_me(line: dict[str, Any], now: datetime) -> int:
    """How many things the export says wait for the teacher in one line."""
    if line["standing"] in {"left", "excused"}:
        return 0
    last = line["proposals"][-1] if line["proposals"] else None
    idea = line["standing"] == "proposing" and last is not None and last["status"] == "submitted"
    work = line["standing"] == "handed_in"
    lock = line["dates"].get("lock")
    closed = (
        line["option"]
        and lock
        and datetime.fromisoformat(lock) < now
        and not any(go["handed_in_at"] for go in line["submissions"])
    )
    helped = any(message["waits"] for message in line["messages"])
    asked = [
        change
        for agreement in line["agreements"]
        for change in agreement["changes"]
        if change["state"] == "asked" and change["asked_by"] == line["student"]
    ]
    return sum(map(bool, (idea, work, closed, helped, asked, line["standing"] == "unplaced")))


def for_them(line: dict[str, Any], now: datetime) -> int:
    last = line["proposals"][-1] if line["proposals"] else None
    if line["standing"] == "proposing":
        return int(last is not None and last["status"] != "submitted")
    anew = last is not None and last["status"] == "sent back" and line["standing"] == "exploring"
    return int(line["standing"] == "must_pick" or bool(anew))


@pytest.mark.parametrize("days", [0, 11, 12, 30])
def test_the_lists_count_what_the_export_says(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, days: int
) -> None:
    with writing(app):
        activity_of(activity_id).lock = NOON + 25 * DAY
    play(app, cast, activity_id)
    with writing(app):
        keep(activity_of(activity_id), NOON)
    now = NOON + days * DAY
    page = shown(teacher, cast.course_id, "me", now)  # lets the clock catch up first
    lines = exported(app, cast, now)
    me, them, _risk = list_counts(page)
    assert (me, them) == (sum(for_me(x, now) for x in lines), sum(for_them(x, now) for x in lines))
    assert me > 0
    assert int(page.select_one("#tabs .count").get_text().split()[0]) == me  # type: ignore[union-attr]
    assert len(names(page)) == me
    assert len(names(shown(teacher, cast.course_id, "them", now))) == them


def test_each_list_names_its_own(app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient) -> None:
    play(app, cast, activity_id)
    assert names(shown(teacher, cast.course_id, "me", NOON)) == ["Ada Q", "Fay G", "Hal I", "Kit L"]
    assert names(shown(teacher, cast.course_id, "them", NOON)) == ["Bo C", "Cy D", "Dee E", "Eli F"]
    assert names(shown(teacher, cast.course_id, "risk", NOON)) == []
    assert names(shown(teacher, cast.course_id, "no such list", NOON)) == ["Ada Q", "Fay G", "Hal I", "Kit L"]


def test_an_unanswered_idea_and_a_window_that_ends_soon_are_at_risk(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    people = play(app, cast, activity_id)
    with app.app_context():
        bos = choice_of(activity_id, people["Bo"])
        ends, accept_by = bos.reply_until, bos.accept_by
    assert ends is not None
    assert accept_by is not None
    assert "Bo C" in names(shown(teacher, cast.course_id, "risk", ends - timedelta(hours=2)))
    late = shown(teacher, cast.course_id, "risk", accept_by + timedelta(hours=1))
    row = next(r for r in late.select(".qrow") if "Ada Q" in r.get_text())
    state = row.select_one(".state")
    assert state is not None
    assert (state["data-tone"], state.get_text(strip=True)) == ("alarm", "overdue")
    lines = exported(app, cast, accept_by + timedelta(hours=1))
    assert sum(1 for x in lines if x["unanswered_at"] and x["standing"] == "proposing") == 1


def test_a_strict_idea_says_when_silence_ends_it(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        activity_of(activity_id).silence = Silence.STRICT
        proposal = talking.sent(activity_id, cast.student.id)
    said = look(teacher, f"/proposals/{proposal}/decision").text
    assert "Without an answer this idea ends" in said


@pytest.mark.one_database
@pytest.mark.parametrize("name", ["me", "them", "risk"])
def test_four_hundred_ideas_take_as_many_statements_as_ten(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, name: str
) -> None:
    def statements() -> int:
        with counted(app) as found:
            shown(teacher, cast.course_id, name, NOON)
        return len(found)

    with writing(app):
        many_ideas(cast, activity_id, 10, "few")
    few = statements()
    with writing(app):
        many_ideas(cast, activity_id, 390, "many")
    assert statements() == few


@pytest.mark.one_database
def test_a_long_list_comes_in_pages_of_a_hundred(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        many_ideas(cast, activity_id, 120, "many")
    address = f"/courses/{cast.course_id}/queue?page="
    rows = [len(BeautifulSoup(look(teacher, address + n).text, "html.parser").select(".qrow")) for n in ("1", "2")]
    assert rows == [100, 20]
    for odd in ("0", "9999", "-1", "x", "9" * 400, "²"):
        assert look(teacher, address + odd).status_code == 200
    with app.app_context():
        last = db.session.scalar(select(func.max(Proposal.id)))
    opened = BeautifulSoup(look(teacher, f"/proposals/{last}/decision").text, "html.parser")
    assert opened.select_one(".qrow[aria-current]")  # the page of the list on which it stands


def many_ideas(cast: Cast, activity_id: int, number: int, name: str) -> None:
    """So many students who sent an idea, each in other words."""
    course, activity = db.session.get_one(Course, cast.course_id), activity_of(activity_id)
    context = db.session.get_one(Context, course.context_id)
    users = [User(platform=context.platform, sub=f"{name} {n}", name=f"{name} {n}") for n in range(number)]
    db.session.add_all(users)
    db.session.flush()
    named = {"course_id": course.id, "role": Role.STUDENT, "roles": ["student"], "first_seen_at": NOON - 30 * DAY}
    people = [Person(user_id=user.id, full_name=user.name, sort_name=user.name, **named) for user in users]
    db.session.add_all(people)
    db.session.flush()
    for n, person in enumerate(people):
        choice = Choice.for_student(activity, person, NOON)
        db.session.add(choice)
        idea = begin_idea(choice, [], person, NOON)
        idea.submit(Words(f"{name}{n}", f"plan{name}{n}", "", "", {1: "a", 2: "b", 3: "c"}), activity.criteria,
                    person, NOON)  # fmt: skip
        db.session.add(idea)
