"""How an idea begins, and comes back where there is more time: what stands in its way, and what becomes of the option
that was picked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from personalization.choice.model import Choice, Way
from personalization.errors import Refused
from personalization.people.model import Person
from personalization.proposal.decision import Status
from personalization.proposal.model import Proposal
from personalization.proposal.version import Version, Words


def begin_idea(choice: Choice, before: Sequence[Proposal], by: Person, now: datetime) -> Proposal:
    """Begin an own idea. `before`: the earlier ones of this choice, oldest first.

    A student who had picked an option keeps it as plan B.

    Raises:
        Refused: own ideas are off, the time for them is over, or one is open already.
    """
    choice.check_open(now)
    if objection := no_start(choice, before, now):
        raise objection
    _leave_option(choice, by, now)
    idea = Proposal(
        choice=choice,
        status=Status.DRAFT,
        started_at=now,
        reply_until=max(_reply_windows(before, now), default=None),
        decisions=[],
    )
    idea.versions = [Version.of(1, Words(), by, now)]
    choice.note("started an idea", by, now)
    return idea


def no_start(choice: Choice, before: Sequence[Proposal], now: datetime) -> Refused | None:
    """Why an own idea may not be started now; None where it may. `before`: the earlier ones of this choice."""
    if not choice.activity.own_idea:
        return Refused(_("This activity has set ways only"), now=_("Pick one of them."))
    if choice.is_excused:
        return Refused(_("You need not do this one"), now=_("Ask your teacher if you would like to."))
    if any(p.is_open for p in before):
        return Refused(_("You have an idea open already"), now=_("Go on with that one, or withdraw it first."))
    if choice.way is Way.AGREED:
        return Refused(_("You two have agreed on a way already"), now=_("Talk to your teacher if it has to change."))
    if choice.is_handed_in:
        return Refused(_("You have handed this in"), now=_("Ask your teacher to return it if your way has to change."))
    if choice.option is not None and not choice.may_change(now):
        return Refused(_("The time for changing your way is over"), now=_("Ask your teacher if it has to change."))
    asked_anew = any(p.status is Status.SENT_BACK and p.reply_until is None for p in before)
    if not choice.may_propose(now) and not asked_anew and not _reply_windows(before, now):
        return Refused(_("The time for ideas is over"), now=_("The ready-made ways are still there for you."))
    return None


def revive(idea: Proposal, work_begun: bool, by: Person, now: datetime) -> None:
    """More time makes it again what it was, with a reply window to go on in. A placement by a rule becomes plan B, if
    no work has begun on it.

    Raises:
        Refused: it did not expire, or the student goes on with something else.
    """
    if idea.status is not Status.EXPIRED or idea.expired_from is None:
        raise Refused(_("The time for this idea is not over"), now=_("Look at it as it stands now."))
    choice = idea.choice
    if choice.option is not None and (work_begun or not choice.is_automatic):
        raise Refused(
            _("%(name)s goes on with “%(title)s”", name=choice.student.short_name, title=choice.option.title),
            now=_("Give them more time for that, or talk to them."),
        )
    _leave_option(choice, by, now)
    idea.status, idea.expired_from = idea.expired_from, None
    until = choice.open_reply_window(now)
    idea.reply_until = until if idea.is_students_move else None
    choice.note("idea revived", by, now, title=idea.title)


def _leave_option(choice: Choice, by: Person, now: datetime) -> None:
    """Off the option they are on, if any; one of the teacher's stays as plan B."""
    if choice.option is None:
        return
    if choice.option.only_for_id is None:
        choice.plan_b = choice.option
    choice.leave(by, now)


def _reply_windows(before: Sequence[Proposal], now: datetime) -> list[datetime]:
    """The ends of the windows still open in which a new idea may follow one that was sent back."""
    return [p.reply_until for p in before if p.status is Status.SENT_BACK and p.reply_until and now <= p.reply_until]
