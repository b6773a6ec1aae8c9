"""That somebody is at an idea just now, so that two who teach together do not answer the same one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from engine.db import db
from engine.tenant import Tenanted
from personalization.people.model import Person
from personalization.proposal.model import Proposal

LASTS = timedelta(minutes=30)


class Claim(Tenanted):
    """It ends by itself after `LASTS`, and means nothing once the idea is answered."""

    __tablename__ = "claim"
    __tenant_of__ = "proposal_id"

    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by: Mapped[Person] = relationship()
    at: Mapped[datetime]

    def holds(self, now: datetime) -> bool:
        return now - self.at < LASTS


def claims_on(proposal_ids: Collection[int], now: datetime) -> dict[int, Claim]:
    """{proposal id: who is at it now}, in one statement."""
    query = select(Claim).where(Claim.proposal_id.in_(proposal_ids), Claim.at > now - LASTS)
    return {claim.proposal_id: claim for claim in db.session.scalars(query.options(joinedload(Claim.by)))}


def claim_on(proposal: Proposal, now: datetime) -> Claim | None:
    return claims_on([proposal.id], now).get(proposal.id)


def take(proposal: Proposal, by: Person, now: datetime) -> Claim:
    """The claim that holds now: the asker's, unless somebody else was first. The proposal is held by the caller."""
    claim = db.session.get(Claim, proposal.id)
    if claim is not None and claim.by_id != by.id and claim.holds(now):
        return claim
    if claim is None:
        claim = Claim(proposal_id=proposal.id)
        db.session.add(claim)
    claim.by, claim.at = by, now
    return claim


def let_go(proposal: Proposal, by: Person) -> None:
    """Whoever took it gives it back; anybody else's stays."""
    claim = db.session.get(Claim, proposal.id)
    if claim is not None and claim.by_id == by.id:
        db.session.delete(claim)


def end(proposal: Proposal) -> None:
    """It is answered, by whomever."""
    claim = db.session.get(Claim, proposal.id)
    if claim is not None:
        db.session.delete(claim)
