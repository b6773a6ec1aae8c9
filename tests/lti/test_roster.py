"""Rosters: read whole or not believed at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

import lti
from engine.clock import real_now
from engine.db import db
from engine.due import Due
from engine.worker import Worker
from lti.claims import MOST_WORDS
from lti.models.context import Context, Membership, User
from lti.models.platform import Platform
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
        self.takes_rlid = True
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
        if "rlid" in request.params and not self.takes_rlid:
            return 400, {}, '{"errors": {"type": "bad_request", "message": "Invalid rlid"}}'
        part = self.members[(page - 1) * PAGE : page * PAGE]
        headers = {}
        if page * PAGE < len(self.members):
            rlid = "rlid=course-1&" if "rlid" in request.params else ""
            headers["Link"] = f'<{self.lms.host}/roster?{rlid}Page={page + 1}>; rel="next"'
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


def due_at(app: Flask) -> datetime:
    """When the roster is read next."""
    with app.app_context():
        return db.session.scalars(select(Due.at)).one()


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
    assert due_at(app) > real_now() + timedelta(hours=11)
    with app.app_context():
        db.session.execute(update(Context).values(roster_synced_at=real_now() - timedelta(minutes=61)))
        db.session.commit()
    lms.launch(client, lms.claims(**lms.services()))
    assert due_at(app) <= real_now()


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
    assert (due_at(app) < real_now() + timedelta(minutes=1)) is again, "else another day"


def test_an_empty_roster_is_not_believed(app: Flask, roster: Roster, worker: Worker) -> None:
    worker.run_once()
    roster.members = []
    refresh(app, worker)
    assert "empty" in error(app)
    assert not any(row.left_at for row in memberships(app).values())


@pytest.mark.one_database
def test_a_list_of_more_people_than_a_course_can_have_is_not_read(
    app: Flask, roster: Roster, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lti.roster.MOST_PEOPLE", PAGE + 1)
    roster.members = [member(n) for n in range(4 * PAGE)]
    worker.run_once()
    assert "too large" in error(app)
    assert len(memberships(app)) == 1  # whoever launched
    assert len(roster.asked) < 6  # not read to its end, at neither address


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


@pytest.fixture
def written(app: Flask) -> list[tuple[str, int]]:
    """(table, rows) of every statement from now on that writes."""
    found: list[tuple[str, int]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        verb, *words = statement.replace('"', "").split()
        if verb in {"INSERT", "UPDATE", "DELETE"}:
            found.append((words[verb != "UPDATE"], len(values) if many else 1))

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    return found


@pytest.mark.one_database
def test_ten_thousand_come_in_two_hundred_pages_and_in_few_statements(
    app: Flask, roster: Roster, worker: Worker, written: list[tuple[str, int]]
) -> None:
    roster.members = [member(n) for n in range(10_000)]
    worker.run_once()
    assert len(roster.asked) == 200
    assert len(memberships(app)) == 10_000
    assert len(written) < 60


def test_a_second_reading_writes_its_own_time_and_nothing_else(
    app: Flask, roster: Roster, worker: Worker, written: list[tuple[str, int]]
) -> None:
    roster.members = [with_sections(member(n), "42") for n in range(1, 400)]
    worker.run_once()
    before = synced_at(app)
    written.clear()
    refresh(app, worker)
    assert synced_at(app) > before
    assert {table for table, _rows in written} == {"context", "due"}


def test_one_who_changed_is_written_alone(
    app: Flask, roster: Roster, worker: Worker, written: list[tuple[str, int]]
) -> None:
    roster.members = [member(n) for n in range(1, 120)]
    worker.run_once()
    written.clear()
    roster.members[70] |= {"family_name": "Married"}
    refresh(app, worker)
    with app.app_context():
        assert db.session.scalars(select(User.sub).where(User.family_name == "Married")).all() == ["user-71"]
    assert [rows for table, rows in written if table in {"user", "membership"}] == [1]


def with_sections(said: dict[str, Any], sections: str, restricted: str = "false", **more: str) -> dict[str, Any]:
    custom = {"section_ids": sections, "section_restricted": restricted, **more}
    return {**said, "message": [{"https://purl.imsglobal.org/spec/lti/claim/custom": custom}]}


def synced_at(app: Flask) -> datetime:
    with app.app_context():
        found = db.session.scalars(select(Context.roster_synced_at)).one()
    assert found is not None
    return found


def test_canvas_is_asked_for_the_sections_by_the_course_s_own_id(roster: Roster, worker: Worker) -> None:
    roster.members = [member(n) for n in range(60)]
    worker.run_once()
    assert [url.partition("?")[2] for url in roster.asked] == ["rlid=course-1", "rlid=course-1&Page=2"]


def test_a_canvas_that_takes_no_such_id_is_asked_without(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.takes_rlid = False
    worker.run_once()
    assert [url.partition("?")[2] for url in roster.asked] == ["rlid=course-1", ""]
    assert (set(memberships(app)), error(app)) == ({"user-1", "user-2", "user-3"}, "")


def test_nobody_behind_that_id_is_no_empty_course(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.answer = lambda page: (200, {}, NOBODY) if "rlid" in roster.asked[-1] else None
    worker.run_once()
    assert set(memberships(app)) == {"user-1", "user-2", "user-3"}


def test_a_busy_canvas_is_not_asked_twice_at_once(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.answer = lambda page: (403, {}, "403 Forbidden (Rate Limit Exceeded)")
    worker.run_once()
    assert len(roster.asked) == 1
    assert "answer 403" in error(app)


def test_other_platforms_are_asked_as_they_said(app: Flask, client: FlaskClient, lms: Lms, worker: Worker) -> None:
    with app.app_context():
        db.session.execute(update(Platform).values(product_family="moodle"))
        db.session.commit()
    tokens = Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    lms.launch(client, lms.claims(**lms.services()))
    roster = Roster(lms, tokens, [member(1)])
    worker.run_once()
    assert roster.asked == [f"{lms.host}/roster"]


def test_whoever_stands_on_two_pages_is_one_and_has_both_roles(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members = [member(n) for n in range(100)] + [member(3, "Instructor")]
    worker.run_once()
    assert len(memberships(app)) == 100
    assert memberships(app)["user-3"].roster_roles == [MEMBERSHIP + "Instructor", MEMBERSHIP + "Learner"]


@pytest.mark.parametrize("first", ["Deleted", "Active"])
def test_whoever_is_active_in_one_enrolment_is_there(app: Flask, roster: Roster, worker: Worker, first: str) -> None:
    second = "Active" if first == "Deleted" else "Inactive"
    roster.members += [member(9, "Instructor", status=first), member(9, "Instructor", status=second)]
    worker.run_once()
    found = memberships(app)["user-9"]
    assert (found.status, found.left_at) == ("Active", None)


def test_nobody_is_in_more_sections_than_there_can_be(app: Flask, roster: Roster, worker: Worker) -> None:
    """Each is a row: a list of fifty thousand people with as many sections each would fill the database."""
    roster.members.append(with_sections(member(9), ",".join(map(str, range(5000)))))
    worker.run_once()
    assert len(memberships(app)["user-9"].sections) == MOST_WORDS


def test_sections_of_several_enrolments_add_up(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members += [with_sections(member(9), "42"), with_sections(member(9), "43"), member(9)]
    worker.run_once()
    assert memberships(app)["user-9"].sections == ["42", "43"]


def test_a_roster_without_sections_forgets_none(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members[1] = with_sections(roster.members[1], "42", "true")
    worker.run_once()
    roster.members[1] = member(2)
    refresh(app, worker)
    found = memberships(app)["user-2"]
    assert (found.sections, found.section_restricted) == (["42"], True)


def test_a_limit_ends_when_the_lms_says_so(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members[1] = with_sections(roster.members[1], "42", "true")
    worker.run_once()
    roster.members[1] = with_sections(member(2), "42,43", "false")
    refresh(app, worker)
    found = memberships(app)["user-2"]
    assert (found.sections, found.section_restricted) == (["42", "43"], False)


@pytest.mark.parametrize(("email", "is_test"), [("", True), ("test.student@example.edu", False)])
def test_canvas_s_test_student_is_known_by_its_name(
    app: Flask, roster: Roster, worker: Worker, email: str, is_test: bool
) -> None:
    roster.members.append(member(9, name="Test Student", email=email))
    worker.run_once()
    assert memberships(app)["user-9"].is_test_student is is_test


def test_what_a_launch_says_of_a_test_student_counts_for_more(
    app: Flask, client: FlaskClient, roster: Roster, worker: Worker, lms: Lms
) -> None:
    roster.members.append(member(9, name="Test Student"))
    lms.launch(client, lms.claims(sub="user-9", name="Test Student", **lms.services()))
    refresh(app, worker)
    assert memberships(app)["user-9"].is_test_student is False


def test_whoever_launched_without_ever_being_listed_has_not_left(app: Flask, roster: Roster, worker: Worker) -> None:
    """An administrator: in the course without being a member of it."""
    roster.members = [member(2), member(3)]
    worker.run_once()
    found = memberships(app)["user-1"]
    assert (found.listed_at, found.left_at) == (None, None)


def test_whoever_was_taken_off_the_list_and_launches_is_there_unlisted(
    app: Flask, client: FlaskClient, roster: Roster, worker: Worker, lms: Lms
) -> None:
    worker.run_once()
    roster.members = roster.members[1:]
    refresh(app, worker)
    assert memberships(app)["user-1"].left_at is not None
    lms.launch(client, lms.claims(**lms.services()))
    refresh(app, worker)
    found = memberships(app)["user-1"]
    assert (found.listed_at, found.left_at) == (None, None)


def test_since_when_somebody_is_listed_and_left_stays(app: Flask, roster: Roster, worker: Worker) -> None:
    worker.run_once()
    listed = memberships(app)["user-2"].listed_at
    roster.members = roster.members[:2]
    refresh(app, worker)
    left = memberships(app)["user-3"].left_at
    refresh(app, worker)
    assert (memberships(app)["user-2"].listed_at, memberships(app)["user-3"].left_at) == (listed, left)


def test_the_school_s_own_id_is_kept_and_never_emptied(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.members[1]["lis_person_sourcedid"] = "sis-2"
    roster.members[2]["lis_person_sourcedid"] = "$Person.sourcedId"
    worker.run_once()
    roster.members[1]["lis_person_sourcedid"] = None
    refresh(app, worker)
    with app.app_context():
        assert db.session.scalars(select(User.sourcedid).order_by(User.sub)).all() == ["", "sis-2", ""]
