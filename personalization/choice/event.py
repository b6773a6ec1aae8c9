"""The history of a choice: who did what, when. What people are told is read from it too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import some
from engine.tenant import Tenanted
from personalization.people.model import Person


class Event(Tenanted):
    """One step in the history of a choice; `by` empty means a rule did it.

    `told_at`: when it was looked at for who is to have mail of it, whether or not anybody was.
    """

    __tablename__ = "choice_event"
    __tenant_of__ = "choice_id"
    __table_args__ = (
        Index(
            "ix_choice_event_untold",
            "id",
            sqlite_where=text("told_at is null"),
            postgresql_where=text("told_at is null"),
        ),
        some("ix_choice_event_by_id", "by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    verb: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    by: Mapped[Person | None] = relationship()
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told_at: Mapped[datetime | None]
