"""A student's next step in an activity: in words, until when, and where. Pure but for the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _

from personalization.board.badges import Badge, student_badge
from personalization.board.standing import Line, Standing, standing
from personalization.proposal.model import Proposal, Status

ON_A_WAY = {Standing.RETURNED, Standing.PICKED, Standing.AGREED, Standing.WORKING}
TO_DO = {Standing.EXPLORING, Standing.MUST_PICK, *ON_A_WAY}


class Step(NamedTuple):
    """`endpoint` and `number` make the address: of the activity, or of the proposal where that is what it names."""

    words: str
    until: datetime | None
    endpoint: str
    number: int


class Item(NamedTuple):
    """One activity as its student (or who may look on) sees it in a list; `mine`: the next move is the student's."""

    line: Line
    badge: Badge
    step: Step
    mine: bool


def items(lines: Sequence[Line], teachers: dict[int, str], now: datetime) -> list[Item]:
    """What is to do first, nearest date first; then what others have; what is done last.

    `teachers` = {activity id: who answers there, as a student says it}.
    """
    made = [_item(line, teachers[line.choice.activity_id], now) for line in lines]
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(
        made,
        key=lambda item: (
            not item.mine,
            standing(item.line, now) is Standing.RELEASED,
            item.step.until or far,
            item.line.choice.activity_id,
        ),
    )


def _item(line: Line, teacher: str, now: datetime) -> Item:
    at = standing(line, now)
    mine = (at in TO_DO and not line.is_closed(now)) or (at is Standing.PROPOSING and not _waits(line))
    open_now = line.choice.activity.is_open(now)
    return Item(line, student_badge(line, now, teacher), step_of(line, now, teacher), mine and open_now)


def _waits(line: Line) -> bool:
    """Whether all that is left to do about an idea is to wait for its answer."""
    return line.talks(Status.SUBMITTED) and line.choice.last_call_at is None


def step_of(line: Line, now: datetime, teacher: str) -> Step:
    """The one next step, as the board of its page says it."""
    choice, here = line.choice, line.choice.activity_id
    at = standing(line, now)
    if at is Standing.EXCUSED:
        return Step(_("You need not do this one"), None, "choice.show", here)
    if not choice.activity.is_open(now):
        return Step(_("Opens"), choice.activity.opens, "choice.show", here)
    talking = at is Standing.PROPOSING or (at is Standing.EXPLORING and line.talks(Status.SENT_BACK))
    if talking and line.proposal is not None:
        return _talk(line.proposal, teacher)
    match at:
        case Standing.EXPLORING:
            return Step(_("Pick how you will show it"), choice.pick_by, "choice.show", here)
        case Standing.MUST_PICK:
            return Step(_("Pick a way; all lead to the same points"), choice.pick_by, "choice.show", here)
        case Standing.UNPLACED:
            words = _("%(teacher)s will settle your way with you. You need not do anything", teacher=teacher)
            return Step(words, None, "choice.show", here)
        case Standing.RELEASED:
            return Step(_("See your result"), None, "grading.result", here)
        case Standing.RETURNED:
            return Step(_("See why it came back, and hand in again"), choice.lock, "submission.show", here)
        case Standing.HANDED_IN | Standing.READY if line.is_nothing:
            words = _("Noted as nothing handed in. Talk to %(teacher)s if that is wrong", teacher=teacher)
            return Step(words, None, "submission.show", here)
        case Standing.HANDED_IN | Standing.READY:
            return Step(_("%(teacher)s has it. See your receipt", teacher=teacher), None, "submission.show", here)
        case _on_a_way if line.is_closed(now):
            return Step(_("This is closed. %(teacher)s decides what becomes of it", teacher=teacher), None,
                        "submission.show", here)  # fmt: skip
        case _on_a_way:
            return Step(_("Do it and hand it in"), choice.work_due, "submission.show", here)


def _talk(proposal: Proposal, teacher: str) -> Step:
    if proposal.status is Status.SUBMITTED:
        return _silence(proposal, teacher)
    words = {
        Status.DRAFT: _("Tell %(teacher)s your idea", teacher=teacher),
        Status.REVISING: _("One question to answer. Your idea stays"),
        Status.OFFERED: _("See what %(teacher)s changed, then agree or answer", teacher=teacher),
        Status.SENT_BACK: _("Start a new idea, or pick a way"),
    }
    until = proposal.reply_until or proposal.choice.propose_by
    return Step(words[proposal.status], until, "proposal.show", proposal.id)


def _silence(proposal: Proposal, teacher: str) -> Step:
    """It lies with the teacher, in time or not; past the time for it the student may pick instead, or wait."""
    choice = proposal.choice
    if choice.unanswered_at is None and choice.last_call_at is None:
        words = _("%(teacher)s has your idea and answers", teacher=teacher)
        return Step(words, choice.activity.answer_by, "proposal.show", proposal.id)
    words = _("Pick a way, or wait for %(teacher)s: your idea stays till then", teacher=teacher)
    return Step(words, choice.pick_by, "choice.show", choice.activity_id)
