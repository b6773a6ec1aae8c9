"""Nobody without a plan, once more: a class in a database, with real presses, the real sweep, or no worker at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from engine.db import db
from engine.errors import ForPeople
from lti.models.context import Context
from personalization.activity.dates import Dates
from personalization.activity.model import Activity, Silence
from personalization.choice.keeping import keep, retime, retime_one
from personalization.choice.model import Choice
from personalization.choice.own_dates import OWN_DATES
from personalization.people.model import Course, Person, Role
from personalization.proposal import sweep
from personalization.proposal.finding import ideas_of, open_idea
from personalization.proposal.model import Proposal
from personalization.proposal.starting import revive
from tests.cast import NOON, Cast, Member, browser_of, make_activity, make_person, member, writing
from tests.personalization.pressing import look, press
from tests.personalization.proposal import lives
from tests.personalization.proposal.talking import FIELDS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST = 3
whom = st.integers(0, MOST - 1)


class PressedClass(RuleBasedStateMachine):
    """One activity in a course of its own students. Whoever presses may be refused; nothing answers with a fault."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        super().__init__()
        self.app, self.cast = app, cast
        self.teacher = browser_of(app, cast.teacher)
        self.people: list[tuple[Member, FlaskClient]] = []
        self.texts: dict[int, set[str]] = {}
        self.said = 0

    @initialize(
        days=st.lists(st.integers(2, 5), min_size=5, max_size=5),
        least_filled=st.booleans(),
        silence=st.sampled_from(Silence),
        has_default=st.booleans(),
        places=st.none() | st.integers(1, 2),
    )
    def begin(
        self, days: list[int], least_filled: bool, silence: Silence, has_default: bool, places: int | None
    ) -> None:
        self.now = NOON
        names = ("propose_by", "answer_by", "accept_by", "pick_by", "work_due")
        dates = {name: NOON + sum(days[: n + 1]) * DAY for n, name in enumerate(names)}
        with writing(self.app):
            db.session.execute(update(Person).where(Person.role == Role.STUDENT).values(left_at=NOON))
            more: dict[str, Any] = {"opens": NOON, "least_filled": least_filled, "silence": silence, **dates}
            self.activity_id = make_activity(self.cast.course_id, self.cast.teacher.id, **more)
            activity = db.session.get_one(Activity, self.activity_id)
            poster, story = activity.designed_options
            poster.capacity, activity.default_option = places, story if has_default else None
            self.options = [poster.id, story.id]
        for _twice in range(2):
            self.join()
            self.write(len(self.people) - 1, True)

    @rule(hours=st.integers(1, 90), has_worker=st.booleans())
    def time_passes(self, hours: int, has_worker: bool) -> None:
        self.now += hours * HOUR
        if has_worker:
            with self.app.app_context():
                sweep.pass_time(self.now)

    # People

    @precondition(lambda self: len(self.people) < MOST)
    @rule()
    def join(self) -> None:
        with writing(self.app):
            course = db.session.get_one(Course, self.cast.course_id)
            total = len(course.people)
            student = make_person(course, f"Student {total}", Role.STUDENT)
            student.first_seen_at = self.now
            keep(db.session.get_one(Activity, self.activity_id), self.now)
            who = member(student, db.session.get_one(Context, course.context_id).platform)
        self.people.append((who, browser_of(self.app, who)))
        self.texts[who.id] = set()

    @rule(who=whom)
    def leave_or_come_back(self, who: int) -> None:
        with self.acting(who) as choice:
            student = choice.student
            student.left_at = self.now if student.left_at is None else None
            if student.left_at is None:
                retime(student, self.now)

    # The student

    @rule(who=whom, which=st.integers(0, 1))
    def pick(self, who: int, which: int) -> None:
        self.press(who, f"/activities/{self.activity_id}/choice", {"option": str(self.options[which])})

    @rule(who=whom, whole=st.booleans(), plan_b=st.none() | st.integers(0, 1))
    def write(self, who: int, whole: bool, plan_b: int | None = None) -> None:
        """Go on with an idea, or begin one: a draft, or sent."""
        self.press(who, f"/activities/{self.activity_id}/proposals", {})
        idea = self.idea_of(who)
        if idea is None:
            return
        self.said += 1
        fields_ = {**FIELDS, "plan": f"Plan {self.said}"}
        if plan_b is not None:
            fields_["plan_b"] = str(self.options[plan_b])
        sent = self.press(who, f"/proposals/{idea}/versions" if whole else f"/proposals/{idea}/draft", fields_)
        if whole and sent == 303:
            self.texts[self.member(who).id].add(fields_["plan"])

    @rule(who=whom)
    def agree(self, who: int) -> None:
        idea = self.idea_of(who)
        if idea is not None:
            self.press(who, f"/proposals/{idea}/agreement", {"version": "2"})

    @rule(who=whom)
    def withdraw(self, who: int) -> None:
        idea = self.idea_of(who)
        if idea is not None:
            self.press(who, f"/proposals/{idea}/withdrawal", {})

    # The teacher

    @rule(who=whom, decision=st.sampled_from(["revise", "back", "accept"]), version=st.integers(1, 3))
    def decide(self, who: int, decision: str, version: int) -> None:
        idea = self.idea_of(who)
        if idea is not None:
            fields_ = {"version": str(version), "decision": decision, "reply": "Which organisms?"}
            answer = press(self.teacher, f"/proposals/{idea}/decision", fields_, now=self.now)
            assert answer.status_code in ({303, 409} if self.was_sent(idea) else {404}), answer.text

    @rule(who=whom, name=st.sampled_from(OWN_DATES), days=st.integers(1, 9), reopen=st.booleans())
    def extend(self, who: int, name: str, days: int, reopen: bool) -> None:
        with self.acting(who) as choice:
            teacher = db.session.get_one(Person, self.cast.teacher.id)
            choice.extend({name: self.now + days * DAY}, "Was ill", teacher, self.now)
            retime_one(choice)
            ideas = ideas_of(choice)
            if reopen and ideas:
                revive(ideas[-1], False, teacher, self.now)

    @rule(name=st.sampled_from([f.name for f in fields(Dates)][1:-1]), days=st.integers(-4, 8))
    def move_a_date_of_the_class(self, name: str, days: int) -> None:
        self.catch_up()
        with writing(self.app), suppress(ForPeople):
            activity = db.session.get_one(Activity, self.activity_id)
            moved = {name: getattr(activity, name) + days * DAY}
            activity.set_dates(replace(activity.dates, **moved))
            keep(activity, self.now)

    # What the rules need

    def catch_up(self) -> None:
        """The teacher looks; so whatever is due has happened."""
        queue = look(self.teacher, f"/courses/{self.cast.course_id}/queue", now=self.now)
        assert queue.status_code == 200

    def member(self, who: int) -> Member:
        return self.people[who % len(self.people)][0]

    def press(self, who: int, address: str, fields_: dict[str, str]) -> int:
        answer = press(self.people[who % len(self.people)][1], address, fields_, now=self.now)
        assert answer.status_code in {200, 303, 403, 409, 422}, answer.text
        return answer.status_code

    def idea_of(self, who: int) -> int | None:
        with self.app.app_context():
            query = select(Proposal).join(Choice).where(Choice.activity_id == self.activity_id)
            idea = open_idea(list(db.session.scalars(query.where(Choice.student_id == self.member(who).id))))
            return idea.id if idea else None

    def was_sent(self, idea: int) -> bool:
        """A draft is the student's own: a teacher does not learn that it is there."""
        with self.app.app_context():
            return bool(db.session.get_one(Proposal, idea).sent)

    @contextmanager
    def acting(self, who: int) -> Iterator[Choice]:
        """A verb whose page stands in a slice above; what is refused changes nothing."""
        self.catch_up()
        with self.app.app_context(), suppress(ForPeople):
            query = select(Choice).where(Choice.activity_id == self.activity_id)
            yield db.session.scalars(query.where(Choice.student_id == self.member(who).id)).one()
            db.session.commit()

    # What always holds

    @invariant()
    def everybody_has_a_plan(self) -> None:
        if not self.people:
            return
        self.catch_up()
        with self.app.app_context():
            for choice in db.session.scalars(select(Choice).where(Choice.activity_id == self.activity_id)):
                ideas = ideas_of(choice)
                lives.check_exactly_one(choice, self.now)
                lives.check_what_was_said_is_true(choice, self.now)
                lives.check_one_idea_at_a_time(choice, ideas)
                lives.check_their_dates(choice)
                lives.check_nothing_twice(choice)
                lives.check_no_text_lost(self.texts[choice.student_id], ideas)

    @invariant()
    def their_page_shows_the_way(self) -> None:
        """Whoever has to find a way yet is offered the ways by their page, and whoever is on one is not stopped."""
        for who, browser in self.people:
            with self.app.app_context():
                query = select(Choice).where(Choice.activity_id == self.activity_id, Choice.student_id == who.id)
                choice = db.session.scalars(query).one()
                seeks = choice.student.left_at is None and lives.has_a_way_to_get_one(choice, self.now)
                gone = choice.student.left_at is not None
            page = look(browser, f"/activities/{self.activity_id}/choice", now=self.now)
            assert page.status_code == (403 if gone else 200)
            assert not seeks or 'type="radio" name="option"' in page.text


@pytest.mark.one_database
def test_nobody_is_without_a_plan_whatever_is_pressed(app: Flask, cast: Cast) -> None:
    class Here(PressedClass):
        def __init__(self) -> None:
            super().__init__(app, cast)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=5,
            stateful_step_count=16,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
