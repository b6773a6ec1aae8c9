"""The dates of an activity: their order, what is suggested, and what a latecomer gets. Pure: no database, no clock.

All instants are aware UTC; days are counted on the wall clock of a zone, so that 23:59 stays 23:59 over a DST change.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

# Where each date falls in the span from opens to work_due (PRODUCT: 25, 40, 45, 55 %).
SHARES = {"propose_by": 0.25, "answer_by": 0.40, "accept_by": 0.45, "pick_by": 0.55}
END_OF_DAY = time(23, 59)
LEAST_DAYS = 3  # what a latecomer gets at least
SHORT = timedelta(days=10)  # activities shorter than this have shorter reply windows
REPLY = timedelta(days=2)


@dataclass(frozen=True)
class Dates:
    """`opens ≤ propose_by ≤ answer_by ≤ accept_by < pick_by ≤ work_due ≤ lock`, each may be None."""

    opens: datetime | None = None
    propose_by: datetime | None = None
    answer_by: datetime | None = None
    accept_by: datetime | None = None
    pick_by: datetime | None = None
    work_due: datetime | None = None
    lock: datetime | None = None

    def clash(self) -> tuple[str, str] | None:
        """The first two names that stand in the wrong order, or None."""
        given = [(f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) is not None]
        for (earlier, first), (later, second) in pairwise(given):
            if first > second or ((earlier, later) == ("accept_by", "pick_by") and first == second):
                return earlier, later
        return None

    def filled(self, tz: ZoneInfo, own_idea: bool = True) -> Dates:
        """The empty ones suggested from opens and work_due, 23:59 in `tz`; without both, nothing is added.

        A suggestion keeps to what was given: it never falls before an earlier date nor after a later one. Without own
        ideas the three dates that are only about them are left away.
        """
        asked = self if own_idea else replace(self, propose_by=None, answer_by=None, accept_by=None)
        if asked.opens is None or asked.work_due is None or asked.work_due <= asked.opens:
            return asked
        return asked._suggest(list(SHARES) if own_idea else ["pick_by"], asked.opens, asked.work_due, tz)

    def unbound(self) -> str | None:
        """The first date that needs a hand-in date and has none: without one nothing expires or defaults."""
        if self.work_due is not None:
            return None
        return next((name for name in (*SHARES, "lock") if getattr(self, name) is not None), None)

    def _suggest(self, names: list[str], opens: datetime, due: datetime, tz: ZoneInfo) -> Dates:
        given = {name: getattr(self, name) for name in names}
        span = due - opens
        found: dict[str, datetime] = {}
        floor = opens
        for index, name in enumerate(names):
            later = [given[n] for n in names[index + 1 :] if given[n] is not None]
            ceiling = min([*later, due])
            value = given[name] or min(max(end_of_day(opens + span * SHARES[name], tz), floor), ceiling)
            found[name] = floor = value
        suggested = replace(self, **found)
        return suggested if suggested.clash() is None else replace(self, **_apart(given, opens, due))

    def span(self) -> timedelta | None:
        return self.work_due - self.opens if self.opens and self.work_due else None

    def reply_window(self, answered_at: datetime, accept_by: datetime | None) -> datetime | None:
        """Until when a student may reply to an answer: the later of accept_by and two days after it.

        Activities under ten days give a fifth of their span instead of two days. None: nothing ever ends.
        """
        if accept_by is None:
            return None
        span = self.span()
        length = span / 5 if span is not None and span < SHORT else REPLY
        return max(accept_by, answered_at + length)

    def for_latecomer(self, first_seen: datetime, tz: ZoneInfo) -> Dates:
        """These dates, begun anew for someone first seen too late for the first of them."""
        return self.from_first_seen(first_seen, tz) if self.is_missed_by(first_seen) else self

    def is_missed_by(self, first_seen: datetime) -> bool:
        """Whether they came after propose_by (or pick_by, where there are no own ideas); else they have the class's."""
        first = self.propose_by or self.pick_by
        return self.opens is not None and first is not None and first_seen > first

    def from_first_seen(self, first_seen: datetime, tz: ZoneInfo) -> Dates:
        """As many days as from opens, counted from when they were first seen, three at least, on every date."""
        if self.opens is None:
            return self
        opened = self.opens.astimezone(tz).date()
        moved: dict[str, datetime] = {}
        before: tuple[datetime, datetime] | None = None  # the date before this one, of the class and of the latecomer
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in {"opens", "answer_by"} or value is None:
                continue
            days = (value.astimezone(tz).date() - opened).days
            own = move_days(first_seen, value, max(days, LEAST_DAYS), tz)
            if before is not None:  # three days for each must not pile them up
                apart = (value.astimezone(tz).date() - before[0].astimezone(tz).date()).days
                own = max(own, move_days(before[1], value, apart, tz))
                if own <= before[1]:  # nor may an hour that the clocks skip turn two dates around
                    own = before[1] + (value - before[0])
            moved[f.name] = own
            before = value, own
        return replace(self, **moved)


def _apart(given: dict[str, datetime | None], opens: datetime, due: datetime) -> dict[str, datetime]:
    """Where ends of days would fall together, in the wrong order: spread the suggestions over the hours instead, each
    between the given dates around it."""
    anchors = [(0.0, opens), *((SHARES[name], at) for name, at in given.items() if at is not None), (1.0, due)]
    spread = {}
    for name, at in given.items():
        share = SHARES[name]
        low, start = max((a for a in anchors if a[0] <= share), key=lambda a: a[0])
        high, end = min((a for a in anchors if a[0] >= share), key=lambda a: a[0])
        spread[name] = at or start + (end - start) * ((share - low) / (high - low))
    return spread


def end_of_day(instant: datetime, tz: ZoneInfo) -> datetime:
    """23:59 on the instant's day in `tz`, as UTC."""
    return datetime.combine(instant.astimezone(tz).date(), END_OF_DAY, tz).astimezone(UTC)


def move_days(start: datetime, like: datetime, days: int, tz: ZoneInfo) -> datetime:
    """`days` after `start`, at the wall-clock time that `like` has in `tz`."""
    day = start.astimezone(tz).date() + timedelta(days=days)
    return datetime.combine(day, like.astimezone(tz).time(), tz).astimezone(UTC)


def date_name(name: str) -> str:
    """A date's name as the pages say it."""
    return {
        "opens": _("Opens"),
        "propose_by": _("Ideas by"),
        "answer_by": _("You answer by"),
        "accept_by": _("Agreed by"),
        "pick_by": _("Way settled"),
        "work_due": _("Hand in"),
        "lock": _("Closed"),
    }[name]
