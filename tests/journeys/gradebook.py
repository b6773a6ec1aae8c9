"""What really lies in the LMS: its columns, its cells, and every score message as it came."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.run import Demo
from demo.store import Activity, Cell, Column, Course, Person, ReceivedScore

SECONDS = 40.0
Found = TypeVar("Found")


@dataclass(frozen=True)
class Held:
    """One student's cell: `score` on the column's own scale."""

    score: float | None
    comments: list[str]
    attempts: int
    state: str


class Gradebook:
    """One activity's newest column."""

    def __init__(self, demo: Demo, course: str, activity: str) -> None:
        self._demo, self._course, self._activity = demo, course, activity

    def maximum(self) -> float:
        with Session(self._demo.school.engine) as session:
            return self._column(session).maximum

    def of(self, student: str) -> Held | None:
        with Session(self._demo.school.engine) as session:
            cell = self._cell(session, student)
            if cell is None:
                return None
            return Held(cell.score, [one.text for one in cell.comments], cell.attempts, cell.state)

    def score_of(self, student: str) -> float | None:
        held = self.of(student)
        return held.score if held else None

    def messages(self, student: str) -> list[dict[str, Any]]:
        """The accepted ones about a student, in the order they came."""
        with Session(self._demo.school.engine) as session:
            return [one.body for one in self._received(session, student) if one.status < 300]

    def await_score(self, student: str, score: float | None) -> Held:
        """The cell once it holds that score; grades travel by a worker, a moment after the press."""

        def held() -> Held | None:
            found = self.of(student)
            return found if found and found.score == score else None

        return eventually(held, f"{student} with {score} in the gradebook")

    def refused(self, student: str) -> list[ReceivedScore]:
        """What was not taken about a student, in the order it came."""
        with Session(self._demo.school.engine) as session:
            return [one for one in self._received(session, student) if one.status >= 300]

    def await_messages(self, student: str, count: int) -> list[dict[str, Any]]:
        def come() -> list[dict[str, Any]] | None:
            found = self.messages(student)
            return found if len(found) >= count else None

        return eventually(come, f"{count} messages about {student}")

    def _received(self, session: Session, student: str) -> list[ReceivedScore]:
        person = self._person(session, student)
        names = {person.uuid, str(person.id)}
        mine = select(ReceivedScore).where(ReceivedScore.column_id == self._column(session).id)
        received = session.scalars(mine.order_by(ReceivedScore.id))
        return [one for one in received if str(one.body.get("userId")) in names]

    def _column(self, session: Session) -> Column:
        found = session.scalar(
            select(Column)
            .join(Column.activity)
            .join(Column.course)
            .where(Course.title == self._course, Activity.title == self._activity)
            .order_by(Column.id.desc())
        )
        assert found is not None, f"no column for {self._activity}"
        return found

    def _cell(self, session: Session, student: str) -> Cell | None:
        person = self._person(session, student)
        return session.scalar(
            select(Cell).where(Cell.column_id == self._column(session).id, Cell.person_id == person.id)
        )

    def _person(self, session: Session, name: str) -> Person:
        given, _space, family = name.partition(" ")
        found = session.scalars(select(Person).where(Person.given_name == given, Person.family_name == family)).all()
        assert len(found) == 1, name
        return found[0]


def eventually(look: Callable[[], Found | None], what: str, seconds: float = SECONDS) -> Found:
    """What `look` finds, as soon as it finds something."""
    until = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < until, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.1)
    return found
