"""When a class list is read without anybody asking: once a day where the course is used, and again after trouble."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

import lti
from engine.clock import real_now
from engine.db import db
from engine.due import Due
from engine.worker import Worker
from lti.models.context import Context, Membership
from lti.models.platform import Platform
from lti.roster import DAY, IN_USE, JITTER, LEAST, daily
from tests.lti.platform import Lms
from tests.lti.services import Answer, Tokens
from tests.lti.test_roster import Roster, due_at, error, member, memberships

AFTER = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)


@pytest.fixture
def roster(app: Flask, client: FlaskClient, lms: Lms) -> Roster:
    """A launched course whose roster is due; user-1 is who launched."""
    tokens = Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    lms.launch(client, lms.claims(**lms.services()))
    return Roster(lms, tokens, [member(n) for n in range(1, 121)])


def make_due(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(Due).values(at=real_now()))
        db.session.execute(update(Platform).values(paused_until=None))
        db.session.commit()


def test_ten_thousand_courses_spread_over_the_day() -> None:
    moments = [daily(course, AFTER) for course in range(10_000)]
    assert all(AFTER < at <= AFTER + DAY + timedelta(seconds=JITTER) for at in moments)
    hours = Counter(at.replace(minute=0, second=0) for at in moments)
    assert max(hours.values()) < 2 * 10_000 / 24
    assert abs(daily(7, AFTER) + DAY - daily(7, AFTER + DAY)) <= timedelta(seconds=JITTER), "each keeps its own moment"


def test_a_course_that_is_used_is_read_every_day(app: Flask, roster: Roster, worker: Worker) -> None:
    for _day in range(7):
        asked = len(roster.asked)
        worker.run_once()
        assert len(roster.asked) == asked + 3
        assert LEAST <= due_at(app) - real_now() + timedelta(minutes=1) <= LEAST + DAY + timedelta(seconds=JITTER)
        make_due(app)
    with app.app_context():
        assert db.session.scalars(select(Due.attempts)).one() == 0, "a week of good days is no row of failures"


def test_a_course_that_nobody_opened_for_a_month_rests_until_somebody_does(
    app: Flask, client: FlaskClient, lms: Lms, roster: Roster, worker: Worker
) -> None:
    with app.app_context():
        long_ago = real_now() - IN_USE - timedelta(minutes=1)
        db.session.execute(update(Membership).values(launched_at=long_ago))
        db.session.commit()
    worker.run_once()
    with app.app_context():
        assert db.session.scalars(select(Due)).all() == []
        db.session.execute(update(Context).values(roster_synced_at=long_ago))
        db.session.commit()
    lms.launch(client, lms.claims(**lms.services()))
    worker.run_once()
    assert due_at(app) > real_now()


def test_an_lms_that_throttles_amid_a_list_is_left_alone_as_long_as_it_says(
    app: Flask, roster: Roster, worker: Worker
) -> None:
    worker.run_once()
    make_due(app)
    roster.members = roster.members[:110]  # on the page that does not come stand ten who would have left
    throttled: Answer = (429, {"Retry-After": "300"}, "")
    roster.answer = lambda page: throttled if page == 3 else None
    worker.run_once()
    assert "answer 429" in error(app)
    assert timedelta(seconds=290) < due_at(app) - real_now() < timedelta(seconds=310)
    assert not any(row.left_at for row in memberships(app).values())
    roster.answer = lambda page: None
    make_due(app)
    worker.run_once()
    assert sum(row.left_at is not None for row in memberships(app).values()) == 10
    assert error(app) == ""


def test_who_asks_while_it_is_read_is_not_forgotten(app: Flask, roster: Roster, worker: Worker) -> None:
    def ask_anew(page: int) -> Answer | None:
        if page == 2:
            with app.app_context():
                lti.refresh_roster(db.session.scalars(select(Context)).one(), real_now())
                db.session.commit()
        return None

    roster.answer = ask_anew
    worker.run_once()
    assert due_at(app) <= real_now()


def test_a_list_that_is_refused_for_good_is_asked_for_another_day(app: Flask, roster: Roster, worker: Worker) -> None:
    roster.answer = lambda page: (404, {}, "")
    worker.run_once()
    assert due_at(app) > real_now() + timedelta(hours=11)
