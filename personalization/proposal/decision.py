"""Where a proposal can stand, what a teacher may answer, and how both sides are told what happened meanwhile."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import text_enum
from engine.tenant import Tenanted
from personalization.people.model import Person


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    OFFERED = "offered"
    REVISING = "revising"
    ACCEPTED = "accepted"
    SENT_BACK = "sent back"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN = {Status.DRAFT, Status.SUBMITTED, Status.OFFERED, Status.REVISING}
STUDENTS_MOVE = {Status.DRAFT, Status.OFFERED, Status.REVISING}
OPEN_SQL = "status in ('draft', 'submitted', 'offered', 'revising')"


class Outcome(StrEnum):
    """What a teacher may answer."""

    ACCEPT = "accept"
    OFFER = "accept with edits"
    REVISE = "ask for revision"
    SEND_BACK = "send back"


RESULT = {
    Outcome.ACCEPT: Status.ACCEPTED,
    Outcome.OFFER: Status.OFFERED,
    Outcome.REVISE: Status.REVISING,
    Outcome.SEND_BACK: Status.SENT_BACK,
}


class Decision(Tenanted):
    """A teacher's answer to one version."""

    __tablename__ = "decision"
    __tenant_of__ = "proposal_id"
    __table_args__ = (
        Index(
            "uq_decision_version", "proposal_id", "version", unique=True
        ),  # two teachers do not both answer one version
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    version: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome))
    reason: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by: Mapped[Person] = relationship()
    at: Mapped[datetime]


def outcome_words(outcome: Outcome) -> str:
    """An answer in the words of the page it was given on."""
    return {
        Outcome.ACCEPT: _("yes"),
        Outcome.OFFER: _("yes, with edits"),
        Outcome.REVISE: _("change one thing"),
        Outcome.SEND_BACK: _("a new idea, please"),
    }[outcome]


def told_teacher(status: Status, student: str, decision: Decision | None) -> str:
    """One sentence for a teacher whose page was older than the proposal. `decision`: the newest one."""
    match status:
        case Status.SUBMITTED:
            return _("%(name)s changed the plan while you were reading", name=student)
        case Status.WITHDRAWN:
            return _("%(name)s withdrew this idea", name=student)
        case Status.EXPIRED:
            return _("The time for this idea ran out")
        case Status.ACCEPTED if decision is None or decision.outcome is Outcome.OFFER:
            return _("%(name)s agreed to the plan", name=student)
        case _other if decision is not None:
            return _answered(decision)
        case _other:
            return _("%(name)s has not sent this idea yet", name=student)


def told_student(status: Status, decision: Decision | None) -> str:
    """One sentence for a student whose page was older than the proposal. `decision`: the newest one."""
    match status:
        case Status.SUBMITTED:
            return _("You sent this idea already")
        case Status.WITHDRAWN:
            return _("You withdrew this idea")
        case Status.EXPIRED:
            return _("The time for this idea ran out")
        case Status.ACCEPTED:
            return _("You two agreed on this idea already")
        case _other if decision is not None:
            return _answered(decision)
        case _other:
            return _("This idea changed while you were reading")


def _answered(decision: Decision) -> str:
    return _("%(by)s answered already: %(what)s", by=decision.by.short_name, what=outcome_words(decision.outcome))
