"""What a score does in Moodle 4.5, as captured (local/resources/scores.php)."""

from __future__ import annotations

from typing import Any

from demo.platform import Platform
from demo.score import Refusal, cell_for, graded_person, instant, number
from demo.store import Column, Comment

WRONG = "Incorrect score received"


def take(platform: Platform, column: Column, body: dict[str, Any]) -> None:
    """Put a score into its cell; whole seconds, strictly rising.

    Raises:
        Refusal: and nothing is changed.
    """
    scored_at = instant(body.get("timestamp"))
    person = graded_person(platform, column, body)
    named = all(body.get(name) for name in ("activityProgress", "gradingProgress"))
    if person is None or scored_at is None or not named:
        raise Refusal(400, WRONG)
    score = _scaled(column, body)
    cell = cell_for(column, person)
    scored_at = scored_at.replace(microsecond=0)
    if cell.scored_at and scored_at <= cell.scored_at:
        raise Refusal(409, f"Refusing score with an earlier timestamp for item {column.id} and user {person.id}")
    if body["gradingProgress"] != "FullyGraded" or score is None:
        # The one way to take a grade back: its time is forgotten with it.
        cell.sent, cell.scored_at = None, None
    else:
        cell.sent, cell.scored_at = score, scored_at
    if not cell.by_hand:
        cell.score = cell.sent
        cell.state = "not graded" if cell.score is None else "graded"
    comment = str(body.get("comment") or "")
    cell.comments = [Comment(text=comment)] if comment else []


def _scaled(column: Column, body: dict[str, Any]) -> float | None:
    """The score on the column's scale, cut to 0 and its maximum, five decimals; a number as text is taken too."""
    if body.get("scoreGiven") is None:
        return None
    given, maximum = _loose_number(body["scoreGiven"]), _loose_number(body.get("scoreMaximum"))
    if given is None or maximum is None:
        raise Refusal(400, WRONG)
    scaled = given / maximum * column.maximum if maximum else given
    return round(min(max(scaled, 0.0), column.maximum), 5)


def _loose_number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            return number(float(value))
        except ValueError:
            return None
    return number(value)
