"""How telling the gradebook went, for a page: the rows that need somebody, the rest as one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.db import db
from personalization.activity.model import Activity
from personalization.grading import gradebook, lms_date
from personalization.grading.gradebook import Pause, ScoreState
from personalization.people.access import visible
from personalization.people.model import Person

ARRIVED = "good"
FIRST = {"alarm": 0, "own": 1, "wait": 2}  # refused, changed there, on its way; all other tones are settled


@dataclass(frozen=True)
class Scores:
    """`rows` = the scores not settled, urgent ones first; `settled` all others, by name. Of these `arrived` counts
    ours, `last` is their newest; `kept` counts the grades of the LMS that stand. `states` = {person id: how it went} of
    everyone. `pause` says why nothing goes to the LMS now, if so: until a moment, or until somebody says so.
    `differing` counts the dates by which the LMS would mark work late that is in time here.
    """

    lms: str
    rows: list[tuple[Person, ScoreState]]
    settled: list[tuple[Person, ScoreState]]
    arrived: int
    last: datetime | None
    kept: int
    states: dict[int, ScoreState]
    pause: Pause | None
    differing: int

    @property
    def refused(self) -> int:
        """How many could be sent again together."""
        return sum(state.tone == "alarm" for _person, state in self.rows)

    @property
    def troubled(self) -> set[int]:
        """The ids of the people whose score waits for the teacher."""
        return {person.id for person, state in self.rows if state.tone != "wait"}


def scores_of(activity: Activity, me: Person) -> Scores:
    """Of the students whom I may see."""
    states = gradebook.state_of(activity, visible(me))
    people = db.session.scalars(
        select(Person).where(Person.course_id == activity.course_id, visible(me)).order_by(Person.sort_name, Person.id)
    )
    every = [(person, states[person.id]) for person in people if person.id in states]
    rows = sorted((row for row in every if row[1].tone in FIRST), key=lambda row: FIRST[row[1].tone])
    settled = [row for row in every if row[1].tone not in FIRST]
    arrived = [state.at for _person, state in settled if state.tone == ARRIVED]
    return Scores(
        lms=gradebook.lms_name(activity.course.lms),
        rows=rows,
        settled=settled,
        arrived=len(arrived),
        last=max((at for at in arrived if at is not None), default=None),
        kept=len(settled) - len(arrived),
        states=states,
        pause=gradebook.pause_of(activity.course),
        differing=lms_date.counts(lms_date.differences(me, Activity.id == activity.id)),
    )
