"""A column between a teacher, one or two workers, and an LMS, where each of them may do anything at any moment.

The LMS's rules are those of tests/faults/gradebook.py; what breaks one of the promises is said at once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses
from flask import Flask
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

import lti
from engine import due
from engine.clock import real_now
from engine.db import db
from engine.worker import Worker
from lti.models.context import Context, LineItem, User
from lti.models.platform import Deployment, Platform
from lti.models.score import Delivery, OutgoingScore
from tests.faults.gradebook import Book

HOST = "https://lms.example"
ITEM = f"{HOST}/items/1"
WORK = "https://tool.example/lti/launch?activity=a&work=9"


class Killed(BaseException):
    """kill -9: nothing after it runs."""


class Story:
    """What happens, and what was promised. `people` are subs; all times are those of `clock`, which only we move."""

    def __init__(self, app: Flask, wire: responses.RequestsMock, clock: Any, family: str, at_once: int) -> None:
        self.app, self.clock, self.book = app, clock, Book(family)
        self.worker = Worker(app, lti.HANDLERS, room=lti.room, wide=["score"])
        self.next_posts: list[Callable[[dict[str, Any]], Any]] = []
        self.broken: list[str] = []
        self.typed_at: dict[str, datetime] = {}
        self.wanted_at: dict[str, datetime] = {}
        self.wanted: dict[str, float | None] = {}
        self.comments = 0
        self._commits_left: int | None = None
        self._one_at_a_time = threading.RLock()
        self._token = 0
        wire.reset()
        wire.add_callback(responses.POST, f"{HOST}/token", self._give_token)
        wire.add_callback(responses.POST, f"{ITEM}/scores", self._post)
        wire.add_callback(responses.GET, f"{ITEM}/results", self._results)
        with app.app_context():
            self.item_id = _make_column(family, at_once)

    # What a teacher does

    def release(self, sub: str, given: float) -> None:
        self.comments += 1
        score = lti.Score(given, 20, f"Comment {self.comments}")
        self._want(sub, given, lambda item, user: lti.queue_score(item, user, score))

    def withdraw(self, sub: str) -> None:
        self._want(sub, None, lti.withdraw_score)

    def hand_in(self, sub: str, number: int) -> None:
        with self.app.app_context():
            lti.queue_hand_in(*self._who(sub), real_now(), number, WORK)
            db.session.commit()

    def type_in(self, sub: str, score: float | None) -> None:
        self.book.type_in(sub, score)
        self.typed_at[sub] = real_now()

    def _want(self, sub: str, given: float | None, verb: Callable[[LineItem, User], object]) -> None:
        with self.app.app_context():
            verb(*self._who(sub))
            db.session.commit()
        self.wanted[sub], self.wanted_at[sub] = given, real_now()

    # What the machines do

    def run(self, dies_after: int | None = None) -> None:
        """A worker does what is due; it may die after so many of its commits, or of a post."""
        self._commits_left = dies_after
        event.listen(Session, "after_commit", self._committed)
        try:
            self.worker.run_once()
        except Killed:
            pass
        finally:
            event.remove(Session, "after_commit", self._committed)
            self._commits_left = None
        for thread in threading.enumerate():
            if thread.name == "third-option-sender":
                thread.join()  # what had left the dead worker arrives

    def overtake(self, score: dict[str, Any]) -> None:
        """While a post is on its way its worker is taken for dead, and another one does all that is due."""
        self.clock.shift(due.LEASE.total_seconds() + 1)
        Worker(self.app, lti.HANDLERS, room=lti.room, wide=["score"]).run_once()

    def pass_time(self, seconds: float) -> None:
        self.clock.shift(seconds)

    def end(self) -> None:
        """The LMS answers normally from now on."""
        self.next_posts.clear()
        for _hour in range(12):
            with self.app.app_context():
                if db.session.scalar(select(due.Due.id)) is None:
                    return
            self.clock.shift(3700)
            self.run()

    # What was promised

    def check(self) -> None:
        assert not self.broken, self.broken
        times: dict[str, str] = {}
        for one in self.book.accepted:
            assert times.get(one["sub"], "") < one["timestamp"], "times rise strictly"
            times[one["sub"]] = one["timestamp"]
        if self.book.family == "canvas":
            for said in self.book.comments.values():
                assert len(said) == len(set(said)), "each comment once"
        with self.app.app_context():
            rows = list(
                db.session.execute(select(OutgoingScore, User.sub).join(User, User.id == OutgoingScore.user_id))
            )
            assert db.session.scalar(select(due.Due.id)) is None, "nothing is left to do"
            for row, sub in rows:
                self._check_row(row, sub)

    def _check_row(self, row: OutgoingScore, sub: str) -> None:
        if row.status in {Delivery.REFUSED, Delivery.CHANGED}:
            assert lti.say(row.message), "a teacher is told why"
        elif row.status is Delivery.NOTED:
            assert self.wanted.get(sub) is None, "what was never sent needs no withdrawal"
        elif sub in self.wanted:
            assert row.status is Delivery.SENT, row.status
            theirs = sub in self.typed_at and self.typed_at[sub] >= self.wanted_at[sub]
            nothing = self.wanted[sub] is None and not self._is_ours(sub)  # nothing of ours, so nothing to take back
            assert theirs or nothing or self.book.grades.get(sub) == self.wanted[sub], (sub, row.status)

    def _is_ours(self, sub: str) -> bool:
        """Whether the last word that the LMS took about a grade was one, and not that there is none."""
        graded = [one["given"] for one in self.book.accepted if one["sub"] == sub and one["grading"] != "PendingManual"]
        return bool(graded) and graded[-1] is not None

    # The LMS

    def _give_token(self, request: Any) -> Any:
        self._token += 1
        return 200, {}, json.dumps({"access_token": f"token-{self._token}", "expires_in": 3600})

    def _post(self, request: Any) -> Any:
        if request.headers["Authorization"] != f"Bearer token-{self._token}":
            return 401, {}, ""
        score = json.loads(request.body)
        with self._one_at_a_time:
            odd = self.next_posts.pop(0) if self.next_posts else None
        # Not held meanwhile: whoever overtakes this one posts by a thread of its own, and is waited for.
        return (odd(score) if odd else None) or self.take(score)

    def take(self, score: dict[str, Any]) -> Any:
        """As a healthy LMS does; nobody's own grade may go by it that was there before ours was wanted."""
        with self._one_at_a_time:
            return self._taken(score)

    def _taken(self, score: dict[str, Any]) -> Any:
        sub, full = score["userId"], score["gradingProgress"] == "FullyGraded"
        theirs, typed = self.book.grades.get(sub), self.typed_at.get(sub)
        status, body = self.book.post(score, real_now())
        now_there = self.book.grades.get(sub)
        graded = full or self.book.family == "moodle"
        if status == 200 and graded and typed and typed < self.wanted_at[sub] and theirs not in {None, now_there}:
            self.broken.append(f"{theirs} of {sub}, typed in by hand, was overwritten by {now_there}")
        if status == 200 and graded:
            self.typed_at.pop(sub, None)
        return status, {}, json.dumps(body)

    def _results(self, request: Any) -> Any:
        if request.headers["Authorization"] != f"Bearer token-{self._token}":
            return 401, {}, ""
        only = parse_qs(urlsplit(request.url).query).get("user_id", [""])[0]
        with self._one_at_a_time:
            return 200, {}, json.dumps(self.book.results(only))

    def expire(self, score: dict[str, Any]) -> Any:
        self._token += 1
        return 401, {}, ""

    def lose(self, score: dict[str, Any]) -> Any:
        """It took the score; its answer is lost."""
        self.take(score)
        raise requests.ConnectionError("reset")

    def die_before(self, score: dict[str, Any]) -> Any:
        raise Killed

    def die_after(self, score: dict[str, Any]) -> Any:
        self.take(score)
        raise Killed

    def _committed(self, session: Session) -> None:
        if self._commits_left is not None:
            self._commits_left -= 1
            if self._commits_left < 0:
                self._commits_left = None
                raise Killed

    def _who(self, sub: str) -> tuple[LineItem, User]:
        item = db.session.get_one(LineItem, self.item_id)
        return item, db.session.scalars(select(User).where(User.sub == sub)).one()


def _make_column(family: str, at_once: int) -> int:
    """An empty column in an emptied database, with people; its id."""
    session = db.session
    for model in (due.Due, OutgoingScore):
        session.execute(delete(model))
    platform = session.scalar(select(Platform))
    if platform is None:
        platform = Platform(
            issuer=HOST, client_id="c", auth_login_url=HOST, auth_token_url=f"{HOST}/token", jwks_url=HOST,
            created_at=real_now(),
        )  # fmt: skip
        context = Context(deployment=Deployment(platform=platform, deployment_id="1"), context_id="1")
        item = LineItem(context=context, url=ITEM, score_maximum=20)
        session.add(item)
        session.add_all(User(platform=platform, sub=sub) for sub in ("ada", "ben", "cem"))
    platform.product_family, platform.at_once = family, at_once
    quiet = {"paused_until": None, "paused_why": "", "failures": 0, "slowed_to": None}
    session.flush()
    session.execute(update(Platform).values(quiet))
    session.execute(update(Context).values(paused_at=None, paused_why=""))
    session.execute(update(LineItem).values(gone_at=None, problem="", results_began=None, results_fresh_until=None))
    session.commit()
    return session.scalars(select(LineItem.id)).one()
