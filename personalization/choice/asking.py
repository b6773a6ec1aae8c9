"""Asking for help, and the thread of messages beside a choice: what the database holds of it, and the verbs for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from engine.db import db
from personalization.choice.message import Message, lower, write
from personalization.choice.model import Choice
from personalization.choice.places import hold
from personalization.people.model import Person


def thread(choice: Choice) -> Sequence[Message]:
    """All of it, oldest first, with who wrote what."""
    query = select(Message).where(Message.choice_id == choice.id).options(joinedload(Message.by, innerjoin=True))
    return db.session.scalars(query.order_by(Message.id)).all()


def threads(where: ColumnElement[bool]) -> dict[int, list[Message]]:
    """{choice id: its whole thread, oldest first} of the choices for which `where` holds."""
    found: dict[int, list[Message]] = defaultdict(list)
    for message in db.session.scalars(select(Message).join(Message.choice).where(where).order_by(Message.id)):
        found[message.choice_id].append(message)
    return found


def ask(choice: Choice, by: Person, words: str, now: datetime) -> Message | None:
    """Write to the other side, as the student or as somebody who answers there; None where it came twice.

    Raises:
        BadInput, Refused: as `message.write`.
    """
    hold(choice)
    message = write(thread(choice), choice, by, words, now)
    if message is not None:
        db.session.add(message)
    return message


def settle_help(choice: Choice, by: Person, now: datetime) -> None:
    """What the student asked is settled without a word; twice is once."""
    hold(choice)
    lower(thread(choice), choice, by, now)
