"""A teacher's hand on one column of a fake Canvas or Moodle; all tests of this room know its fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import lti
from engine import due
from engine.clock import real_now
from engine.db import db
from engine.worker import Worker
from lti.models.context import Context, LineItem, User
from lti.models.platform import Platform
from lti.models.score import OutgoingScore
from tests.lti.platform import Lms
from tests.lti.services import Gradebook, Tokens

HANDED_IN = datetime(2026, 11, 20, 18, 2, 11, tzinfo=UTC)
WORK = "https://tool.example/lti/launch?activity=a&work=9"


class Desk:
    """A teacher's hand on one column: queues scores, lets time pass, runs the worker, reads how it went."""

    def __init__(self, app: Flask, lms: Lms, book: Gradebook, worker: Worker, clock: Any) -> None:
        self.app, self.lms, self.book, self.worker, self.clock = app, lms, book, worker, clock

    def score(self, given: float, comment: str = "", sub: str = "user-1", maximum: float = 20) -> None:
        with self.app.app_context():
            lti.queue_score(*self._who(sub), lti.Score(given, maximum, comment))
            db.session.commit()

    def hand_in(self, number: int = 1, sub: str = "user-1") -> None:
        with self.app.app_context():
            lti.queue_hand_in(*self._who(sub), HANDED_IN + timedelta(days=number), number, WORK)
            db.session.commit()

    def withdraw(self, sub: str = "user-1") -> None:
        with self.app.app_context():
            lti.withdraw_score(*self._who(sub))
            db.session.commit()

    def press(self, verb: Any, sub: str = "user-1") -> None:
        with self.app.app_context():
            verb(self._row(sub))
            db.session.commit()

    def run(self) -> None:
        """Do what is due now, once."""
        self.worker.run_once()

    def run_for(self, seconds: float) -> None:
        """Let time pass and work."""
        self.clock.shift(seconds)
        self.worker.run_all(20)

    def row(self, sub: str = "user-1") -> OutgoingScore:
        """A copy for reading."""
        with self.app.app_context():
            row = self._row(sub)
            db.session.expunge(row)
            return row

    def is_due(self) -> bool:
        with self.app.app_context():
            return db.session.scalar(select(due.Due).where(due.Due.kind == "score")) is not None

    def said(self, sub: str = "user-1") -> str:
        """Why the row stands as it does, in words."""
        row = self.row(sub)
        return lti.say(row.message, lti.lms_name(self.lms.family), sub)

    def look(self) -> lti.ColumnView:
        """Open a page that reads the column anew."""
        with self.app.app_context():
            return lti.read_column(db.session.scalars(select(LineItem)).one(), fresh=True)

    def launch(self, client: FlaskClient | None = None, path: str = "items/7") -> None:
        """Open the activity, whose column stands at that path; no roster is named, so none is read."""
        services = {k: v for k, v in self.lms.services(path).items() if "nrps" not in k}
        self.lms.launch(client or self.app.test_client(), self.lms.claims(**services))

    def pause(self) -> lti.Pause | None:
        with self.app.app_context():
            return lti.pause_of(db.session.scalars(select(Context)).one())

    def failures(self) -> int:
        with self.app.app_context():
            return db.session.scalars(select(Platform.failures)).one()

    def forget(self, sub: str = "user-1") -> None:
        with self.app.app_context():
            lti.forget_waiting(*self._who(sub))
            db.session.commit()

    def resume(self) -> int:
        with self.app.app_context():
            done = lti.resume(db.session.scalars(select(Context)).one())
            db.session.commit()
        return done

    def _row(self, sub: str) -> OutgoingScore:
        item, user = self._who(sub)
        return db.session.scalars(select(OutgoingScore).filter_by(line_item_id=item.id, user_id=user.id)).one()

    def _who(self, sub: str) -> tuple[LineItem, User]:
        item = db.session.scalars(select(LineItem)).one()
        user = db.session.scalars(select(User).where(User.sub == sub)).one_or_none()
        if user is None:
            user = User(platform_id=self.lms.platform_id, sub=sub, name=sub)
            db.session.add(user)
            db.session.flush()
        return item, user


def open_desk(
    app: Flask, client: FlaskClient, wire: responses.RequestsMock, worker: Worker, clock: Any, family: str, path: str
) -> Desk:
    lms = Lms(wire, family=family)
    lms.register(app)
    tokens = Tokens(lms, lambda: app.test_client().get("/lti/jwks").get_json())
    book = Gradebook(lms, tokens, path)
    desk = Desk(app, lms, book, worker, clock)
    desk.launch(client, path)
    return desk


@pytest.fixture
def canvas(app: Flask, client: FlaskClient, wire: responses.RequestsMock, worker: Worker) -> Iterator[Desk]:
    with time_machine.travel(real_now(), tick=True) as clock:  # milliseconds pass, since they tell scores apart
        yield open_desk(app, client, wire, worker, clock, "canvas", "items/7")


@pytest.fixture
def moodle(app: Flask, client: FlaskClient, wire: responses.RequestsMock, worker: Worker) -> Iterator[Desk]:
    with time_machine.travel(real_now(), tick=False) as clock:  # only tests move seconds, since they tell scores apart
        yield open_desk(app, client, wire, worker, clock, "moodle", "items/2/lineitem?type_id=1")


@pytest.fixture(params=["canvas", "moodle"])
def desk(
    request: pytest.FixtureRequest, app: Flask, client: FlaskClient, wire: responses.RequestsMock, worker: Worker
) -> Iterator[Desk]:
    path = {"canvas": "items/7", "moodle": "items/2/lineitem?type_id=1"}[request.param]
    with time_machine.travel(real_now(), tick=request.param == "canvas") as clock:
        yield open_desk(app, client, wire, worker, clock, request.param, path)
