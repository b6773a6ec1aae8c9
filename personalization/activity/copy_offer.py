"""What a copied course may take over: links that came along name an activity of the course that it was copied from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.activity.model import Activity
from personalization.people.model import Course, Person


class CopyOffer(Tenanted):
    """That links of a course name an activity of another one, and what stands for it here.

    `origin` is the activity that the links name, `source` the one whose design is offered: where a course is a copy of
    a copy, the nearest. `proven`: the LMS itself said where the course comes from; else the offer is for those alone
    who design in the source's course too. `copy` is what such links open from now on; None until somebody starts it.
    """

    __tablename__ = "copy_offer"
    __tenant_of__ = "course_id"
    __table_args__ = (UniqueConstraint("course_id", "origin_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    course: Mapped[Course] = relationship()
    origin_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    origin: Mapped[Activity] = relationship(foreign_keys=[origin_id])
    source_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    source: Mapped[Activity] = relationship(foreign_keys=[source_id])
    proven: Mapped[bool] = mapped_column(default=False)
    copy_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    copy: Mapped[Activity | None] = relationship(foreign_keys=[copy_id])
    made_at: Mapped[datetime]

    def is_for(self, desks: Iterable[Person]) -> bool:
        """Whether it may be shown to somebody who designs here, whose `desks` are all that they have."""
        return self.proven or any(desk.course_id == self.source.course_id for desk in desks)


class FormerKey(Tenanted):
    """That links of a course say the key of an activity which was erased with its course, and what they open: the copy
    that was started for them. No LMS ever changes the key in a link, however often its course is copied."""

    __tablename__ = "former_key"
    __tenant_of__ = "course_id"
    __table_args__ = (UniqueConstraint("course_id", "key"), Index("ix_former_key_key", "key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    key: Mapped[str] = mapped_column(String(40))
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    activity: Mapped[Activity] = relationship()
