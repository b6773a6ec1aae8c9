"""What a student was shown of their marks, frozen."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import some
from engine.tenant import Tenanted
from personalization.activity.rubric import Rubric
from personalization.people.model import Person

if TYPE_CHECKING:
    from personalization.grading.model import Grade


class Release(Tenanted):
    """What a student was shown, frozen: marks may be worked on again without changing what they see.

    `levels` = {criterion key as text: 1..4} of what was asked; `not_asked` are the keys of the other criteria.
    """

    __tablename__ = "release"
    __tenant_of__ = "choice_id"
    __table_args__ = (
        CheckConstraint("points >= 0 AND out_of > 0", name="points"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn"),
        some("ix_release_withdrawn_by_id", "withdrawn_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), index=True)
    grade: Mapped[Grade] = relationship(back_populates="releases")
    rubric_id: Mapped[int] = mapped_column(ForeignKey("rubric.id"), index=True)
    rubric: Mapped[Rubric] = relationship()
    levels: Mapped[dict[str, Any]]
    not_asked: Mapped[list[int]] = mapped_column(default=list, server_default="[]")
    comment: Mapped[str] = mapped_column(Text, default="")
    adjustment: Mapped[Decimal] = mapped_column(Numeric(8, 2), default=Decimal(0))
    adjustment_reason: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    out_of: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    released_at: Mapped[datetime]
    released_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    released_by: Mapped[Person] = relationship(foreign_keys=[released_by_id])
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])

    @classmethod
    def of(cls, grade: Grade, by: Person, now: datetime) -> Release:
        """What the marks say now: for the grade to keep, which is its parent."""
        return cls(
            choice_id=grade.submission.choice_id,
            rubric=grade.rubric,
            levels={str(c.key): grade.level(c.key) for c in grade.asked},
            not_asked=grade.not_asked,
            comment=grade.comment,
            adjustment=grade.adjustment,
            adjustment_reason=grade.adjustment_reason,
            points=grade.points,
            out_of=grade.out_of,
            released_at=now,
            released_by=by,
        )

    def level(self, criterion_key: int) -> int | None:
        return self.levels.get(str(criterion_key))
