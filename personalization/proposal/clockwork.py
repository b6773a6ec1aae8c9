"""What time itself does to one choice: ideas run out, somebody has to pick, a rule places them, the teacher's list.

The clock's rows of PRODUCT §4's table, as one function that may run at any moment, twice, or long after the moment it
was due. Each step is noted with its rule. Pure: no database, no clock; the rooms left in options are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from personalization.activity.model import Option, Silence
from personalization.choice.model import Choice, Rule
from personalization.choice.own_dates import AHEAD
from personalization.people.model import Person
from personalization.proposal.model import Proposal, Status


class Room(Protocol):
    """How full the options are; `left` is None where there is no limit."""

    def taken(self, option: Option) -> int: ...

    def left(self, option: Option) -> int | None: ...

    def take(self, option: Option, student: Person) -> None: ...


def step(choice: Choice, ideas: Sequence[Proposal], room: Room, now: datetime) -> None:
    """Apply every rule whose moment is over. `ideas`: all of this choice, oldest first.

    Never before this student's own dates end; never for who is excused or has left; without a hand-in date nothing
    expires or defaults.
    """
    if _counts(choice):
        idea = next((i for i in ideas if i.is_open), None)
        if idea is not None:
            _run_out(idea, now)
        if choice.option is None:
            _without_way(choice, idea if idea is not None and idea.is_open else None, room, now)
        if choice.option is not None and choice.is_locked(now) and not choice.was_handed_in:
            choice.close(now)
        _remind(choice, next((i for i in ideas if i.is_open), None), now)
    choice.looked(now)


def ends_at(idea: Proposal) -> datetime | None:
    """When time ends this idea as it stands; None where nothing does.

    A draft has until ideas have to be agreed, or the end of the reply window it was begun in; an answered one until the
    end of its reply window. One that lies with the teacher ends only where silence does: then not before the student's
    last reply window is over, since they could not have sent it earlier.
    """
    choice = idea.choice
    match idea.status:
        case Status.DRAFT:
            return _later(choice.accept_by, idea.reply_until) if choice.accept_by is not None else None
        case Status.OFFERED | Status.REVISING:
            return idea.reply_until
        case Status.SUBMITTED if choice.activity.silence is Silence.STRICT:
            return promise_ends_at(choice)
        case _other:
            return None


def promise_ends_at(choice: Choice) -> datetime | None:
    """By when the teacher should have answered whatever this student could still send."""
    return _later(choice.accept_by, choice.reply_until) if choice.accept_by is not None else None


def _counts(choice: Choice) -> bool:
    activity = choice.activity
    dated = activity.published_at is not None and activity.work_due is not None
    return dated and not choice.is_excused and choice.student.is_student and choice.student.left_at is None


def _run_out(idea: Proposal, now: datetime) -> None:
    choice, end, promised = idea.choice, ends_at(idea), promise_ends_at(idea.choice)
    if end is not None and now > end:
        rule = {Status.DRAFT: "accept_by", Status.SUBMITTED: "silence"}.get(idea.status, "reply window")
        idea.expire(rule, now)
    elif idea.status is Status.SUBMITTED and promised is not None and now > promised and choice.unanswered_at is None:
        choice.unanswered_at = now
        choice.note("unanswered", None, now, title=idea.title)


def _without_way(choice: Choice, idea: Proposal | None, room: Room, now: datetime) -> None:
    if choice.pick_by is None or now <= choice.pick_by:
        begins = promise_ends_at(choice)  # a new idea may still come in the window after one that was sent back
        if idea is None and begins is not None and now > begins:
            choice.must_pick(now)
        return
    if idea is not None and idea.status is Status.SUBMITTED:
        if not _has_room(choice.plan_b, choice, room) and choice.last_call_at is None:
            choice.last_call(now)
            return
        idea.expire("pick_by", now)
    elif idea is not None:
        idea.expire("pick_by", now)
    _fall_back(choice, room, now)


def _fall_back(choice: Choice, room: Room, now: datetime) -> None:
    """Plan B with room, the teacher's default, the least filled where that was ticked; else the teacher's list.

    Whoever is on that list is in the teacher's hands: no rule takes them off it later, when a place comes free.
    """
    if choice.unplaced_at is not None:
        return
    activity = choice.activity
    ways = [(choice.plan_b, Rule.PLAN_B), (activity.default_option, Rule.DEFAULT)]
    if activity.least_filled:
        ways.append((_least_filled(choice, room), Rule.LEAST_FILLED))
    for option, rule in ways:
        if option is not None and _has_room(option, choice, room):
            choice.place_by_rule(option, rule, now)
            room.take(option, choice.student)
            return
    choice.unplace(now)


def _has_room(option: Option | None, choice: Choice, room: Room) -> bool:
    if option is None or option not in choice.activity.designed_options:
        return False
    left = room.left(option)
    return left is None or left > 0


def _least_filled(choice: Choice, room: Room) -> Option | None:
    """The option with the fewest students, of those with room; the teacher's order decides between equals."""
    free = [option for option in choice.activity.designed_options if _has_room(option, choice, room)]
    return min(free, key=room.taken, default=None)


def _remind(choice: Choice, idea: Proposal | None, now: datetime) -> None:
    """A day before a date that is not met yet; never after it, and of one date for one thing."""
    window = idea.reply_until if idea is not None and idea.is_students_move else None
    waits = idea is not None and not idea.is_students_move
    near = {
        "reply_until": window,
        "pick_by": choice.pick_by if choice.option is None and window is None and not waits else None,
        "work_due": choice.work_due if choice.option is not None and not choice.is_handed_in else None,
    }
    for name, moment in near.items():
        if moment is not None and moment - AHEAD < now <= moment and choice.activity.is_open(now):
            choice.remind(name, moment, now)


def _later(*moments: datetime | None) -> datetime | None:
    return max((m for m in moments if m is not None), default=None)
