"""A choice: one student's line in an activity. Which option they are on, since when and how; their own dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import some, text_enum
from engine.tenant import Tenanted
from personalization.accommodation.allowance import Allowance
from personalization.accommodation.demands import asked
from personalization.activity.dates import Dates
from personalization.activity.model import Activity, Option
from personalization.activity.rubric import Criterion
from personalization.choice.event import Event
from personalization.choice.own_dates import OWN_DATES, Moved, looks
from personalization.errors import BadInput, Refused, must_say_why
from personalization.people.model import Person

__all__ = ["OWN_DATES", "Choice", "Event", "Rule", "Way", "is_full"]

HANDED_IN = ("handed in", "shown in person", "draft taken", "noted as nothing handed in")  # verbs of the history
RETURNED = "returned"

# What the clock says once a date is over.
SAID_AFTER = {
    "accept_by": ("unanswered_at", "must_pick_at"),
    "pick_by": ("must_pick_at", "last_call_at", "unplaced_at"),
    "lock": ("closed_at",),
}


class Way(StrEnum):
    """How somebody came to the option they are on."""

    PICKED = "picked"
    AGREED = "agreed"
    PLACED = "placed"


class Rule(StrEnum):
    """Which rule placed somebody when their time for picking was over."""

    PLAN_B = "plan b"  # the one they had named themself
    DEFAULT = "default"  # the one the teacher named for everyone
    LEAST_FILLED = "least filled"  # where the teacher ticked that


class Choice(Tenanted):
    """`extended` = {date name: ISO instant}, the latest word of the teacher on each; its history is in the events.
    `not_asked`: keys of the criteria that this student need not show. `reminded`: "name instant" of what was said.
    `looked_at`, `step_at`: until when the clock's rules were applied, and when they have something to do next."""

    __tablename__ = "choice"
    __tenant_of__ = "activity_id"
    __table_args__ = (
        UniqueConstraint("activity_id", "student_id"),
        Index("ix_choice_step_at", "step_at"),
        Index("ix_choice_option", "option_id"),
        CheckConstraint(
            "(option_id IS NULL) = (way IS NULL) AND (option_id IS NULL) = (option_since IS NULL)", name="option"
        ),
        CheckConstraint("rule IS NULL OR coalesce(way, '') = 'placed'", name="placed_by_rule"),
        CheckConstraint("unplaced_at IS NULL OR option_id IS NULL", name="unplaced"),
        CheckConstraint("(excused_at IS NULL) = (excused_by_id IS NULL)", name="excused"),
        some("ix_choice_excused_by_id", "excused_by_id"),
        some("ix_choice_plan_b_id", "plan_b_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    activity: Mapped[Activity] = relationship()
    student_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    student: Mapped[Person] = relationship(foreign_keys=[student_id])
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
    extended: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    lms_due_at: Mapped[datetime | None]
    lms_due_seen_at: Mapped[datetime | None]
    not_asked: Mapped[list[int]] = mapped_column(default=list, server_default="[]")
    # What the clock has said or done, each once until the dates move.
    reminded: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    unanswered_at: Mapped[datetime | None]
    must_pick_at: Mapped[datetime | None]
    last_call_at: Mapped[datetime | None]
    unplaced_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rule: Mapped[Rule | None] = mapped_column(text_enum(Rule))
    excused_at: Mapped[datetime | None]
    excused_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    excused_by: Mapped[Person | None] = relationship(foreign_keys=[excused_by_id])
    excuse_reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    looked_at: Mapped[datetime | None]
    step_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)
    events: Mapped[list[Event]] = relationship(order_by="Event.id", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def for_student(
        cls, activity: Activity, student: Person, now: datetime, allowance: Allowance | None = None
    ) -> Choice:
        choice = cls(activity=activity, student=student, extended={}, not_asked=[], reminded=[], excuse_reason="")
        choice.take_dates(allowance)
        choice.note("made", None, now)
        return choice

    def asked(self, criteria: Sequence[Criterion]) -> list[Criterion]:
        """Those of these criteria that this student has to show."""
        return asked(criteria, self.not_asked or ())

    # Dates

    @property
    def dates(self) -> Dates:
        """This student's own dates, whole."""
        own = {name: getattr(self, name) for name in OWN_DATES}
        return Dates(opens=self.activity.opens, answer_by=self.activity.answer_by, **own)

    def take_dates(self, allowance: Allowance | None = None) -> bool:
        """Work the effective dates out anew, from the activity's and what moves them for this student alone.

        Whether any of them moved; then the clock looks at this choice again from the first one on.
        """
        moved = Moved(
            first_seen=self.student.came_for(self.activity.propose_by or self.activity.pick_by),
            allowance=allowance,
            extended={name: datetime.fromisoformat(text) for name, text in (self.extended or {}).items()},
            lms_due=self.lms_due_at,
            reply_until=self.reply_until,
        )
        return self._put(moved.apply(self.activity.dates, self.activity.course.tz))

    @property
    def has_own_dates(self) -> bool:
        return self.dates != self.activity.dates

    def open_reply_window(self, now: datetime) -> datetime | None:
        """Until when the student may reply to an answer given now; where that passes pick_by, pick_by moves along.

        Never less than they were promised before. None: nothing of this choice ever ends.
        """
        # Own ideas were switched off: those still open end at pick_by, and are owed their days until then too.
        agreed_by = self.accept_by or (now if self.pick_by is not None else None)
        until = self.activity.dates.reply_window(now, agreed_by)
        if until is None:
            return None
        self.reply_until = max(until, self.reply_until or until)
        self.unanswered_at = None
        self._put(Moved(self.student.first_seen_at, reply_until=self.reply_until).make_room(self.dates))
        self.look_again()
        return self.reply_until

    def extend(self, dates: Mapping[str, datetime], reason: str, by: Person, now: datetime) -> None:
        """Give this student until later dates; the same ones twice are given once. `take_dates` follows.

        Raises:
            BadInput: a date that the activity does not have, or none that is later than what they have.
            Refused: the work is handed in, or they are excused.
        """
        if self.is_handed_in:
            raise Refused(_("%(name)s has handed this in", name=self.student.short_name),
                          now=_("Return it if there should be another go."), kept=reason)  # fmt: skip
        if self.is_excused:
            raise Refused(_("%(name)s is excused from this", name=self.student.short_name),
                          now=_("Include them again first; then give them the time."), kept=reason)  # fmt: skip
        given = {n: d.isoformat() for n, d in dates.items() if n in OWN_DATES and getattr(self, n) is not None}
        if given and given.items() <= self.extended.items():
            return
        if not any(dates[name] > getattr(self, name) for name in given):
            raise BadInput(_("These dates are not later than what %(name)s has", name=self.student.short_name),
                           now=_("Pick a later day."), kept=reason)  # fmt: skip
        self.extended = {**self.extended, **given}
        self.look_again()
        self.note("extended", by, now, dates=given, reason=reason.strip())

    def see_lms_due(self, due: datetime | None, now: datetime) -> bool:
        """What the LMS's due date is for this student; `take_dates` follows where it is new. Whether it is."""
        if due == self.lms_due_at:
            return False
        self.lms_due_at, self.lms_due_seen_at = due, now
        if due is not None and self.work_due is not None and due > self.work_due:
            self.note("lms date", None, now, date="work_due", until=due.isoformat())
        return True

    def look_again(self) -> None:
        """Let the clock look at this choice from its first date on, at the next chance."""
        self.looked_at = None
        self.step_at = min(looks(self.dates, self.reply_until), default=None)

    def looked(self, now: datetime) -> None:
        """The rules were applied as of `now`; the next look is due when the next date is over."""
        self.looked_at = now
        self.step_at = min((d for d in looks(self.dates, self.reply_until) if d >= now), default=None)

    def _put(self, dates: Dates) -> bool:
        before = {name: getattr(self, name) for name in OWN_DATES}
        moved = {name: own for name in OWN_DATES if (own := getattr(dates, name)) != before[name]}
        for name, own in moved.items():
            setattr(self, name, own)
            was = before[name]
            if was is not None and (own is None or own > was):
                self._begin_anew(name)
        if moved:
            self.look_again()
        return bool(moved)

    def _begin_anew(self, name: str) -> None:
        """A later date is a new start for the clock: it says again what it has to say, when that date is over."""
        for said in SAID_AFTER.get(name, ()):
            setattr(self, said, None)

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
            Refused: it is not theirs to pick, it is full, the time for picking is over, the work is handed in, or they
                are excused.
        """
        self.check_open(now)
        if option is self.option:
            return
        if self.is_excused:
            raise Refused(_("You need not do this one"), now=_("Ask your teacher if you would like to."))
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

    def settle(self, option: Option, way: Way, by: Person | None, now: datetime, **why: str) -> None:
        self.option, self.way, self.option_since = option, way, now
        self.rule, self.unplaced_at = None, None
        if self.is_locked(now):
            self.look_again()  # the clock closes what can't be handed in any more
        self.note(way.value, by, now, option=option.title, **why)

    def place(self, option: Option, reason: str, by: Person, now: datetime) -> None:
        """The teacher's hand: where the clock could settle nothing, or where it has to change. The same twice is once.

        Raises:
            BadInput: no reason was given.
            Refused: the option is not offered any more, the work is handed in, or they are excused.
        """
        must_say_why(reason, self.student.short_name)
        if option is self.option:
            return
        if option not in self.activity.designed_options:
            raise Refused(_("This way is not offered any more"), now=_("Pick another one."), kept=reason)
        if self.is_handed_in:
            raise Refused(_("%(name)s has handed this in", name=self.student.short_name),
                          now=_("Return it if the way has to change."), kept=reason)  # fmt: skip
        if self.is_excused:
            raise Refused(_("%(name)s is excused from this", name=self.student.short_name),
                          now=_("Include them again first; then settle their way."), kept=reason)  # fmt: skip
        self.settle(option, Way.PLACED, by, now, reason=reason.strip())

    def place_by_rule(self, option: Option, rule: Rule, now: datetime) -> None:
        """When the time for picking is over. Never a penalty: it counts as any other way."""
        self.settle(option, Way.PLACED, None, now, rule=rule.value)
        self.rule = rule

    def leave(self, by: Person, now: datetime) -> None:
        """Go back to looking around."""
        self.option, self.way, self.option_since, self.rule = None, None, None, None
        self.look_again()
        self.note("left option", by, now)

    def excuse(self, reason: str, by: Person, now: datetime) -> None:
        """This student need not do this one: nothing expires, nothing is sent. Twice is once.

        Raises:
            BadInput: no reason was given.
        """
        must_say_why(reason, self.student.short_name)
        if self.excused_at is None:
            self.excused_at, self.excused_by, self.excuse_reason = now, by, reason.strip()
            self.unplaced_at = self.closed_at = None
            self.note("excused", by, now, reason=reason.strip())

    def include(self, by: Person, now: datetime) -> None:
        """Not excused any more; the clock looks again."""
        if self.excused_at is not None:
            self.excused_at, self.excused_by, self.excuse_reason = None, None, ""
            self.look_again()
            self.note("included again", by, now)

    @property
    def is_excused(self) -> bool:
        return self.excused_at is not None

    @property
    def is_automatic(self) -> bool:
        """Placed by a rule, which the student had no hand in."""
        return self.rule is not None

    # What the clock says; what it does with ideas stands in proposal/clockwork.py

    def must_pick(self, now: datetime) -> None:
        if self.must_pick_at is None:
            self.must_pick_at = now
            self.note("must pick", None, now, until=_iso(self.pick_by))

    def last_call(self, now: datetime) -> None:
        """The teacher's silence is not the student's fault: one more time to pick, once."""
        unanswered = self.unanswered_at
        self.open_reply_window(now)
        # After the window, which begins them anew: this call is no answer, and nobody is told twice that none came.
        self.unanswered_at, self.last_call_at = unanswered, now
        self.note("last call", None, now, until=_iso(self.reply_until))

    def unplace(self, now: datetime) -> None:
        """Onto the teacher's list: no rule could settle it."""
        if self.unplaced_at is None:
            self.unplaced_at = now
            self.note("unplaced", None, now)

    def close(self, now: datetime) -> None:
        """Past the lock with nothing handed in: the teacher decides; nothing is ever scored by itself."""
        if self.closed_at is None:
            self.closed_at = now
            self.note("closed", None, now)

    def remind(self, name: str, moment: datetime, now: datetime) -> None:
        """Say once that a date is near."""
        said = f"{name} {moment.isoformat()}"
        if said not in self.reminded:
            self.reminded = [*self.reminded, said]
            self.note("reminded", None, now, date=name, until=moment.isoformat())

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

    @property
    def was_handed_in(self) -> bool:
        """Whether work ever lay with the teacher, returned or not."""
        return any(e.verb in HANDED_IN for e in self.events)

    def note(self, verb: str, by: Person | None, now: datetime, **detail: Any) -> None:
        """Write down what happened: what people are told, and the history, are read from it."""
        self.events.append(Event(verb=verb, by_id=by.id if by else None, at=now, detail=detail))


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def is_full(option: Option, taken: int) -> bool:
    """`taken`: how many others are on it."""
    return option.capacity is not None and taken >= option.capacity


assert set(OWN_DATES) <= {f.name for f in fields(Dates)}  # noqa: S101  # a renamed date must not be lost silently
