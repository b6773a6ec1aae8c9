"""More time for one student: which dates "two days more" means, and what is offered after it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.clock import parse_instant
from personalization.activity.dates import move_days
from personalization.choice.model import OWN_DATES, Choice

SETTLING = ("propose_by", "accept_by", "pick_by")
WORK = ("work_due",)  # a lock moves along where it would fall before


def meant(choice: Choice, reopening: bool = False) -> tuple[str, ...]:
    """The names of the dates that more time is for: settling a way until there is one, then the work.

    `reopening`: an idea is opened again, so that the way is not settled any more.
    """
    names = SETTLING if choice.option is None or reopening else WORK
    return tuple(name for name in names if getattr(choice, name) is not None)


def later(had: Mapping[str, datetime], days: int, now: datetime, tz: ZoneInfo) -> dict[str, datetime]:
    """{date name: so many days after it, or after today where it is over}, at the same time of day in `tz`.

    `had` are the dates that the page showed: the same press twice gives the same days once.
    """
    return {name: move_days(max(now, moment), moment, days, tz) for name, moment in had.items()}


def named(choice: Choice, typed: Mapping[str, datetime | None], tz: ZoneInfo) -> dict[str, datetime]:
    """{date name: instant} of the days typed on the wall clock of the course that differ from what they have."""
    found = {}
    for name, wall in typed.items():
        if wall is not None and wall != on_the_wall(getattr(choice, name), tz):
            found[name] = wall.replace(tzinfo=tz).astimezone(UTC)
    return found


def on_the_wall(moment: datetime | None, tz: ZoneInfo) -> datetime | None:
    """As a field shows it: naive, to the minute."""
    return moment.astimezone(tz).replace(tzinfo=None, second=0, microsecond=0) if moment is not None else None


def days_lost(choice: Choice) -> int:
    """How many days of work more time for settling a way has taken from this student; 0 where none were.

    The teacher is offered to give the same for the work.
    """
    activity = choice.activity
    if not (choice.pick_by and choice.work_due and activity.pick_by and activity.work_due) or choice.is_handed_in:
        return 0
    if "pick_by" not in (choice.extended or {}) and choice.pick_by != choice.reply_until:
        return 0
    lost = (choice.pick_by - activity.pick_by) - (choice.work_due - activity.work_due)
    return max(0, -(-lost // timedelta(days=1)))


def as_sent(names: Mapping[str, str]) -> dict[str, datetime]:
    """The dates that a page sent back as it had shown them; what is no moment is left away."""
    found = {}
    for name, text in names.items():
        if name in OWN_DATES and (moment := moment_of(text)) is not None:
            found[name] = moment
    return found


def moment_of(text: str) -> datetime | None:
    """An instant that a page of ours sent back; None for anything else."""
    try:
        return parse_instant(text) if datetime.fromisoformat(text).tzinfo is not None else None
    except ValueError:
        return None
