"""Marks by one rubric, the same rows for every option and own idea; draft, ready, released."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import text_enum
from engine.tenant import Tenanted
from personalization.activity.rubric import Criterion, Rubric
from personalization.errors import BadInput, Refused, Stale
from personalization.grading.mark import Mark
from personalization.grading.release import Release
from personalization.grading.total import total
from personalization.people.model import Person
from personalization.submission.model import Submission

__all__ = ["Grade", "Release", "Status"]


class Status(StrEnum):
    DRAFT = "draft"
    READY = "ready"
    RELEASED = "released"


class Grade(Tenanted):
    """How one go is marked: the teacher's side, where nothing is seen by the student before a release.

    `points` are out of `out_of`, the activity's points, both worked out when it is made ready; the criteria whose keys
    are in `not_asked` were in neither sum.
    """

    __tablename__ = "grade"
    __tenant_of__ = "submission_id"
    __table_args__ = (
        CheckConstraint(
            "(points IS NULL) = (out_of IS NULL) AND (points IS NULL OR (points >= 0 AND out_of > 0))", name="points"
        ),
        CheckConstraint("status = 'draft' OR points IS NOT NULL", name="ready"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), unique=True)
    submission: Mapped[Submission] = relationship()
    rubric_id: Mapped[int] = mapped_column(ForeignKey("rubric.id"), index=True)
    rubric: Mapped[Rubric] = relationship()
    status: Mapped[Status] = mapped_column(text_enum(Status))
    comment: Mapped[str] = mapped_column(Text, default="")
    adjustment: Mapped[Decimal] = mapped_column(Numeric(8, 2), default=Decimal(0))
    adjustment_reason: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    out_of: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    not_asked: Mapped[list[int]] = mapped_column(default=list, server_default="[]")
    marked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    marked_by: Mapped[Person] = relationship(foreign_keys=[marked_by_id])
    marked_at: Mapped[datetime]
    row_version: Mapped[int] = mapped_column(default=1)
    releases: Mapped[list[Release]] = relationship(order_by="Release.id", back_populates="grade")
    marks: Mapped[list[Mark]] = relationship(order_by="Mark.criterion_key", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def begin(cls, submission: Submission, rubric: Rubric, by: Person, now: datetime) -> Grade:
        """Start marking what was handed in.

        Raises:
            Refused: it was not handed in yet, or was returned.
        """
        if submission.is_draft:
            raise Refused(_("This was not handed in yet"), now=_("Wait for it, or note that it was shown in person."))
        if submission.is_returned:
            raise _returned()
        return cls(
            submission=submission,
            rubric=rubric,
            status=Status.DRAFT,
            comment="",
            adjustment=Decimal(0),
            adjustment_reason="",
            not_asked=[],
            marked_by=by,
            marked_at=now,
            marks=[],
        )

    def level(self, criterion_key: int) -> int | None:
        return next((m.level for m in self.marks if m.criterion_key == criterion_key), None)

    def check_seen(self, version: int, by: Person, kept: str = "") -> None:
        """Whether `by` may write over what the page showed. One's own newer marks (an autosave) never stand in the way.

        Raises:
            Stale: someone else has marked it meanwhile; `kept` is given back.
        """
        if version != self.row_version and self.marked_by is not by:
            raise Stale(
                _("%(name)s marked this while you were reading", name=self.marked_by.short_name),
                _("Your marks were not saved, and nothing else changed."),
                now=_("Look at it as it stands now."),
                kept=kept,
            )

    def mark(
        self,
        levels: Mapping[int, int],
        comment: str,
        by: Person,
        now: datetime,
        adjustment: Decimal = Decimal(0),
        adjustment_reason: str = "",
    ) -> None:
        """Write down levels ({criterion key: 1..4}, partly is fine) and the comment.

        A released grade becomes a draft of its next release; what the student sees stays until then. Writing the same
        again leaves it released. The marks of criteria that are not asked stay, in case they are asked again.

        Raises:
            BadInput: a level or criterion that the rubric does not have.
            Refused: the work was returned.
        """
        for key, value in levels.items():
            criterion = self.rubric.criterion(key)
            if criterion is None or criterion.level(value) is None:
                raise BadInput(
                    _("That level is not in the rubric"), now=_("Reload the page and mark it again."), kept=comment
                )
        asked = {c.key for c in self.asked}
        whole = {**{key: level for key, level in self.levels.items() if key not in asked}, **levels}
        before = (self.levels, self.comment, self.adjustment, self.adjustment_reason)
        said = (whole, comment, adjustment, adjustment_reason.strip())
        if self.status is Status.RELEASED and said == before:
            return
        if self.submission.is_returned:
            raise _returned(kept=comment)
        kept = {m.criterion_key: m for m in self.marks}
        self.marks = [kept.get(key) or Mark(criterion_key=key, level=value) for key, value in sorted(whole.items())]
        for m in self.marks:
            m.level = whole[m.criterion_key]
        self.comment, self.adjustment, self.adjustment_reason = said[1:]
        self.marked_by, self.marked_at, self.status = by, now, Status.DRAFT

    @property
    def levels(self) -> dict[int, int]:
        """{criterion key: 1..4} of the rows marked so far."""
        return {m.criterion_key: m.level for m in self.marks}

    def worked_out(self) -> Decimal | None:
        """The total as the marks stand; None while a row is open."""
        if self.unmarked():
            return None
        return total(self.asked, self.levels, self.submission.choice.activity.points, self.adjustment)

    @property
    def asked(self) -> list[Criterion]:
        """The criteria that this student has to show; the others are in neither sum."""
        return self.submission.choice.asked(self.rubric.criteria)

    def _left_out(self) -> list[int]:
        asked = {c.key for c in self.asked}
        return sorted(c.key for c in self.rubric.criteria if c.key not in asked)

    def unmarked(self) -> list[str]:
        """The names of asked criteria without a level."""
        return [c.name for c in self.asked if self.level(c.key) is None]

    def make_ready(self) -> None:
        """Work the total out; release comes later. One that is released and unchanged stays so.

        Raises:
            BadInput: an asked criterion is not marked, or an adjustment has no reason.
        """
        if missing := self.unmarked():
            raise BadInput(
                _("Not every row is marked: %(names)s", names=", ".join(missing)), now=_("Pick a level in each row.")
            )
        if self.adjustment and not self.adjustment_reason:
            raise BadInput(_("An adjustment needs a reason"), now=_("One sentence; the student reads it."))
        worked_out = (self.worked_out(), self.submission.choice.activity.points, self._left_out())
        if self.status is Status.RELEASED and worked_out == (self.points, self.out_of, self.not_asked):
            return
        self.points, self.out_of, self.not_asked = worked_out
        self.status = Status.READY

    @property
    def live_release(self) -> Release | None:
        """What the student sees of this go."""
        return next((r for r in reversed(self.releases) if r.withdrawn_at is None), None)

    def release(self, by: Person, now: datetime) -> Release | None:
        """Show it to the student. None: it was released before, and nothing has changed since.

        Where what is asked of the student has changed since it was made ready, the total is worked out anew.

        Raises:
            Refused: it is still a draft, the work was returned, or the student is excused.
            BadInput: a criterion that is asked again is not marked.
        """
        if self.status is Status.RELEASED:
            return None
        if self.submission.is_returned:
            raise _returned()
        choice = self.submission.choice
        if choice.is_excused:
            raise Refused(
                _("%(name)s is excused from this", name=choice.student.short_name),
                _("Nothing is released or sent; the marks stay here."),
                now=_("Include them again first, if the grade should count."),
            )
        if self.status is not Status.READY or self.points is None or self.out_of is None:
            raise Refused(_("This grade is not ready yet"), now=_("Mark every row, then release it."))
        if self.not_asked != self._left_out():
            self.make_ready()
        release = Release.of(self, by, now)
        self.releases.append(release)
        self.status = Status.RELEASED
        self.submission.choice.note("released", by, now, number=self.submission.number)
        return release

    def withdraw(self, by: Person, now: datetime) -> bool:
        """Take back what the student sees of this go; the marks stay as a draft. False: it was taken back before.

        Raises:
            Refused: it was never released.
        """
        if not self.releases:
            raise Refused(_("This grade was not released"), now=_("There is nothing to take back."))
        if not (live := [r for r in self.releases if r.withdrawn_at is None]):
            return False
        for release in live:
            release.withdrawn_at, release.withdrawn_by = now, by
        self.status = Status.DRAFT
        self.submission.choice.note("release withdrawn", by, now, number=self.submission.number)
        return True


def _returned(kept: str = "") -> Refused:
    return Refused(
        _("This was returned for another go"),
        _("What was released before stays until the next release."),
        now=_("Mark the next go when it comes."),
        kept=kept,
    )
