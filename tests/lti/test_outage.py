"""An LMS that is down for long: it is left alone meanwhile, and soon after it is back everything has gone to it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
import responses
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

import lti
from engine import due
from engine.clock import real_now
from engine.db import db
from engine.worker import Worker
from lti.models.context import Context, LineItem, User
from lti.models.platform import Deployment, Platform
from lti.models.score import Delivery, OutgoingScore

HOST = "https://lms.example"
COLUMNS = 4
MOMENT = timedelta(seconds=5)


def cut() -> Any:
    raise requests.ConnectionError("cut")


WAYS: dict[str, Any] = {
    "no answer": cut,
    "down": lambda: (503, {}, ""),
    "page": lambda: (302, {"Location": "/login"}, ""),
    "asks for half an hour": lambda: (503, {"Retry-After": "1800"}, ""),
}


class School:
    """A platform with four columns in two courses; `way` is how it is down, "" while it works, and `shows` whether it
    can be read all the same. Only we move its `clock`. `asked`: the moments at which it was asked while it was down."""

    def __init__(self, app: Flask, wire: responses.RequestsMock, clock: Any) -> None:
        self.app, self.clock, self.way, self.shows = app, clock, "", True
        self.asked: list[datetime] = []
        self.points = 0
        self.worker = Worker(app, lti.HANDLERS, room=lti.room, wide=lti.WIDE)
        wire.reset()
        token = json.dumps({"access_token": "token", "expires_in": 86_000})
        wire.add_callback(responses.POST, f"{HOST}/token", lambda request: (200, {}, token))
        with app.app_context():
            self.items = _columns()
        for number in range(COLUMNS):
            for method, path in ((responses.POST, "scores"), (responses.GET, "results"), (responses.GET, "")):
                wire.add_callback(method, f"{HOST}/{number}{'/' if path else ''}{path}", self._answer)

    def _answer(self, request: Any) -> Any:
        if self.way and not (self.shows and request.method == "GET"):
            self.asked += [real_now()] if real_now() not in self.asked[-1:] else []
            return WAYS[self.way]()
        return 200, {}, "[]" if request.url.endswith("results") else "{}"

    def goes(self, way: str) -> None:
        self.way = way

    def release(self, number: int) -> None:
        self.points += 1
        with self.app.app_context():
            user = db.session.scalars(select(User)).first()
            assert user is not None
            lti.queue_score(db.session.get_one(LineItem, self.items[number]), user, lti.Score(self.points, 1000))
            db.session.commit()

    def press(self, number: int) -> None:
        """“Send again”, or “Sync all” where nothing was released yet."""
        with self.app.app_context():
            item = db.session.get_one(LineItem, self.items[number])
            rows = list(lti.outgoing(item).values())
            if rows:
                lti.retry(rows[0])
            else:
                lti.compare(item)
            db.session.commit()

    def sync(self, number: int) -> None:
        """“Sync all”, which reads the column alone."""
        with self.app.app_context():
            lti.compare(db.session.get_one(LineItem, self.items[number]))
            db.session.commit()

    def passes(self, seconds: float) -> None:
        """Time, in which a worker looks whenever something is due."""
        end = real_now() + timedelta(seconds=seconds)
        self.worker.run_all(100)
        while (at := self._next()) is not None and at <= end:
            self.clock.move_to(max(at, real_now()))
            self.worker.run_all(100)
        self.clock.move_to(end)

    def waiting(self) -> int:
        with self.app.app_context():
            return len(db.session.scalars(select(OutgoingScore.id).filter_by(status=Delivery.QUEUED)).all())

    def pause(self) -> timedelta:
        with self.app.app_context():
            until = db.session.scalars(select(Platform.paused_until)).one()
        return until - real_now() if until else timedelta(0)

    def _next(self) -> datetime | None:
        with self.app.app_context():
            return db.session.scalar(select(due.Due.at).order_by(due.Due.at).limit(1))


def _columns() -> list[int]:
    """Their ids, with nothing in them and a platform that never failed."""
    for model in (due.Due, OutgoingScore):
        db.session.execute(delete(model))
    if db.session.scalar(select(Platform)) is None:
        platform = Platform(
            issuer=HOST, client_id="c", auth_login_url=HOST, auth_token_url=f"{HOST}/token", jwks_url=HOST,
            product_family="canvas", created_at=real_now(),
        )  # fmt: skip
        deployment = Deployment(platform=platform, deployment_id="1")
        courses = [Context(deployment=deployment, context_id=f"{number}") for number in range(2)]
        items = [LineItem(context=courses[n % 2], url=f"{HOST}/{n}", score_maximum=20) for n in range(COLUMNS)]
        db.session.add_all([*items, User(platform=platform, sub="amara")])
    db.session.flush()
    db.session.execute(update(Platform).values(paused_until=None, paused_why="", failures=0, slowed_to=None))
    never = {"results_began": None, "results_fresh_until": None, "compare_asked_at": None, "gone_at": None}
    db.session.execute(update(LineItem).values(never))
    db.session.commit()
    return list(db.session.scalars(select(LineItem.id).order_by(LineItem.id)))


NUMBER = st.integers(0, COLUMNS - 1)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("release"), NUMBER),
        st.tuples(st.just("press"), NUMBER),
        st.tuples(st.just("goes"), st.sampled_from(["", "no answer", "down", "page"])),
        st.tuples(st.just("passes"), st.sampled_from([0.5, 4.0, 40.0, 700.0, 4_000.0])),
    ),
    min_size=2,
    max_size=10,
)


@pytest.mark.one_database
@pytest.mark.parametrize("pressed", [True, False])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, way=st.sampled_from(["no answer", "down", "page"]))
def test_whatever_happened_meanwhile_all_of_it_goes_soon_after_the_lms_is_back(
    app: Flask, wire: responses.RequestsMock, pressed: bool, events: list[tuple[Any, ...]], way: str
) -> None:
    with time_machine.travel(real_now(), tick=False) as clock:
        school = School(app, wire, clock)
        school.goes(way)
        for number in range(COLUMNS):
            school.release(number)
        school.passes(200)
        for name, said in events:
            getattr(school, name)(said)
        times = school.asked
        assert all(later - earlier >= MOMENT for earlier, later in pairwise(times)), "left alone"
        school.goes("")
        if pressed:
            school.press(0)
        school.passes(6 if pressed else 601)
        assert school.waiting() == 0


@pytest.fixture
def school(app: Flask, wire: responses.RequestsMock) -> Any:
    with time_machine.travel(real_now(), tick=False) as clock:
        yield School(app, wire, clock)


def test_a_night_of_outage_is_a_request_every_ten_minutes(school: School) -> None:
    school.goes("down")
    for number in range(COLUMNS):
        school.release(number)
    school.passes(4 * 3600)
    assert 24 <= len(school.asked) <= 28
    assert school.pause() <= timedelta(minutes=10)


@pytest.mark.parametrize("press", ["press", "sync"])
def test_what_cannot_even_be_read_is_read_soon_after(school: School, press: str) -> None:
    school.shows = False
    school.goes("down")
    for number in range(COLUMNS):
        school.release(number)
    school.passes(1000)
    school.goes("")
    getattr(school, press)(2)
    school.passes(7)
    assert school.waiting() == 0


def test_many_presses_are_one_request_in_five_seconds(school: School) -> None:
    school.goes("down")
    school.release(0)
    school.passes(7200)
    before = len(school.asked)
    for number in range(40):
        school.press(number % COLUMNS)
        school.passes(0.1)
    assert len(school.asked) - before <= 2


def test_no_press_shortens_what_the_lms_asked_for(school: School) -> None:
    school.goes("asks for half an hour")
    school.release(0)
    school.passes(1)
    assert len(school.asked) == 1
    school.press(0)
    school.passes(1700)
    assert len(school.asked) == 1
    school.goes("")
    school.passes(101)
    assert school.waiting() == 0


def test_what_comes_round_keeps_its_time_when_a_lane_wakes(school: School) -> None:
    tomorrow = real_now() + timedelta(days=1)
    with school.app.app_context():
        lane = f"platform:{db.session.scalars(select(Platform.id)).one()}"
        due.schedule(db.session, "roster", "9", tomorrow, lane)
        db.session.commit()
    school.goes("down")
    school.release(0)
    school.passes(3000)
    school.goes("")
    school.press(0)
    school.passes(6)
    with school.app.app_context():
        assert db.session.scalars(select(due.Due.at).where(due.Due.kind == "roster")).one() == tomorrow
