"""Of a course that will be erased because nobody opens it any more: what a mail about it is about. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

ABOUT = "course end "
PATIENCE = timedelta(days=14)  # a mail server may be away for longer than other news stays news


class Ending(NamedTuple):
    """From `goes_at` on, nothing of it is here."""

    course: str
    goes_at: datetime


def about_ending(goes_at: datetime) -> str:
    """What such a mail is about, as the outbox has it."""
    return f"{ABOUT}{goes_at.astimezone(UTC).date()}"


def is_of_ending(about: str) -> bool:
    return about.startswith(ABOUT)


def goes_at(about: str) -> datetime:
    """The beginning of that day, UTC."""
    return datetime.fromisoformat(about.removeprefix(ABOUT)).replace(tzinfo=UTC)
