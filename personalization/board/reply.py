"""A teacher's own ready words: kept once, offered above every answer, in all their courses on one platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import db, text_enum
from engine.tenant import Tenanted
from personalization.errors import BadInput, Refused
from personalization.people.model import Person

MOST = 30  # of one person
LONGEST = 2_000  # characters
NAME = 28  # characters of it that stand on its button


class Fits(StrEnum):
    """The answer that words were kept for."""

    ACCEPT = "accept"
    REVISE = "revise"
    BACK = "back"
    OFFER = "offer"


class Reply(Tenanted):
    """`user_id`: whose it is, as the LMS knows them: a person of ours is one of one course."""

    __tablename__ = "reply"
    __tenant_of__ = "user_id"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    fits: Mapped[Fits] = mapped_column(text_enum(Fits))
    words: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime]

    @property
    def name(self) -> str:
        """Its beginning, for a button."""
        line = " ".join(self.words.split())
        return line if len(line) <= NAME else f"{line[: NAME - 1].rstrip()}…"


def replies_of(me: Person) -> Sequence[Reply]:
    return db.session.scalars(select(Reply).where(Reply.user_id == me.user_id).order_by(Reply.id)).all()


def keep(before: Sequence[Reply], me: Person, fits: Fits, words: str, now: datetime) -> Reply:
    """Keep these words; the same again for the same answer are kept once. `before`: all that they have.

    Raises:
        BadInput: there are no words, or too many.
        Refused: the list is full.
    """
    words = words.strip()
    same = next((reply for reply in before if (reply.fits, reply.words) == (fits, words)), None)
    if same is not None:
        return same
    check(words)
    if len(before) >= MOST:
        raise Refused(_("You keep %(count)d replies already", count=MOST), now=_("Throw one away first."), kept=words)
    return Reply(user_id=me.user_id, fits=fits, words=words, kept_at=now)


def check(words: str) -> None:
    """Raises BadInput: there are no words, or too many to be a ready reply."""
    if not words:
        raise BadInput(_("There are no words to keep yet"), now=_("Write them into the box first."))
    if len(words) > LONGEST:
        raise BadInput(_("2,000 characters fit"), now=_("Keep a shorter part of it."), kept=words)
