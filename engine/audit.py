"""Who did what that others must be able to trust, where no record of the domain says it: ids only, written once.

There is no code that changes or deletes a row, and no foreign key: a row outlives what it names, and tells of the
erasing itself. What its ids meant is gone with the rows they led to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import clock
from engine.db import Base

# Of tables whose ids stand in the log: SQLite would else give the newest row's id again after it was erased.
ONCE = {"sqlite_autoincrement": True}


class Audit(Base):
    """`by_id` is a person's id, None for whoever runs the tool or a rule of theirs; `actor` says which.

    `about` = {"student": 12, "activity": 3}: ids, counts and words of ours, never a name or a text of a person. `at` is
    real time. Without `platform_id` it is of the whole tool, without `course_id` of a platform.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_course_id_id", "course_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    platform_id: Mapped[int | None]
    course_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[int | None]
    verb: Mapped[str] = mapped_column(String(60))
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)


OPERATOR, RULE, PERSON, INVITED = "operator", "rule", "person", "invited"


def note(
    session: Session,
    verb: str,
    *,
    platform_id: int | None = None,
    course_id: int | None = None,
    by_id: int | None = None,
    actor: str = OPERATOR,
    about: Mapping[str, int | str] | None = None,
) -> None:
    """Write down that it happened, in the same transaction as the deed. The caller commits."""
    session.add(
        Audit(
            at=clock.real_now(),
            platform_id=platform_id,
            course_id=course_id,
            actor=PERSON if by_id is not None else actor,
            by_id=by_id,
            verb=verb,
            about=dict(about or {}),
        )
    )
