"""All records that the lists of the queue are about, in one statement, whatever they are records of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, union_all
from sqlalchemy.orm import contains_eager, defer, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from engine.db import db
from personalization.activity.model import Option
from personalization.board.alike import READ
from personalization.board.claim import Claim
from personalization.choice.message import Message
from personalization.choice.model import Choice
from personalization.proposal.agreement import Agreement
from personalization.proposal.change import AgreementChange
from personalization.proposal.model import Decision, Proposal, Version
from personalization.submission.model import Submission


@dataclass
class Found:
    """Each list by its name, oldest record first; those that were not asked for are empty. A record may be in several.

    `plans` = {id of an idea that waits for an answer: how its plan begins, as it was sent}; `answered` = {idea's id:
    when it was last answered}; `claims` = {id of an idea that waits: who took it last}.
    """

    ideas: list[Proposal] = field(default_factory=list)
    changes: list[AgreementChange] = field(default_factory=list)
    works: list[Submission] = field(default_factory=list)
    calls: list[Message] = field(default_factory=list)
    unsettled: list[Choice] = field(default_factory=list)
    talks: list[Proposal] = field(default_factory=list)
    picks: list[Choice] = field(default_factory=list)
    near: list[Choice] = field(default_factory=list)
    plans: dict[int, str] = field(default_factory=dict)
    answered: dict[int, datetime] = field(default_factory=dict)
    claims: dict[int, Claim] = field(default_factory=dict)


KINDS: dict[str, Any] = {
    "ideas": Proposal,
    "changes": AgreementChange,
    "works": Submission,
    "calls": Message,
    "unsettled": Choice,
    "talks": Proposal,
    "picks": Choice,
    "near": Choice,
}


def gather(asked: Mapping[str, Select[Any]]) -> Found:
    """`asked` = {a list's name in `Found`: the query of its records, joined with their Choice}."""
    found = Found()
    for name, choice, idea, claim, change, work, message, plan, answered in db.session.execute(_all(asked)).unique():
        record = idea or change or work or message
        if change is not None:
            set_committed_value(change.agreement, "choice", choice)
        elif record is not None:
            set_committed_value(record, "choice", choice)
        getattr(found, name).append(record or choice)
        if plan is not None:
            found.plans[idea.id] = plan
        if claim is not None:
            found.claims[idea.id] = claim
        if answered is not None:
            found.answered[idea.id] = answered
    return found


def _all(asked: Mapping[str, Select[Any]]) -> Select[Any]:
    """(name of the list, choice, idea, claim, change, work, message, plan, when answered) of every record: of one list
    each, so that a record of several comes several times."""
    ids = (
        query.with_only_columns(literal(name).label("name"), KINDS[name].id.label("id"), Choice.id.label("choice_id"))
        for name, query in asked.items()
    )
    wanted = union_all(*ids).subquery()

    def its(kind: Any) -> ColumnElement[bool]:
        return and_(wanted.c.name.in_([name for name in asked if KINDS[name] is kind]), kind.id == wanted.c.id)

    records = select(
        wanted.c.name,
        Choice,
        Proposal,
        Claim,
        AgreementChange,
        Submission,
        Message,
        _plan(wanted.c.name),
        _last_answered(),
    )
    joined = records.select_from(wanted).join(Choice, Choice.id == wanted.c.choice_id)
    joined = joined.join(Choice.student).join(Choice.activity).outerjoin(Proposal, its(Proposal))
    joined = joined.outerjoin(Claim, and_(Claim.proposal_id == Proposal.id, wanted.c.name == "ideas"))
    joined = joined.outerjoin(AgreementChange, its(AgreementChange)).outerjoin(
        Agreement, Agreement.id == AgreementChange.agreement_id
    )
    joined = joined.outerjoin(Submission, its(Submission)).outerjoin(Message, its(Message))
    return joined.order_by(wanted.c.id).options(
        contains_eager(Choice.student),
        contains_eager(Choice.activity),
        contains_eager(AgreementChange.agreement),
        joinedload(Claim.by),
        joinedload(Choice.option).load_only(Option.title),
        joinedload(Proposal.versions).load_only(Version.number, Version.title, Version.saved_at, Version.sent_at),
        defer(Submission.text),
        defer(Submission.reflection),
    )


def _plan(name: ColumnElement[str]) -> ColumnElement[str | None]:
    """How the newest version that was sent begins, of an idea that waits for an answer."""
    newest = (
        select(func.substr(Version.plan, 1, READ))
        .where(Version.proposal_id == Proposal.id, Version.sent_at.is_not(None))
        .order_by(Version.number.desc())
        .limit(1)
        .correlate(Proposal)
    )
    return case((name == "ideas", newest.scalar_subquery()))


def _last_answered() -> ColumnElement[datetime]:
    newest = select(func.max(Decision.at)).where(Decision.proposal_id == Proposal.id)
    return newest.correlate(Proposal).scalar_subquery()
