"""What a student and the teachers write to each other about one choice, beside what is decided. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.choice.model import Choice
from personalization.errors import BadInput, Refused
from personalization.people.model import Person

LONGEST = 2_000  # characters
MOST_OPEN = 20  # of a student's, one after the other without an answer
MOST_A_DAY = 60  # of a student's in one thread, answered or not: taking the hand down must not make room for more
QUOTED = 300  # characters of it that the history quotes
AGAIN = timedelta(minutes=10)  # the same words by the same person within this are one press that came twice


class Message(Tenanted):
    """`text` may be empty: a hand, put up. `waits`: a student's, which nobody has answered yet."""

    __tablename__ = "message"
    __tenant_of__ = "choice_id"
    __table_args__ = (
        Index("ix_message_choice_id", "choice_id"),
        Index("ix_message_open", "choice_id", sqlite_where=text("waits"), postgresql_where=text("waits")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"))
    choice: Mapped[Choice] = relationship()
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by: Mapped[Person] = relationship()
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    waits: Mapped[bool] = mapped_column(default=False)


def write(before: Sequence[Message], choice: Choice, by: Person, words: str, now: datetime) -> Message | None:
    """The next message of a thread; None where it came twice. `before`: the whole thread, oldest first.

    A student's first one asks for help, a teacher's answers whatever is open.

    Raises:
        BadInput: a teacher wrote nothing, or it is too long.
        Refused: too many of the student's wait already or came within a day, or the student has left.
    """
    words = words.strip()
    waiting = [m for m in before if m.waits]
    if len(words) > LONGEST:
        raise BadInput(_("2,000 characters fit"), now=_("Say it in fewer words."), kept=words)
    if _came_twice(before, waiting, by, words, now):
        return None
    if by is choice.student:
        _student_may(before, waiting, words, now)
        choice.note("message" if waiting else "asked for help", by, now, text=words[:QUOTED])
    else:
        _teacher_may(choice, words)
        for message in waiting:
            message.waits = False
        choice.note("help answered" if waiting else "message", by, now, text=words[:QUOTED])
    return Message(choice=choice, by=by, text=words, at=now, waits=by is choice.student)


def lower(before: Sequence[Message], choice: Choice, by: Person, now: datetime) -> None:
    """It is settled without a word, in the room for instance, or the student needs no help any more. Nothing open:
    nothing happens."""
    waiting = [m for m in before if m.waits]
    for message in waiting:
        message.waits = False
    if waiting:
        if by is choice.student:
            choice.note("help not needed", by, now)
        else:
            choice.note("help answered", by, now, text="")


def _came_twice(before: Sequence[Message], waiting: Sequence[Message], by: Person, words: str, now: datetime) -> bool:
    """A hand that is up stays up; the same words again at once are said once."""
    if not words and by.is_student and waiting:
        return True
    last = before[-1] if before else None
    return last is not None and last.by is by and last.text == words and bool(words) and now - last.at < AGAIN


def _student_may(before: Sequence[Message], waiting: Sequence[Message], words: str, now: datetime) -> None:
    if len(waiting) >= MOST_OPEN:
        raise Refused(
            _("%(count)d of your messages wait for an answer", count=len(waiting)),
            _("Your teacher sees all of them."),
            now=_("Wait for the answer, or talk to your teacher."),
            kept=words,
        )
    mine = sum(m.by.is_student and now - m.at < timedelta(days=1) for m in before)
    if mine >= MOST_A_DAY:
        raise Refused(
            _("You wrote %(count)d messages within a day", count=mine),
            _("Your teacher sees all of them."),
            now=_("Go on tomorrow, or talk to your teacher."),
            kept=words,
        )


def _teacher_may(choice: Choice, words: str) -> None:
    if not words:
        raise BadInput(_("There are no words in it yet"), now=_("Write a sentence, or mark it as settled."))
    if choice.student.left_at is not None:
        raise Refused(
            _("%(name)s has left the course", name=choice.student.short_name),
            now=_("Nobody would read it here."),
            kept=words,
        )
