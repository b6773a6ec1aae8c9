"""The clock's rules applied to one choice without a database: the rooms of the options as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from personalization.activity.model import Option
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.proposal.clockwork import step
from personalization.proposal.model import Proposal


class Rooms:
    """`others` = {option title: how many classmates are on it}."""

    def __init__(self, **others: int) -> None:
        self._taken = {title.replace("_", " "): count for title, count in others.items()}

    def taken(self, option: Option) -> int:
        return self._taken.get(option.title, 0)

    def left(self, option: Option) -> int | None:
        return None if option.capacity is None else option.capacity - self.taken(option)

    def take(self, option: Option, student: Person) -> None:
        if not student.is_test:
            self._taken[option.title] = self.taken(option) + 1


def tick(choice: Choice, now: datetime, *ideas: Proposal, rooms: Rooms | None = None) -> list[str]:
    """The clock looks at this moment, and once more: the second look must find nothing. What the first one noted."""
    before = len(choice.events)
    step(choice, ideas, rooms or Rooms(), now)
    noted = [event.verb for event in choice.events[before:]]
    step(choice, ideas, rooms or Rooms(), now)
    again = [event.verb for event in choice.events[before + len(noted) :]]
    assert not again, f"noted twice at {now}: {again}"
    return noted


def live_until(choice: Choice, now: datetime, ideas: Sequence[Proposal] = (), rooms: Rooms | None = None) -> list[str]:
    """The clock as the worker runs it: it looks whenever it said it would have something to do, until `now`."""
    before = len(choice.events)
    while choice.step_at is not None and choice.step_at < now:
        due = choice.step_at
        moment = max(due + timedelta(seconds=1), choice.events[-1].at)  # time does not go back to what happened since
        step(choice, ideas, rooms or Rooms(), min(moment, now))
        assert choice.step_at is None or choice.step_at > due, "the clock would stand still"
    return [event.verb for event in choice.events[before:]]


def detail(choice: Choice, verb: str) -> dict[str, object]:
    """What the newest event of this kind says."""
    return next(event.detail for event in reversed(choice.events) if event.verb == verb)
