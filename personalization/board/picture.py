"""The class as a picture: a pile per point on the way, one block per student, and the finding in a sentence. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Generic, TypeVar

from flask_babel import gettext as _
from flask_babel import ngettext

from personalization.board.standing import Line, Standing, standing
from personalization.proposal.model import Status

Each = TypeVar("Each", bound=Line)
ON_A_WAY = (Standing.PICKED, Standing.AGREED, Standing.WORKING)


@dataclass(frozen=True)
class Pile:
    """Students at one point of the way, named by `key` for the drawing. `tone` as on their badges."""

    key: str
    name: str
    tone: str
    lines: list[Line]


@dataclass(frozen=True)
class Class(Generic[Each]):
    """The lines that count, those of test students, and those of students who left; all by name."""

    lines: list[Each]
    testing: list[Each]
    left: list[Each]

    @classmethod
    def of(cls, lines: Iterable[Each]) -> Class[Each]:
        counted, testing, left = list[Each](), list[Each](), list[Each]()
        for line in lines:
            student = line.student
            kind = left if not student.is_in_class else testing if student.is_test else counted
            kind.append(line)
        return cls(counted, testing, left)

    @property
    def opened(self) -> int:
        return sum(1 for line in self.lines if line.choice.opened_at is not None)

    @cached_property
    def ready(self) -> list[Each]:
        """Those whose grade can be released, test students too; nothing goes out to who has left."""
        return [line for line in [*self.lines, *self.testing] if line.can_release]


def piles(lines: Sequence[Line], now: datetime) -> list[Pile]:
    """Every pile in the order of the way, empty ones too, so that a picture keeps its shape."""
    names = [
        ("unopened", _("Not opened"), "quiet"),
        ("looking", _("Looking around"), "quiet"),
        ("unplaced", _("No way yet"), "alarm"),
        ("pick", _("Has to pick"), "own"),
        ("writing", _("Writing an idea"), "own"),
        ("you", _("With you"), "own"),
        ("way", _("On a way, working"), "good"),
        ("closed", _("Closed without work"), "alarm"),
        ("handed", _("Handed in"), "good"),
        ("released", _("Released"), "good"),
        ("excused", _("Excused"), "quiet"),
    ]
    found: dict[str, list[Line]] = {key: [] for key, _name, _tone in names}
    for line in lines:
        found[_pile(line, now)].append(line)
    return [Pile(key, name, tone, found[key]) for key, name, tone in names]


def _pile(line: Line, now: datetime) -> str:
    match standing(line, now):
        case Standing.PROPOSING:
            return "you" if line.talks(Status.SUBMITTED) else "writing"
        case Standing.EXPLORING:
            return "unopened" if line.choice.opened_at is None and line.proposal is None else "looking"
        case Standing.MUST_PICK:
            return "pick"
        case Standing.HANDED_IN | Standing.READY:
            return "handed"
        case Standing.RELEASED:
            return "released"
        case Standing.UNPLACED | Standing.EXCUSED as off_the_way:
            return off_the_way.value
        case Standing.PICKED | Standing.AGREED | Standing.WORKING if line.is_closed(now):
            return "closed"
        case _way:
            return "way"


def waits_for_answer(line: Line, now: datetime) -> bool:
    return standing(line, now) is Standing.PROPOSING and line.talks(Status.SUBMITTED)


def waits_for_marks(line: Line, now: datetime) -> bool:
    return standing(line, now) is Standing.HANDED_IN and not line.is_nothing


def waits_for_word(line: Line, now: datetime) -> bool:
    """The teacher has to say what becomes of it: no rule found a way, or nothing was handed in by the lock."""
    at = standing(line, now)
    return at is Standing.UNPLACED or (at in ON_A_WAY and line.is_closed(now))


def waits(line: Line, now: datetime) -> bool:
    """Whether the next move is the teacher's."""
    return waits_for_answer(line, now) or waits_for_marks(line, now) or waits_for_word(line, now)


def finding(lines: Sequence[Line], now: datetime, troubled: Collection[int] = (), asking: Collection[int] = ()) -> str:
    """What the class page says first: the nearest thing that waits for the teacher, else how it stands.

    `troubled` are the ids of the people whose score did not arrive; `asking` of the choices whose student asks for
    help.
    """
    at: dict[Standing, list[Line]] = defaultdict(list)
    for line in lines:
        at[standing(line, now)].append(line)
    if not lines:
        return _("Nobody is here yet.")
    if words := _waiting(at, now, sum(1 for line in lines if line.choice.id in asking) if asking else 0):
        return words
    if ready := sum(1 for line in lines if line.can_release):
        return ngettext("One grade is ready to release.", "%(num)d grades are ready to release.", ready)
    if troubled:
        return ngettext("One grade did not arrive.", "%(num)d grades did not arrive.", len(troubled))
    if len(at[Standing.RELEASED]) == len(lines):
        return _("Everyone has their result.")
    if all(line.choice.opened_at is None for line in lines):
        return _("Nobody has opened it yet.")
    return _("Nothing waits for you here.")


def _waiting(at: Mapping[Standing, Sequence[Line]], now: datetime, calls: int) -> str:
    """The most urgent of what waits for the teacher, in a sentence; empty where nothing does. `at`: who stands where;
    `calls`: how many ask for help."""
    nowhere = len(at[Standing.UNPLACED])
    asked = sum(1 for line in at[Standing.PROPOSING] if waits_for_answer(line, now))
    work = sum(1 for line in at[Standing.HANDED_IN] if waits_for_marks(line, now))
    closed = sum(1 for way in ON_A_WAY for line in at[way] if waits_for_word(line, now))
    if calls:
        return ngettext("One student asks for help.", "%(num)d students ask for help.", calls)
    if nowhere:
        return ngettext("One student has no way yet.", "%(num)d students have no way yet.", nowhere)
    if asked:
        return ngettext("One idea waits for your answer.", "%(num)d ideas wait for your answer.", asked)
    if work:
        return ngettext("One piece of work waits to be marked.", "%(num)d pieces of work wait to be marked.", work)
    if closed:
        return ngettext("One student handed nothing in.", "%(num)d students handed nothing in.", closed)
    return ""
