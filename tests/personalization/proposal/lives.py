"""What must hold of everybody at every moment, and where each should be: said without the clock's own code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from personalization.activity.model import Option, Silence
from personalization.choice.model import Choice, Way
from personalization.choice.own_dates import OWN_DATES
from personalization.proposal.model import Proposal, Status

NEW_START = {"extended", "dates moved", "left option", "idea revived", "included again", "given more days"}


def has_an_agreement(choice: Choice, now: datetime) -> bool:
    """They know what they work on: an idea agreed, an option picked, or where they were placed."""
    return choice.option is not None


def has_a_way_to_get_one(choice: Choice, now: datetime) -> bool:
    """Their page offers the ways, and there is time for it."""
    return choice.option is None and (choice.pick_by is None or now <= choice.pick_by)


def is_on_the_teachers_list(choice: Choice, now: datetime) -> bool:
    return choice.option is None and choice.unplaced_at is not None


PLACES = (has_an_agreement, has_a_way_to_get_one, is_on_the_teachers_list)


def check_exactly_one(choice: Choice, now: datetime) -> None:
    """Of whoever is there and not excused, once the clock has looked."""
    if not choice.is_excused and choice.student.left_at is None:
        found = [place.__name__ for place in PLACES if place(choice, now)]
        assert len(found) == 1, f"{found} at {now}: {_history(choice)}"


def check_what_was_said_is_true(choice: Choice, now: datetime) -> None:
    """What the clock said of a date that then moved away is not said any more."""
    for said, over in (
        ("must_pick_at", choice.accept_by),
        ("unanswered_at", choice.accept_by),
        ("closed_at", choice.lock),
    ):
        assert getattr(choice, said) is None or (over is not None and now > over), said


def check_one_idea_at_a_time(choice: Choice, ideas: Sequence[Proposal]) -> None:
    """And none beside an agreement."""
    still_open = [idea for idea in ideas if idea.is_open]
    assert len(still_open) <= 1
    assert not (still_open and choice.way is Way.AGREED)


def check_their_dates(choice: Choice) -> None:
    """They stand in order, none earlier than the class's."""
    mine = [moment for name in OWN_DATES if (moment := getattr(choice, name)) is not None]
    assert mine == sorted(mine), mine
    if choice.accept_by is not None and choice.pick_by is not None:
        assert choice.accept_by < choice.pick_by
    for name in OWN_DATES:
        own, of_class = getattr(choice, name), getattr(choice.activity, name)
        assert (own is None) == (of_class is None)
        assert own is None or own >= of_class, f"{name} is earlier than the class's"


def check_nothing_twice(choice: Choice) -> None:
    """Nobody was settled or listed by a rule twice without a new time in between; nobody was reminded twice, or late;
    one last call was had for one time to pick."""
    free, calls = True, 0
    for event in choice.events:
        if event.verb in {"placed", "unplaced"} and event.by_id is None:
            assert free, f"fallen back twice: {_history(choice)}"
            free = False
        elif event.verb in NEW_START:
            free, calls = True, 0
        elif event.verb in {"accept with edits", "ask for revision", "send back"}:
            calls = 0  # an answer opens a window of its own
        elif event.verb == "last call":
            calls += 1
            assert calls == 1, f"called twice: {_history(choice)}"
    said = [(e.detail["date"], e.detail["until"]) for e in choice.events if e.verb == "reminded"]
    assert len(said) == len(set(said)), said
    assert all(e.at <= datetime.fromisoformat(e.detail["until"]) for e in choice.events if e.verb == "reminded")


def check_no_text_lost(texts: Iterable[str], ideas: Sequence[Proposal]) -> None:
    """`texts`: every plan of this student that was sent, by either side, and the draft they left last."""
    kept = {version.plan for idea in ideas for version in idea.versions}
    assert set(texts) <= kept, set(texts) - kept


def due_place(choice: Choice, ideas: Sequence[Proposal], taken: Callable[[Option], int], now: datetime) -> str:
    """Where somebody should be after the clock has looked, read off the table of moves; "" where it changes nothing.

    "last call", "teacher's list", or the title of an option. `taken`: how many others are on one.
    """
    in_time = choice.pick_by is None or now <= choice.pick_by
    left_alone = choice.is_excused or choice.student.left_at is not None or choice.activity.work_due is None
    if in_time or left_alone or has_an_agreement(choice, now) or is_on_the_teachers_list(choice, now):
        return ""
    offered = [option for option in choice.activity.options if option.only_for is None and option.archived_at is None]
    free = [option for option in offered if option.capacity is None or taken(option) < option.capacity]
    if choice.plan_b in free:
        return choice.plan_b.title
    strict = choice.activity.silence is Silence.STRICT and choice.accept_by is not None
    if choice.last_call_at is None and not strict and any(idea.status is Status.SUBMITTED for idea in ideas):
        return "last call"
    if choice.activity.default_option in free:
        return choice.activity.default_option.title
    if choice.activity.least_filled and free:
        fewest = min(taken(option) for option in free)
        return next(option.title for option in free if taken(option) == fewest)
    return "teacher's list"


def place_of(choice: Choice, before: int) -> str:
    """Where the clock put somebody since `before` events, in the words of `due_place`."""
    verbs = {event.verb: event for event in choice.events[before:]}
    if "placed" in verbs:
        return str(verbs["placed"].detail["option"])
    if "last call" in verbs:
        return "last call"
    return "teacher's list" if "unplaced" in verbs else ""


def _history(choice: Choice) -> list[str]:
    return [event.verb for event in choice.events]
