"""What a score does in Canvas (app/controllers/lti/ims/scores_controller.rb)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from demo.platform import Platform
from demo.school import now
from demo.score import Refusal, cell_for, graded_person, instant, number
from demo.store import Cell, Column, Comment

EXTENSION = "https://canvas.instructure.com/lti/submission"
ACTIVITY = {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
GRADING = {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}
AHEAD = timedelta(minutes=1)


def take(platform: Platform, column: Column, body: dict[str, Any]) -> Cell:
    """Put a score into its cell.

    Raises:
        Refusal: and nothing is changed.
    """
    _check_form(body)
    person = graded_person(platform, column, body)
    if person is None:
        raise Refusal(422, "User not found in course or is not a student")
    extension = body.get(EXTENSION, {})
    if not isinstance(extension, dict):
        raise Refusal(400, f"{EXTENSION} is not an object")
    cell = cell_for(column, person)
    scored_at = instant(body["timestamp"])
    if scored_at is None:
        raise Refusal(400, f"Provided timestamp of {body['timestamp']} not a valid timestamp")
    if cell.scored_at and scored_at < cell.scored_at:
        raise Refusal(
            400,
            f"Provided timestamp of {body['timestamp']} before last updated timestamp of {cell.scored_at.isoformat()}",
        )
    score = _scaled(column, body)
    _submit(cell, body, extension)
    _grade(cell, score, str(body["gradingProgress"]), extension)
    if body.get("comment"):
        cell.comments.append(Comment(text=str(body["comment"])))
    cell.scored_at = scored_at
    return cell


def _check_form(body: dict[str, Any]) -> None:
    for name in ("userId", "activityProgress", "gradingProgress", "timestamp"):
        if not body.get(name):
            raise Refusal(400, f"{name} is missing")
    if body["activityProgress"] not in ACTIVITY:
        raise Refusal(400, f"Provided activityProgress of {body['activityProgress']} is unknown")
    if body["gradingProgress"] not in GRADING:
        raise Refusal(400, f"Provided gradingProgress of {body['gradingProgress']} is unknown")


def _scaled(column: Column, body: dict[str, Any]) -> float | None:
    """The score on the column's scale, None where none was sent. It may exceed the maximum, as in Canvas."""
    if body.get("scoreGiven") is None:
        return None
    given, maximum = number(body["scoreGiven"]), number(body.get("scoreMaximum"))
    if given is None or maximum is None:
        raise Refusal(400, "scoreMaximum must be present and both must be numbers if scoreGiven is present")
    if given < 0:
        raise Refusal(422, "scoreGiven must be greater than or equal to 0")
    if maximum == 0 and column.maximum:
        raise Refusal(422, "scoreMaximum cannot be zero if line item's maximum is not zero")
    if maximum < 0:
        raise Refusal(422, "scoreMaximum must be greater than or equal to 0")
    return round(given / maximum * column.maximum, 5) if maximum else 0.0


def _submit(cell: Cell, body: dict[str, Any], extension: dict[str, Any]) -> None:
    """A new attempt is the default: a tool that forgets `new_submission: false` makes one with every grade."""
    kind = str(extension.get("submission_type", "external_tool"))
    standard = body.get("submission")
    asked = (standard.get("submittedAt") if isinstance(standard, dict) else None) or extension.get("submitted_at")
    submitted_at = instant(asked) if asked else None
    if asked and submitted_at is None:
        raise Refusal(400, f"Provided submittedAt of {asked} is not a valid timestamp")
    if submitted_at and submitted_at > now() + AHEAD:
        raise Refusal(400, f"Provided submittedAt of {asked} is in the future")
    if extension.get("new_submission", kind != "none"):
        cell.attempts += 1
        cell.submitted_at = submitted_at or now()
        cell.submission_type = kind
        cell.submission_data = str(extension.get("submission_data", ""))
        cell.state = "handed in"
    elif submitted_at:
        cell.submitted_at = submitted_at


def _grade(cell: Cell, score: float | None, progress: str, extension: dict[str, Any]) -> None:
    """Anything but a graded score clears the one there was, unless `preserve_score` says not to."""
    if progress == "PendingManual":
        cell.state = "needs grading"
    if score is not None and progress in {"FullyGraded", "PendingManual"}:
        if cell.score is not None and extension.get("prioritize_non_tool_grade") and cell.by_hand:
            return
        cell.score = cell.sent = score
        cell.by_hand = False
        if progress == "FullyGraded":
            cell.state = "graded"
    elif not extension.get("preserve_score"):
        cell.score = cell.sent = None
        cell.by_hand = False
