"""Who needs a look now, and since when: by what waits for the teacher, and by the teacher's own thresholds. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.tenant import Tenanted
from personalization.board.badges import ON_A_WAY, Badge, teacher_badge
from personalization.board.standing import Line, Standing, standing
from personalization.choice.message import Message
from personalization.proposal.decision import STUDENTS_MOVE, Status

DAY_MINUTES = 24 * 60
STILL = (10, 15, 30, 60, DAY_MINUTES, 2 * DAY_MINUTES, 3 * DAY_MINUTES, 7 * DAY_MINUTES)  # minutes, to choose from


class Watch(Tenanted):
    """What one teacher or assistant wants to be told of in one course. `seen` = {activity id as text: ISO instant}, up
    to when they have seen who was placed automatically."""

    __tablename__ = "watch"
    __tenant_of__ = "person_id"
    __table_args__ = (
        CheckConstraint(
            "unopened_days >= 1 AND still_minutes >= 1 AND idea_days >= 1 AND reply_days >= 1", name="numbers"
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    unopened_days: Mapped[int]
    still_minutes: Mapped[int]
    idea_days: Mapped[int]
    reply_days: Mapped[int]
    seen: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @classmethod
    def usual(cls, person_id: int) -> Watch:
        """What holds until they say otherwise."""
        return cls(
            person_id=person_id, unopened_days=2, still_minutes=3 * DAY_MINUTES, idea_days=1, reply_days=2, seen={}
        )

    def seen_at(self, activity_id: int) -> datetime | None:
        text = self.seen.get(str(activity_id))
        return datetime.fromisoformat(text) if text else None

    def see(self, activity_id: int, now: datetime) -> None:
        self.seen = {**self.seen, str(activity_id): now.isoformat()}


class Kind(StrEnum):
    """Why somebody needs a look; the most urgent first."""

    HELP = "help"
    OVERDUE = "overdue"
    UNPLACED = "unplaced"
    CLOSED = "closed"
    ANSWER = "answer"
    MARK = "mark"
    STUCK = "stuck"
    PLACED = "placed"
    UNOPENED = "unopened"


ORDER = list(Kind)
# Where the next move may be the teacher's.
YOURS = {Standing.PROPOSING, Standing.UNPLACED, Standing.HANDED_IN, *ON_A_WAY}


@dataclass(frozen=True)
class Look:
    """One student who needs a look, why, and since when."""

    line: Line
    kind: Kind
    badge: Badge
    why: str
    since: datetime


@dataclass(frozen=True)
class Seen:
    """What is known beside the lines: open calls for help by choice id, when each idea was last answered by its id, and
    until when who was placed automatically has been seen."""

    help: Mapping[int, Message]
    answered: Mapping[int, datetime]
    until: datetime | None = None


def looks(lines: Sequence[Line], seen: Seen, watch: Watch, now: datetime) -> list[Look]:
    """Each student once, by their most urgent reason, the oldest first within one."""
    found = []
    for line in lines:
        reasons = sorted(_reasons(line, seen, watch, now), key=lambda look: ORDER.index(look.kind))
        found += reasons[:1]
    return sorted(found, key=lambda look: (ORDER.index(look.kind), look.since))


def stuck(lines: Sequence[Line], seen: Seen, watch: Watch, now: datetime) -> list[Look]:
    """As `looks`, of those alone whose most urgent reason is that they are stuck, in the order of the lines."""
    found = []
    for line in lines:
        at = standing(line, now)
        if at in {Standing.LEFT, Standing.EXCUSED} or not line.choice.activity.is_open(now):
            continue
        look = next(_stuck(line, at, seen, watch, now), None)
        if look is not None and _waits(line, at, seen.help, now) is None:
            found.append(look)
    return found


def yours(lines: Sequence[Line], help: Mapping[int, Message], now: datetime) -> list[Look]:
    """As `looks`, of what waits for the teacher alone, whatever they want to be told of; `help` as in `Seen`."""
    found = [look for line in lines if (look := _waits(line, standing(line, now), help, now)) is not None]
    return sorted(found, key=lambda look: (ORDER.index(look.kind), look.since))


def _waits(line: Line, at: Standing, help: Mapping[int, Message], now: datetime) -> Look | None:
    """The most urgent of what waits for the teacher."""
    call = help.get(line.choice.id) if help else None
    if call is not None and at is not Standing.LEFT:
        why = f"“{call.text}”" if call.text else _("Put a hand up")
        return Look(line, Kind.HELP, Badge("alarm", "hand", _("Asks for help")), why, call.at)
    return _yours(line, at, now) if at in YOURS else None


def _reasons(line: Line, seen: Seen, watch: Watch, now: datetime) -> Iterator[Look]:
    at = standing(line, now)
    if waits := _waits(line, at, seen.help, now):
        yield waits
    if at not in {Standing.LEFT, Standing.EXCUSED}:
        if line.choice.activity.is_open(now):
            yield from _stuck(line, at, seen, watch, now)
            yield from _unopened(line, at, watch, now)
        yield from _placed(line, at, seen, now)


def _yours(line: Line, at: Standing, now: datetime) -> Look | None:
    """Whose next move is the teacher's; `at` is one of `YOURS`."""
    choice = line.choice
    if at is Standing.PROPOSING and line.proposal is not None and line.talks(Status.SUBMITTED):
        sent = line.proposal.latest.sent_at or now
        why = _("“%(title)s”, version %(number)s", title=line.proposal.title, number=line.proposal.latest.number)
        kind = Kind.OVERDUE if line.unanswered else Kind.ANSWER
        return Look(line, kind, teacher_badge(line, now), why, sent)
    if at is Standing.UNPLACED:
        why = _("No rule could settle a way")
        return Look(line, Kind.UNPLACED, teacher_badge(line, now), why, choice.unplaced_at or now)
    if at is Standing.HANDED_IN and line.handed_in is not None and not line.is_nothing:
        way = choice.option.title if choice.option is not None else ""
        return Look(line, Kind.MARK, teacher_badge(line, now), way, line.handed_in.handed_in_at or now)
    if at in ON_A_WAY and line.is_closed(now):
        saved = line.submission is not None
        why = _("A draft is saved") if saved else _("Nothing was saved")
        return Look(line, Kind.CLOSED, teacher_badge(line, now), why, choice.lock or now)
    return None


def _stuck(line: Line, at: Standing, seen: Seen, watch: Watch, now: datetime) -> Iterator[Look]:
    found = _no_idea(line, at, watch, now) or _no_reply(line, at, seen, watch, now) or _still(line, at, watch, now)
    if found is not None:
        why, since = found
        yield Look(line, Kind.STUCK, Badge("wait", "clock", _("Stuck")), why, since)


def _no_idea(line: Line, at: Standing, watch: Watch, now: datetime) -> tuple[str, datetime] | None:
    """Nothing begun so shortly before the time for ideas, or for picking where there are none, is over."""
    choice = line.choice
    until = choice.propose_by if choice.activity.own_idea else choice.pick_by
    if at is not Standing.EXPLORING or choice.opened_at is None or line.proposal is not None or until is None:
        return None
    if not until - timedelta(days=watch.idea_days) <= now <= until:
        return None
    words = (
        _("No idea and no way yet; time for ideas ends soon") if choice.activity.own_idea else _("No way picked yet")
    )
    return words, choice.opened_at


def _no_reply(line: Line, at: Standing, seen: Seen, watch: Watch, now: datetime) -> tuple[str, datetime] | None:
    idea = line.proposal if at is Standing.PROPOSING else None
    if idea is None or not line.talks(Status.REVISING, Status.OFFERED):
        return None
    since = seen.answered.get(idea.id)
    if since is None or now - since < timedelta(days=watch.reply_days):
        return None
    days = (now - since).days
    return ngettext("No reply to you for a day", "No reply to you for %(num)d days", days), since


def _still(line: Line, at: Standing, watch: Watch, now: datetime) -> tuple[str, datetime] | None:
    """Something was begun, and nothing new came for so long."""
    saved: datetime | None = None
    if at in {Standing.WORKING, Standing.RETURNED} and line.submission is not None and line.submission.is_draft:
        saved = line.submission.saved_at
    elif at is Standing.PROPOSING and line.proposal is not None and line.proposal.status in STUDENTS_MOVE:
        saved = line.proposal.versions[-1].saved_at if line.proposal.status is Status.DRAFT else None
    if saved is None or now - saved < timedelta(minutes=watch.still_minutes):
        return None
    return _("Nothing new in the draft for %(time)s", time=span(now - saved)), saved


def _unopened(line: Line, at: Standing, watch: Watch, now: datetime) -> Iterator[Look]:
    choice = line.choice
    opened = max(filter(None, (choice.activity.opens, choice.activity.published_at)), default=None)
    if choice.opened_at is None and choice.option is None and line.proposal is None and opened is not None:
        since = max(opened, line.student.first_seen_at)
        if now - since >= timedelta(days=watch.unopened_days) and at in {Standing.EXPLORING, Standing.MUST_PICK}:
            why = _("Open for %(time)s", time=span(now - since))
            yield Look(line, Kind.UNOPENED, Badge("quiet", "eye", _("Not opened")), why, since)


def _placed(line: Line, at: Standing, seen: Seen, now: datetime) -> Iterator[Look]:
    choice = line.choice
    if at in {Standing.PICKED, Standing.WORKING} and choice.is_automatic and choice.option is not None:
        since = choice.option_since or now
        if seen.until is None or since > seen.until:
            badge = Badge("good", "clock", _("Placed automatically"))
            yield Look(line, Kind.PLACED, badge, choice.option.title, since)


def span(length: timedelta) -> str:
    """In the largest unit that says something: "14 minutes", "3 days"."""
    minutes = int(length.total_seconds()) // 60
    if minutes >= DAY_MINUTES:
        return ngettext("a day", "%(num)d days", minutes // DAY_MINUTES)
    if minutes >= 60:
        return ngettext("an hour", "%(num)d hours", minutes // 60)
    return ngettext("a minute", "%(num)d minutes", max(1, minutes))
