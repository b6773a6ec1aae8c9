"""The designed ways to show what was learned, and where each lets a student show a criterion."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.people.model import Person

if TYPE_CHECKING:
    from personalization.activity.model import Activity


class Option(Tenanted):
    """One designed way to show it. `only_for`: a student's accepted own idea, which nobody else sees as an option."""

    __tablename__ = "option"
    __tenant_of__ = "activity_id"
    __table_args__ = (
        Index("ix_option_activity", "activity_id"),
        CheckConstraint("(minutes IS NULL OR minutes >= 1) AND (capacity IS NULL OR capacity >= 1)", name="numbers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    activity: Mapped[Activity] = relationship(back_populates="options", foreign_keys=[activity_id])
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(255), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[int | None]
    means: Mapped[str] = mapped_column(String(255), default="")
    capacity: Mapped[int | None]
    audience: Mapped[str] = mapped_column(String(255), default="")
    supports: Mapped[str] = mapped_column(Text, default="")
    only_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    only_for: Mapped[Person | None] = relationship()
    archived_at: Mapped[datetime | None]
    showings: Mapped[list[Showing]] = relationship(cascade="all, delete-orphan")

    @classmethod
    def blank(cls, position: int) -> Option:
        return cls(position=position, title="", text="", means="", audience="", supports="")

    @property
    def is_own_idea(self) -> bool:
        return self.only_for_id is not None or self.only_for is not None  # before it is stored it has no id yet

    def can_show(self, criterion_key: int) -> bool:
        """Every option shows every criterion unless the teacher unticked it."""
        return next((s.shown for s in self.showings if s.criterion_key == criterion_key), True)

    def how(self, criterion_key: int) -> str:
        return next((s.how for s in self.showings if s.criterion_key == criterion_key), "")

    def set_showing(self, criterion_key: int, shown: bool, how: str) -> None:
        for showing in self.showings:
            if showing.criterion_key == criterion_key:
                showing.shown, showing.how = shown, how
                return
        self.showings.append(Showing(criterion_key=criterion_key, shown=shown, how=how))

    @property
    def support_lines(self) -> list[str]:
        return [line.strip() for line in self.supports.splitlines() if line.strip()]


class Showing(Tenanted):
    """Whether and where an option lets a student show a criterion: "on the arrows"."""

    __tablename__ = "showing"
    __tenant_of__ = "option_id"
    __table_args__ = (
        UniqueConstraint("option_id", "criterion_key"),
        CheckConstraint("criterion_key >= 1", name="criterion"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    option_id: Mapped[int] = mapped_column(ForeignKey("option.id"))
    criterion_key: Mapped[int]
    shown: Mapped[bool] = mapped_column(default=True)
    how: Mapped[str] = mapped_column(String(255), default="")
