"""One gradebook column, as the tool scores into it, and as the teacher sees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from demo.base import Role
from demo.store import Column
from tests.demo.riverbend import Riverbend
from tests.demo.stand_in import SCORE_TYPE

CANVAS_EXTENSION = "https://canvas.instructure.com/lti/submission"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Gradebook:
    """One column, as the tool scores into it and reads it; `who` is the student in question."""

    def __init__(self, riverbend: Riverbend, manner: str, course_id: int) -> None:
        self.riverbend = riverbend
        self.manner = manner
        self.line_item = riverbend.line_item(riverbend.add_activity(course_id))
        person = riverbend.one_with(Role.STUDENT, course_id)
        self.person_id = person.id
        self.who = person.uuid if manner == "canvas" else str(person.id)
        self.bearer = riverbend.tool.bearer(riverbend.issuer(manner))

    def send(self, seconds: float = 0, **changes: Any) -> requests.Response:
        """A full score of 8 of 16, stamped that long after noon; a change to None leaves a member out."""
        body = {
            "userId": self.who,
            "scoreGiven": 8,
            "scoreMaximum": 16,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": (NOON + timedelta(seconds=seconds)).isoformat(timespec="milliseconds"),
        } | changes
        return requests.post(
            self.address("/scores"),
            json={name: value for name, value in body.items() if value is not None},
            headers=self.bearer | {"Content-Type": SCORE_TYPE},
            timeout=5,
        )

    def results(self, **query: str) -> requests.Response:
        return requests.get(self.address("/results"), params=query, headers=self.bearer, timeout=5)

    def score(self) -> float | None:
        found = next(one for one in self.results().json() if one["userId"] == self.who)
        score: float | None = found.get("resultScore")
        return score

    def address(self, part: str) -> str:
        path, mark, query = self.line_item.partition("?")
        return path + part + mark + query

    def cell(self) -> dict[str, Any]:
        """What the teacher sees of this student."""
        with self.riverbend.session() as session:
            column = session.get_one(Column, self.column_id)
            cell = next(one for one in column.cells if one.person_id == self.person_id)
            return {
                "state": cell.state,
                "attempts": cell.attempts,
                "submitted_at": cell.submitted_at,
                "late": cell.late,
                "data": cell.submission_data,
                "comments": [comment.text for comment in cell.comments],
            }

    @property
    def column_id(self) -> int:
        words = self.line_item.partition("?")[0].split("/")
        return int(words[-1] if self.manner == "canvas" else words[-2])

    def set_by_hand(self, score: str) -> None:
        path = f"/columns/{self.column_id}/grades/{self.person_id}"
        answer = self.riverbend.teacher().post(self.riverbend.url + path, data={"score": score}, timeout=5)
        assert answer.status_code == 200
