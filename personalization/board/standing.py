"""Where a student stands in an activity, derived from their records and stored nowhere. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from flask_babel import gettext as _

from personalization.choice.model import Choice, Way
from personalization.grading.model import Grade, Release
from personalization.grading.model import Status as Marking
from personalization.people.model import Person
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
    RETURNED = "returned"
    LEFT = "left"


class Badge(NamedTuple):
    """What a page shows of it: tone, icon, word. An icon and a word always go with the tone."""

    tone: str
    icon: str
    word: str


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
        return next((s for s in reversed(self.submissions) if not s.is_draft), None)

    @property
    def grade(self) -> Grade | None:
        """The marks of the newest go that the teacher has."""
        return next((g for g in reversed(self.grades) if g.submission is self.handed_in), None)

    @property
    def release(self) -> Release | None:
        """What the student sees: the newest release that was not taken back, of whichever go."""
        live = [g.live_release for g in self.grades]
        return next((r for r in reversed(live) if r is not None), None)

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
        return grade is not None and grade.status is Marking.READY and not grade.submission.is_returned


def standing(line: Line, now: datetime) -> Standing:
    """Where this student stands. Dates are read as requests read them, so that no job needs to have run."""
    if line.student.left_at is not None:
        return Standing.LEFT
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
    return Standing.MUST_PICK if _must_pick(line, now) else Standing.EXPLORING


def _marking(line: Line) -> Standing:
    grade = line.grade
    if grade is not None and grade.live_release is not None:
        return Standing.RELEASED
    return Standing.READY if line.can_release else Standing.HANDED_IN


def _goes_on(proposal: Proposal, now: datetime) -> bool:
    """Whether an idea is still being talked about: with the teacher, or within the student's own time."""
    if proposal.status is Status.SUBMITTED:
        return True
    if proposal.status not in {Status.DRAFT, Status.REVISING, Status.OFFERED}:
        return False
    until = proposal.reply_until or proposal.choice.accept_by
    return until is None or now <= until


def _must_pick(line: Line, now: datetime) -> bool:
    until = line.choice.accept_by or line.choice.pick_by
    if until is None or now <= until:
        return False
    window = line.proposal.reply_until if line.proposal is not None and line.talks(Status.SENT_BACK) else None
    return window is None or now > window


# In words

PLAIN = {
    Standing.PICKED: ("good", "check"),
    Standing.AGREED: ("good", "agree"),
    Standing.WORKING: ("good", "steps"),
    Standing.HANDED_IN: ("good", "tray"),
    Standing.READY: ("wait", "grid"),
    Standing.RELEASED: ("good", "flag"),
    Standing.MUST_PICK: ("own", "fork"),
    Standing.RETURNED: ("own", "back"),
    Standing.LEFT: ("quiet", "person"),
}


def student_badge(line: Line, now: datetime, teacher: str) -> Badge:
    """As the student reads it. `teacher` is a name to say, or "your teacher"."""
    at = standing(line, now)
    if at is Standing.PROPOSING and line.talks(Status.SUBMITTED):
        return Badge("wait", "wait", _("With %(teacher)s", teacher=teacher))
    if at in {Standing.PROPOSING, Standing.EXPLORING}:
        return _talking(line, at)
    words = {
        Standing.READY: _("Being marked"),
        Standing.MUST_PICK: _("Pick a way now"),
        Standing.RETURNED: _("Hand in again"),
    }
    return Badge(*PLAIN[at], words.get(at) or _plain_word(line, at))


def teacher_badge(line: Line, now: datetime) -> Badge:
    """As teachers and assistants read it."""
    at = standing(line, now)
    if at is Standing.PROPOSING and line.talks(Status.SUBMITTED):
        return Badge("own", "pencil", _("Your turn"))
    if at is Standing.EXPLORING and line.choice.opened_at is None and line.proposal is None:
        return Badge("quiet", "eye", _("Not opened"))
    if at in {Standing.PROPOSING, Standing.EXPLORING}:
        return _talking(line, at)
    if at is Standing.HANDED_IN and line.submission is not None and line.submission.late:
        return Badge("alarm", "tray", _("Handed in late"))
    words = {
        Standing.READY: _("Ready to release"),
        Standing.MUST_PICK: _("Has to pick"),
        Standing.RETURNED: _("Returned"),
    }
    return Badge(*PLAIN[at], words.get(at) or _plain_word(line, at))


def _talking(line: Line, at: Standing) -> Badge:
    if at is Standing.EXPLORING:
        if line.talks(Status.SENT_BACK):
            return Badge("own", "back", _("New idea wanted"))
        return Badge("quiet", "eye", _("Looking around"))
    if line.talks(Status.REVISING):
        return Badge("own", "revise", _("Asked to change"))
    if line.talks(Status.OFFERED):
        return Badge("own", "chat", _("Offered with edits"))
    return Badge("own", "pencil", _("Writing an idea"))


def _plain_word(line: Line, at: Standing) -> str:
    released = _("Grade released") if line.choice.activity.graded else _("Feedback released")
    return {
        Standing.PICKED: _("Picked"),
        Standing.AGREED: _("Agreed"),
        Standing.WORKING: _("Working"),
        Standing.HANDED_IN: _("Handed in"),
        Standing.RELEASED: released,
        Standing.LEFT: _("Left the course"),
    }[at]
