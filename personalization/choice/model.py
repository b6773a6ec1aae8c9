"""A choice: one student's line in an activity. Which option they are on, since when and how; their own dates."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, text_enum
from personalization.activity.dates import Dates
from personalization.activity.model import Activity, Option
from personalization.errors import Refused
from personalization.people.model import Person

OWN_DATES = ("propose_by", "accept_by", "pick_by", "work_due", "lock")  # opens and answer_by never move for one person

HANDED_IN, RETURNED = ("handed in", "shown in person"), "returned"  # verbs of the history


class Way(StrEnum):
    """How somebody came to the option they are on."""

    PICKED = "picked"
    AGREED = "agreed"
    PLACED = "placed"


class Choice(Base):
    __tablename__ = "choice"
    __table_args__ = (
        UniqueConstraint("activity_id", "student_id"),
        Index("ix_choice_pick_by", "pick_by"),
        Index("ix_choice_option", "option_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    activity: Mapped[Activity] = relationship()
    student_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    student: Mapped[Person] = relationship()
    opened_at: Mapped[datetime | None]
    option_id: Mapped[int | None] = mapped_column(ForeignKey("option.id"))
    option: Mapped[Option | None] = relationship(foreign_keys=[option_id])
    option_since: Mapped[datetime | None]
    way: Mapped[Way | None] = mapped_column(text_enum(Way))
    plan_b_id: Mapped[int | None] = mapped_column(ForeignKey("option.id"))
    plan_b: Mapped[Option | None] = relationship(foreign_keys=[plan_b_id])
    propose_by: Mapped[datetime | None]
    accept_by: Mapped[datetime | None]
    pick_by: Mapped[datetime | None]
    work_due: Mapped[datetime | None]
    lock: Mapped[datetime | None]
    # Until when a teacher's answer can still be replied to; pick_by never falls before it.
    reply_until: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)
    events: Mapped[list[Event]] = relationship(order_by="Event.id", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def for_student(cls, activity: Activity, student: Person, now: datetime) -> Choice:
        choice = cls(activity=activity, student=student)
        choice.take_dates()
        choice.note("made", None, now)
        return choice

    @property
    def dates(self) -> Dates:
        """This student's own dates, whole."""
        own = {name: getattr(self, name) for name in OWN_DATES}
        return Dates(opens=self.activity.opens, answer_by=self.activity.answer_by, **own)

    def take_dates(self) -> None:
        """Work the effective dates out anew: from the activity's, from when this student was first seen, and from the
        time to reply that they were given."""
        mine = self.activity.dates.for_latecomer(self.student.first_seen_at, self.activity.course.tz)
        for name in OWN_DATES:
            setattr(self, name, getattr(mine, name))
        self._make_room()

    @property
    def has_own_dates(self) -> bool:
        return self.dates != self.activity.dates

    def open_reply_window(self, now: datetime) -> datetime | None:
        """Until when the student may reply to an answer given now; where that passes pick_by, pick_by moves along."""
        until = self.activity.dates.reply_window(now, self.accept_by)
        self.reply_until = max(filter(None, (self.reply_until, until)), default=None)
        self._make_room()
        return until

    def _make_room(self) -> None:
        """No date after the replies falls before their end."""
        for name in ("pick_by", "work_due", "lock"):
            date = getattr(self, name)
            if self.reply_until is not None and date is not None and date < self.reply_until:
                setattr(self, name, self.reply_until)

    def promised(self, sent_at: datetime) -> datetime | None:
        """By when an idea sent then is answered: the first of the dates for it that still lay ahead.

        answer_by is the class's promise; a latecomer or a later version may come after it.
        """
        dates = (self.activity.answer_by, self.accept_by, self.pick_by)
        return next((date for date in dates if date is not None and sent_at <= date), None)

    # Picking

    def check_open(self, now: datetime) -> None:
        if not self.activity.is_open(now):
            raise Refused(_("This is not open yet"), now=_("Come back when it opens; the date is on its page."))

    def check_pick(self, option: Option, taken: int, now: datetime) -> None:
        """Whether they may go on with this option. `taken`: how many others are on it.

        Raises:
            Refused: it is not theirs to pick, it is full, the time for picking is over, or the work is handed in.
        """
        self.check_open(now)
        if option is self.option:
            return
        if option not in self.activity.designed_options:
            raise Refused(_("This way is not offered any more"), now=_("Pick another one."))
        if not self.may_change(now):
            raise Refused(_("The time for changing your way is over"), now=_("Ask your teacher if it has to change."))
        if self.is_handed_in:
            raise Refused(
                _("You have handed this in"), now=_("Ask your teacher to return it if your way has to change.")
            )
        if is_full(option, taken):
            raise Refused(_("%(title)s is full", title=option.title), now=_("Pick another way, or ask your teacher."))

    def pick(self, option: Option, taken: int, by: Person, now: datetime) -> None:
        """Go on with one of the teacher's options. Picking the same twice is picking it once.

        Raises:
            Refused: see `check_pick`.
        """
        self.check_pick(option, taken, now)
        if option is not self.option:
            self.settle(option, Way.PICKED, by, now)

    def keep_plan_b(self, option: Option | None) -> None:
        """What they go on with if their own idea comes to nothing; None leaves what was said before."""
        if option is not None and option in self.activity.designed_options:
            self.plan_b = option

    def settle(self, option: Option, way: Way, by: Person | None, now: datetime) -> None:
        self.option, self.way, self.option_since = option, way, now
        self.note(way.value, by, now, option=option.title)

    def leave(self, by: Person, now: datetime) -> None:
        """Go back to looking around."""
        self.option, self.way, self.option_since = None, None, None
        self.note("left option", by, now)

    def may_change(self, now: datetime) -> bool:
        """Whether picking another way is still in the student's own hands."""
        return self.pick_by is None or now <= self.pick_by or self.option is None

    def may_propose(self, now: datetime) -> bool:
        return (
            self.activity.own_idea
            and self.activity.is_open(now)
            and (self.propose_by is None or now <= self.propose_by)
        )

    @property
    def is_handed_in(self) -> bool:
        """Whether work lies with the teacher; what was returned is the student's again."""
        verbs = [e.verb for e in self.events if e.verb in {*HANDED_IN, RETURNED}]
        return bool(verbs) and verbs[-1] != RETURNED

    def is_late(self, at: datetime) -> bool:
        return self.work_due is not None and at > self.work_due

    def is_locked(self, now: datetime) -> bool:
        return self.lock is not None and now > self.lock

    def note(self, verb: str, by: Person | None, now: datetime, **detail: Any) -> None:
        self.events.append(Event(verb=verb, by_id=by.id if by else None, at=now, detail=detail))


class Event(Base):
    """One step in the history of a choice: who did what, when; `by` empty means a rule did it."""

    __tablename__ = "choice_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    verb: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    by: Mapped[Person | None] = relationship()
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


def is_full(option: Option, taken: int) -> bool:
    """`taken`: how many others are on it."""
    return option.capacity is not None and taken >= option.capacity


assert set(OWN_DATES) <= {f.name for f in fields(Dates)}  # noqa: S101  # a renamed date must not be lost silently
