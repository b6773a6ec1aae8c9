"""What the database holds about one student's ideas, and who answers them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import ORMOption

from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.choice.places import hold
from personalization.people.access import find
from personalization.people.model import Person, Role
from personalization.proposal.agreement import Agreement
from personalization.proposal.change import AgreementChange
from personalization.proposal.model import Decision, Proposal, Version


def ideas_of(choice: Choice) -> list[Proposal]:
    """All of them, oldest first."""
    return list(db.session.scalars(select(Proposal).where(Proposal.choice_id == choice.id).order_by(Proposal.id)))


def whole_ideas(where: ColumnElement[bool], *with_it: ORMOption) -> Sequence[Proposal]:
    """All ideas for which `where` (about Proposal) holds, oldest first, with every version and answer, who said it, and
    what `with_it` loads; two statements however many. What was read of them before is read anew."""
    anew = {"populate_existing": True}
    query = select(Proposal).where(where).options(*with_it).order_by(Proposal.id)
    ideas = db.session.scalars(query, execution_options=anew).unique().all()
    if not ideas:
        return ideas
    answer = and_(Decision.proposal_id == Version.proposal_id, Decision.version == Version.number)
    said = (
        select(Version, Decision)
        .join(Proposal, Proposal.id == Version.proposal_id)
        .outerjoin(Decision, answer)  # each answers one version, and none is answered twice
        .where(where)
        .options(joinedload(Version.lines), joinedload(Version.by), joinedload(Decision.by))
        .order_by(Version.number)
    )
    versions: dict[int, list[Version]] = defaultdict(list)
    decisions: dict[int, list[Decision]] = defaultdict(list)
    for version, decision in db.session.execute(said, execution_options=anew).unique():
        versions[version.proposal_id].append(version)
        decisions[version.proposal_id] += [decision] if decision is not None else []
    for idea in ideas:
        set_committed_value(idea, "versions", versions[idea.id])
        set_committed_value(idea, "decisions", sorted(decisions[idea.id], key=lambda one: one.id))
    return ideas


def open_idea(ideas: list[Proposal]) -> Proposal | None:
    return next((p for p in ideas if p.is_open), None)


def agreement_of(choice: Choice) -> Agreement | None:
    """The one both sides hold to now."""
    return db.session.scalar(select(Agreement).where(Agreement.choice_id == choice.id, Agreement.ended_at.is_(None)))


def newest_agreement(choice: Choice) -> Agreement | None:
    """The one both sides hold to, else the last one they held to."""
    query = select(Agreement).where(Agreement.choice_id == choice.id).order_by(Agreement.id.desc()).limit(1)
    return db.session.scalar(query)


def changes_of(agreement: Agreement) -> list[AgreementChange]:
    """What was asked to change in it, oldest first."""
    return list(
        db.session.scalars(
            select(AgreementChange).where(AgreementChange.agreement_id == agreement.id).order_by(AgreementChange.id)
        )
    )


def held(proposal_id: int) -> Proposal:
    """A proposal that nobody else moves until the commit.

    Raises:
        NotHere: there is none of that id.
    """
    proposal = find(Proposal, proposal_id)
    hold(proposal.choice)
    db.session.refresh(proposal)
    return proposal


def teacher_name(activity: Activity, ideas: list[Proposal] | None = None) -> str:
    """Who answers, as a student says it: whoever answered last, else who made the activity, else a teacher there."""
    answered = [d.by.short_name for p in ideas or [] for d in p.decisions]
    if answered:
        return answered[-1]
    teacher = db.session.scalar(
        select(Person)
        .where(Person.course_id == activity.course_id, Person.role == Role.TEACHER, Person.left_at.is_(None))
        .order_by((Person.id == activity.created_by_id).desc(), Person.id)
        .limit(1)
    )
    return teacher.short_name if teacher else _("your teacher")
