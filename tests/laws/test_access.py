"""Default deny: whoever an address is not for gets no page, changes nothing, and nobody has to remember to ask.

Every address of the tool is tried with every row of the little world, by everyone whom the table in endpoints.py does
not name for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from engine import clock
from engine.db import db
from personalization.notice.stopping import stop_key
from personalization.people.access import OPEN_BLUEPRINTS
from personalization.people.model import Person
from tests.laws.browsing import Database, Visitor
from tests.laws.endpoints import CLOSED, ENDPOINTS, OPEN
from tests.laws.tries import KINDS, Try, may, tries
from tests.laws.world import MOMENTS, World

pytestmark = pytest.mark.one_database

ABSENT = 987_654


def ask(visitor: Visitor, one: Try) -> int:
    answer = visitor.get(one.address) if one.method == "GET" else visitor.post(one.address)
    return answer.status_code


@pytest.fixture(autouse=True)
def _in_the_middle() -> Iterator[None]:
    with clock.at(MOMENTS["ideas"]):
        yield


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_is_closed_to_whom_it_is_not_for(app: Flask, world: World, database: Database, kind: str) -> None:
    visitor, before, wrong = Visitor(app, world.person(kind)), database.digest(), []
    for one in tries(app, world):
        if not may(kind, one) and (status := ask(visitor, one)) not in {403, 404}:
            wrong.append(f"{one}: {status}")
    assert wrong == []
    assert database.digest() == before


def test_a_classmates_rows_are_closed_to_every_student_of_the_same_course(
    app: Flask, world: World, database: Database
) -> None:
    """The same as above, seen from students who have rows of their own of the same kind."""
    before, wrong = database.digest(), []
    mine_only = {name: line for name, line in CLOSED.items() if "student" in line.who and "classmate" not in line.who}
    for student in ("revising", "working", "released"):
        visitor = Visitor(app, world.students[student])
        for one in tries(app, world, mine_only):
            if one.row != student and (status := ask(visitor, one)) not in {403, 404}:
                wrong.append(f"{student}: {one}: {status}")
    assert wrong == []
    assert database.digest() == before


def test_a_classmates_evidence_is_not_taken_out_through_ones_own_page(
    app: Flask, world: World, database: Database
) -> None:
    """This address names two rows: one's own hand-in, and evidence that may be anybody's."""
    before = database.rows()["evidence"]
    visitor = Visitor(app, world.students["working"])
    for student, evidence in world.evidence.items():
        if student != "working":
            visitor.post(f"/activities/{world.activities['pond']}/submission/evidence/{evidence}/deletion")
    assert database.rows()["evidence"] == before


def test_a_stranger_is_asked_to_come_in_through_the_lms(app: Flask, world: World, database: Database) -> None:
    visitor, before, wrong = Visitor(app, None), database.digest(), []
    for one in tries(app, world):
        if (status := ask(visitor, one)) != 401:
            wrong.append(f"{one}: {status}")
    assert wrong == []
    assert database.digest() == before


def test_a_stranger_learns_nothing_of_what_there_is(app: Flask, world: World) -> None:
    """What is there and what is not answer alike."""
    visitor, wrong, urls = Visitor(app, None), [], app.url_map.bind("localhost")
    for name, endpoint in CLOSED.items():
        for method in endpoint.methods.split():
            arguments = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == name).arguments
            absent = {argument: "nothing" if argument in {"key", "name"} else ABSENT for argument in arguments}
            one = Try(name, method, urls.build(name, absent))
            if (status := ask(visitor, one)) != 401:
                wrong.append(f"{one}: {status}")
    assert wrong == []


def test_a_session_that_ended_or_was_made_up_is_nobodys(app: Flask, world: World) -> None:
    visitor = Visitor(app, world.cast.teacher)
    queue = f"/courses/{world.cast.course_id}/queue"
    assert visitor.get(queue).status_code == 200
    for sid in ("", "made-up", 7, None, ["a"], {"a": 1}):
        with visitor.client.session_transaction() as session:
            session["sid"] = sid
        assert visitor.get(queue).status_code == 401, repr(sid)
    visitor.client.set_cookie(app.config["SESSION_COOKIE_NAME"], "no.such.signature")
    assert visitor.get(queue).status_code == 401


def test_whom_an_address_is_for_gets_in(app: Flask, world: World, database: Database) -> None:
    """The other half: without it, refusing everyone would pass. What each then finds there is for other tests."""
    rows, wrong = database.rows(), []
    for kind in ("student", *KINDS):
        visitors = {name: Visitor(app, member) for name, member in {**world.students, "": world.person(kind)}.items()}
        for one in tries(app, world):
            if not may(kind, one):
                continue
            if (status := ask(visitors.get(one.row if kind == "student" else "", visitors[""]), one)) in {
                401,
                403,
            } or status >= 500:
                wrong.append(f"{kind}: {one}: {status}")
            if one.method == "POST" and status < 400:
                database.restore(rows)
    assert wrong == []


def test_a_form_without_its_token_changes_nothing(app: Flask, world: World, database: Database) -> None:
    """Only a page of ours may press our buttons; an LMS, which has no token, may launch."""
    before, wrong = database.digest(), []
    visitors: dict[str, Visitor] = {}
    for one in tries(app, world):
        if one.method == "GET":
            continue
        kind = min(CLOSED[one.endpoint].who)
        visitor = visitors.setdefault(kind, Visitor(app, world.person(kind)))
        for token in ("", "made-up"):
            if (status := visitor.post(one.address, {"csrf_token": token}).status_code) != 400:
                wrong.append(f"{one}: {status}")
    assert wrong == []
    assert database.digest() == before


def test_only_launches_and_the_end_of_mail_take_forms_without_a_token(app: Flask) -> None:
    by_an_lms = {"lti.views.start", "lti.views.arrive", "lti.views.take_notices"}
    exempt = by_an_lms | {"lti.views.enter", "personalization.notice.stop.stop"}  # by a page of ours, and by mail
    assert app.extensions["csrf"]._exempt_views == exempt


def test_who_may_frame_a_page_is_the_lms_that_it_was_launched_from(app: Flask, world: World) -> None:
    for kind, ancestors in (("teacher", "'self' https://canvas.example.edu"), (None, "'self'")):
        visitor = Visitor(app, world.person(kind) if kind else None)
        policy = visitor.get(f"/courses/{world.cast.course_id}/queue").headers["Content-Security-Policy"]
        assert f"frame-ancestors {ancestors}" in policy.split("; ")


def test_the_open_addresses_hold_nothing_of_a_person(app: Flask, world: World) -> None:
    """They answer a stranger, so no name, no title and no text of the world may be in them."""
    private = [m.name for m in world.students.values()] + ["Biology 9B", "Energy in our pond", "A card game"]
    visitor = Visitor(app, None)
    for rule in app.url_map.iter_rules():
        if (
            rule.endpoint.partition(".")[0] in {"lti", "health"}
            and "GET" in (rule.methods or ())
            and not rule.arguments
        ):
            text = visitor.get(rule.rule).text
            assert [word for word in private if word in text] == [], rule.rule


def test_the_end_of_mail_says_nothing_of_whose_mail_it_is(app: Flask, world: World) -> None:
    visitor, me = Visitor(app, None), world.students["released"]
    with app.app_context():
        key = stop_key(db.session.get_one(Person, me.id))
    for answer in (visitor.get(f"/mail/stop/{key}"), visitor.client.post(f"/mail/stop/{key}")):
        assert answer.status_code == 200
        assert [word for word in (me.name, me.name.split()[0], "Biology 9B", "Energy in our pond")
                if word in answer.text] == []  # fmt: skip
    assert visitor.get(f"/mail/stop/{key}x").status_code == visitor.client.post(f"/mail/stop/{key}x").status_code == 404


def test_the_table_opens_only_the_rooms_that_hold_nothing_of_a_person() -> None:
    opened = {name.partition(".")[0] for name, endpoint in ENDPOINTS.items() if endpoint.who == OPEN}
    assert opened == OPEN_BLUEPRINTS == {"lti", "setup", "ui", "health", "mail"}
