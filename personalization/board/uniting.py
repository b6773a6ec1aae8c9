"""Two lines of a class list that are one person: an LMS that changed its id of somebody drops one and brings another.

The line that left has the work, the one that came has the LMS's newer id. They become one line, the older, which from
then on goes by that id. Nobody is ever united without a teacher who says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Column, delete, select, update
from sqlalchemy.exc import IntegrityError

from engine.db import Base, db
from personalization.activity.model import Activity
from personalization.board import overview
from personalization.board.standing import Line
from personalization.choice.model import Choice
from personalization.errors import Refused
from personalization.grading import gradebook
from personalization.people.model import Person, PersonSection
from personalization.people.roster import ABSENCE

# What comes with the newer line: how the LMS names them, and what it says of them.
IDENTITY = ("roles", "role", "role_chosen", "given_name", "full_name", "sort_name", "zone", "mentees")


@dataclass(frozen=True)
class Union:
    """What would happen to each activity: work that stays, work that comes from the newer line, work on both."""

    stays: list[Line]
    comes: list[Line]
    clashes: list[Activity]

    @classmethod
    def of(cls, old: Person, new: Person) -> Union:
        mine = {line.choice.activity_id: line for line in _lines(old) if _has_work(line)}
        theirs = {line.choice.activity_id: line for line in _lines(new) if _has_work(line)}
        return cls(
            stays=[line for number, line in mine.items() if number not in theirs],
            comes=[line for number, line in theirs.items() if number not in mine],
            clashes=[line.choice.activity for number, line in mine.items() if number in theirs],
        )


def unite(old: Person, new: Person, by: Person, now: datetime) -> None:
    """Make `new` and `old` one: the row of `old`, under the LMS's id of `new`.

    Raises:
        Refused: they are not a student who left and one who is there, or both have work in the same activity, or
            arrangements of their own.
    """
    if old.course_id != new.course_id or old.left_at is None or not new.is_in_class or not old.is_student:
        raise Refused(
            _("These two can’t be one person"), now=_("One has to have left the class list, the other to be on it.")
        )
    union = Union.of(old, new)
    if union.clashes:
        titles = ", ".join(activity.title for activity in union.clashes)
        raise Refused(
            _("Both have work in %(titles)s", titles=titles), now=_("Nothing moved. Settle by hand which of it counts.")
        )
    try:
        with db.session.begin_nested():
            _move_choices(union, old, new)
            _move_the_rest(old, new)
    except IntegrityError as twice:
        raise Refused(
            _("Something is arranged for both of them"),
            now=_("Nothing moved. End one of the arrangements, then again."),
        ) from twice
    _become(old, new)
    for line in [*union.stays, *union.comes]:
        line.choice.note("same person", by, now)
        gradebook.catch_up(line.choice.activity)  # what was released goes to the newer id too


def _lines(person: Person) -> list[Line]:
    return overview.whole_lines(Choice.student_id == person.id)


def _has_work(line: Line) -> bool:
    return line.choice.option_id is not None or bool(line.proposals or line.submissions)


def _move_choices(union: Union, old: Person, new: Person) -> None:
    """Each activity keeps the line with work in it; of two empty ones the older."""
    moving = [line.choice for line in union.comes]
    has_one = {c.activity_id for c in db.session.scalars(select(Choice).where(Choice.student_id == old.id))}
    for choice in db.session.scalars(select(Choice).where(Choice.student_id == new.id)).all():
        if choice not in moving and choice.activity_id not in has_one:
            moving.append(choice)
        elif choice not in moving:
            db.session.delete(choice)
    for choice in db.session.scalars(select(Choice).where(Choice.student_id == old.id)).all():
        if any(other.activity_id == choice.activity_id for other in moving):
            db.session.delete(choice)
    db.session.flush()
    for choice in moving:
        choice.student = old
    db.session.flush()


def _move_the_rest(old: Person, new: Person) -> None:
    """Whatever else names the newer row names the older one: what they wrote, what is arranged, what they were told."""
    db.session.execute(delete(PersonSection).where(PersonSection.person_id == old.id))
    for column in _names_a_person():
        db.session.execute(update(column.table).where(column == new.id).values({column: old.id}))


def _names_a_person() -> list[Column[int]]:
    return [
        key.parent
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is Person.__table__ and key.parent is not Choice.__table__.c.student_id
    ]


def _become(old: Person, new: Person) -> None:
    identity = {name: getattr(new, name) for name in IDENTITY}
    user_id, came, left = new.user_id, new.first_seen_at, old.left_at
    db.session.expire(new, ["in_sections"])
    db.session.expire(old, ["in_sections"])
    db.session.delete(new)  # first: one course has one row for an id
    db.session.flush()
    for name, value in identity.items():
        setattr(old, name, value)
    if left is not None and came - left >= ABSENCE:
        old.away_since, old.back_at = left, came
    old.user_id, old.left_at = user_id, None
    db.session.flush()
