"""A student's own way to show the learning, and the talk about it, version by version.

The table of moves is PRODUCT §4's. Every guard reads the choice's own dates and the reply window given with an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import text_enum
from engine.tenant import Tenanted
from personalization.activity.model import Option
from personalization.activity.rubric import Criterion, Rubric
from personalization.choice.model import Choice, Way
from personalization.errors import BadInput, Refused, Stale
from personalization.people.model import Person
from personalization.proposal.decision import (
    OPEN,
    OPEN_SQL,
    RESULT,
    STUDENTS_MOVE,
    Decision,
    Outcome,
    Status,
    told_student,
    told_teacher,
)
from personalization.proposal.version import Line, Version, Words, words_missing

__all__ = ["OPEN", "Agreement", "Decision", "Line", "Outcome", "Proposal", "Status", "Version", "Words"]

ROUNDS = 2  # after so many revisions the page suggests accept-with-edits or a talk


class Proposal(Tenanted):
    __tablename__ = "proposal"
    __tenant_of__ = "choice_id"
    __table_args__ = (
        Index(
            "uq_proposal_one_open",
            "choice_id",
            unique=True,
            sqlite_where=text(OPEN_SQL),
            postgresql_where=text(OPEN_SQL),
        ),
        Index("ix_proposal_choice_id", "choice_id"),
        CheckConstraint("expired_from IS NULL OR status = 'expired'", name="expired"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"))
    choice: Mapped[Choice] = relationship()
    status: Mapped[Status] = mapped_column(text_enum(Status))
    started_at: Mapped[datetime]
    window_until: Mapped[datetime | None] = mapped_column("reply_until")
    # What it was when its time ran out; more time brings that back.
    expired_from: Mapped[Status | None] = mapped_column(text_enum(Status, "expired_from"))
    row_version: Mapped[int] = mapped_column(default=1)
    versions: Mapped[list[Version]] = relationship(order_by="Version.number", cascade="all, delete-orphan")
    decisions: Mapped[list[Decision]] = relationship(order_by="Decision.id", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def start(cls, choice: Choice, before: Sequence[Proposal], by: Person, now: datetime) -> Proposal:
        """Begin an own idea. `before`: the earlier ones of this choice, oldest first.

        A student who had picked an option keeps it as plan B.

        Raises:
            Refused: own ideas are off, the time for them is over, or one is open already.
        """
        choice.check_open(now)
        if objection := no_start(choice, before, now):
            raise objection
        if choice.option is not None:
            if choice.option.only_for_id is None:
                choice.plan_b = choice.option
            choice.leave(by, now)
        window = max(_reply_windows(before, now), default=None)
        proposal = cls(choice=choice, status=Status.DRAFT, started_at=now, reply_until=window, decisions=[])
        proposal.versions = [Version.of(1, Words(), by, now)]
        choice.note("started an idea", by, now)
        return proposal

    # What it says

    @property
    def sent(self) -> list[Version]:
        return [v for v in self.versions if v.sent_at is not None]

    @property
    def latest(self) -> Version:
        """The newest version that was sent, or the draft where none was."""
        return self.sent[-1] if self.sent else self.versions[-1]

    @property
    def draft(self) -> Version | None:
        last = self.versions[-1]
        return last if last.sent_at is None else None

    @property
    def title(self) -> str:
        return self.latest.title

    @property
    def rounds(self) -> int:
        """How often a revision was asked for."""
        return sum(1 for d in self.decisions if d.outcome is Outcome.REVISE)

    @property
    def last_decision(self) -> Decision | None:
        return self.decisions[-1] if self.decisions else None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_students_move(self) -> bool:
        return self.status in STUDENTS_MOVE

    @property
    def until(self) -> datetime | None:
        """By when the student's next move has to come; None where it may come any time.

        A first version comes by this student's own date for ideas, a reply within the window given with the answer. An
        idea begun after that date can only follow one that was sent back: without a window, nothing ends it.
        """
        propose_by = self.choice.propose_by
        is_first = self.versions[-1].number == 1 and (propose_by is None or self.started_at <= propose_by)
        return propose_by if is_first and self.reply_until is None else self.reply_until

    @property
    def reply_until(self) -> datetime | None:
        """The end of the window given with an answer, or in which this idea follows one sent back; None without one.

        Never before the student's own date for agreeing, which more time may have moved since.
        """
        return None if self.window_until is None else max(self.window_until, self.choice.accept_by or self.window_until)

    @reply_until.setter
    def reply_until(self, until: datetime | None) -> None:
        self.window_until = until

    def may_write(self, now: datetime) -> bool:
        return self.is_students_move and (self.until is None or now <= self.until)

    # The student's moves

    def save(self, words: Words, by: Person, now: datetime, seen: int | None = None) -> None:
        """Keep what is being typed: the first version, or the next one while it is the student's move.

        Args:
            seen: the newest sent version on the page it was typed on, where known.

        Raises:
            Refused: it is not the student's move, or their time for it is over; the text comes back on the page.
        """
        self._students_move(words, seen)
        if not self.may_write(now):
            raise Refused(
                _("The time for this idea is over"),
                _("Your text is kept."),
                now=_("The ready-made ways are still there for you."),
                kept=words.plan,
            )
        if self.draft is None:
            self.versions.append(Version.of(self.versions[-1].number + 1, words, by, now))
        else:
            self.draft.write(words, by, now)

    def submit(
        self, words: Words, criteria: Sequence[Criterion], by: Person, now: datetime, seen: int | None = None
    ) -> None:
        """Send it to the teacher. The same words sent twice are sent once.

        Raises:
            BadInput: it says nothing yet, or a criterion has neither a line nor "not sure yet".
            Refused: it is not the student's move, or their time for it is over.
        """
        if self.status is Status.SUBMITTED and self.latest.words(self.latest.message) == words:
            return
        self._students_move(words, seen)
        if problems := words_missing(words, criteria):
            raise BadInput(next(iter(problems.values())), now=_("Finish it and send it again."), kept=words.plan)
        self.save(words, by, now, seen)
        self.versions[-1].sent_at = now
        self.status, self.reply_until = Status.SUBMITTED, None
        self.choice.note("sent idea", by, now, version=self.versions[-1].number, title=self.versions[-1].title)

    def agree(self, version: int, rubric: Rubric, by: Person, now: datetime) -> Agreement | None:
        """Say yes to what the teacher offered. None: it was agreed so before.

        Raises:
            Refused: that is not what is offered now, or the time to agree is over.
        """
        offered = self.last_decision is not None and self.last_decision.outcome is Outcome.OFFER
        if self.status is Status.ACCEPTED and offered and version == self.latest.number:
            return None
        if self.status is not Status.OFFERED or version != self.latest.number:
            raise self._not_now()
        if not self.may_write(now):
            raise Refused(_("The time to agree is over"), now=_("The ready-made ways are still there for you."))
        if self.draft is not None:
            self.versions.remove(self.draft)
        self.status = Status.ACCEPTED
        return self._settle(rubric, by, now)

    def withdraw(self, by: Person, now: datetime) -> None:
        """Stop this idea; its text is kept.

        Raises:
            Refused: it is closed already.
        """
        if self.status is Status.WITHDRAWN:
            return
        if not self.is_open:
            raise self._not_now()
        self.status, self.reply_until = Status.WITHDRAWN, None
        self.choice.look_again()
        self.choice.note("withdrew idea", by, now, title=self.title)

    def set_aside(self, by: Person, now: datetime) -> None:
        """An accepted idea left for an option; the agreement stays in the history."""
        self.status = Status.WITHDRAWN
        self.choice.note("left agreement", by, now, title=self.title)

    # The clock's moves, and the teacher's answer to them

    def expire(self, rule: str, now: datetime) -> None:
        """Its time ran out; the text is kept. `rule` says which of the times. Closed already: nothing happens."""
        if self.is_open:
            self.expired_from, self.status = self.status, Status.EXPIRED
            self.choice.look_again()
            self.choice.note("expired", None, now, rule=rule, title=self.title)

    def revive(self, work_begun: bool, by: Person, now: datetime) -> None:
        """More time makes it again what it was, with a reply window to go on in. A placement by a rule becomes plan B,
        if no work has begun on it.

        Raises:
            Refused: it did not expire, or the student goes on with something else.
        """
        if self.status is not Status.EXPIRED or self.expired_from is None:
            raise Refused(_("The time for this idea is not over"), now=_("Look at it as it stands now."))
        choice = self.choice
        if choice.option is not None and (work_begun or not choice.is_automatic):
            raise Refused(
                _("%(name)s goes on with “%(title)s”", name=choice.student.short_name, title=choice.option.title),
                now=_("Give them more time for that, or talk to them."),
            )
        if choice.option is not None:
            choice.plan_b = choice.option if choice.option.only_for_id is None else choice.plan_b
            choice.leave(by, now)
        self.status, self.expired_from = self.expired_from, None
        until = choice.open_reply_window(now)
        self.reply_until = until if self.is_students_move else None
        choice.note("idea revived", by, now, title=self.title)

    # The teacher's moves: each names the version it judged, and is the same twice as once

    def accept(self, version: int, rubric: Rubric, by: Person, now: datetime, reason: str = "") -> Agreement | None:
        """Settle the choice on this idea, from now an option for this student alone. None: it was settled so before.

        Raises:
            Stale: something else happened meanwhile.
        """
        return self._settle(rubric, by, now) if self._decide(Outcome.ACCEPT, version, reason, by, now) else None

    def ask_for_revision(self, version: int, reason: str, by: Person, now: datetime) -> None:
        """The idea stays, one thing has to change; opens the reply window.

        Raises:
            BadInput: no reason was given.
            Stale: something else happened meanwhile.
        """
        self._needs_reason(reason)
        if self._decide(Outcome.REVISE, version, reason, by, now):
            self.reply_until = self.choice.open_reply_window(now)

    def send_back(self, version: int, reason: str, by: Person, now: datetime) -> None:
        """This idea is closed; a new one may start in the reply window.

        Raises:
            BadInput: no reason was given.
            Stale: something else happened meanwhile.
        """
        self._needs_reason(reason)
        if self._decide(Outcome.SEND_BACK, version, reason, by, now):
            self.reply_until = self.choice.open_reply_window(now)

    def offer(self, version: int, words: Words, reason: str, by: Person, now: datetime) -> None:
        """Say yes to an edited text: the teacher's version, for the student to agree to or answer.

        Raises:
            BadInput: nothing was edited; a plain yes says that better.
            Stale: something else happened meanwhile.
        """
        if self._is_current(version) and words == self.latest.words(words.message):
            raise BadInput(_("Nothing is changed in your version"), now=_("Change a line, or just say yes to theirs."))
        offered = next((v for v in self.sent if v.number == version + 1), None)
        if offered is not None and offered.words(words.message) != words:
            raise self.stale(words.plan)
        if not self._decide(Outcome.OFFER, version, reason, by, now):
            return
        edited = Version.of(self.versions[-1].number + 1, words, by, now)
        edited.sent_at = now
        self.versions.append(edited)
        self.reply_until = self.choice.open_reply_window(now)

    def stale(self, kept: str = "") -> Stale:
        """What a teacher is told who judged something that is not there any more."""
        return Stale(
            told_teacher(self.status, self.choice.student.short_name, self.last_decision),
            _("Your answer was not sent, and nothing else changed."),
            now=_("Look at it as it stands now."),
            kept=kept,
        )

    # Inside

    def _decide(self, outcome: Outcome, version: int, reason: str, by: Person, now: datetime) -> bool:
        """Record a decision about a version. False: the same person had decided the very same before."""
        reason = reason.strip()
        if any((d.outcome, d.version, d.by, d.reason) == (outcome, version, by, reason) for d in self.decisions):
            return False
        if not self._is_current(version):
            raise self.stale(reason)
        self.status = RESULT[outcome]
        self.decisions.append(Decision(version=version, outcome=outcome, reason=reason, by=by, at=now))
        self.choice.note(outcome.value, by, now, version=version, title=self.title, reason=reason)
        return True

    def _is_current(self, version: int) -> bool:
        return self.status is Status.SUBMITTED and version == self.latest.number

    def _settle(self, rubric: Rubric, by: Person, now: datetime) -> Agreement:
        version = self.latest
        option = self.choice.activity.add_option(version.title, version.plan, only_for=self.choice.student)
        self.choice.settle(option, Way.AGREED, by, now)
        self.reply_until = None
        return Agreement(
            choice=self.choice,
            proposal=self,
            version=version,
            option=option,
            rubric=rubric,
            agreed_at=now,
            agreed_by=by,
        )

    def _needs_reason(self, reason: str) -> None:
        if not reason.strip():
            raise BadInput(
                _("%(name)s needs a reason", name=self.choice.student.short_name), now=_("One sentence will do.")
            )

    def _students_move(self, words: Words, seen: int | None) -> None:
        newest = self.sent[-1].number if self.sent else 0
        if not self.is_students_move or (seen is not None and seen != newest):
            raise self._not_now(words.plan)

    def _not_now(self, kept: str = "") -> Stale:
        return Stale(
            told_student(self.status, self.last_decision),
            _("Nothing was sent twice, and nothing was changed."),
            now=_("Look at it as it stands now."),
            kept=kept,
        )


class Agreement(Tenanted):
    """The frozen text and criteria that both sides hold to."""

    __tablename__ = "agreement"
    __tenant_of__ = "choice_id"
    __table_args__ = (
        Index(
            "uq_agreement_one_live",
            "choice_id",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index("uq_agreement_version", "version_id", unique=True),
        Index("uq_agreement_option", "option_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    choice: Mapped[Choice] = relationship()
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    proposal: Mapped[Proposal] = relationship()
    version_id: Mapped[int] = mapped_column(ForeignKey("proposal_version.id"))
    version: Mapped[Version] = relationship()
    option_id: Mapped[int] = mapped_column(ForeignKey("option.id"))
    option: Mapped[Option] = relationship()
    rubric_id: Mapped[int] = mapped_column(ForeignKey("rubric.id"), index=True)
    rubric: Mapped[Rubric] = relationship()
    agreed_at: Mapped[datetime]
    agreed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    agreed_by: Mapped[Person] = relationship()
    ended_at: Mapped[datetime | None]

    def end(self, by: Person, now: datetime) -> None:
        """The student took an option instead."""
        self.ended_at = now
        self.option.archived_at = now
        self.proposal.set_aside(by, now)


def no_start(choice: Choice, before: Sequence[Proposal], now: datetime) -> Refused | None:
    """Why an own idea may not be started now; None where it may. `before`: the earlier ones of this choice."""
    if not choice.activity.own_idea:
        return Refused(_("This activity has set ways only"), now=_("Pick one of them."))
    if choice.is_excused:
        return Refused(_("You need not do this one"), now=_("Ask your teacher if you would like to."))
    if any(p.is_open for p in before):
        return Refused(_("You have an idea open already"), now=_("Go on with that one, or withdraw it first."))
    if choice.way is Way.AGREED:
        return Refused(_("You two have agreed on a way already"), now=_("Talk to your teacher if it has to change."))
    if choice.is_handed_in:
        return Refused(_("You have handed this in"), now=_("Ask your teacher to return it if your way has to change."))
    if choice.option is not None and not choice.may_change(now):
        return Refused(_("The time for changing your way is over"), now=_("Ask your teacher if it has to change."))
    asked_anew = any(p.status is Status.SENT_BACK and p.reply_until is None for p in before)
    if not choice.may_propose(now) and not asked_anew and not _reply_windows(before, now):
        return Refused(_("The time for ideas is over"), now=_("The ready-made ways are still there for you."))
    return None


def take_option(
    choice: Choice,
    option: Option,
    taken: int,
    idea: Proposal | None,
    agreement: Agreement | None,
    by: Person,
    now: datetime,
) -> None:
    """Go on with one of the teacher's options: an open idea is withdrawn, a live agreement ends, both are kept.

    Raises:
        Refused: as `Choice.pick`; then nothing is changed.
    """
    choice.check_pick(option, taken, now)
    if idea is not None:
        idea.withdraw(by, now)
    if agreement is not None:
        agreement.end(by, now)
    choice.pick(option, taken, by, now)


def _reply_windows(before: Sequence[Proposal], now: datetime) -> list[datetime]:
    """The ends of the windows still open in which a new idea may follow one that was sent back."""
    return [p.reply_until for p in before if p.status is Status.SENT_BACK and p.reply_until and now <= p.reply_until]
