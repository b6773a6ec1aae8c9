"""What two agreed, and both hold to; a student's yes to what the teacher offered.

A text once agreed is never written over: another one takes its place (change.py), and the older ones are kept.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.activity.model import Option
from personalization.activity.rubric import Rubric
from personalization.choice.model import Choice, Way
from personalization.errors import Refused
from personalization.people.model import Person
from personalization.proposal.decision import Outcome, Status
from personalization.proposal.model import Proposal
from personalization.proposal.version import Version


class Agreement(Tenanted):
    """The frozen text and criteria that both sides hold to."""

    __tablename__ = "agreement"
    __tenant_of__ = "choice_id"
    __table_args__ = (
        Index(
            "uq_agreement_one_live",
            "choice_id",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index("uq_agreement_version", "version_id", unique=True),
        Index("uq_agreement_option", "option_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    choice: Mapped[Choice] = relationship()
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    proposal: Mapped[Proposal] = relationship()
    version_id: Mapped[int] = mapped_column(ForeignKey("proposal_version.id"))
    version: Mapped[Version] = relationship()
    option_id: Mapped[int] = mapped_column(ForeignKey("option.id"))
    option: Mapped[Option] = relationship()
    rubric_id: Mapped[int] = mapped_column(ForeignKey("rubric.id"), index=True)
    rubric: Mapped[Rubric] = relationship()
    agreed_at: Mapped[datetime]
    agreed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    agreed_by: Mapped[Person] = relationship()
    ended_at: Mapped[datetime | None]

    @classmethod
    def on(cls, idea: Proposal, version: Version, rubric: Rubric, by: Person, now: datetime) -> Agreement:
        """Settle the choice on this version of the idea, from now an option for this student alone."""
        choice = idea.choice
        option = choice.activity.add_option(version.title, version.plan, only_for=choice.student)
        choice.settle(option, Way.AGREED, by, now)
        idea.reply_until = None
        return cls(
            choice=choice,
            proposal=idea,
            version=version,
            option=option,
            rubric=rubric,
            agreed_at=now,
            agreed_by=by,
        )

    def end(self, by: Person, now: datetime) -> None:
        """The student took an option instead."""
        self.ended_at = now
        self.option.archived_at = now
        self.proposal.set_aside(by, now)


def agree(idea: Proposal, version: int, rubric: Rubric, by: Person, now: datetime) -> Agreement | None:
    """A student says yes to what the teacher offered. None: it was agreed so before.

    Raises:
        Refused: that is not what is offered now, or the time to agree is over.
    """
    offered = idea.last_decision is not None and idea.last_decision.outcome is Outcome.OFFER
    if idea.status is Status.ACCEPTED and offered and version == idea.latest.number:
        return None
    if idea.status is not Status.OFFERED or version != idea.latest.number:
        raise idea.not_now()
    if not idea.may_write(now):
        raise Refused(_("The time to agree is over"), now=_("The ready-made ways are still there for you."))
    if idea.draft is not None:
        idea.versions.remove(idea.draft)
    idea.status = Status.ACCEPTED
    return Agreement.on(idea, idea.latest, rubric, by, now)
