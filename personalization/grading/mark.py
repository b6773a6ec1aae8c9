"""What a teacher ticks in a row of the rubric."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.tenant import Tenanted


class Mark(Tenanted):
    """The level reached in one criterion, 1 to 4."""

    __tablename__ = "mark"
    __tenant_of__ = "grade_id"
    __table_args__ = (
        UniqueConstraint("grade_id", "criterion_key"),
        CheckConstraint("criterion_key >= 1", name="criterion"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"))
    criterion_key: Mapped[int]
    level: Mapped[int]
