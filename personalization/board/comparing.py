"""Alike ideas that wait for an answer, as the database holds them."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.db import db
from personalization.activity.model import Activity
from personalization.board.alike import READ, Idea, groups
from personalization.board.gathering import Found
from personalization.board.selecting import counts
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.proposal.model import Proposal, Status, Version


def alike(me: Person, activity_id: int | None = None) -> list[list[int]]:
    """The ids of ideas that wait for me and are alike, activity by activity; of all of the course's, or of one."""
    newest = (
        select(func.max(Version.number))
        .where(Version.proposal_id == Proposal.id, Version.sent_at.is_not(None))
        .correlate(Proposal)
        .scalar_subquery()
    )
    query = (
        select(Choice.activity_id, Proposal.id, Version.title, func.substr(Version.plan, 1, READ))
        .join(Proposal.choice)
        .join(Choice.student)
        .join(Choice.activity)
        .join(Version, Version.proposal_id == Proposal.id)
        .where(counts(me), Proposal.status == Status.SUBMITTED, Version.number == newest)
        .order_by(Proposal.id)
    )
    if activity_id is not None:
        query = query.where(Activity.id == activity_id)
    found: dict[int, list[Idea]] = {}
    for activity, proposal, title, plan in db.session.execute(query):
        found.setdefault(activity, []).append(Idea(proposal, title, plan))
    return [ids for ideas in found.values() for ids in groups(ideas)]


def alike_in(found: Found) -> list[list[int]]:
    """The same of all ideas that wait, where they were gathered."""
    ideas: dict[int, list[Idea]] = {}
    for idea in found.ideas:
        ideas.setdefault(idea.choice.activity_id, []).append(Idea(idea.id, idea.title, found.plans[idea.id]))
    return [ids for some in ideas.values() for ids in groups(some)]


def alike_to(proposal: Proposal, me: Person) -> list[int]:
    """The ids of the others that are like this one."""
    return others(proposal, alike(me, proposal.choice.activity_id))


def others(proposal: Proposal, found: list[list[int]]) -> list[int]:
    """The same, of groups that were found."""
    return next(([i for i in ids if i != proposal.id] for ids in found if proposal.id in ids), [])
