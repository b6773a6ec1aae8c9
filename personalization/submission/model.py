"""What a student hands in: a draft that saves itself, evidence tied to criteria, a receipt.

Here are the student's moves; what a teacher does about a go is in receiving.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import some, text_enum
from engine.tenant import Tenanted
from personalization.activity.rubric import Rubric
from personalization.choice.model import Choice
from personalization.errors import BadInput, Refused
from personalization.people.model import Person
from personalization.submission.evidence import Evidence, Kind

__all__ = ["Again", "Evidence", "Kind", "Submission"]

MOST_EVIDENCE = 30  # things in one go: more than anybody looks through, few enough for one page


class Again(StrEnum):
    """Would they take their way again?"""

    YES = "yes"
    SOMETIMES = "sometimes"
    NO = "no"


class Submission(Tenanted):
    """One go at handing in. A returned one is followed by the next, which starts as its copy."""

    __tablename__ = "submission"
    __tenant_of__ = "choice_id"
    __table_args__ = (
        UniqueConstraint("choice_id", "number"),
        Index(
            "uq_submission_one_draft",
            "choice_id",
            unique=True,
            sqlite_where=text("handed_in_at is null"),
            postgresql_where=text("handed_in_at is null"),
        ),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(handed_in_at IS NULL) = (handed_in_really_at IS NULL)", name="handed_in"),
        CheckConstraint(
            "handed_in_at IS NOT NULL OR (returned_at IS NULL AND NOT late AND NOT is_nothing)",
            name="of_what_was_handed_in",
        ),
        CheckConstraint("(returned_at IS NULL) = (returned_by_id IS NULL)", name="returned"),
        some("ix_submission_returned_by_id", "returned_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"))
    choice: Mapped[Choice] = relationship()
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    reflection: Mapped[str] = mapped_column(Text, default="")
    again: Mapped[Again | None] = mapped_column(text_enum(Again))
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
    # By the real clock, for the LMS: the domain's may be a demo's.
    handed_in_really_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    # A teacher noted, past the lock, that nothing came: what a grade can be hung on where there is no work.
    is_nothing: Mapped[bool] = mapped_column(default=False, server_default=false())
    returned_at: Mapped[datetime | None]
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    returned_by: Mapped[Person | None] = relationship()
    return_reason: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(default=1)
    evidence: Mapped[list[Evidence]] = relationship(
        order_by="Evidence.id", back_populates="submission", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def start(cls, choice: Choice, before: Submission | None, now: datetime, *, by_teacher: bool = False) -> Submission:
        """The first go, or the next one after `before` was returned, which starts as its copy.

        `by_teacher`: a teacher may take work after the lock.

        Raises:
            Refused: nothing is picked yet, or it is closed.
        """
        if choice.option is None:
            raise Refused(_("No way is picked yet"), now=_("Pick one first; then this is where the work goes."))
        if before is None and choice.is_locked(now) and not by_teacher:
            raise _closed()
        fresh = cls(choice=choice, number=1, text="", reflection="", started_at=now, saved_at=now, evidence=[])
        if before is not None:
            fresh.number, fresh.text = before.number + 1, before.text
            fresh.reflection, fresh.again = before.reflection, before.again
            fresh.evidence = [item.copy() for item in before.evidence]
        return fresh

    @property
    def is_draft(self) -> bool:
        return self.handed_in_at is None

    @property
    def is_returned(self) -> bool:
        return self.returned_at is not None

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and not self.evidence

    @property
    def shown_in_person(self) -> bool:
        return any(item.kind is Kind.IN_PERSON for item in self.evidence)

    def is_closed(self, now: datetime) -> bool:
        """Past the lock. A go that the teacher asked for stays open: their return is the newer word."""
        return self.number == 1 and self.choice.is_locked(now)

    def says_already(self, text: str, items: Iterable[Evidence]) -> bool:
        """Whether all of this was handed in: then the same press came twice."""
        known = [any(item.is_same_as(other) for other in self.evidence) for item in items]
        return not self.is_draft and text == self.text and all(known)

    # The student's moves

    def save(self, text: str, reflection: str, now: datetime) -> None:
        """Keep what was typed.

        Raises:
            Refused: it was handed in already, or it is closed.
        """
        self._must_be_open(now, kept=text)
        self.text, self.reflection, self.saved_at = text, reflection, now

    def add(self, item: Evidence, now: datetime) -> bool:
        """Put evidence into the draft; the same thing twice is there once. Whether it came in.

        Raises:
            BadInput: there is no room for more.
            Refused: it was handed in already, or it is closed.
        """
        self._must_be_open(now)
        if any(item.is_same_as(other) for other in self.evidence):
            return False
        if len(self.evidence) >= MOST_EVIDENCE:
            raise BadInput(
                _("%(count)d files and links fit into one hand-in", count=MOST_EVIDENCE),
                now=_("Take one out first, or put several things into one file."),
            )
        self.evidence.append(item)
        self.saved_at = now
        return True

    def remove(self, item: Evidence, now: datetime) -> None:
        """Take evidence out of the draft again; nothing that was handed in is ever changed."""
        self._must_be_open(now)
        self.evidence.remove(item)
        self.saved_at = now

    def tie(self, shows: Mapping[int, list[int]], rubric: Rubric, now: datetime) -> None:
        """Say which criteria evidence shows: {evidence id: criterion keys}. Unknown ids and keys are passed over: the
        page was older than the draft or the rubric."""
        self._must_be_open(now)
        known = {criterion.key for criterion in rubric.criteria}
        for item in self.evidence:
            if item.id in shows:
                item.criteria = sorted(known & set(shows[item.id]))

    def reflect(self, reflection: str, again: Again | None) -> None:
        """Look back, at any time: before the hand-in, after it, after the grade."""
        self.reflection, self.again = reflection, again

    def hand_in(self, by: Person, now: datetime, really: datetime | None = None) -> None:
        """Give it to the teacher. Handing in twice is the same as once. `really`: the real clock's now, for the LMS.

        Raises:
            BadInput: there is nothing in it.
            Refused: it is closed.
        """
        if self.handed_in_at is not None:
            return
        self._must_be_open(now)
        if self.is_empty:
            raise BadInput(_("There is nothing to hand in yet"), now=_("Write something, or add a link or a file."))
        self.hand_over(now, really)
        self.choice.note("handed in", by, now, number=self.number, late=self.late)

    def hand_over(self, now: datetime, really: datetime | None) -> None:
        """From now it lies with the teacher, and nothing in it changes any more."""
        self.handed_in_at, self.handed_in_really_at, self.late = now, really or now, self.choice.is_late(now)

    def _must_be_open(self, now: datetime, kept: str = "") -> None:
        if self.handed_in_at is not None:
            raise Refused(
                _("This was handed in already"),
                now=_("Ask your teacher to return it if you want to change something."),
                kept=kept,
            )
        if self.is_closed(now):
            raise _closed(kept)


def _closed(kept: str = "") -> Refused:
    return Refused(_("This is closed"), _("Your draft is kept."), now=_("Ask your teacher what to do."), kept=kept)
