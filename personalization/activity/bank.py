"""A teacher's bank: ways kept for later, theirs alone, to take into any activity of any course where they design."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.activity.option import Option
from personalization.activity.rubric import Criterion

KEPT = ("title", "text", "minutes", "means", "audience", "supports")  # a number of places is an activity's own affair
MOST = 300  # entries of one person; the design page lists them all


class Banked(Tenanted):
    """One way in the bank of one LMS user, who is one person in each of their courses.

    `option` is where it comes from, None where from a sheet: keeping that once more writes it anew. `showings` =
    {criterion's name: {"shown": bool, "how": str}}, since another activity has other criteria, perhaps of that name.
    """

    __tablename__ = "banked"
    __tenant_of__ = "user_id"
    __table_args__ = (
        UniqueConstraint("user_id", "option_id"),
        CheckConstraint("minutes IS NULL OR minutes >= 1", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    option_id: Mapped[int | None] = mapped_column(ForeignKey("option.id"), index=True)
    option: Mapped[Option | None] = relationship()
    title: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[int | None]
    means: Mapped[str] = mapped_column(String(255), default="")
    audience: Mapped[str] = mapped_column(String(255), default="")
    supports: Mapped[str] = mapped_column(Text, default="")
    showings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    kept_at: Mapped[datetime]

    def take(self, said: Mapping[str, Any], showings: Mapping[str, Any], now: datetime) -> None:
        """Keep these words, those of KEPT that are said, and where it shows what."""
        for name in KEPT:
            setattr(self, name, said.get(name, None if name == "minutes" else ""))
        self.showings, self.kept_at = dict(showings), now

    def cover(self, names: list[str]) -> list[dict[str, Any]]:
        """Where it shows criteria of these names, in their order; one that it does not know, it may show."""
        known = {name.strip().casefold(): said for name, said in self.showings.items()}
        blank = {"shown": True, "how": ""}
        return [known.get(name.strip().casefold(), blank) for name in names]

    def row(self, names: list[str]) -> dict[str, Any]:
        """As a row of the design form whose criteria have these names."""
        return {**{name: getattr(self, name) for name in KEPT}, "cover": self.cover(names)}


def said_by(option: Option) -> dict[str, Any]:
    return {name: getattr(option, name) for name in KEPT}


def shown_by(option: Option, criteria: list[Criterion]) -> dict[str, Any]:
    """Where an option shows each criterion of its activity, by the criterion's name."""
    return {c.name: {"shown": option.can_show(c.key), "how": option.how(c.key)} for c in criteria if c.name.strip()}
