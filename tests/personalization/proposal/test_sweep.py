"""Time passes for everybody: in batches, several at once, beside students who press, stopped half-way and gone on."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import false, func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.db import db
from lti.models.context import Context, User
from personalization.activity.model import Activity, Silence
from personalization.choice.event import Event
from personalization.choice.keeping import retime
from personalization.choice.model import Choice, Rule, Way
from personalization.people.model import Course, Person, Role
from personalization.proposal import sweep
from personalization.proposal.clockwork import step
from personalization.proposal.model import Proposal, Status
from personalization.proposal.starting import begin_idea
from personalization.proposal.version import Words
from tests.cast import NOON, Cast, Member, browser_of, make_activity, writing
from tests.personalization.arranging import choice_of
from tests.personalization.pressing import look, press, token
from tests.statements import statements_of

SignedIn = Callable[[Member], FlaskClient]
DAY = timedelta(days=1)
DATES: dict[str, Any] = {
    "opens": NOON - DAY,
    "propose_by": NOON + 2 * DAY,
    "answer_by": NOON + 3 * DAY,
    "accept_by": NOON + 4 * DAY,
    "pick_by": NOON + 6 * DAY,
    "work_due": NOON + 20 * DAY,
}
LATER = DATES["pick_by"] + timedelta(hours=1)
WORDS = Words("An idea", "So it goes", "", "", {1: "a", 2: "b", 3: "c"})


@pytest.fixture
def activity_id(app: Flask, cast: Cast) -> int:
    with writing(app):
        return make_activity(cast.course_id, cast.teacher.id, least_filled=True, silence=Silence.STRICT, **DATES)


def fill(cast: Cast, activity_id: int, count: int, name: str = "Student") -> list[Choice]:
    """So many more students with a line in the activity; every second one has an idea that lies with the teacher."""
    course, activity = db.session.get_one(Course, cast.course_id), db.session.get_one(Activity, activity_id)
    platform = db.session.get_one(Context, course.context_id).platform
    users = [User(platform=platform, sub=f"{name} {n}", name=f"{name} {n}") for n in range(count)]
    db.session.add_all(users)
    db.session.flush()
    named: dict[str, Any] = {"course": course, "role": Role.STUDENT, "roles": ["student"], "first_seen_at": NOON - DAY}
    people = [Person(user_id=user.id, full_name=user.name, sort_name=user.name, **named) for user in users]
    choices = [Choice.for_student(activity, person, NOON) for person in people]
    db.session.add_all(choices)
    for choice in choices[::2]:
        idea = begin_idea(choice, [], choice.student, NOON)
        idea.submit(WORDS, activity.criteria, choice.student, NOON)
        choice.keep_plan_b(activity.designed_options[0])
        db.session.add(idea)
    db.session.flush()
    return choices


def limit(activity_id: int, *capacities: int | None) -> None:
    options = db.session.get_one(Activity, activity_id).designed_options
    for option, capacity in zip(options, capacities, strict=True):
        option.capacity = capacity


def on_each(session: Session, activity_id: int) -> dict[int | None, int]:
    """{position of the option, None for no option: how many are on it}."""
    positions = {o.id: o.position for o in session.get_one(Activity, activity_id).options}
    query = select(Choice.option_id, func.count()).where(Choice.activity_id == activity_id).group_by(Choice.option_id)
    return {positions[option_id] if option_id else None: count for option_id, count in session.execute(query)}


def settled_by_rule(session: Session) -> list[int]:
    """How often each choice was settled or listed by a rule, of those to whom that happened."""
    by_rule = select(func.count()).where(Event.verb.in_(["placed", "unplaced"]), Event.by_id.is_(None))
    return list(session.scalars(by_rule.group_by(Event.choice_id)))


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """What each gave back; all start together."""
    barrier = Barrier(len(jobs))

    def wait_and(job: Callable[[], Any]) -> Any:
        barrier.wait()
        return job()

    contexts = [copy_context() for _job in jobs]
    with ThreadPoolExecutor(len(jobs)) as pool:
        started = [pool.submit(c.run, wait_and, job) for c, job in zip(contexts, jobs, strict=True)]
        return [future.result(timeout=120) for future in started]


def pass_time(app: Flask) -> int:
    with app.app_context():
        return sweep.pass_time(LATER)


# Batches


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many go on together, small enough to make several classes of that many."""
    monkeypatch.setattr(sweep, "BATCH", 100)
    return 100


def test_everybody_is_looked_at_in_batches_and_twice_is_once(
    app: Flask, cast: Cast, activity_id: int, session: Session, batch: int
) -> None:
    with writing(app):
        fill(cast, activity_id, 2 * batch + 30)
        limit(activity_id, 50, None)
    everyone = 2 * batch + 32
    assert pass_time(app) == everyone
    assert pass_time(app) == 0
    assert settled_by_rule(session) == [1] * everyone
    assert on_each(session, activity_id) == {1: 50, 2: everyone - 50}
    assert set(session.scalars(select(Proposal.status))) == {Status.EXPIRED}
    assert session.scalar(select(func.count()).where(Choice.rule == Rule.PLAN_B)) == 49, (
        "the first place went to the very first student, as the least filled; all others to whom the poster is plan B"
    )


def test_a_batch_costs_the_same_however_many_are_in_it(app: Flask, cast: Cast, activity_id: int) -> None:
    costs = []
    for round_, count in enumerate((5, 80)):
        with writing(app):
            fill(cast, activity_id, count, name=f"Round {round_}")
        with statements_of(app) as statements:
            pass_time(app)
        costs.append(sum(1 for s in statements if s.lstrip().upper().startswith("SELECT")))
    assert costs[0] == costs[1], costs


def test_stopped_half_way_it_has_done_whole_batches_and_goes_on_with_the_rest(
    app: Flask, cast: Cast, activity_id: int, session: Session, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(app):
        fill(cast, activity_id, batch + 20)
        limit(activity_id, 30, None)
    left = batch + 7

    def killed(*given: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        step(*given)

    monkeypatch.setattr(sweep, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        pass_time(app)
    assert len(settled_by_rule(session)) == batch, "nothing of the batch that was cut off"
    left = 1000
    assert pass_time(app) == 22
    assert settled_by_rule(session) == [1] * (batch + 22)
    assert on_each(session, activity_id)[1] == 30


# At once


def test_several_at_once_settle_everybody_once_and_overfill_nothing(
    app: Flask, cast: Cast, activity_id: int, session: Session
) -> None:
    with writing(app):
        fill(cast, activity_id, 150)
        limit(activity_id, 40, 60)
    done = at_once([lambda: pass_time(app)] * 4)
    assert sum(done) == 152
    assert settled_by_rule(session) == [1] * 152
    assert on_each(session, activity_id) == {1: 40, 2: 60, None: 52}


def test_requests_and_the_worker_at_once_settle_everybody_once(
    app: Flask, cast: Cast, activity_id: int, session: Session
) -> None:
    with writing(app):
        fill(cast, activity_id, 60)
        limit(activity_id, 20, 20)
    teacher = browser_of(app, cast.teacher)
    queue = f"/courses/{cast.course_id}/queue"
    done = at_once([*[lambda: look(teacher, queue, now=LATER).status_code] * 3, lambda: pass_time(app) >= 0])
    assert done == [200, 200, 200, True]
    assert settled_by_rule(session) == [1] * 62
    assert on_each(session, activity_id) == {1: 20, 2: 20, None: 22}


def test_a_pick_in_the_last_second_and_the_sweep_after_it_share_the_last_place(
    app: Flask, cast: Cast, activity_id: int, session: Session
) -> None:
    """The student who picks for the last place still has time; whom the clock settles gets what is left."""
    with writing(app):
        limit(activity_id, 1, None)
        activity = db.session.get_one(Activity, activity_id)
        poster = activity.designed_options[0].id
        choice_of(activity_id, cast.classmate.id).keep_plan_b(activity.designed_options[0])
        mine = choice_of(activity_id, cast.student.id)
        mine.extended = {"pick_by": (LATER + DAY).isoformat()}
        mine.take_dates()
    browser = browser_of(app, cast.student)
    token(browser)
    address = f"/activities/{activity_id}/choice"
    picked, _done = at_once([
        lambda: press(browser, address, {"option": str(poster)}, now=LATER).status_code,
        lambda: pass_time(app),
    ])  # fmt: skip
    session.expire_all()
    first, second = (
        session.scalars(select(Choice).where(Choice.student_id == who.id)).one()
        for who in (cast.student, cast.classmate)
    )
    assert picked == (303 if first.option_id == poster else 409)
    assert (first.option_id == poster) != (second.option_id == poster), "one of them has it, never both or nobody"
    assert second.option_id is not None


@pytest.mark.parametrize("_again", range(4))
def test_a_pick_in_the_last_second_and_the_sweep_of_the_same_student_leave_one_of_them(
    app: Flask, cast: Cast, activity_id: int, session: Session, _again: int
) -> None:
    with writing(app):
        story = db.session.get_one(Activity, activity_id).designed_options[1].id
    browser = browser_of(app, cast.student)
    token(browser)
    address, moment = f"/activities/{activity_id}/choice", DATES["pick_by"]
    picked, _done = at_once([
        lambda: press(browser, address, {"option": str(story)}, now=moment).status_code,
        lambda: pass_time(app),
    ])  # fmt: skip
    choice = session.scalars(select(Choice).where(Choice.student_id == cast.student.id)).one()
    settled = [e.verb for e in choice.events if e.verb in {"picked", "placed"}]
    assert settled in (["picked"], ["placed"], ["placed", "picked"]), (
        "in time by its own clock, it may also come second"
    )
    assert (choice.option_id == story) == (picked == 303)


# Requests


def test_a_request_costs_no_statement_more_where_nothing_is_due(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    student, address = signed_in(cast.student), f"/activities/{activity_id}/choice"
    look(student, address)
    with statements_of(app) as with_clock:
        look(student, address)
    hooks = app.extensions["third_option"]
    monkeypatch.setitem(app.extensions, "third_option", _without_clock(hooks))
    with statements_of(app) as without_clock:
        look(student, address)
    assert any("step_at <" in statement for statement in with_clock)
    assert len(with_clock) == len(without_clock)


def _without_clock(hooks: Any) -> Any:
    return type(hooks)(**{**vars(hooks), "catch_up": lambda course_id, now, due: None, "is_due": false()})


def test_one_courses_request_lets_no_time_pass_in_another(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn, session: Session
) -> None:
    look(signed_in(cast.other_teacher), f"/courses/{cast.other_course_id}/queue", now=LATER)
    assert settled_by_rule(session) == []
    look(signed_in(cast.teacher), f"/courses/{cast.course_id}/queue", now=LATER)
    assert settled_by_rule(session) == [1, 1]


def test_a_request_waits_for_no_whole_school(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn, session: Session, batch: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with writing(app):
        fill(cast, activity_id, 2 * batch)
    monkeypatch.setattr(sweep, "monotonic", map(float, itertools.count()).__next__)
    monkeypatch.setattr(sweep, "PAGE_SECONDS", 2.0)
    assert look(signed_in(cast.teacher), f"/courses/{cast.course_id}/queue", now=LATER).status_code == 200
    assert len(settled_by_rule(session)) == batch, "one a second, and after two it waits no longer"
    monkeypatch.undo()
    assert pass_time(app) == batch + 2
    assert settled_by_rule(session) == [1] * (2 * batch + 2)


def test_a_stranger_lets_no_time_pass(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn, session: Session
) -> None:
    for browser in (app.test_client(), signed_in(cast.other_teacher), signed_in(cast.other_school_teacher)):
        assert look(browser, f"/courses/{cast.course_id}/queue", now=LATER).status_code in {401, 403}
    assert settled_by_rule(session) == []


# Who is away


def test_the_clock_passes_by_whoever_has_left_and_goes_on_when_they_are_back(
    app: Flask, cast: Cast, activity_id: int, session: Session
) -> None:
    with writing(app):
        db.session.get_one(Person, cast.student.id).left_at = NOON
    assert pass_time(app) == 2
    assert pass_time(app) == 0, "no look goes past them again"
    with app.app_context():
        assert choice_of(activity_id, cast.student.id).option is None
    with writing(app):
        student = db.session.get_one(Person, cast.student.id)
        student.left_at = None
        retime(student, LATER)
    assert pass_time(app) == 1
    assert settled_by_rule(session) == [1, 1]


def test_who_has_left_or_teaches_now_takes_no_place(app: Flask, cast: Cast, activity_id: int, session: Session) -> None:
    with writing(app):
        limit(activity_id, 2, 1)
        activity = db.session.get_one(Activity, activity_id)
        poster, _story = activity.designed_options
        gone, teaching = fill(cast, activity_id, 2, name="Former")
        for choice in (gone, teaching):
            choice.settle(poster, Way.PICKED, choice.student, NOON)
            choice.plan_b = None
        gone.student.left_at, teaching.student.role = NOON, Role.ASSISTANT
    assert pass_time(app) == 3, "with who has left, to whom nothing happens"
    with app.app_context():
        placed = [choice_of(activity_id, who.id).option for who in (cast.student, cast.classmate)]
        assert {option.title for option in placed if option} == {"Field poster", "Data story"}


# What follows from real presses


def test_the_worker_keeps_going_when_time_stands_still(app: Flask, cast: Cast, activity_id: int) -> None:
    with app.app_context(), clock.at(DATES["pick_by"]):
        assert sweep.pass_time(clock.now()) == 2, "the dates before it"
        assert sweep.pass_time(clock.now()) == 0, "at its very second a date is not over"


@pytest.mark.one_database
def test_a_bug_about_one_student_holds_up_nobody_else(
    app: Flask, cast: Cast, activity_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(app):
        poor = fill(cast, activity_id, 6)[2].id

    def breaks(choice: Choice, *rest: Any) -> None:
        step(choice, *rest)
        if choice.id == poor:
            raise ZeroDivisionError

    monkeypatch.setattr(sweep, "step", breaks)
    with app.app_context():
        sweep.pass_time(LATER)
        db.session.rollback()
        without = db.session.scalars(select(Choice.id).where(Choice.option_id.is_(None))).all()
        assert without == [poor]
        assert db.session.get_one(Choice, poor).step_at == LATER + sweep.AGAIN
    monkeypatch.undo()
    with app.app_context():
        sweep.pass_time(LATER + 2 * sweep.AGAIN)
        assert db.session.get_one(Choice, poor).option_id is not None
