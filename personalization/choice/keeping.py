"""A choice for every student of every published activity, with the dates that hold for them.

A class of ten thousand costs as many statements as one of ten for each `SOME` of it: students for whom the same dates
come out are written together (choice/cohort.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, cast, exists, inspect, literal, select, type_coerce
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.types import NullType

from engine.db import among, db, insert_missing
from personalization.accommodation.allowance import Allowance
from personalization.accommodation.finding import NotAsked, allowance_of, allowances, not_asked_in, not_asked_of
from personalization.activity.model import Activity
from personalization.choice.cohort import Effect, note, standing_for, write
from personalization.choice.model import OWN_DATES, Choice
from personalization.people.model import Course, Person, Role, came_for

TOLD = ("pick_by", "work_due")  # a student is told where one of these moved
SOME = 1_000  # students in one statement
Item = TypeVar("Item")


def keep(activity: Activity, now: datetime) -> None:
    """Make the choices that are missing and work every student's dates out anew; a draft has none.

    Test students get theirs when they come: they are never counted.
    """
    if activity.published_at is None:
        return
    db.session.flush()
    allowed = allowances(activity.course_id)
    for some in _parts(db.session.scalars(select(Choice.id).where(Choice.activity_id == activity.id)).all()):
        _take_all(among(Choice.id, some), activity, allowed, now)
    _make_missing(activity, now, allowed)


def keep_all(course: Course, now: datetime) -> None:
    """The missing choices of every published activity of a course, after its roster was read.

    A roster moves nobody's dates, so the lines that exist are left alone: a second reading writes nothing.
    """
    allowed = allowances(course.id)
    published = select(Activity).where(Activity.course_id == course.id, Activity.published_at.is_not(None))
    for activity in db.session.scalars(published):
        _make_missing(activity, now, allowed)


def retime(student: Person, now: datetime) -> None:
    """One student's dates and what is asked of them anew, in every activity, after their arrangement changed; also when
    they come back, since the clock passes by whoever is away."""
    allowance, not_asked = allowance_of(student.id), not_asked_of(student.id)
    for choice in db.session.scalars(select(Choice).where(Choice.student_id == student.id)):
        choice.not_asked = not_asked.get(choice.activity_id, [])
        _take(choice, allowance, now)
        choice.look_again()
    db.session.flush()


def retime_all(course: Course, student_ids: Sequence[int], now: datetime) -> None:
    """`retime` for many: half a class comes back when a list that had lost them names them again."""
    if not student_ids:
        return
    db.session.flush()
    allowed, not_asked = allowances(course.id), not_asked_in(course.id)
    for activity in db.session.scalars(select(Activity).where(Activity.course_id == course.id)):
        for some in _parts(student_ids):
            here = (Choice.activity_id == activity.id) & among(Choice.student_id, some)
            _take_all(here, activity, allowed, now, not_asked)


def retime_one(choice: Choice) -> None:
    """This choice's dates anew: an extension, the LMS's due date."""
    choice.take_dates(allowance_of(choice.student_id))


def choice_of(activity: Activity, student: Person, now: datetime) -> Choice:
    """This student's choice, made if they were not on the roster yet (a newcomer, a test student)."""
    choice = db.session.scalar(select(Choice).where(Choice.activity_id == activity.id, Choice.student_id == student.id))
    if choice is None:
        choice = Choice.for_student(activity, student, now, allowance_of(student.id))
        choice.not_asked = not_asked_of(student.id).get(activity.id, [])
        db.session.add(choice)
        db.session.flush()
    set_committed_value(choice, "activity", activity)  # as they were read, and not once more
    set_committed_value(choice, "student", student)
    return choice


def _take(choice: Choice, allowance: Allowance | None, now: datetime) -> None:
    """This choice's dates anew, noted where the student is to be told."""
    before = choice.dates
    if choice.take_dates(allowance):
        moved = {n: d.isoformat() for n in TOLD if (d := getattr(choice, n)) != getattr(before, n) and d is not None}
        if moved and not choice.is_excused:
            choice.note("dates moved", None, now, dates=moved)


def _take_all(
    condition: ColumnElement[bool],
    activity: Activity,
    allowed: Mapping[int, Allowance],
    now: datetime,
    not_asked: Mapping[int, NotAsked] | None = None,
) -> None:
    """`_take` for the choices of this condition, all of one activity; `not_asked`: as in `retime`, where it is that."""
    query = select(Choice.id, Choice.student_id, *CAME, *_standing()).join(Choice.student).where(condition)
    rows = db.session.execute(query.order_by(Choice.id).with_for_update(of=Choice)).all()
    cohorts: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    came = Came(activity)
    for row in rows:
        fewer = None if not_asked is None else tuple(not_asked.get(row[1], {}).get(activity.id, ()))
        cohorts[came.late(*row[2:5]), allowed.get(row[1]), fewer, *row[5:]].append(row[0])
    effects = []
    with standing_for([ids[0] for ids in cohorts.values()]) as choices:
        for (_late, allowance, fewer, *_same), ids in cohorts.items():

            def rule(choice: Choice, allowance: Allowance | None = allowance, fewer: Any = fewer) -> None:
                if fewer is not None:
                    choice.not_asked = list(fewer)
                _take(choice, allowance, now)
                if fewer is not None:
                    choice.look_again()

            effects.append((Effect.of(choices[ids[0]], rule), ids))
    write(effects)


# What of a student decides whether they came too late for the class's dates.
CAME = (Person.first_seen_at, Person.away_since, Person.back_at)


class Came:
    """Who came too late for an activity's dates, and when."""

    def __init__(self, activity: Activity) -> None:
        self._dates, self._first = activity.dates, activity.propose_by or activity.pick_by

    def late(self, *came: Any) -> datetime | None:
        """None: in time. `came`: what `CAME` names."""
        moment = came_for(self._first, *came)
        return moment if self._dates.is_missed_by(moment) else None


def _standing() -> Sequence[ColumnElement[Any]]:
    """What `_take` reads of a choice beside its student and activity; as the driver gives it: it is compared only."""
    moments = (*OWN_DATES, "reply_until", "lms_due_at")
    return [
        *(type_coerce(getattr(Choice, name), NullType()) for name in moments),
        cast(Choice.extended, String),
        Choice.excused_at.is_(None),
    ]


def _make_missing(activity: Activity, now: datetime, allowed: Mapping[int, Allowance]) -> None:
    has_one = exists().where(Choice.activity_id == activity.id, Choice.student_id == Person.id)
    counted = (Person.role == Role.STUDENT, Person.is_test.is_(False), Person.left_at.is_(None))
    query = select(Person.id, *CAME).where(Person.course_id == activity.course_id, *counted, ~has_one)
    alike: dict[tuple[datetime | None, Allowance | None], list[int]] = defaultdict(list)
    came = Came(activity)
    for row in db.session.execute(query.order_by(Person.id)):
        alike[came.late(*row[1:]), allowed.get(row[0])].append(row[0])
    for (_late, allowance), ids in alike.items():
        first = Choice.for_student(activity, db.session.get_one(Person, ids[0]), now, allowance)
        for some in _parts(ids):
            _make_like(first, some)


def _make_like(first: Choice, student_ids: Sequence[int]) -> None:
    """A choice for each of these students with what `first` says, which itself is not stored."""
    state = inspect(first)
    same = {c.key: v for c in state.mapper.column_attrs if (v := state.dict.get(c.key)) is not None}
    values = {"tenant_id": first.activity.tenant_id, "activity_id": first.activity.id, **same}
    columns = [literal(value, getattr(Choice, name).type) for name, value in values.items()]
    rows = select(Person.id, *columns).where(among(Person.id, student_ids)).order_by(Person.id)
    made = insert_missing(db.session, Choice).from_select(["student_id", *values], rows).returning(Choice.id)
    ids = db.session.scalars(made).all()
    note((first.activity.tenant_id, event, ids) for event in first.events)


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + SOME] for start in range(0, len(items), SOME))
