"""Where a student stands in an activity, derived from their records and stored nowhere. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.plain import NotRead
from personalization.choice.message import Message
from personalization.choice.model import Choice, Way
from personalization.grading.model import Grade, Release
from personalization.grading.model import Status as Marking
from personalization.people.model import Person
from personalization.proposal.clockwork import ends_at, promise_ends_at
from personalization.proposal.model import Proposal, Status
from personalization.submission.model import Submission


class Standing(StrEnum):
    """The one word for it, on every page and in the export."""

    EXPLORING = "exploring"
    PICKED = "picked"
    PROPOSING = "proposing"
    AGREED = "agreed"
    WORKING = "working"
    HANDED_IN = "handed_in"
    READY = "ready"
    RELEASED = "released"
    MUST_PICK = "must_pick"
    UNPLACED = "unplaced"
    RETURNED = "returned"
    EXCUSED = "excused"
    LEFT = "left"


@dataclass
class Line:
    """One student in one activity, with every record that says where they stand; each list oldest first."""

    choice: Choice
    proposals: list[Proposal] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    grades: list[Grade] = field(default_factory=list)

    @property
    def student(self) -> Person:
        return self.choice.student

    @property
    def proposal(self) -> Proposal | None:
        """The newest idea, open or not."""
        return self.proposals[-1] if self.proposals else None

    @property
    def submission(self) -> Submission | None:
        """The newest go, perhaps still a draft."""
        return self.submissions[-1] if self.submissions else None

    @property
    def handed_in(self) -> Submission | None:
        """The newest go that the teacher has, returned or not."""
        for go in reversed(self.submissions):
            if not go.is_draft:
                return go
        return None

    @property
    def grade(self) -> Grade | None:
        """The marks of the newest go that the teacher has."""
        go = self.handed_in
        for grade in reversed(self.grades):
            if grade.submission is go:
                return grade
        return None

    @property
    def release(self) -> Release | None:
        """What the student sees: the newest release that was not taken back, of whichever go."""
        live = [g.live_release for g in self.grades]
        return next((r for r in reversed(live) if r is not None), None)

    def at(self, now: datetime) -> Standing:
        """As `standing`."""
        return _standing(self, now)

    def talks(self, *statuses: Status) -> bool:
        """Whether the newest idea is at one of these points."""
        return self.proposal is not None and self.proposal.status in statuses

    @property
    def is_marked_anew(self) -> bool:
        """Released before, and changed since: the student still sees the old one."""
        grade = self.grade
        return grade is not None and grade.live_release is not None and grade.status is not Marking.RELEASED

    @property
    def can_release(self) -> bool:
        grade = self.grade
        is_ready = grade is not None and grade.status is Marking.READY and not grade.submission.is_returned
        return is_ready and not self.choice.is_excused

    @property
    def unanswered(self) -> bool:
        """The idea lies with the teacher past the date by which an answer was due."""
        return self.talks(Status.SUBMITTED) and self.choice.unanswered_at is not None

    @property
    def is_nothing(self) -> bool:
        """The teacher noted that nothing was handed in."""
        return self.handed_in is not None and self.handed_in.is_nothing

    def is_closed(self, now: datetime) -> bool:
        """Past the lock with nothing handed in: the teacher decides what becomes of it."""
        return self.choice.option is not None and self.handed_in is None and self.choice.is_locked(now)

    def is_overdue(self, now: datetime) -> bool:
        """Past the date for handing in, with nothing handed in yet; it is still taken, and marked late."""
        on_a_way = self.choice.option is not None and self.handed_in is None
        return on_a_way and self.choice.is_late(now) and not self.is_closed(now)


@dataclass(eq=False)
class Brief(Line):
    """A line of which nothing moves while a page looks at it, so that it is worked out once where they stand. `call`:
    the newest of their calls for help that nobody answered. Their ideas were read only if they have no way yet."""

    call: Message | None = None
    _found: tuple[datetime, Standing] | None = None
    _grade: Grade | None = None
    _graded: bool = False

    @property
    def proposal(self) -> Proposal | None:
        """
        Raises:
            NotRead: they have a way: where they stand does not hang on an idea.
        """
        if self.choice.option_id is not None:
            raise NotRead("ideas of somebody who has a way were not read")
        return super().proposal

    @property
    def grade(self) -> Grade | None:
        if not self._graded:
            self._grade, self._graded = super().grade, True
        return self._grade

    def at(self, now: datetime) -> Standing:
        if self._found is None or self._found[0] != now:
            self._found = now, _standing(self, now)
        return self._found[1]


def standing(line: Line, now: datetime) -> Standing:
    """Where this student stands. Dates are read as requests read them, so that no job needs to have run."""
    return line.at(now)


def _standing(line: Line, now: datetime) -> Standing:
    if not line.student.is_in_class:
        return Standing.LEFT
    if line.choice.is_excused:
        return Standing.EXCUSED
    go = line.submission
    if go is not None and (go.is_returned or (go.is_draft and go.number > 1)):
        return Standing.RETURNED
    if go is not None and not go.is_draft:
        return _marking(line)
    if line.choice.option is not None:
        if go is not None:
            return Standing.WORKING
        return Standing.AGREED if line.choice.way is Way.AGREED else Standing.PICKED
    if line.proposal is not None and _goes_on(line.proposal, now):
        return Standing.PROPOSING
    if line.choice.unplaced_at is not None:
        return Standing.UNPLACED
    return Standing.MUST_PICK if _must_pick(line, now) else Standing.EXPLORING


def _marking(line: Line) -> Standing:
    grade = line.grade
    if grade is not None and grade.live_release is not None:
        return Standing.RELEASED
    return Standing.READY if line.can_release else Standing.HANDED_IN


def _goes_on(proposal: Proposal, now: datetime) -> bool:
    """Whether an idea is still being talked about: with the teacher, or within the student's own time."""
    if not proposal.is_open:
        return False
    until = ends_at(proposal)
    return proposal.status is Status.SUBMITTED or until is None or now <= until


def _must_pick(line: Line, now: datetime) -> bool:
    """As the clock says it, or will when it comes by. Without a hand-in date nothing has to be picked by a date."""
    choice = line.choice
    if choice.must_pick_at is not None:
        return True
    until = promise_ends_at(choice) or choice.pick_by
    if choice.work_due is None or until is None or now <= until:
        return False
    window = line.proposal.reply_until if line.proposal is not None and line.talks(Status.SENT_BACK) else None
    return window is None or now > window


# In words
