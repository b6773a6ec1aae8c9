"""One activity as a table: a row for each student whom the reader may see, with what their page says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select

from engine.db import db, reading
from personalization.activity.model import Activity
from personalization.archive.cells import BOM, Cell, Separator, moment, written
from personalization.board import overview
from personalization.board.badges import teacher_badge
from personalization.board.standing import Line
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.grading.gradebook import ScoreState
from personalization.grading.model import Grade, Status
from personalization.people.model import Person
from personalization.people.sight import visible

AT_ONCE = 100  # students whose texts are in memory together


@dataclass(frozen=True)
class Table:
    """What a table needs beside its rows, in plain values: it is written while it is sent, long after the request's own
    transaction. `criteria` = {key: name} of every version of the rubric; `states` = {person id: how its score went}."""

    title: str
    tz: ZoneInfo
    now: datetime
    choices: Sequence[int]
    criteria: Mapping[int, str]
    states: Mapping[int, ScoreState]

    @classmethod
    def of(cls, activity: Activity, me: Person, now: datetime) -> Table:
        lines = select(Choice.id).join(Choice.student).where(Choice.activity_id == activity.id, visible(me))
        return cls(
            title=activity.title,
            tz=activity.course.tz,
            now=now,
            choices=db.session.scalars(lines.order_by(Person.sort_name, Person.full_name, Person.id)).all(),
            criteria={c.key: c.name for rubric in activity.rubrics for c in rubric.criteria},
            states=_states(activity, me) if activity.graded else {},
        )

    def pieces(self, separator: Separator) -> Iterator[str]:
        """The CSV in pieces, each read in a short transaction of its own."""
        yield BOM + written([self._head()], separator)
        for start in range(0, len(self.choices), AT_ONCE):
            with reading():
                lines = overview.whole_lines(Choice.id.in_(self.choices[start : start + AT_ONCE]))
                rows = [self._row(line) for line in lines]
                db.session.rollback()
            yield written(rows, separator)

    def whole(self, separator: Separator) -> bytes:
        return "".join(self.pieces(separator)).encode()

    def _head(self) -> list[Cell]:
        levels = [_("%(criterion)s: level", criterion=name) for name in self.criteria.values()]
        points = [_("%(criterion)s: points", criterion=name) for name in self.criteria.values()]
        zone = self.tz.key
        return [
            _("Student"),
            _("Where it stands"),
            _("Way"),
            _("Own idea"),
            _("Plan B"),
            _("On this way since (%(zone)s)", zone=zone),
            _("Hand in by (%(zone)s)", zone=zone),
            _("Handed in (%(zone)s)", zone=zone),
            _("Late"),
            *levels,
            *points,
            _("Adjustment"),
            _("Points"),
            _("Out of"),
            _("Marks are"),
            _("Comment"),
            _("Released (%(zone)s)", zone=zone),
            _("Points released"),
            _("In the gradebook"),
            _("The gradebook’s own grade"),
        ]

    def _row(self, line: Line) -> list[Cell]:
        choice, go = line.choice, line.handed_in
        name = line.student.sort_name or line.student.name
        return [
            _("%(name)s (test student)", name=name) if line.student.is_test else name,
            teacher_badge(line, self.now).word,
            choice.option.title if choice.option else "",
            _said(choice.option is not None and choice.option.is_own_idea),
            choice.plan_b.title if choice.plan_b else "",
            moment(choice.option_since, self.tz),
            moment(choice.work_due, self.tz),
            moment(go.handed_in_at if go else None, self.tz),
            _said(go is not None and go.late),
            *self._marks(line.grade),
            *self._grade(line),
            *self._score(line.student.id),
        ]

    def _marks(self, grade: Grade | None) -> list[Cell]:
        levels = grade.levels if grade else {}
        asked = {c.key: c for c in grade.asked} if grade else {}
        reached = {key: asked[key].level(level) for key, level in levels.items() if key in asked}
        return [
            *(levels.get(key) if key in asked else None for key in self.criteria),
            *(step.points if (step := reached.get(key)) else None for key in self.criteria),
        ]

    def _grade(self, line: Line) -> list[Cell]:
        grade, shown = line.grade, line.release
        words = {Status.DRAFT: _("a draft"), Status.READY: _("ready"), Status.RELEASED: _("released")}
        return [
            (grade.adjustment or None) if grade else None,
            grade.points if grade else None,
            grade.out_of if grade else None,
            words[grade.status] if grade else "",
            grade.comment if grade else "",
            moment(shown.released_at if shown else None, self.tz),
            shown.points if shown else None,
        ]

    def _score(self, person_id: int) -> list[Cell]:
        state = self.states.get(person_id)
        theirs = Decimal(str(state.theirs)) if state is not None and state.theirs is not None else None
        return [state.word if state else "", theirs]


def _states(activity: Activity, me: Person) -> dict[int, ScoreState]:
    told = [gradebook.whose(row) for row in gradebook.scores(activity, visible(me), gradebook.told_of())]
    return {student.id: gradebook.describe(score, student, activity.course.lms) for student, score in told}


def _said(yes: bool) -> str:
    return _("yes") if yes else ""
