"""Together or one by one, the same happens: two worlds of the same choices, gone on each in its own way, compared."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import Table, delete, event, func, insert, inspect, select, update
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.exc import StaleDataError

from engine.db import db
from lti.models.context import Context, User
from personalization.activity.model import Activity, Option, Silence
from personalization.choice.event import Event
from personalization.choice.model import Choice, Way
from personalization.people.model import Course, Person, Role
from personalization.proposal import cohorts, sweep
from personalization.proposal.model import Proposal
from personalization.proposal.starting import begin_idea
from personalization.proposal.version import Words
from tests.cast import NOON, Cast, make_activity, writing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DATES: dict[str, Any] = {
    "opens": NOON - DAY,
    "propose_by": NOON + 2 * DAY,
    "answer_by": NOON + 3 * DAY,
    "accept_by": NOON + 4 * DAY,
    "pick_by": NOON + 6 * DAY,
    "work_due": NOON + 20 * DAY,
    "lock": NOON + 22 * DAY,
}
MOMENTS = [NOON + n * HOUR for n in (73, 97, 125, 170, 460, 481, 529)]
WORDS = Words("An idea", "So it goes", "", "", {1: "a", 2: "b", 3: "c"})
HISTORIES = ((), (), (), ("handed in",), ("handed in", "returned"), ("shown in person",), ("draft taken", "returned"))
OWN = {"id", "choice_id", "told_at"}  # of an event, beside what it says


def populate(cast: Cast, chance: random.Random, count: int) -> None:
    """Activities of each kind, and students who stand in them at as many different points as chance will have it."""
    course = db.session.get_one(Course, cast.course_id)
    platform = db.session.get_one(Context, course.context_id).platform
    users = [User(platform=platform, sub=f"{n}", name=f"Student {n}") for n in range(count)]
    db.session.add_all(users)
    db.session.flush()
    named: dict[str, Any] = {"course": course, "role": Role.STUDENT, "roles": ["student"]}
    for user in users:
        seen = NOON + chance.choice([-30, -30, -30, 3]) * DAY
        left = chance.random() < 0.05
        db.session.add(Person(user_id=user.id, full_name=user.name, sort_name=user.name, first_seen_at=seen,
                              is_test=chance.random() < 0.1, left_at=NOON if left else None, **named))  # fmt: skip
    db.session.flush()
    kinds: list[dict[str, Any]] = [
        {}, {"default": 1}, {"capacity": (3, None)}, {"capacity": (2, 4), "default": None}, {"least_filled": True},
        {"least_filled": True, "capacity": (4, None)}, {"own_idea": False}, {"silence": Silence.STRICT},
        {"published_at": None}, {"lock": None},
    ]  # fmt: skip
    for kind in kinds:
        more = {k: v for k, v in kind.items() if k not in {"default", "capacity"}}
        activity = db.session.get_one(
            Activity, make_activity(cast.course_id, cast.teacher.id, **{**DATES, "least_filled": False, **more})
        )
        for option, capacity in zip(activity.designed_options, kind.get("capacity", (None, None)), strict=True):
            option.capacity = capacity
        if kind.get("default"):
            activity.default_option = activity.designed_options[1]
        activity.published_at = kind.get("published_at", NOON)
        db.session.flush()
        for choice in db.session.scalars(select(Choice).where(Choice.activity_id == activity.id).order_by(Choice.id)):
            stand_somewhere(choice, chance)


def stand_somewhere(choice: Choice, chance: random.Random) -> None:
    poster, story = choice.activity.designed_options
    if chance.random() < 0.5:
        choice.plan_b = chance.choice([poster, story])
    match chance.randrange(8):
        case 0:
            choice.settle(poster, Way.PICKED, choice.student, NOON)
            for verb in chance.choice(HISTORIES):
                choice.note(verb, choice.student, NOON)
        case 1:
            own = choice.activity.add_option("An idea of mine", "", only_for=choice.student)
            choice.settle(own, Way.AGREED, choice.student, NOON)
        case 2 if choice.activity.own_idea and choice.activity.published_at:
            idea = begin_idea(choice, [], choice.student, NOON)
            db.session.add(idea)
            if chance.random() < 0.7:
                idea.submit(WORDS, choice.activity.criteria, choice.student, NOON)
        case 3:
            choice.extended = {"pick_by": (NOON + 9 * DAY).isoformat()}
            choice.take_dates()
        case 4:
            choice.excuse("Ill", choice.student, NOON)
        case 5:
            choice.reply_until = NOON + 5 * DAY
    if chance.random() < 0.2 and choice.option is None:
        choice.unplaced_at = NOON
    db.session.flush()


def one_by_one(now: datetime) -> None:
    """As the clock goes for those of whom nobody stands as they do."""
    due = db.session.scalars(select(Choice.id).where(sweep._due(now)).order_by(Choice.id)).all()
    for start in range(0, len(due), sweep.FEW):
        sweep._one_by_one(due[start : start + sweep.FEW], now)


def told(session: Session) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """(every column of every choice, every step of each history in its order)."""
    session.expire_all()
    columns = [c.key for c in inspect(Choice).column_attrs]
    choices = session.scalars(select(Choice).options(selectinload(Choice.events)).order_by(Choice.id)).all()
    steps = [c.key for c in inspect(Event).column_attrs if c.key not in OWN]
    return (
        [{name: getattr(choice, name) for name in columns} for choice in choices],
        [[{name: getattr(e, name) for name in steps} for e in choice.events] for choice in choices],
    )


def kept(session: Session) -> dict[Any, list[dict[str, Any]]]:
    """What the clock moves, to be put back: choices, histories, ideas."""
    return {
        kind: [dict(row) for row in session.execute(select(kind.__table__)).mappings()]
        for kind in (Choice, Event, Proposal)
    }


def put_back(session: Session, rows: dict[Any, list[dict[str, Any]]]) -> None:
    session.execute(delete(Event))
    session.execute(insert(Event), rows[Event])
    for kind in (Choice, Proposal):
        for row in rows[kind]:
            values = {name: value for name, value in row.items() if name not in {"id", "reply_until"}}
            table = cast(Table, kind.__table__)
            session.execute(
                update(table).where(table.c.id == row["id"]).values(reply_until=row["reply_until"], **values)
            )
    session.commit()


@pytest.mark.parametrize("seed", range(2))
def test_what_happens_together_is_what_happens_one_by_one(
    app: Flask, cast: Cast, session: Session, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(app):
        populate(cast, random.Random(seed), 15)  # noqa: S311
    before = kept(session)
    session.rollback()
    alone, together = [], []
    with app.app_context():
        for moment in MOMENTS:
            one_by_one(moment)
            alone.append(told(session))
            session.rollback()
    put_back(session, before)
    monkeypatch.setattr(sweep, "BATCH", 60)  # several batches, which cut cohorts in two
    passed = going_together(monkeypatch)
    with app.app_context():
        for moment in MOMENTS:
            sweep.pass_time(moment)
            together.append(told(session))
            session.rollback()
    for moment, mine, theirs in zip(MOMENTS, alone, together, strict=True):
        for (was, steps), (is_, others) in zip(zip(*mine, strict=True), zip(*theirs, strict=True), strict=True):
            assert was == is_, moment
            assert steps == others, (moment, was["id"])
    assert sum(passed) > 250, "most of them went together"


def going_together(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many went together, batch by batch from now on."""
    counts: list[int] = []
    go_on = cohorts.go_on

    def counted(*given: Any) -> tuple[int, list[int]]:
        count, alone = go_on(*given)
        counts.append(count)
        return count, alone

    monkeypatch.setattr(cohorts, "go_on", counted)
    return counts


# What a batch costs, and what an end amid one leaves


def enrol(cast: Cast, count: int, name: str = "Student") -> None:
    course = db.session.get_one(Course, cast.course_id)
    platform = db.session.get_one(Context, course.context_id).platform
    users = [User(platform=platform, sub=f"{name} {n}", name=f"{name} {n}") for n in range(count)]
    db.session.add_all(users)
    db.session.flush()
    named: dict[str, Any] = {"course": course, "role": Role.STUDENT, "roles": ["student"], "first_seen_at": NOON - DAY}
    db.session.add_all(Person(user_id=u.id, full_name=u.name, sort_name=u.name, **named) for u in users)
    db.session.flush()


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    found: list[str] = []

    def noted(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", noted)
    yield found
    event.remove(engine, "before_cursor_execute", noted)


def test_nine_hundred_cost_as_many_statements_as_ten(app: Flask, cast: Cast, statements: list[str]) -> None:
    costs = []
    for count in (10, 900):
        with writing(app):
            enrol(cast, count, name=f"Of {count}")
            statements.clear()
            activity_id = make_activity(cast.course_id, cast.teacher.id, **DATES)
            published = len(statements)
            some = select(Choice.id).where(Choice.activity_id == activity_id, Choice.id % 2 == 0)
            poster = db.session.get_one(Activity, activity_id).designed_options[0].id
            db.session.execute(update(Choice).where(Choice.id.in_(some)).values(plan_b_id=poster))
        statements.clear()
        with app.app_context():
            assert sweep.pass_time(DATES["pick_by"] + HOUR, Choice.activity_id == activity_id) == len(
                db.session.scalars(select(Choice.id).where(Choice.activity_id == activity_id)).all()
            )
        costs.append((published, len(statements)))
    assert costs[0] == costs[1]


def test_where_nothing_is_due_nobody_is_looked_through(app: Flask, cast: Cast, statements: list[str]) -> None:
    with writing(app):
        make_activity(cast.course_id, cast.teacher.id, **DATES)
    statements.clear()
    with app.app_context():
        assert sweep.pass_time(NOON) == 0
        (look,) = [said for said in statements if said.startswith("SELECT")]
        if db.engine.dialect.name == "sqlite":  # the other one looks through a table as small as this
            connection = db.session.connection()
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {look}", (None,) * look.count("?")).all()
            assert "USING INDEX ix_choice_step_at (step_at<?)" in plan[0].detail


@pytest.mark.parametrize("amid", ["_cohorts", "write"])
def test_killed_amid_a_batch_each_is_settled_once(
    app: Flask, cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch, amid: str
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 40)
    with writing(app):
        enrol(cast, 98)
        activity_id = make_activity(cast.course_id, cast.teacher.id, **DATES)
        poster = db.session.get_one(Activity, activity_id).designed_options[0]
        poster.capacity = 33
        db.session.execute(update(Choice).values(plan_b_id=poster.id))
    going, seen = getattr(cohorts, amid), 0

    def killed(*given: Any) -> Any:
        nonlocal seen
        seen += 1
        done = going(*given)
        if seen == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(cohorts, amid, killed)
    late = DATES["pick_by"] + HOUR
    with app.app_context(), pytest.raises(KeyboardInterrupt):
        sweep.pass_time(late)
    by_rule = select(func.count()).where(Event.verb.in_(["placed", "unplaced"])).group_by(Event.choice_id)
    assert list(session.scalars(by_rule)) == [1] * 40, "the batch that was cut off has left nothing"
    with app.app_context():
        assert sweep.pass_time(late) == 60
    session.rollback()
    assert list(session.scalars(by_rule)) == [1] * 100
    on_it = session.scalar(select(func.count()).where(Choice.option_id == poster_of(session, activity_id)))
    assert on_it == 33


def poster_of(session: Session, activity_id: int) -> int:
    return session.scalars(select(Option.id).where(Option.activity_id == activity_id).order_by(Option.position)).all()[
        0
    ]


def test_who_has_an_older_line_in_hand_does_not_write_over_what_the_clock_did(
    app: Flask, cast: Cast, session: Session
) -> None:
    with writing(app):
        make_activity(cast.course_id, cast.teacher.id, **DATES)
    mine = session.scalars(select(Choice).where(Choice.student_id == cast.student.id)).one()
    mine.excuse_reason = "typed on a page of before"
    with app.app_context():
        assert sweep.pass_time(DATES["pick_by"] + HOUR) == 2
    with pytest.raises(StaleDataError):
        session.flush()


def test_a_round_ends_in_time_and_the_next_goes_on(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "BATCH", 10)
    with writing(app):
        enrol(cast, 33)
        make_activity(cast.course_id, cast.teacher.id, **DATES)
    late, moments = DATES["pick_by"] + HOUR, iter([0.0, 1.0, 2.0, 3.0, *[0.0] * 9])
    monkeypatch.setattr(sweep, "monotonic", lambda: next(moments))
    with app.app_context():
        assert sweep.pass_time(late, until=2.0) == 20
        assert sweep.pass_time(late) == 15
