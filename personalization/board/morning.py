"""What waits for somebody on the staff, counted for their morning mail: kinds and numbers, no names."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from flask_babel import ngettext
from sqlalchemy import func, select

from engine.db import db
from personalization.board.waiting import Kind, waiting
from personalization.choice.model import Choice
from personalization.notice.letter import Waits
from personalization.people.access import in_class
from personalization.people.model import Person


def waits(me: Person, now: datetime) -> Waits:
    """As many things as the queue has, and who has no way yet."""
    rows = waiting(me)
    kinds = Counter(row.kind for row in rows)
    lines = [words for kind in kinds if (words := _words(kind, kinds[kind]))]
    if without := _without_way(me):
        lines.append(ngettext("One student has no way yet", "%(num)d students have no way yet", without))
    promised = [row.due for row in rows if row.due is not None]
    return Waits(len(rows) + without, lines, min(promised, default=None))


def _words(kind: Kind, number: int) -> str:
    match kind:
        case Kind.IDEA:
            return ngettext("One idea to answer", "%(num)d ideas to answer", number)
        case Kind.WORK:
            return ngettext("One hand-in to mark", "%(num)d hand-ins to mark", number)
        case _other:
            return ngettext(
                "One grade that did not arrive as it was sent", "%(num)d grades that did not arrive as sent", number
            )


def _without_way(me: Person) -> int:
    query = (
        select(func.count())
        .select_from(Choice)
        .join(Choice.student)
        .where(Choice.unplaced_at.is_not(None), Choice.option_id.is_(None), Choice.excused_at.is_(None))
        .where(Person.course_id == me.course_id, Person.is_test.is_(False), in_class(me))
    )
    return db.session.scalar(query) or 0
