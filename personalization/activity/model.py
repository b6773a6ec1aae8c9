"""An activity: what is to be shown, by which criteria, in which ways, until when. It is what a resource link opens."""

from __future__ import annotations

import secrets
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, text_enum
from personalization.activity.dates import Dates
from personalization.activity.rubric import Criterion, Rubric, generic_criteria
from personalization.errors import Refused
from personalization.people.model import Course, Person

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and no O: they read as figures


class Silence(StrEnum):
    """What a proposal that nobody answered by accept_by becomes."""

    PROTECT = "protect"  # it stays, the teacher's silence is not the student's fault
    STRICT = "strict"  # it expires


class Activity(Base):
    __tablename__ = "activity"

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
    published_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)

    targets: Mapped[list[LearningTarget]] = relationship(
        order_by="LearningTarget.position", cascade="all, delete-orphan"
    )
    rubrics: Mapped[list[Rubric]] = relationship(order_by="Rubric.number", cascade="all, delete-orphan")
    options: Mapped[list[Option]] = relationship(
        order_by="Option.position", back_populates="activity", foreign_keys="Option.activity_id"
    )

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012

    @classmethod
    def draft(cls, course: Course, by: Person, now: datetime, key: str | None = None) -> Activity:
        """A new one with everything sensible filled in: a generic rubric, two empty options, own ideas on."""
        activity = cls(
            course=course,
            key=key or secrets.token_urlsafe(16),
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
        for f in fields(Dates):
            setattr(self, f.name, getattr(dates, f.name))

    @property
    def rubric(self) -> Rubric:
        return self.rubrics[-1]

    @property
    def criteria(self) -> list[Criterion]:
        return self.rubric.criteria

    @property
    def designed_options(self) -> list[Option]:
        """The teacher's options in force; the ones made for one student are people's data and not among them."""
        return [o for o in self.options if o.only_for_id is None and o.archived_at is None]

    @property
    def asks_for(self) -> str:
        """One sentence: what it should show."""
        return self.shows or self.goal

    # Publishing

    def gaps(self) -> list[tuple[Option, Criterion]]:
        """Where an option gives no way to show a criterion: named to the teacher before publishing."""
        return [(o, c) for o in self.designed_options for c in self.criteria if not o.can_show(c.key)]

    def missing(self) -> list[tuple[str, str]]:
        """What still keeps it from being published: pairs of field name and sentence."""
        problems = []
        if not self.title.strip():
            problems.append(("title", _("Give it a title.")))
        if not self.shows.strip():
            problems.append(("shows", _("Say what it should show.")))
        named = [o for o in self.designed_options if o.title.strip()]
        if len(named) < 2:
            problems.append(("option-1-title", _("Write two ways to show it, a few words each.")))
        if not self.criteria:
            problems.append(("criteria", _("Keep at least one thing to look for.")))
        if clash := self.dates.clash():
            problems.append(
                (clash[0], _("“%(first)s” comes after “%(second)s”.", first=date_name(clash[0]), second=date_name(clash[1])))
            )
        return problems

    def publish(self, now: datetime) -> None:
        """Show it to students; empty dates are filled in. Publishing again changes nothing.

        Raises:
            Refused: something in `missing()` is still open.
        """
        if problems := self.missing():
            raise Refused(_("Not published yet"), " ".join(words for _field, words in problems))
        for option in self.designed_options:
            if not option.title.strip():
                option.archived_at = now
        if self.opens is None:
            self.opens = now
        self.set_dates(self.dates.filled(self.course.tz, self.own_idea))
        self.published_at = self.published_at or now

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

    def revise_rubric(self, criteria: list[Criterion], keep: bool) -> None:
        """Put new criteria in force. `keep`: someone holds to the present version, so it stays and a new one is added."""
        fresh = Rubric(number=self.rubric.number, criteria=criteria)
        if fresh.wording() == self.rubric.wording():
            return
        if keep:
            fresh.number += 1
            self.rubrics.append(fresh)
        else:
            self.rubric.criteria = criteria


class LearningTarget(Base):
    """What students are to learn, in the teacher's words or by a standard's code."""

    __tablename__ = "learning_target"

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(Text, default="")


class Option(Base):
    """One designed way to show it. `only_for`: a student's accepted own idea, which nobody else ever sees as an option."""

    __tablename__ = "option"
    __table_args__ = (Index("ix_option_activity", "activity_id"),)

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


class Showing(Base):
    """Whether and where an option lets a student show a criterion: "on the arrows"."""

    __tablename__ = "showing"
    __table_args__ = (UniqueConstraint("option_id", "criterion_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    option_id: Mapped[int] = mapped_column(ForeignKey("option.id"))
    criterion_key: Mapped[int]
    shown: Mapped[bool] = mapped_column(default=True)
    how: Mapped[str] = mapped_column(String(255), default="")


class Placement(Base):
    """Which activity a resource link opens. One link opens one activity; an activity may stand behind several links."""

    __tablename__ = "placement"

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_link_id: Mapped[int] = mapped_column(ForeignKey("resource_link.id"), unique=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    activity: Mapped[Activity] = relationship()
    # The gradebook column behind this link; the newest one with a column takes the grades.
    line_item_id: Mapped[int | None] = mapped_column(ForeignKey("line_item.id"))
    placed_at: Mapped[datetime]


def date_name(name: str) -> str:
    """A date's name as the pages say it."""
    return {
        "opens": _("Opens"),
        "propose_by": _("Ideas by"),
        "answer_by": _("You answer by"),
        "accept_by": _("Agreed by"),
        "pick_by": _("Way settled"),
        "work_due": _("Hand in"),
        "lock": _("Closed"),
    }[name]
