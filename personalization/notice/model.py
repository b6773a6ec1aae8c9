"""The outbox: one mail to one person about one thing, and how its sending went."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.choice.model import Event
from personalization.notice.ending import PATIENCE, is_of_ending
from personalization.people.model import Person, Rhythm

__all__ = ["Mail", "Rhythm", "Trouble", "rhythm_of"]

STALE = timedelta(days=2)  # older news is told in the tool only: a mail of last week's would confuse
MOST_UNSURE = 2  # beginnings whose end nobody saw: a third might be a third copy


class Trouble(StrEnum):
    """Why a mail was given up, where that is our own reason."""

    LATE = "late"
    BROKE_OFF = "broke off"
    NO_ADDRESS = "no address"
    UNWRITTEN = "unwritten"


class Mail(Tenanted):
    """`about` says of what, "event 17", "digest 2026-11-10" or "course end 2026-12-24", so that each thing is mailed to
    a person once.

    `next_at` is when to try next by the real clock, None once it was sent or given up; then `trouble` says why, in the
    mail server's words, or one of `Trouble`. `unsure` counts the times in a row that it was begun and no end was seen.
    """

    __tablename__ = "mail"
    __tenant_of__ = "person_id"
    __table_args__ = (
        UniqueConstraint("person_id", "about"),
        Index(
            "ix_mail_waiting",
            "next_at",
            sqlite_where=text("next_at is not null"),
            postgresql_where=text("next_at is not null"),
        ),
        CheckConstraint("sent_at IS NULL OR next_at IS NULL", name="settled"),
        CheckConstraint("attempts >= 0 AND unsure >= 0", name="counts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    person: Mapped[Person] = relationship()
    about: Mapped[str] = mapped_column(String(60))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("choice_event.id", ondelete="CASCADE"), index=True)
    event: Mapped[Event | None] = relationship()
    made_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    attempts: Mapped[int]
    unsure: Mapped[int]
    sent_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(String(300))

    @classmethod
    def to(cls, person: Person, about: str, event: Event | None, now: datetime) -> Mail:
        """`now`, here and below, is real time: mail servers know no other."""
        return cls(person=person, about=about, event=event, made_at=now, next_at=now, attempts=0, unsure=0, trouble="")

    def begin(self, now: datetime) -> bool:
        """Note that it is about to leave. False: it is given up instead."""
        if now - self.made_at > (PATIENCE if is_of_ending(self.about) else STALE):
            self.give_up(self.trouble or Trouble.LATE)
        elif self.unsure >= MOST_UNSURE:
            self.give_up(Trouble.BROKE_OFF)
        else:
            self.unsure += 1
            self.attempts += 1
            return True
        return False

    def put_back(self) -> None:
        """Its turn did not come: it is as if it had never been begun."""
        self.unsure -= 1
        self.attempts -= 1

    def sent(self, now: datetime) -> None:
        self.sent_at, self.next_at, self.unsure, self.trouble = now, None, 0, ""

    def put_off(self, until: datetime, why: str, *, in_doubt: bool = False) -> None:
        """The server took nothing for now, and is asked again. `in_doubt`: perhaps it did, and broke off."""
        self.next_at, self.unsure, self.trouble = until, self.unsure if in_doubt else 0, why[:300]

    def give_up(self, why: str) -> None:
        self.next_at, self.trouble = None, why[:300]


def rhythm_of(person: Person) -> Rhythm:
    """How this person wants mail; whoever said nothing gets each thing as a student, a digest as staff."""
    usual = Rhythm.EACH if person.is_student else Rhythm.DAILY
    fitting = {Rhythm.EACH, Rhythm.OFF} if person.is_student else {Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.OFF}
    return person.mail_rhythm if person.mail_rhythm in fitting else usual
