"""A student's own way to show the learning, and the talk about it, version by version.

The table of moves is PRODUCT §4's. Every guard reads the choice's own dates and the reply window given with an answer.
Here are the student's moves and the clock's; how an idea begins is in starting.py, a teacher's moves in answering.py,
where the two meet in agreement.py. Nobody else moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import text_enum
from engine.tenant import Tenanted
from personalization.activity.rubric import Criterion
from personalization.choice.model import Choice
from personalization.errors import BadInput, Refused, Stale
from personalization.people.model import Person
from personalization.proposal.decision import OPEN, OPEN_SQL, STUDENTS_MOVE, Decision, Outcome, Status, told_student
from personalization.proposal.version import Line, Version, Words, words_missing

__all__ = ["OPEN", "Decision", "Line", "Outcome", "Proposal", "Status", "Version", "Words"]

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

    def withdraw(self, by: Person, now: datetime) -> None:
        """Stop this idea; its text is kept.

        Raises:
            Refused: it is closed already.
        """
        if self.status is Status.WITHDRAWN:
            return
        if not self.is_open:
            raise self.not_now()
        self.status, self.reply_until = Status.WITHDRAWN, None
        self.choice.look_again()
        self.choice.note("withdrew idea", by, now, title=self.title)

    def set_aside(self, by: Person, now: datetime) -> None:
        """An accepted idea left for an option; the agreement stays in the history."""
        self.status = Status.WITHDRAWN
        self.choice.note("left agreement", by, now, title=self.title)

    # The clock's move

    def expire(self, rule: str, now: datetime) -> None:
        """Its time ran out; the text is kept. `rule` says which of the times. Closed already: nothing happens."""
        if self.is_open:
            self.expired_from, self.status = self.status, Status.EXPIRED
            self.choice.look_again()
            self.choice.note("expired", None, now, rule=rule, title=self.title)

    def not_now(self, kept: str = "") -> Stale:
        """What a student is told whose move this is not any more."""
        return Stale(
            told_student(self.status, self.last_decision),
            _("Nothing was sent twice, and nothing was changed."),
            now=_("Look at it as it stands now."),
            kept=kept,
        )

    def _students_move(self, words: Words, seen: int | None) -> None:
        newest = self.sent[-1].number if self.sent else 0
        if not self.is_students_move or (seen is not None and seen != newest):
            raise self.not_now(words.plan)
