"""How telling the gradebook went, for a page: the rows that need somebody, the rest as one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlalchemy import Row, or_

from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.grading import gradebook, lms_date
from personalization.grading.gradebook import Delivery, Pause, ScoreState
from personalization.people.model import Person
from personalization.people.sight import visible

MOST = 50  # of a list on one page; what needs somebody comes first
FIRST = (Delivery.REFUSED, Delivery.CHANGED, Delivery.QUEUED)  # all others are settled
Rows = Sequence[Row[Any]]
Said = list[tuple[Person, ScoreState]]


class Page(NamedTuple):
    """A part of everyone, what needs somebody first; `number` from 1, of so many `pages`."""

    rows: Said
    number: int
    pages: int


class States(Mapping[int, ScoreState]):
    """{person id: how it went} of everyone about whom there is something to say, put into words where it is shown."""

    def __init__(self, rows: Rows, lms: str, pause: Pause | None) -> None:
        self._rows = {row[0]: row for row in rows}
        self._lms, self._pause = lms, pause
        self._said: dict[int, tuple[Person, ScoreState]] = {}  # a page says some of them in three places

    def __getitem__(self, person_id: int) -> ScoreState:
        return self.of(self._rows[person_id])[1]

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def of(self, row: Row[Any]) -> tuple[Person, ScoreState]:
        if row[0] not in self._said:
            student, score = gradebook.whose(row)
            self._said[row[0]] = student, gradebook.describe(score, student, self._lms, self._pause)
        return self._said[row[0]]


class Scores:
    """Of the students whom somebody may see; `everyone` = those of whom the gradebook holds something, or was to, by
    name, as `gradebook.scores` gives them.

    `pause` says why nothing goes to the LMS now, if so: until a moment, or until somebody says so. `differing` counts
    the dates by which the LMS would mark work late that is in time here.
    """

    def __init__(self, everyone: Rows, lms: str, pause: Pause | None, differing: int) -> None:
        self.lms, self.pause, self.differing = gradebook.lms_name(lms), pause, differing
        every = [row for row in everyone if row.told]
        self.states = States(every, lms, pause)
        of: dict[Delivery, list[Row[Any]]] = {status: [] for status in Delivery}
        for row in every:
            of[row.status].append(row)
        self._urgent = [row for status in FIRST for row in of[status]]
        self._every = every
        self.refused, self.kept = len(of[Delivery.REFUSED]), len(of[Delivery.KEPT])
        self.arrived = len(of[Delivery.SENT])
        self.last: datetime | None = max((row.sent_at for row in of[Delivery.SENT] if row.sent_at), default=None)
        self.troubled = {row[0] for status in FIRST[:2] for row in of[status]}
        self._everyone = {row[0]: row for row in everyone}

    @cached_property
    def rows(self) -> Said:
        """The first of those not settled, urgent ones first."""
        return [self.states.of(row) for row in self._urgent[:MOST]]

    def page(self, number: int) -> Page:
        """Of all, in that order; a page that is not there is the nearest."""
        pages = max(1, -(-len(self.states) // MOST))
        number = min(max(1, number), pages)
        settled = (row for row in self._every if row.status not in FIRST)
        shown = list(islice(chain(self._urgent, settled), (number - 1) * MOST, number * MOST))
        return Page([self.states.of(row) for row in shown], number, pages)

    @property
    def more(self) -> int:
        """How many not settled are left out of `rows`."""
        return max(0, len(self._urgent) - MOST)

    @property
    def left_out(self) -> int:
        """How many are left out of the first page."""
        return max(0, len(self.states) - MOST)

    def held(self, person_id: int) -> tuple[float | None, float | None] | None:
        """(score, maximum) that the gradebook held when it was last read; None where nothing was ever there."""
        row = self._everyone.get(person_id)
        return (row.result_score, row.result_maximum) if row is not None else None


def scores_of(activity: Activity, me: Person, choices: Sequence[Choice] | None = None) -> Scores:
    """Of the students whom I may see; `choices`: all of theirs in this activity, where the page has read them."""
    return Scores(
        gradebook.scores(activity, visible(me), or_(gradebook.told_of(), gradebook.held_there())),
        activity.course.lms,
        gradebook.pause_of(activity.course),
        lms_date.counts(lms_date.differences_in(activity, me, choices)),
    )
