"""What the gradebook holds, as a page asks for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

import lti
from engine.clock import real_now
from engine.db import db
from lti.held import Held
from lti.models.context import LineItem, User
from lti.models.score import Delivery, OutgoingScore
from tests.lti.platform import Lms
from tests.lti.services import Gradebook, Tokens


@pytest.fixture
def book(app: Flask, client: FlaskClient, lms: Lms) -> Gradebook:
    """A launched activity with a column; user-1 is who launched."""
    tokens = Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    book = Gradebook(lms, tokens)
    lms.launch(client, lms.claims(**lms.services()))
    return book


def read(app: Flask, *, fresh: bool = False) -> tuple[lti.ColumnView, dict[str, Held]]:
    """The view, and its results by `sub`."""
    with app.app_context():
        view = lti.read_column(db.session.scalars(select(LineItem)).one(), fresh=fresh)
        subs = {user.id: user.sub for user in db.session.scalars(select(User))}
        held = lti.results_of(db.session.scalars(select(LineItem)).one())
        return view, {subs[user_id]: one for user_id, one in held.items()}


def test_name_points_due_date_and_grades_are_shown(app: Flask, book: Gradebook) -> None:
    book.line_item["endDateTime"] = "2026-11-28T23:59:59Z"
    book.grades = {"user-1": 17.5, "somebody-unknown": 3}
    view, results = read(app)
    assert (view.label, view.score_maximum, view.problem) == ("Energy project", 20, "")
    assert view.due == datetime(2026, 11, 28, 23, 59, 59, tzinfo=UTC)
    assert view.read_at is not None
    assert results == {"user-1": Held(17.5, 20)}


def test_a_second_look_does_not_ask_again_unless_told_to(app: Flask, book: Gradebook) -> None:
    read(app)
    book.grades = {"user-1": 9}
    assert read(app)[1] == {}
    assert read(app, fresh=True)[1] == {"user-1": Held(9, 20)}
    assert len(book.reads) == 2


def test_an_old_look_is_renewed(app: Flask, book: Gradebook) -> None:
    read(app)
    with app.app_context():
        db.session.execute(update(LineItem).values(asked_at=real_now() - timedelta(minutes=3)))
        db.session.commit()
    read(app)
    assert len(book.reads) == 2


def test_looking_queues_nothing(app: Flask, book: Gradebook) -> None:
    book.grades = {"user-1": 9}
    read(app)
    with app.app_context():
        assert [row.status for row in db.session.scalars(select(OutgoingScore))] == [Delivery.NOTED]


def test_a_grade_that_is_gone_is_no_longer_shown(app: Flask, book: Gradebook) -> None:
    book.grades = {"user-1": 9}
    read(app)
    book.grades = {}
    assert read(app, fresh=True)[1] == {}


@pytest.mark.parametrize(
    ("answer", "words", "gone"),
    [
        ((404, {}, ""), "no such column", True),
        ((404, {}, '{"errors":[{"message":"The specified resource does not exist."}]}'), "course is closed", False),
        ((500, {}, ""), "answer 500", False),
        ((200, {}, "<html>"), "answer 200", False),
        ((200, {}, "[1]"), "answer 200", False),
    ],
)
def test_trouble_is_said_and_what_was_known_stays(
    app: Flask, book: Gradebook, answer: Any, words: str, gone: bool
) -> None:
    book.grades = {"user-1": 9}
    read(app)
    book.line_item_answer = answer
    view, results = read(app, fresh=True)
    assert words in view.problem
    assert (view.label, view.score_maximum, results) == ("Energy project", 20, {"user-1": Held(9, 20)})
    with app.app_context():
        assert (db.session.scalars(select(LineItem.gone_at)).one() is not None) is gone


def test_results_come_in_pages(app: Flask, client: FlaskClient, book: Gradebook) -> None:
    book.lms.launch(client, book.lms.claims(sub="user-2"))
    first = [{"userId": "user-1", "resultScore": 0, "resultMaximum": 20}]
    second = [{"userId": "user-2", "resultScore": 1, "resultMaximum": 20}]
    following = {"Link": f'<{book.url}/results?page=2>; rel="next"'}
    book.results_pages = {"": (200, following, json.dumps(first)), "2": (200, {}, json.dumps(second))}
    assert read(app)[1] == {"user-1": Held(0, 20), "user-2": Held(1, 20)}


def test_trouble_is_not_asked_for_again_at_once(app: Flask, book: Gradebook) -> None:
    book.line_item_answer = (500, {}, "")
    read(app)
    asked = len(book.lms.wire.calls)
    assert "answer 500" in read(app)[0].problem
    assert len(book.lms.wire.calls) == asked


def test_odd_results_are_passed_over(app: Flask, book: Gradebook) -> None:
    odd = [7, {}, {"userId": "user-1", "resultScore": "9"}, {"userId": None}, {"userId": 5, "resultScore": 1}]
    book.results_answer = (200, {}, json.dumps(odd))
    view, results = read(app)
    assert view.problem == ""
    assert results == {}


def test_the_session_holds_nothing_while_the_network_is_asked(app: Flask, book: Gradebook) -> None:
    def write_from_outside() -> None:
        with app.app_context():
            db.session.execute(update(User).values(name="Renamed meanwhile"))
            db.session.commit()

    plain = book.tokens.is_good

    def check(request: Any) -> bool:
        write_from_outside()
        return plain(request)

    book.tokens.is_good = check  # type: ignore[method-assign]
    assert read(app)[0].problem == ""


@pytest.mark.parametrize(
    ("held", "given", "maximum", "same"),
    [
        (Held(20, 40), 5, 10, True),
        (Held(13.33333, 40), 1, 3, True),
        (Held(13.3334, 40), 1, 3, False),
        (Held(40, 40), 60, 40, True),  # cut to the maximum
        (Held(60, 40), 60, 40, True),  # or kept above it
        (Held(0, 40), 0, 40, True),
        (Held(None, 40), 0, 40, False),
        (Held(None, None), None, None, True),
        (Held(5, None), 5, 10, True),
        (Held(5, 10), None, None, False),
    ],
)
def test_whether_a_grade_is_ours(held: Held, given: float | None, maximum: float | None, same: bool) -> None:
    assert held.is_same(given, maximum) is same


@pytest.mark.parametrize("sub", ["\0", "user-1\0", "\ud800", "x" * 5000, 10**400, True, "", None, ["user-1"]])
def test_a_result_of_somebody_whom_no_database_could_hold_is_nobody_s(app: Flask, book: Gradebook, sub: object) -> None:
    given = [{"userId": "user-1", "resultScore": 9, "resultMaximum": 20}, {"userId": sub, "resultScore": 3}]
    book.results_answer = (200, {}, json.dumps(given))
    view, results = read(app)
    assert (view.problem, results) == ("", {"user-1": Held(9, 20)})


@pytest.mark.one_database
def test_a_gradebook_of_more_people_than_a_course_can_have_is_not_read(
    app: Flask, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lti.column.MOST_PEOPLE", 3)
    book.results_answer = (200, {}, json.dumps([{"userId": f"u{n}", "resultScore": 1} for n in range(4)]))
    view, results = read(app)
    assert ("too large" in view.problem, results) == (True, {})
