"""Time passes for many at once: choices that stand at the same point meet the same fate, worked out once by `step`.

Whoever has an idea open goes one by one: its words stand in their history. So does whoever may be placed where the
number of students on each option decides. Where an option has so many places, they are given away choice by choice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, case, cast, select, text, type_coerce
from sqlalchemy.types import NullType

from engine.db import Ids, among, db, gathered
from personalization.activity.model import Option
from personalization.choice.cohort import READ, Effect, standing_for, write
from personalization.choice.event import Event
from personalization.choice.model import OWN_DATES, SAID_AFTER, Choice
from personalization.choice.places import Places
from personalization.people.model import Person, Role
from personalization.proposal.clockwork import step
from personalization.proposal.decision import OPEN_SQL
from personalization.proposal.model import Proposal


class OneByOne(Exception):
    """It can't be told for a cohort what happens to each of it."""


@dataclass
class Room:
    """The room of clockwork.py, with what was asked of it: `asked` = [(option with so many places, whether one was
    free)], `given` the option that somebody was placed on.

    Raises:
        OneByOne: there are `places` to look at and none were given, or how many are on each option decides.
    """

    places: Places | None
    asked: list[tuple[Option, bool]] = field(default_factory=list)
    given: Option | None = None

    def taken(self, option: Option) -> int:
        raise OneByOne

    def left(self, option: Option) -> int | None:
        if option.capacity is None:
            return None
        if self.places is None:
            raise OneByOne
        self.asked.append((option, self.places.has_one(option)))
        return self.places.left(option)

    def take(self, option: Option, student: Person) -> None:
        if option.activity.least_filled:  # where the next one goes depends on it
            raise OneByOne
        self.given = option


@dataclass
class Fate:
    """What happens to those choices of a cohort for whom the places stand as `room` found them."""

    room: Room
    effect: Effect
    student: Person
    ids: list[int]

    @classmethod
    def of(cls, choice: Choice, room: Room, now: datetime, ids: list[int]) -> Fate:
        return cls(room, Effect.of(choice, lambda one: step(one, (), room, now)), choice.student, ids)

    def is_met(self, places: Places) -> bool:
        return all(places.has_one(option) is free for option, free in self.room.asked)


def go_on(ids: Sequence[int], now: datetime) -> tuple[int, list[int]]:
    """Let time pass for those of these choices that are due, which nobody else moves until the commit.

    Returns (how many it passed for, the ids of those who have to go one by one, in order).
    """
    cohorts, alone = _cohorts(ids, now)
    fates: list[Fate] = []
    narrow: dict[int, list[int]] = {}  # {activity id: ids} where an option has so many places
    with standing_for([ids[0] for ids in cohorts]) as choices:
        for ids in cohorts:
            choice = choices[ids[0]]
            try:
                fates.append(Fate.of(choice, Room(None), now, ids))
            except OneByOne:
                (alone if choice.activity.least_filled else narrow.setdefault(choice.activity_id, [])).extend(ids)
    if narrow:
        standing = {choice_id: ids[0] for ids in cohorts for choice_id in ids}
        fates += _in_order({i: standing[i] for ids in narrow.values() for i in sorted(ids)}, Places(narrow), now)
    write((fate.effect, fate.ids) for fate in fates)
    return sum(len(fate.ids) for fate in fates), sorted(alone)


def _in_order(standing: dict[int, int], places: Places, now: datetime) -> list[Fate]:
    """What happens to each where places decide, the first choice first. `standing` = {id: id of the first of its
    cohort}. Worked out anew for a cohort only when an option got full since."""
    known: dict[int, list[Fate]] = defaultdict(list)
    for choice_id, first in standing.items():
        fate = next((fate for fate in known[first] if fate.is_met(places)), None)
        if fate is None:
            with standing_for([first]) as choices:
                fate = Fate.of(choices[first], Room(places), now, [])
            known[first].append(fate)
        fate.ids.append(choice_id)
        if fate.room.given is not None:
            places.take(fate.room.given, fate.student)
    return [fate for fates in known.values() for fate in fates]


def _cohorts(of: Sequence[int], now: datetime) -> tuple[list[list[int]], list[int]]:
    """(ids of those who stand alike, list by list; ids of those with an open idea), each in order, and held."""
    alike = _alike(db.session.get_bind().dialect.name)
    due = {"of": of, "before": now}
    groups = [ids for student, ids in db.session.execute(alike, due) if student is not None]
    ids = [choice_id for group in groups for choice_id in group]
    if not ids:
        return [], []
    ideas = select(Proposal.choice_id).where(among(Proposal.choice_id, ids), text(OPEN_SQL))
    with_idea = set(db.session.scalars(ideas))
    handed_in: dict[int, tuple[str, ...]] = {}
    verbs = select(Event.choice_id, Event.verb).where(among(Event.choice_id, ids), Event.verb.in_(READ))
    for choice_id, verb in db.session.execute(verbs.order_by(Event.id)):
        handed_in[choice_id] = (*handed_in.get(choice_id, ()), verb)
    cohorts: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        for choice_id in sorted(set(group) - with_idea):
            cohorts[number, handed_in.get(choice_id, ())].append(choice_id)
    return sorted(cohorts.values()), sorted(with_idea)


@cache
def _alike(dialect: str) -> Select[int | None, list[int]]:
    """(which kind of student, ids) of those of the choices `of` that were due `before` and stand alike; holds them.

    Once for a `dialect`, which `among` takes its words from: to put it together anew takes SQLAlchemy a part of each
    batch.
    """
    standing = [part.label(f"standing_{number}") for number, part in enumerate(_standing())]
    due = Choice.step_at < bindparam("before", type_=Choice.step_at.type)
    found = select(Choice.id, *standing).where(due, among(Choice.id, bindparam("of", type_=Ids())))
    held = found.order_by(Choice.id).with_for_update(of=Choice).subquery()
    return select(held.c.standing_0, gathered(held.c.id)).group_by(*(held.c[part.name] for part in standing))


def _standing() -> Sequence[ColumnElement[Any]]:
    """What `step` reads of a choice without an open idea, that of its student first: all else may differ in a cohort.

    As the database has it, since it is compared only.
    """
    is_free = Choice.option_id.is_(None)
    # Nothing for who is no student. Asked for each by itself: to join them, PostgreSQL would look through all persons
    # that there are, batch by batch.
    student = select(case((Person.is_test, 1), else_=0) + case((Person.left_at.is_(None), 2), else_=0))
    student = student.where(Person.id == Choice.student_id, Person.role == Role.STUDENT).correlate(Choice)
    said = sorted({name for names in SAID_AFTER.values() for name in names})
    return [
        student.scalar_subquery(),
        Choice.activity_id,
        is_free,
        case((is_free, Choice.plan_b_id)),
        *(type_coerce(getattr(Choice, name), NullType()) for name in (*OWN_DATES, "reply_until")),
        cast(Choice.reminded, String),
        *(getattr(Choice, name).is_(None) for name in (*said, "excused_at")),
    ]
