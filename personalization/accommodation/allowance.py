"""More time for one person: an activity's dates, moved. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from personalization.activity.dates import Dates, move_days

STAYING = {"opens", "answer_by"}  # when it opens and when the teacher answers never move for one person


@dataclass(frozen=True)
class Allowance:
    """`factor` times the days of the class, then `days` more. Neither takes time away.

    Raises:
        ValueError: days below 0, or a factor below 1.
    """

    days: int = 0
    factor: Decimal | None = None

    def __post_init__(self) -> None:
        if self.days < 0 or (self.factor is not None and self.factor < 1):
            raise ValueError("an allowance gives time, it takes none")

    def __bool__(self) -> bool:
        return self.days > 0 or (self.factor is not None and self.factor > 1)

    def move(self, dates: Dates, tz: ZoneInfo) -> Dates:
        """Every date but `opens` and `answer_by`, at the time of day that it has on the wall clock of `tz`.

        Days are those of the calendar in `tz`, counted from the day it opens and rounded up, so that neither a change
        of clocks nor the hour it opens costs anyone a day. Without `opens` there is nothing to multiply.
        """
        moved: dict[str, datetime] = {}
        before: tuple[datetime, datetime] | None = None  # the date before this one, of the class and of this person
        for name in (f.name for f in fields(Dates) if f.name not in STAYING):
            value: datetime | None = getattr(dates, name)
            if value is None:
                continue
            own = move_days(value, value, self._more(dates.opens, value, tz), tz)
            if before is not None and own <= before[1]:  # an hour that the clocks skip may turn two dates around
                own = before[1] + max(value - before[0], timedelta(0))
            moved[name] = own
            before = value, own
        return replace(dates, **moved)

    def _more(self, opens: datetime | None, value: datetime, tz: ZoneInfo) -> int:
        """How many days later than the class."""
        if self.factor is None or self.factor == 1 or opens is None or value < opens:
            return self.days
        of_the_class = (value.astimezone(tz).date() - opens.astimezone(tz).date()).days
        own = int((of_the_class * self.factor).to_integral_value(ROUND_CEILING))
        return self.days + max(own - of_the_class, 1)  # also where it opens and ends on one day
