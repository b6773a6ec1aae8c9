"""What a teacher said of two dates for handing in that differ, ours and the LMS's. lms_date.py asks and writes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import db
from engine.tenant import Tenanted
from personalization.choice.model import Choice


class LmsDateSettled(Tenanted):
    """A teacher's word on two dates that differ; it stands while both stay as they were.

    Without a choice: the class's date stays as it is here. With one: that student's date was set in the LMS too.
    """

    __tablename__ = "lms_date_settled"
    __tenant_of__ = "activity_id"

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    choice_id: Mapped[int | None] = mapped_column(ForeignKey("choice.id"), index=True)
    ours: Mapped[datetime]
    theirs: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


def settle(row: LmsDateSettled) -> None:
    """The same press twice is one row."""
    same = select(LmsDateSettled.id).where(
        LmsDateSettled.activity_id == row.activity_id,
        LmsDateSettled.choice_id.is_(None) if row.choice_id is None else LmsDateSettled.choice_id == row.choice_id,
        LmsDateSettled.ours == row.ours,
        LmsDateSettled.theirs == row.theirs,
    )
    if db.session.scalar(same.limit(1)) is None:
        db.session.add(row)


def unsettle(choice: Choice) -> None:
    """Whatever was said of this student's date is not so after all."""
    db.session.execute(delete(LmsDateSettled).where(LmsDateSettled.choice_id == choice.id))
