"""A teacher's answers to a proposal. Each names the version it judged, and is the same twice as once. Pure."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from personalization.activity.rubric import Rubric
from personalization.errors import BadInput, Stale, must_say_why
from personalization.people.model import Person
from personalization.proposal.agreement import Agreement
from personalization.proposal.decision import RESULT, Decision, Outcome, Status, told_teacher
from personalization.proposal.model import Proposal
from personalization.proposal.version import Version, Words


def accept(
    idea: Proposal, version: int, rubric: Rubric, by: Person, now: datetime, reason: str = ""
) -> Agreement | None:
    """Settle the choice on this idea, from now an option for this student alone. None: it was settled so before.

    Raises:
        Stale: something else happened meanwhile.
    """
    if not _decide(idea, Outcome.ACCEPT, version, reason, by, now):
        return None
    return Agreement.on(idea, idea.latest, rubric, by, now)


def ask_for_revision(idea: Proposal, version: int, reason: str, by: Person, now: datetime) -> None:
    """The idea stays, one thing has to change; opens the reply window.

    Raises:
        BadInput: no reason was given.
        Stale: something else happened meanwhile.
    """
    _answer_with_reason(idea, Outcome.REVISE, version, reason, by, now)


def send_back(idea: Proposal, version: int, reason: str, by: Person, now: datetime) -> None:
    """This idea is closed; a new one may start in the reply window.

    Raises:
        BadInput: no reason was given.
        Stale: something else happened meanwhile.
    """
    _answer_with_reason(idea, Outcome.SEND_BACK, version, reason, by, now)


def offer(idea: Proposal, version: int, words: Words, reason: str, by: Person, now: datetime) -> None:
    """Say yes to an edited text: the teacher's version, for the student to agree to or answer.

    Raises:
        BadInput: nothing was edited; a plain yes says that better.
        Stale: something else happened meanwhile.
    """
    if _is_current(idea, version) and words == idea.latest.words(words.message):
        raise BadInput(_("Nothing is changed in your version"), now=_("Change a line, or just say yes to theirs."))
    offered = next((v for v in idea.sent if v.number == version + 1), None)
    if offered is not None and offered.words(words.message) != words:
        raise stale(idea, words.plan)
    if not _decide(idea, Outcome.OFFER, version, reason, by, now):
        return
    edited = Version.of(idea.versions[-1].number + 1, words, by, now)
    edited.sent_at = now
    idea.versions.append(edited)
    idea.reply_until = idea.choice.open_reply_window(now)


def stale(idea: Proposal, kept: str = "") -> Stale:
    """What a teacher is told who judged something that is not there any more."""
    return Stale(
        told_teacher(idea.status, idea.choice.student.short_name, idea.last_decision),
        _("Your answer was not sent, and nothing else changed."),
        now=_("Look at it as it stands now."),
        kept=kept,
    )


def _answer_with_reason(idea: Proposal, outcome: Outcome, version: int, reason: str, by: Person, now: datetime) -> None:
    must_say_why(reason, idea.choice.student.short_name)
    if _decide(idea, outcome, version, reason, by, now):
        idea.reply_until = idea.choice.open_reply_window(now)


def _decide(idea: Proposal, outcome: Outcome, version: int, reason: str, by: Person, now: datetime) -> bool:
    """Record a decision about a version. False: the same person had decided the very same before."""
    reason = reason.strip()
    if any((d.outcome, d.version, d.by, d.reason) == (outcome, version, by, reason) for d in idea.decisions):
        return False
    if not _is_current(idea, version):
        raise stale(idea, reason)
    idea.status = RESULT[outcome]
    idea.decisions.append(Decision(version=version, outcome=outcome, reason=reason, by=by, at=now))
    idea.choice.note(outcome.value, by, now, version=version, title=idea.title, reason=reason)
    return True


def _is_current(idea: Proposal, version: int) -> bool:
    return idea.status is Status.SUBMITTED and version == idea.latest.number
