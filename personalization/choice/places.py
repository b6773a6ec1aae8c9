"""Who is on which option already, and the last place in one given away only once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import func, select

from engine.db import db
from personalization.activity.model import Activity, Option
from personalization.choice.model import Choice
from personalization.people.model import Person, Role


def taken(activity: Activity, but: Person) -> dict[int, int]:
    """{option id: how many others are on it}; test students and those who left take no place."""
    return dict(_counts([activity.id], but))


class Places:
    """How full the options of some activities are, while several students are placed one after the other.

    Until the commit nobody else takes a place in them. Locked in one order, so that two who place never wait for each
    other.
    """

    def __init__(self, activity_ids: Iterable[int]) -> None:
        ids = sorted(set(activity_ids))
        limited = select(Option).where(Option.activity_id.in_(ids), Option.capacity.is_not(None)).order_by(Option.id)
        db.session.scalars(limited.with_for_update().execution_options(populate_existing=True)).all()
        self._taken = _counts(ids)

    def taken(self, option: Option) -> int:
        return self._taken[option.id]

    def left(self, option: Option) -> int | None:
        """None where it has no limit."""
        return None if option.capacity is None else option.capacity - self._taken[option.id]

    def has_one(self, option: Option) -> bool:
        left = self.left(option)
        return left is None or left > 0

    def take(self, option: Option, student: Person) -> None:
        if not student.is_test:
            self._taken[option.id] += 1


def hold(choice: Choice) -> None:
    """Until the commit nobody else moves this choice: a second press waits, then sees what the first one did."""
    db.session.refresh(choice, with_for_update=True)


def hold_places(option: Option) -> None:
    """Until the commit nobody else takes a place in this option: two who want the last one come one after the other."""
    if option.capacity is not None:
        db.session.refresh(option, with_for_update=True)


def _counts(activity_ids: list[int], but: Person | None = None) -> Counter[int]:
    query = (
        select(Choice.option_id, func.count())
        .join(Person, Person.id == Choice.student_id)
        .where(Choice.activity_id.in_(activity_ids), Choice.option_id.is_not(None))
        .where(Person.role == Role.STUDENT, Person.is_test.is_(False), Person.left_at.is_(None))
        .group_by(Choice.option_id)
    )
    if but is not None:
        query = query.where(Choice.student_id != but.id)
    return Counter({option_id: count for option_id, count in db.session.execute(query) if option_id is not None})
