"""The talk about an idea as turns in reading order: who said what when, and what changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from personalization.activity.rubric import Criterion
from personalization.people.model import Person
from personalization.proposal.model import Decision, Outcome, Proposal, Version
from personalization.proposal.version import Part


@dataclass(frozen=True)
class Turn:
    """One thing said: a version (with `before`, the one it changed), an answer, or both in one (an offer)."""

    by: Person
    at: datetime
    words: str
    version: Version | None = None
    before: Version | None = None
    outcome: Outcome | None = None
    parts: list[Part] = field(default_factory=list)

    @property
    def changed(self) -> list[Part]:
        return [p for p in self.parts if p.changed]

    @property
    def unchanged(self) -> list[str]:
        """The names of the criteria whose lines stayed as they were."""
        return [p.name for p in self.parts if p.key is not None and not p.changed]


def turns(proposal: Proposal, criteria: Sequence[Criterion]) -> list[Turn]:
    """Versions that were sent, each followed by its answers; a draft is nobody's business yet."""
    offers = {d.version + 1: d for d in proposal.decisions if d.outcome is Outcome.OFFER}
    found: list[Turn] = []
    before: Version | None = None
    for version in proposal.sent:
        found.append(_version_turn(version, before, offers.get(version.number), criteria))
        found += [
            Turn(by=d.by, at=d.at, words=d.reason, outcome=d.outcome)
            for d in proposal.decisions
            if d.version == version.number and d.outcome is not Outcome.OFFER
        ]
        before = version
    return found


def _version_turn(
    version: Version, before: Version | None, offer: Decision | None, criteria: Sequence[Criterion]
) -> Turn:
    return Turn(
        by=version.by,
        at=version.sent_at or version.saved_at,
        words=offer.reason if offer else version.message,
        version=version,
        before=before,
        outcome=Outcome.OFFER if offer else None,
        parts=version.parts(before, criteria),
    )
