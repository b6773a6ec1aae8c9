"""Rosters: read whole or not believed at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update

import lti
from engine.clock import real_now
from engine.db import db
from engine.due import Due
from engine.worker import Worker
from lti.models import Context, Membership, User
from lti.roster import MEDIA_TYPE
from tests.lti.conftest import Landed
from tests.lti.platform import MEMBERSHIP, Lms
from tests.lti.services import Answer, Tokens

PAGE = 50


class Roster:
    """The class list on the wire, in pages; `answer` may answer in its place, by page number."""

    def __init__(self, lms: Lms, tokens: Tokens, members: list[dict[str, Any]]) -> None:
        self.lms, self.tokens, self.members = lms, tokens, members
        self.asked: list[str] = []
        self.answer: Callable[[int], Answer | None] = lambda page: None
        lms.wire.add_callback(responses.GET, f"{lms.host}/roster", self._page)

    def _page(self, request: Any) -> Answer:
        self.asked.append(request.url)
        assert request.headers["Accept"] == MEDIA_TYPE
        if not self.tokens.is_good(request):
            return 401, {}, ""
        page = int(request.params.get("Page", 1))
        if found := self.answer(page):
            return found
        part = self.members[(page - 1) * PAGE : page * PAGE]
        headers = {}
        if page * PAGE < len(self.members):
            headers["Link"] = f'<{self.lms.host}/roster?Page={page + 1}>; rel="next"'
        return 200, headers, json.dumps({"id": request.url, "context": {"id": "course-1"}, "members": part})


def member(number: int, role: str = "Learner", **more: Any) -> dict[str, Any]:
    return {
        "user_id": f"user-{number}",
        "roles": [MEMBERSHIP + role],
        "status": "Active",
        "name": f"Person {number}",
        "given_name": "Person",
        "family_name": str(number),
        **more,
    }


@pytest.fixture
def roster(app: Flask, client: FlaskClient, lms: Lms) -> Roster:
    """A launched course whose roster is due; user-1 is who launched."""
    tokens = Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    lms.launch(client, lms.claims(**lms.services()))
    return Roster(lms, tokens, [member(n) for n in range(1, 4)])


def refresh(app: Flask, worker: Worker) -> None:
    with app.app_context():
        lti.refresh_roster(db.session.scalars(select(Context)).one(), real_now())
        db.session.commit()
    worker.run_once()


def memberships(app: Flask) -> dict[str, Membership]:
    with app.app_context():
        rows = db.session.execute(select(User.sub, Membership).join(Membership.user)).all()
        db.session.expunge_all()
        return {row[0]: row[1] for row in rows}


def error(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(select(Context.roster_error)).one()


def test_a_launch_has_the_roster_read(app: Flask, roster: Roster, worker: Worker, landed: Landed) -> None:
    worker.run_once()
    assert set(memberships(app)) == {"user-1", "user-2", "user-3"}
    assert len(landed.rosters) == 1
    with app.app_context():
        names = db.session.scalars(select(User.name).order_by(User.sub)).all()
    assert names == ["Person 1", "Person 2", "Person 3"]


def test_a_launch_soon_after_does_not_read_it_again(
    app: Flask, client: FlaskClient, roster: Roster, worker: Worker, lms: Lms
) -> None:
    worker.run_once()
    lms.launch(client, lms.claims(**lms.services()))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Due)) == 0
        db.session.execute(update(Context).values(roster_synced_at=real_now() - timedelta(minutes=61)))
        db.session.commit()
    lms.launch(client, lms.claims(**lms.services()))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Due)) == 1


def test_six_hundred_and_fifty_one_people_come_in_fourteen_pages(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members = [member(n) for n in range(651)]
    worker.run_once()
    assert len(roster.asked) == 14
    assert len(memberships(app)) == 651


def test_a_roster_keeps_what_a_launch_said_beside_it(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members = [member(1, "Instructor"), member(2)]
    worker.run_once()
    launched = memberships(app)["user-1"]
    assert launched.launch_roles == [MEMBERSHIP + "Learner"]
    assert launched.roster_roles == [MEMBERSHIP + "Instructor"]


def test_short_roles_become_whole_ones(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members = [{**member(2), "roles": ["Learner", "Instructor"]}]
    worker.run_once()
    assert memberships(app)["user-2"].roster_roles == [MEMBERSHIP + "Instructor", MEMBERSHIP + "Learner"]


def test_who_is_no_longer_named_has_left_and_may_come_back(app: Flask, roster: Roster, worker: Worker) -> None:
    worker.run_once()
    everybody = roster.members
    roster.members = everybody[:2]
    refresh(app, worker)
    assert memberships(app)["user-3"].left_at is not None
    assert memberships(app)["user-2"].left_at is None
    roster.members = everybody
    refresh(app, worker)
    assert memberships(app)["user-3"].left_at is None


@pytest.mark.parametrize("status", ["Inactive", "Deleted"])
def test_who_is_named_as_inactive_has_left(app: Flask, roster: Roster, worker: Worker, status: str) -> None:
    roster.members[2]["status"] = status
    worker.run_once()
    gone = memberships(app)["user-3"]
    assert (gone.status, gone.left_at is not None) == (status, True)


def test_sections_come_from_a_member_s_message(app: Flask, roster: Roster, worker: Worker) -> None:
    custom = {"section_ids": "42,43", "section_restricted": "true", "due_at": "$Canvas.assignment.dueAt.iso8601"}
    message = {"https://purl.imsglobal.org/spec/lti/claim/custom": custom}
    roster.members[1]["message"] = [message]
    worker.run_once()
    found = memberships(app)["user-2"]
    assert (found.sections, found.section_restricted) == (["42", "43"], True)


NOBODY = '{"members": []}'
FAILURES = [
    pytest.param((500, {}, ""), "answer 500", True, id="server error"),
    pytest.param((429, {}, ""), "answer 429", True, id="throttled"),
    pytest.param((200, {}, "<html>"), "answer 200", False, id="no JSON"),
    pytest.param((200, {}, '{"members": 7}'), "answer 200", False, id="no list"),
    pytest.param((404, {}, ""), "answer 404", False, id="no such course"),
    pytest.param((200, {"Link": '<https://evil.example/>; rel="next"'}, NOBODY), "elsewhere", True, id="elsewhere"),
    pytest.param((200, {"Link": '<https://lms.example/roster>; rel="next"'}, NOBODY), "do not end", True, id="circle"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "words", "again"), FAILURES)
def test_a_roster_that_ended_in_error_marks_nobody_as_left(
    app: Flask, roster: Roster, worker: Worker, landed: Landed, answer: Answer, words: str, again: bool
) -> None:
    roster.members = [member(n) for n in range(1, 101)]
    worker.run_once()
    told = len(landed.rosters)
    roster.members = roster.members[:60]
    roster.answer = lambda page: answer if page == 2 else None
    refresh(app, worker)
    assert words in error(app)
    assert not any(row.left_at for row in memberships(app).values())
    assert len(landed.rosters) == told
    with app.app_context():
        assert (db.session.scalar(select(Due)) is not None) is again


def test_an_empty_roster_is_not_believed(app: Flask, roster: Roster, worker: Worker) -> None:
    worker.run_once()
    roster.members = []
    refresh(app, worker)
    assert "empty" in error(app)
    assert not any(row.left_at for row in memberships(app).values())


def test_a_later_success_takes_the_error_away(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.answer = lambda page: (404, {}, "")
    worker.run_once()
    assert error(app)
    roster.answer = lambda page: None
    refresh(app, worker)
    assert error(app) == ""


def test_a_token_that_ends_between_pages_is_renewed_and_nobody_is_lost(
    app: Flask, roster: Roster, worker: Worker
) -> None:
    roster.members = [member(n) for n in range(120)]

    def end_the_token(page: int) -> Answer | None:
        if page == 2 and len(roster.tokens.asked) == 1:
            roster.tokens.good.clear()
            return 401, {}, ""
        return None

    roster.answer = end_the_token
    worker.run_once()
    assert len(memberships(app)) == 120
    assert len(roster.tokens.asked) == 2


def test_names_are_updated_and_never_emptied(app: Flask, roster: Roster, worker: Worker) -> None:
    worker.run_once()
    roster.members[1] |= {"name": "Renamed"}
    roster.members[2] |= {"name": ""}
    refresh(app, worker)
    with app.app_context():
        assert db.session.scalars(select(User.name).order_by(User.sub)).all() == ["Person 1", "Renamed", "Person 3"]


def test_odd_members_are_passed_over(app: Flask, roster: Roster, worker: Worker) -> None:
    odd: list[Any] = [{"roles": []}, {"user_id": ""}, {"user_id": 7}, "nobody", {"user_id": "user-9", "roles": None}]
    roster.members += odd
    worker.run_once()
    assert set(memberships(app)) == {"user-1", "user-2", "user-3", "user-9"}


def test_a_roster_of_hundreds_takes_few_statements(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members = [member(n) for n in range(400)]
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    worker.run_once()
    assert len(memberships(app)) == 400
    assert len(statements) < 60
