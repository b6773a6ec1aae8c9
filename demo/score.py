"""What both manners need of a score message."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from demo.base import GRADED
from demo.platform import Platform
from demo.school import enrolment_of, store
from demo.store import Cell, Column, Person


class Refusal(Exception):
    """A score that is not taken: an HTTP status and the reason in the LMS's words."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def instant(text: object) -> datetime | None:
    """An ISO 8601 time as aware UTC, one without a zone taken as UTC; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def number(value: object) -> float | None:
    """A finite JSON number; True and NaN are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def graded_person(platform: Platform, column: Column, body: dict[str, Any]) -> Person | None:
    """The student of the column's course that `userId` names."""
    person = platform.person(body.get("userId"))
    enrolment = enrolment_of(person, column.course)
    return person if enrolment and enrolment.role in GRADED else None


def cell_for(column: Column, person: Person) -> Cell:
    """The cell of a person in a column, made at first need."""
    found = store().scalar(select(Cell).where(Cell.column_id == column.id, Cell.person_id == person.id))
    if found is None:
        found = Cell(column=column, person=person, by_hand=False, attempts=0, state="not handed in")
        store().add(found)
    return found
