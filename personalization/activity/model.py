"""An activity: what is to be shown, by which criteria, in which ways, until when. It is what a resource link opens.

What still keeps it from its students is in publishing.py; which link opens it, in placement.py.
"""

from __future__ import annotations

import secrets
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint, inspect
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.audit import ONCE
from engine.db import some, text_enum
from engine.tenant import Tenanted
from personalization.activity.dates import Dates, date_name
from personalization.activity.option import Option, Showing
from personalization.activity.rubric import Criterion, Rubric, generic_criteria
from personalization.errors import Refused
from personalization.people.model import Course, Person

__all__ = ["Activity", "LearningTarget", "Option", "Showing", "Silence"]

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and no O: they read as figures


class Silence(StrEnum):
    """What a proposal that nobody answered by accept_by becomes."""

    PROTECT = "protect"  # it stays, the teacher's silence is not the student's fault
    STRICT = "strict"  # it expires


UNEVEN = Decimal("1.5")  # options whose minutes lie further apart than this are pointed out


class Activity(Tenanted):
    """`form_key` is the page that it was begun on: what that page sends again is the same activity, not a second one.
    `typed` is what a teacher typed since it was published and did not publish yet: {"fields": [[name, value], …]}."""

    __tablename__ = "activity"
    __tenant_of__ = "course_id"
    __table_args__ = (
        UniqueConstraint("created_by_id", "form_key"),
        CheckConstraint("points > 0", name="points"),
        some("ix_activity_default_option_id", "default_option_id"),
        ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    course: Mapped[Course] = relationship()
    # 128 random bits in the deep link: what a copied link is recognised by, honoured on its own platform only.
    key: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(255), default="")
    shows: Mapped[str] = mapped_column(Text, default="")
    goal: Mapped[str] = mapped_column(Text, default="")
    representations: Mapped[str] = mapped_column(Text, default="")
    graded: Mapped[bool] = mapped_column(default=True)
    points: Mapped[Decimal] = mapped_column(Numeric(8, 2), default=Decimal(100))
    own_idea: Mapped[bool] = mapped_column(default=True)
    silence: Mapped[Silence] = mapped_column(text_enum(Silence), default=Silence.PROTECT)
    least_filled: Mapped[bool] = mapped_column(default=False)
    default_option_id: Mapped[int | None] = mapped_column(ForeignKey("option.id", use_alter=True))
    default_option: Mapped[Option | None] = relationship(foreign_keys=[default_option_id], post_update=True)
    opens: Mapped[datetime | None]
    propose_by: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    accept_by: Mapped[datetime | None]
    pick_by: Mapped[datetime | None]
    work_due: Mapped[datetime | None]
    lock: Mapped[datetime | None]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    saved_by: Mapped[Person] = relationship(foreign_keys=[saved_by_id])
    form_key: Mapped[str | None] = mapped_column(String(40))
    typed: Mapped[dict[str, Any] | None]
    published_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)

    targets: Mapped[list[LearningTarget]] = relationship(
        order_by="LearningTarget.position", cascade="all, delete-orphan"
    )
    rubrics: Mapped[list[Rubric]] = relationship(order_by="Rubric.number", cascade="all, delete-orphan")
    options: Mapped[list[Option]] = relationship(
        order_by="Option.position", back_populates="activity", foreign_keys="Option.activity_id"
    )
    # Without those made for one student each, of which there may be as many as students; to read only.
    offered: Mapped[list[Option]] = relationship(
        primaryjoin="and_(Option.activity_id == Activity.id, Option.only_for_id.is_(None))",
        order_by="Option.position",
        viewonly=True,
    )

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def draft(cls, course: Course, by: Person, now: datetime, form_key: str | None = None) -> Activity:
        """A new one with everything sensible filled in: a generic rubric, two empty options, own ideas on."""
        activity = cls(
            course=course,
            key=secrets.token_urlsafe(16),
            form_key=form_key,
            title="",
            shows="",
            goal="",
            representations="",
            graded=True,
            points=Decimal(100),
            own_idea=True,
            silence=Silence.PROTECT,
            least_filled=False,
            created_by_id=by.id,
            created_at=now,
            saved_at=now,
            saved_by_id=by.id,
        )
        activity.rubrics = [Rubric(number=1, criteria=generic_criteria())]
        activity.options = [Option.blank(1), Option.blank(2)]
        return activity

    # What it consists of

    @property
    def dates(self) -> Dates:
        return Dates(**{f.name: getattr(self, f.name) for f in fields(Dates)})

    def set_dates(self, dates: Dates) -> None:
        """Take all seven at once.

        Raises:
            Refused: two of them stand in the wrong order; nothing is changed.
        """
        if clash := dates.clash():
            raise Refused(
                _("“%(first)s” comes after “%(second)s”", first=date_name(clash[0]), second=date_name(clash[1])),
                now=_("Change one of the two dates."),
            )
        self.note_dates(dates)

    def note_dates(self, dates: Dates) -> None:
        """Keep them as typed: a draft may hold dates that clash, and is not published with them."""
        for f in fields(Dates):
            setattr(self, f.name, getattr(dates, f.name))

    def suggested(self, now: datetime) -> Dates:
        """The dates it would have if it were published now."""
        opens = self.opens or self.published_at or now
        return replace(self.dates, opens=opens).filled(self.course.tz, self.own_idea)

    @property
    def rubric(self) -> Rubric:
        return self.rubrics[-1]

    @property
    def criteria(self) -> list[Criterion]:
        return self.rubric.criteria

    @property
    def designed_options(self) -> list[Option]:
        """The teacher's options in force; the ones made for one student are people's data and not among them."""
        known = self.offered if "options" in inspect(self).unloaded else self.options
        return [o for o in known if not o.is_own_idea and o.archived_at is None]

    @property
    def asks_for(self) -> str:
        """One sentence: what it should show."""
        return self.shows or self.goal

    # Publishing

    def gaps(self) -> list[tuple[Option, Criterion]]:
        """Where an option gives no way to show a criterion: named to the teacher before publishing."""
        return [(o, c) for o in self.designed_options for c in self.criteria if not o.can_show(c.key)]

    def uneven(self) -> tuple[Option, Option] | None:
        """The shortest and the longest option, where the longest takes more than half as much again."""
        timed = sorted((o for o in self.designed_options if o.minutes), key=lambda o: o.minutes or 0)
        if timed and Decimal(timed[-1].minutes or 0) > UNEVEN * Decimal(timed[0].minutes or 0):
            return timed[0], timed[-1]
        return None

    def is_open(self, now: datetime) -> bool:
        return self.published_at is not None and (self.opens is None or self.opens <= now)

    # Options

    def add_option(self, title: str, text: str, only_for: Person | None = None) -> Option:
        option = Option.blank(max((o.position for o in self.options), default=0) + 1)
        option.title, option.text, option.only_for = title, text, only_for
        self.options.append(option)
        return option

    def letter(self, option: Option) -> str:
        """A, B, … in the order the teacher gave; empty for a student's own."""
        shown = self.designed_options
        return LETTERS[shown.index(option) % len(LETTERS)] if option in shown else ""

    def drop_option(self, option: Option, now: datetime) -> None:
        """Offer it no more; whoever is on it already stays on it."""
        option.archived_at = option.archived_at or now
        if self.default_option is option:
            self.default_option = None

    def next_criterion_key(self) -> int:
        """A number that no version of the rubric ever used: marks and agreements of old speak by these numbers."""
        return max((c.key for rubric in self.rubrics for c in rubric.criteria), default=0) + 1

    def revise_rubric(self, criteria: list[Criterion], keep: bool) -> None:
        """Put new criteria in force. `keep`: someone holds to the present version, so that stays and one is added."""
        if [c.wording() for c in criteria] == self.rubric.wording():
            return
        if keep:
            self.rubrics.append(Rubric(number=self.rubric.number + 1, criteria=criteria))
        else:
            self.rubric.reword(criteria)


class LearningTarget(Tenanted):
    """What students are to learn, in the teacher's words or by a standard's code."""

    __tablename__ = "learning_target"
    __tenant_of__ = "activity_id"

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(Text, default="")
