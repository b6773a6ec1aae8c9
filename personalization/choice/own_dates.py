"""One person's own dates: the class's, moved by what holds for this student alone. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from personalization.accommodation.allowance import Allowance
from personalization.activity.dates import Dates, move_days

OWN_DATES = ("propose_by", "accept_by", "pick_by", "work_due", "lock")  # opens and answer_by never move for one person
REMINDED = ("reply_until", "pick_by", "work_due")  # a day before these comes a reminder, unless they are met
AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Moved:
    """What moves one student's dates, in the order in which it is applied.

    `first_seen`: when this student was first in the course. `extended` = {date name: the teacher's new instant}.
    `lms_due`: the due date that the LMS has for this student. `reply_until`: the time to reply they were given.
    """

    first_seen: datetime
    allowance: Allowance | None = None
    extended: Mapping[str, datetime] = field(default_factory=dict)
    lms_due: datetime | None = None
    reply_until: datetime | None = None

    def apply(self, dates: Dates, tz: ZoneInfo) -> Dates:
        """This student's dates from the class's. None falls earlier for it, each keeps its place after the other."""
        mine = self.allowance.move(dates, tz) if self.allowance is not None else dates
        if dates.is_missed_by(self.first_seen):
            mine = mine.from_first_seen(self.first_seen, tz)
        mine = self._extend(mine, tz)
        if mine.work_due is not None and self.lms_due is not None and self.lms_due > mine.work_due:
            mine = _in_order(replace(mine, work_due=self.lms_due))
        return self.make_room(mine)

    def _extend(self, dates: Dates, tz: ZoneInfo) -> Dates:
        """The teacher's dates where they are later; what would then fall before moves by as many days."""
        days = 0
        moved: dict[str, datetime] = {}
        before: tuple[datetime, datetime] | None = None  # the date before this one, unmoved and moved
        for name in OWN_DATES:
            value = getattr(dates, name)
            if value is None:
                continue
            own = max(value, self.extended.get(name, value))
            if before is not None and own <= before[1]:
                own = max(own, move_days(value, value, days, tz))
                if own <= before[1]:  # an hour that the clocks skip may turn two dates around
                    own = before[1] + (value - before[0])
            days = max(days, _days_between(value, own, tz))
            moved[name] = own
            before = value, own
        return replace(dates, **moved)

    def make_room(self, dates: Dates) -> Dates:
        """No date after the replies falls before their end."""
        until = self.reply_until
        if until is None:
            return dates
        after = {n: d for n in ("pick_by", "work_due", "lock") if (d := getattr(dates, n)) is not None and d < until}
        return replace(dates, **dict.fromkeys(after, until))


def looks(dates: Dates, reply_until: datetime | None) -> Iterator[datetime]:
    """Every moment at which a rule may have something to do with a choice."""
    named = {"reply_until": reply_until, **{name: getattr(dates, name) for name in OWN_DATES}}
    for name, moment in named.items():
        if moment is not None:
            yield moment
            if name in REMINDED:
                yield moment - AHEAD


def _days_between(value: datetime, own: datetime, tz: ZoneInfo) -> int:
    """How many days later `own` is on the wall clock of `tz`, a day begun counting whole."""
    walls = [moment.astimezone(tz).replace(tzinfo=None) for moment in (value, own)]
    return -((walls[0] - walls[1]) // timedelta(days=1))


def _in_order(dates: Dates) -> Dates:
    due = dates.work_due
    return replace(dates, lock=due) if due is not None and dates.lock is not None and dates.lock < due else dates
