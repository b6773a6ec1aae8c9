"""An idea that a student told in person, written down by whoever they told it to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from personalization.activity.rubric import Criterion
from personalization.choice.model import Choice
from personalization.errors import Refused
from personalization.people.model import Person
from personalization.proposal.model import Proposal, Words
from personalization.proposal.starting import begin_idea, no_start


def objection(choice: Choice, before: Sequence[Proposal], now: datetime) -> Refused | None:
    """Why nothing can be written down for this student now; None where it can. The rules are the student's own, and so
    is the sentence that says which of them it is. `before`: their ideas so far, oldest first."""
    name = choice.student.short_name
    if not choice.student.is_in_class:
        return Refused(_("%(name)s has left the course", name=name), now=_("Nobody would go on with it."))
    if not choice.activity.is_open(now):
        return Refused(_("This activity is not open yet"), now=_("Write it down when it is."))
    why = no_start(choice, before, now)
    if why is None:
        return None
    return Refused(
        _("No idea can be started for %(name)s now", name=name),
        _("Their page would say: “%(why)s.”", why=why.title),
        now=_("Look at how they stand, or give them more time first."),
    )


def write_down(
    choice: Choice,
    before: Sequence[Proposal],
    words: Words,
    criteria: Sequence[Criterion],
    by: Person,
    now: datetime,
) -> Proposal:
    """The student's idea as version 1, in their name, written by `by`; the same written down twice is there once.

    Raises:
        Refused: the student could not start one either.
        BadInput: it says nothing yet.
    """
    newest = before[-1] if before else None
    if newest is not None and is_told(newest) and newest.sent and newest.sent[0].words() == words:
        return newest
    if why := objection(choice, before, now):
        why.kept = words.plan
        raise why
    idea = begin_idea(choice, before, by, now)
    idea.submit(words, criteria, by, now)
    choice.note("told in person", by, now, title=words.title)
    return idea


def is_told(idea: Proposal) -> bool:
    """Whether its first words were written down by somebody else than the student."""
    return idea.versions[0].by is not idea.choice.student
