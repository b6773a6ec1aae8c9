"""Who is on which option already, and the last place in one given away only once."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.db import db
from personalization.activity.model import Activity, Option
from personalization.choice.model import Choice
from personalization.people.model import Person


def taken(activity: Activity, but: Person) -> dict[int, int]:
    """{option id: how many others are on it}; test students and those who left take no place."""
    query = (
        select(Choice.option_id, func.count())
        .join(Person, Person.id == Choice.student_id)
        .where(Choice.activity_id == activity.id, Choice.option_id.is_not(None), Choice.student_id != but.id)
        .where(Person.is_test.is_(False), Person.left_at.is_(None))
        .group_by(Choice.option_id)
    )
    return {option_id: count for option_id, count in db.session.execute(query) if option_id is not None}


def hold(choice: Choice) -> None:
    """Until the commit nobody else moves this choice: a second press waits, then sees what the first one did."""
    db.session.refresh(choice, with_for_update=True)


def hold_places(option: Option) -> None:
    """Until the commit nobody else takes a place in this option: two who want the last one come one after the other."""
    if option.capacity is not None:
        db.session.refresh(option, with_for_update=True)
