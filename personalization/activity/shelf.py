"""What a person's bank holds, and how something gets into it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from engine.db import db
from personalization.activity.bank import MOST, Banked
from personalization.activity.option import Option
from personalization.errors import Refused
from personalization.people.model import Person


def bank_of(me: Person) -> list[Banked]:
    """What this person keeps for later, in whichever course; the newest first."""
    kept = select(Banked).where(Banked.user_id == me.user_id)
    return list(db.session.scalars(kept.order_by(Banked.kept_at.desc(), Banked.id.desc())))


def room_of(me: Person) -> int:
    """How many more ways their bank takes."""
    return MOST - (db.session.scalar(select(func.count(Banked.id)).where(Banked.user_id == me.user_id)) or 0)


def store(
    me: Person, said: Mapping[str, Any], showings: Mapping[str, Any], option: Option | None, now: datetime
) -> Banked:
    """Keep this for later. What came from the same option, or has the same words and came from none, is written anew.

    Raises:
        Refused: the bank is full.
    """
    db.session.flush()  # a new option has its id now
    db.session.execute(
        select(Person.id).where(Person.id == me.id).with_for_update()
    )  # the same press twice takes turns
    if option is not None:
        same = Banked.option_id == option.id
    else:
        same = Banked.option_id.is_(None) & (Banked.title == said["title"]) & (Banked.text == said.get("text", ""))
    entry = db.session.scalars(select(Banked).where(Banked.user_id == me.user_id, same)).first()
    if entry is None:
        if room_of(me) < 1:
            raise full()
        entry = Banked(user_id=me.user_id, option=option)
    entry.take(said, showings, now)
    db.session.add(entry)
    return entry


def full() -> Refused:
    return Refused(
        _("Your bank holds %(most)s ways, and that is full", most=MOST), now=_("Throw something away first.")
    )
