"""Where a student stands as a badge: tone, icon and word, for the student and for staff. Pure but for the words."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from personalization.board.standing import Line, Standing, standing
from personalization.choice.model import Rule, Way
from personalization.proposal.model import Status


class Badge(NamedTuple):
    """An icon and a word always go with the tone: no page is told by colour alone."""

    tone: str
    icon: str
    word: str


PLAIN = {
    Standing.PICKED: ("good", "check"),
    Standing.AGREED: ("good", "agree"),
    Standing.WORKING: ("good", "steps"),
    Standing.HANDED_IN: ("good", "tray"),
    Standing.READY: ("wait", "grid"),
    Standing.RELEASED: ("good", "flag"),
    Standing.MUST_PICK: ("own", "fork"),
    Standing.UNPLACED: ("alarm", "ask"),
    Standing.RETURNED: ("own", "back"),
    Standing.EXCUSED: ("quiet", "minus"),
    Standing.LEFT: ("quiet", "person"),
}
# Put into words where they are shown, one of them: a class has a thousand badges.
PLAIN_WORDS = {
    Standing.PICKED: _l("Picked"),
    Standing.AGREED: _l("Agreed"),
    Standing.WORKING: _l("Working"),
    Standing.HANDED_IN: _l("Handed in"),
    Standing.EXCUSED: _l("Excused"),
}
STUDENT_WORDS = {
    Standing.READY: _l("Being marked"),
    Standing.MUST_PICK: _l("Pick a way now"),
    Standing.RETURNED: _l("Hand in again"),
}
TEACHER_WORDS = {
    Standing.READY: _l("Ready to release"),
    Standing.MUST_PICK: _l("Has to pick"),
    Standing.UNPLACED: _l("Needs you: no way yet"),
    Standing.RETURNED: _l("Returned"),
}
ON_A_WAY = {Standing.PICKED, Standing.AGREED, Standing.WORKING}


def student_badge(line: Line, now: datetime, teacher: str) -> Badge:
    """As the student reads it. `teacher` is a name to say, or "your teacher"."""
    at = standing(line, now)
    if at is Standing.PROPOSING and line.talks(Status.SUBMITTED):
        if line.choice.last_call_at is not None:
            return Badge("own", "fork", _("Pick, or wait for the answer"))
        return Badge("wait", "wait", _("With %(teacher)s", teacher=teacher))
    if at in {Standing.PROPOSING, Standing.EXPLORING}:
        return _talking(line, at)
    if at is Standing.UNPLACED:
        return Badge("wait", "wait", _("%(teacher)s settles it with you", teacher=teacher))
    if at in ON_A_WAY and line.is_closed(now):
        return Badge("quiet", "lock", _("Closed"))
    if at in ON_A_WAY and line.is_overdue(now):
        return Badge("own", "clock", _("Late, still taken"))
    if at in {Standing.HANDED_IN, Standing.READY} and line.is_nothing:
        return _nothing()
    if at is Standing.PICKED and line.choice.way is Way.PLACED:
        plan_b = line.choice.rule is Rule.PLAN_B
        return Badge("good", "check", _("Plan B started") if plan_b else _("Your way is settled"))
    return Badge(*PLAIN[at], str(STUDENT_WORDS[at]) if at in STUDENT_WORDS else _plain_word(line, at))


def teacher_badge(line: Line, now: datetime) -> Badge:
    """As teachers and assistants read it."""
    at = standing(line, now)
    if at is Standing.PROPOSING and line.talks(Status.SUBMITTED):
        return (
            Badge("alarm", "pencil", _("Answer overdue")) if line.unanswered else Badge("own", "pencil", _("Your turn"))
        )
    if at is Standing.EXPLORING and line.choice.opened_at is None and line.proposal is None:
        return Badge("quiet", "eye", _("Not opened"))
    if at in {Standing.PROPOSING, Standing.EXPLORING}:
        return _talking(line, at)
    if at in ON_A_WAY and line.is_closed(now):
        return Badge("alarm", "lock", _("Closed without work"))
    if at in ON_A_WAY and line.is_overdue(now):
        return Badge("alarm", "clock", _("Late"))
    if at in {Standing.HANDED_IN, Standing.READY} and line.is_nothing:
        ready = at is Standing.READY
        return Badge("wait", "grid", _("Zero, ready to release")) if ready else _nothing()
    if at is Standing.HANDED_IN and line.submission is not None and line.submission.late:
        return Badge("alarm", "tray", _("Handed in late"))
    if at is Standing.PICKED and line.choice.way is Way.PLACED:
        automatic = line.choice.is_automatic
        return Badge("good", "clock", _("Placed automatically")) if automatic else Badge("good", "check", _("Placed"))
    return Badge(*PLAIN[at], str(TEACHER_WORDS[at]) if at in TEACHER_WORDS else _plain_word(line, at))


def _nothing() -> Badge:
    return Badge("quiet", "minus", _("Nothing handed in"))


def _talking(line: Line, at: Standing) -> Badge:
    if at is Standing.EXPLORING:
        if line.talks(Status.SENT_BACK):
            return Badge("own", "back", _("New idea wanted"))
        if line.talks(Status.EXPIRED):
            return Badge("quiet", "clock", _("Time ran out"))
        return Badge("quiet", "eye", _("Looking around"))
    if line.talks(Status.REVISING):
        return Badge("own", "revise", _("Asked to change"))
    if line.talks(Status.OFFERED):
        return Badge("own", "chat", _("Offered with edits"))
    return Badge("own", "pencil", _("Writing an idea"))


def _plain_word(line: Line, at: Standing) -> str:
    if at is Standing.RELEASED:
        return _("Grade released") if line.choice.activity.graded else _("Feedback released")
    if at is Standing.LEFT:
        return _("Left the course") if line.student.left_at is not None else _("No student here now")
    return str(PLAIN_WORDS[at])
