"""What a student hands in: a draft that saves itself, evidence tied to criteria, a receipt."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, text_enum
from personalization.choice.model import Choice
from personalization.errors import BadInput, Refused
from personalization.people.model import Person


class Kind(StrEnum):
    FILE = "file"
    LINK = "link"
    IN_PERSON = "in person"


class Submission(Base):
    """One go at handing in. A returned one is followed by the next, which starts as its copy."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("choice_id", "number"),
        Index(
            "uq_submission_one_draft",
            "choice_id",
            unique=True,
            sqlite_where=text("handed_in_at is null"),
            postgresql_where=text("handed_in_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"))
    choice: Mapped[Choice] = relationship()
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    reflection: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
    # By the real clock, for the LMS: the domain's may be a demo's.
    handed_in_really_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    returned_at: Mapped[datetime | None]
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    returned_by: Mapped[Person | None] = relationship()
    return_reason: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(default=1)
    evidence: Mapped[list[Evidence]] = relationship(
        order_by="Evidence.id", back_populates="submission", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012

    @classmethod
    def start(cls, choice: Choice, before: Submission | None, now: datetime) -> Submission:
        """The first go, or the next one after `before` was returned.

        Raises:
            Refused: nothing is picked yet, or it is closed.
        """
        if choice.option is None:
            raise Refused(_("Pick a way first"), now=_("Then this page is where your work goes."))
        if choice.is_locked(now):
            raise Refused(_("This is closed"), now=_("Ask your teacher what to do; your draft is kept."))
        fresh = cls(choice=choice, number=1, text="", reflection="", started_at=now, saved_at=now, evidence=[])
        if before is not None:
            fresh.number, fresh.text = before.number + 1, before.text
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

    def save(self, text: str, reflection: str, now: datetime) -> None:
        self._must_be_draft(kept=text)
        self.text, self.reflection, self.saved_at = text, reflection, now

    def add(self, item: Evidence, now: datetime) -> None:
        self._must_be_draft()
        self.evidence.append(item)
        self.saved_at = now

    def remove(self, item: Evidence, now: datetime) -> None:
        """Take evidence out of the draft again; nothing that was handed in is ever changed."""
        self._must_be_draft()
        self.evidence.remove(item)
        self.saved_at = now

    def hand_in(self, by: Person, now: datetime, really: datetime | None = None) -> None:
        """Give it to the teacher. Handing in twice is the same as once. `really`: the real clock's now, for the LMS.

        Raises:
            BadInput: there is nothing in it.
            Refused: it is closed.
        """
        if self.handed_in_at is not None:
            return
        if self.choice.is_locked(now):
            raise Refused(_("This is closed"), _("Your draft is kept."), now=_("Ask your teacher what to do."))
        if self.is_empty:
            raise BadInput(_("There is nothing to hand in yet"), now=_("Write something, or add a link or a file."))
        self.handed_in_at, self.handed_in_really_at, self.late = now, really or now, self.choice.is_late(now)
        self.choice.note("handed in", by, now, number=self.number, late=self.late)

    def note_in_person(self, about: str, by: Person, now: datetime, really: datetime | None = None) -> None:
        """The teacher saw it: it counts as handed in."""
        self._must_be_draft()
        self.evidence.append(Evidence(kind=Kind.IN_PERSON, title=about, added_at=now, added_by=by, criteria=[]))
        self.handed_in_at, self.handed_in_really_at, self.late = now, really or now, self.choice.is_late(now)
        self.choice.note("shown in person", by, now, number=self.number)

    def hand_back(self, reason: str, by: Person, now: datetime) -> None:
        """Ask for another go; a grade already released stays until the next release.

        Raises:
            BadInput: no reason was given.
            Refused: it was not handed in, or was returned already.
        """
        if not reason.strip():
            raise BadInput(_("%(name)s needs a reason", name=self.choice.student.short_name),
                           now=_("One sentence will do."))  # fmt: skip
        if self.handed_in_at is None:
            raise Refused(_("This was not handed in yet"), now=_("There is nothing to return."), kept=reason)
        if self.returned_at is not None:
            raise Refused(_("This was returned already"), now=_("The next go comes from the student."), kept=reason)
        self.returned_at, self.returned_by, self.return_reason = now, by, reason.strip()
        self.choice.note("returned", by, now, number=self.number)

    def _must_be_draft(self, kept: str = "") -> None:
        if self.handed_in_at is not None:
            raise Refused(
                _("This was handed in already"),
                now=_("Ask your teacher to return it if you want to change something."),
                kept=kept,
            )


class Evidence(Base):
    """A file, a link, or "shown in person". `criteria` are the keys of the success criteria it shows.

    `storage_key` is unguessable and names the stored bytes; several goes may share one.
    """

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    submission: Mapped[Submission] = relationship(back_populates="evidence")
    kind: Mapped[Kind] = mapped_column(text_enum(Kind))
    title: Mapped[str] = mapped_column(String(255), default="")
    url: Mapped[str] = mapped_column(Text, default="")
    storage_key: Mapped[str | None] = mapped_column(String(80), index=True)
    media_type: Mapped[str] = mapped_column(String(120), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    criteria: Mapped[list[int]] = mapped_column(default=list)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_by: Mapped[Person] = relationship()

    def copy(self) -> Evidence:
        return Evidence(
            kind=self.kind,
            title=self.title,
            url=self.url,
            storage_key=self.storage_key,
            media_type=self.media_type,
            size=self.size,
            criteria=list(self.criteria),
            added_at=self.added_at,
            added_by_id=self.added_by_id,
        )
