"""What somebody did in a course that the audit log is to hold: one line beside the verb, in the same commit."""

from __future__ import annotations

from engine import audit
from engine.db import db
from personalization.people.model import Person


def noted(me: Person, verb: str, **about: int | str) -> None:
    """`about`: ids, counts and words of ours, never a name or a text."""
    audit.note(db.session, verb, platform_id=me.tenant_id, course_id=me.course_id, by_id=me.id, about=about)
