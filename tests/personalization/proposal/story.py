"""A story about one student in time: each step is a real press or a look at a page, at a moment of the domain's clock.

What time does between two steps is done either by `flask jobs run` (a worker that never sleeps) or by nobody, so that
the next request has to catch up. A story must end the same both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.keeping import keep, retime_one
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.proposal.answering import offer
from personalization.proposal.finding import ideas_of
from personalization.proposal.model import Proposal, Words
from personalization.proposal.starting import revive
from tests.cast import Cast, Member, writing
from tests.personalization import pressing
from tests.personalization.proposal.talking import EDITED, FIELDS, WORDS

OPTIONS = {"Field poster": 0, "Data story": 1}


@dataclass(frozen=True)
class Snapshot:
    """Where the student stands, in plain values. `events` = [(verb, detail)], oldest first."""

    option: str | None
    way: str | None
    rule: str | None
    ideas: list[str]
    plans: list[str]
    unplaced: bool
    closed: bool
    dates: dict[str, datetime | None]
    reply_until: datetime | None
    events: list[tuple[str, dict[str, Any]]]

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _detail in self.events]

    def said(self, verb: str) -> dict[str, Any]:
        return next(detail for name, detail in reversed(self.events) if name == verb)


@dataclass
class Story:
    app: Flask
    cast: Cast
    activity_id: int
    who: Member
    student: FlaskClient
    teacher: FlaskClient
    has_worker: bool

    # Looking

    def reads(self, now: datetime) -> str:
        """What the student reads on the page where a way is picked; whatever is due by then has happened."""
        return self._read(f"/activities/{self.activity_id}/choice", now)

    def reads_idea(self, idea: int, now: datetime) -> str:
        return self._read(f"/proposals/{idea}", now)

    def _read(self, address: str, now: datetime) -> str:
        self._work(now)
        answer = pressing.look(self.student, address, now=now)
        assert answer.status_code == HTTPStatus.OK, answer.status_code
        return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())

    def is_at(self, now: datetime) -> Snapshot:
        """Where they stand once somebody, the teacher, has looked."""
        self._work(now)
        answer = pressing.look(self.teacher, f"/courses/{self.cast.course_id}/queue", now=now)
        assert answer.status_code == HTTPStatus.OK
        with self.app.app_context():
            return self._snapshot()

    def _snapshot(self) -> Snapshot:
        choice = self._choice()
        ideas = ideas_of(choice)
        return Snapshot(
            option=choice.option.title if choice.option else None,
            way=choice.way,
            rule=choice.rule,
            ideas=[idea.status.value for idea in ideas],
            plans=[version.plan for idea in ideas for version in idea.versions],
            unplaced=choice.unplaced_at is not None,
            closed=choice.closed_at is not None,
            dates={name: getattr(choice, name) for name in ("propose_by", "accept_by", "pick_by", "work_due", "lock")},
            reply_until=choice.reply_until,
            events=[(event.verb, event.detail) for event in choice.events],
        )

    # The student

    def picks(self, option: str, now: datetime) -> TestResponse:
        with self.app.app_context():
            options = db.session.get_one(Activity, self.activity_id).designed_options
            chosen = str(options[OPTIONS[option]].id)
        return self._press(self.student, f"/activities/{self.activity_id}/choice", {"option": chosen}, now)

    def starts(self, now: datetime) -> TestResponse:
        return self._press(self.student, f"/activities/{self.activity_id}/proposals", {}, now)

    def sends(self, idea: int, now: datetime, plan: str = WORDS.plan, plan_b: str = "") -> TestResponse:
        fields = {**FIELDS, "plan": plan}
        if plan_b:
            with self.app.app_context():
                options = db.session.get_one(Activity, self.activity_id).designed_options
                fields["plan_b"] = str(options[OPTIONS[plan_b]].id)
        return self._press(self.student, f"/proposals/{idea}/versions", fields, now)

    def proposes(self, now: datetime, plan: str = WORDS.plan, plan_b: str = "") -> int:
        """Begin an idea and send it; its id."""
        begun = self.starts(now)
        assert begun.status_code == HTTPStatus.SEE_OTHER, begun.text
        idea = int(begun.location.rsplit("/", 1)[1])
        assert self.sends(idea, now, plan, plan_b).status_code == HTTPStatus.SEE_OTHER
        return idea

    def agrees(self, idea: int, version: int, now: datetime) -> TestResponse:
        return self._press(self.student, f"/proposals/{idea}/agreement", {"version": str(version)}, now)

    def hands_in(self, now: datetime, text: str = "My work") -> TestResponse:
        address = f"/activities/{self.activity_id}/submission"
        return self._press(self.student, address, {"text": text, "do": "hand-in"}, now)

    # The teacher

    def answers(self, idea: int, decision: str, now: datetime, version: int = 1) -> TestResponse:
        """`decision` is accept, revise or back."""
        fields = {"version": str(version), "decision": decision, "reply": "Which organisms would be in it?"}
        return self._press(self.teacher, f"/proposals/{idea}/decision", fields, now)

    def offers(self, idea: int, now: datetime) -> None:
        with self._acting(now) as teacher:
            edited = Words(WORDS.title, EDITED["plan"], WORDS.tool, "", WORDS.lines)
            offer(db.session.get_one(Proposal, idea), 1, edited, "Smaller is better.", teacher, now)

    def gives_time(self, now: datetime, reopen: int | None = None, **dates: datetime) -> None:
        with self._acting(now) as teacher:
            choice = self._choice()
            choice.extend(dates, "Was ill", teacher, now)
            retime_one(choice)
            if reopen is not None:
                revive(db.session.get_one(Proposal, reopen), False, teacher, now)

    def changes(self, now: datetime, **values: Any) -> None:
        """The activity is another one from now on, as publishing it again makes it."""
        with self._acting(now):
            activity = db.session.get_one(Activity, self.activity_id)
            for name, value in values.items():
                setattr(activity, name, value)
            keep(activity, now)

    @contextmanager
    def _acting(self, now: datetime) -> Iterator[Person]:
        """The teacher's hand where its page is a slice above this one: whatever is due by then has happened before."""
        self.is_at(now)
        with writing(self.app):
            yield db.session.get_one(Person, self.cast.teacher.id)

    # Inside

    def _press(self, client: FlaskClient, address: str, fields: dict[str, str], now: datetime) -> TestResponse:
        self._work(now)
        return pressing.press(client, address, fields, now=now)

    def _work(self, now: datetime) -> None:
        if self.has_worker:
            done = self.app.test_cli_runner().invoke(args=["jobs", "run", "--now", now.isoformat()])
            assert done.exit_code == 0, done.output

    def _choice(self) -> Choice:
        query = select(Choice).where(Choice.activity_id == self.activity_id, Choice.student_id == self.who.id)
        return db.session.scalars(query).one()
