"""What waits for somebody on the staff, counted for their morning mail: kinds and numbers, no names."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from flask_babel import ngettext

from personalization.board.waiting import Kind, waiting
from personalization.notice.letter import Waits
from personalization.people.model import Person


def waits(me: Person, now: datetime) -> Waits:
    """As many things as the queue counts, in the order in which it has them."""
    rows = [row for row in waiting(me, now) if not row.person.is_test]
    kinds = Counter(row.kind for row in rows)
    promised = [row.due for row in rows if row.due is not None]
    return Waits(len(rows), [_words(kind, number) for kind, number in kinds.items()], min(promised, default=None))


def _words(kind: Kind, number: int) -> str:
    match kind:
        case Kind.IDEA:
            return ngettext("One idea to answer", "%(num)d ideas to answer", number)
        case Kind.CHANGE:
            return ngettext("One agreement that a student asks to change",
                            "%(num)d agreements that students ask to change", number)  # fmt: skip
        case Kind.WORK:
            return ngettext("One hand-in to mark", "%(num)d hand-ins to mark", number)
        case Kind.HELP:
            return ngettext("One student asks for help", "%(num)d students ask for help", number)
        case Kind.UNPLACED:
            return ngettext("One student has no way yet", "%(num)d students have no way yet", number)
        case Kind.CLOSED:
            return ngettext("One student handed nothing in", "%(num)d students handed nothing in", number)
        case Kind.SCORE:
            return ngettext(
                "One grade that did not arrive as it was sent",
                "%(num)d grades that did not arrive as they were sent",
                number,
            )
        case _other:
            return ngettext("One more thing", "%(num)d more things", number)
