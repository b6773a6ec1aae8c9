"""A gradebook column in memory, with the rules of Canvas and Moodle as the captures and their source have them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

CANVAS_SUBMISSION = "https://canvas.instructure.com/lti/submission"
Answer = tuple[int, dict[str, Any]]
TAKEN: Answer = (200, {})


class Book:
    """One column of `family`, "canvas" or "moodle", with `maximum` points. It remembers each score that it took."""

    def __init__(self, family: str, maximum: float = 20) -> None:
        self.family, self.maximum = family, maximum
        self.accepted: list[dict[str, Any]] = []
        self.grades: dict[str, float | None] = {}
        self.comments: dict[str, list[str]] = {}
        self.attempts: dict[str, int] = {}
        self.times: dict[str, datetime] = {}
        self.overridden: set[str] = set()

    def post(self, score: dict[str, Any], now: datetime | None = None) -> Answer:
        """Take one score, or say why not: (status, body). `now` is the platform's own clock."""
        sub, at = str(score["userId"]), datetime.fromisoformat(score["timestamp"])
        now = now or datetime.now(UTC)
        last = self.times.get(sub)
        if self.family == "moodle":
            at = at.replace(microsecond=0)
            if last and at <= last:
                return 409, {"status": 409, "reason": "Refusing score with an earlier timestamp for item 7"}
        elif last and at < last:
            return 400, _error(f"Provided timestamp of {at} before last updated timestamp of {last}")
        self.times[sub] = at
        self._take(sub, score)
        given = score.get("scoreGiven") if score["gradingProgress"] == "FullyGraded" else None
        self.accepted.append({"sub": sub, "timestamp": score["timestamp"], "given": given, **_kind(score)})
        return TAKEN

    def type_in(self, sub: str, score: float | None) -> None:
        """A teacher's own hand; what is typed into Moodle's gradebook overrides whatever a tool sends."""
        self.grades[sub] = score
        if self.family == "moodle" and score is not None:
            self.overridden.add(sub)

    def results(self, only: str = "") -> list[dict[str, Any]]:
        """As the Result service lists them; of one person if `only` names them."""
        return [
            {"id": f"results/{sub}", "userId": sub, "resultMaximum": self.maximum, "resultScore": score}
            for sub, score in self.grades.items()
            if score is not None and only in {"", sub}
        ]

    def _take(self, sub: str, score: dict[str, Any]) -> None:
        full = score["gradingProgress"] == "FullyGraded" and "scoreGiven" in score
        comment = score.get("comment")
        if self.family == "moodle":
            self.comments[sub] = [comment] if comment else []
            if sub not in self.overridden:
                self.grades[sub] = min(self._scaled(score), self.maximum) if full else None
            return
        said = score.get(CANVAS_SUBMISSION, {})
        if said.get("new_submission", True):
            self.attempts[sub] = self.attempts.get(sub, 0) + 1
        if full:
            self.grades[sub] = self._scaled(score)
        elif not said.get("preserve_score"):
            self.grades[sub] = None
        if comment:
            self.comments.setdefault(sub, []).append(comment)

    def _scaled(self, score: dict[str, Any]) -> float:
        scaled: float = round(score["scoreGiven"] / score["scoreMaximum"] * self.maximum, 5)
        return scaled


def _kind(score: dict[str, Any]) -> dict[str, str]:
    return {"activity": score["activityProgress"], "grading": score["gradingProgress"]}


def _error(words: str) -> dict[str, Any]:
    return {"errors": {"type": "bad_request", "message": words}}
