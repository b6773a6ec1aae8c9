"""A student comes to be on one of the teacher's options, by their own pick or by the teacher's hand; an idea or an
agreement in the way ends with it. Pure."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from personalization.activity.model import Option
from personalization.choice.model import Choice, is_full
from personalization.errors import Refused
from personalization.people.model import Person
from personalization.proposal.agreement import Agreement
from personalization.proposal.model import Proposal


def place(
    choice: Choice,
    option: Option,
    taken: int,
    idea: Proposal | None,
    agreement: Agreement | None,
    reason: str,
    by: Person,
    now: datetime,
    *,
    anyway: bool = False,
) -> None:
    """Put this student on one of the teacher's options, with a reason; at any time before they hand in.

    `taken`: how many others are on it; `idea`: the one still open; `agreement`: the live one; both are kept in the
    history. `anyway`: also where it is full, since capacity is the teacher's own rule.

    Raises:
        BadInput: no reason was given.
        Refused: it is full, not offered any more, or the work is handed in.
    """
    if option is choice.option:
        return
    if is_full(option, taken) and not anyway:
        raise Refused(
            _("%(title)s is full", title=option.title), now=_("Pick another way, or tick “also where it is full”."),
            kept=reason,
        )  # fmt: skip
    choice.place(option, reason, by, now)
    _give_up(idea, agreement, by, now)


def take_option(
    choice: Choice,
    option: Option,
    taken: int,
    idea: Proposal | None,
    agreement: Agreement | None,
    by: Person,
    now: datetime,
) -> None:
    """Go on with one of the teacher's options: an open idea is withdrawn, a live agreement ends, both are kept.

    Raises:
        Refused: as `Choice.pick`; then nothing is changed.
    """
    choice.check_pick(option, taken, now)
    _give_up(idea, agreement, by, now)
    choice.pick(option, taken, by, now)


def _give_up(idea: Proposal | None, agreement: Agreement | None, by: Person, now: datetime) -> None:
    if idea is not None:
        idea.withdraw(by, now)
    if agreement is not None:
        agreement.end(by, now)
