"""How telling the gradebook went, for a page: the rows that need somebody, the rest as one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.db import db
from personalization.activity.model import Activity
from personalization.grading import gradebook
from personalization.grading.gradebook import ScoreState
from personalization.people.access import visible
from personalization.people.model import Person

ARRIVED = "good"
FIRST = {"alarm": 0, "own": 1, "wait": 2}  # refused, changed there, on its way; all other tones are settled


@dataclass(frozen=True)
class Scores:
    """`rows` = the scores not settled, urgent ones first. Of the others `arrived` counts ours, `last` is their newest;
    `kept` counts the grades of the LMS that stand. `states` = {person id: how it went} of everyone.
    """

    lms: str
    rows: list[tuple[Person, ScoreState]]
    arrived: int
    last: datetime | None
    kept: int
    states: dict[int, ScoreState]

    @property
    def troubled(self) -> set[int]:
        """The ids of the people whose score waits for the teacher."""
        return {person.id for person, state in self.rows if state.tone != "wait"}


def scores_of(activity: Activity, me: Person) -> Scores:
    """Of the students whom I may see."""
    states = gradebook.state_of(activity, visible(me))
    open_ones = {person_id: state for person_id, state in states.items() if state.tone in FIRST}
    people = db.session.scalars(select(Person).where(Person.id.in_(open_ones)).order_by(Person.sort_name)).all()
    rows = sorted(((p, open_ones[p.id]) for p in people), key=lambda row: FIRST[row[1].tone])
    arrived = [state.at for state in states.values() if state.tone == ARRIVED]
    return Scores(
        lms=gradebook.lms_name(activity.course.lms),
        rows=rows,
        arrived=len(arrived),
        last=max((at for at in arrived if at is not None), default=None),
        kept=len(states) - len(open_ones) - len(arrived),
        states=states,
    )
