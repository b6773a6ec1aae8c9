"""What the database holds about one student's ideas, and who answers them."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.choice.places import hold
from personalization.people.access import find
from personalization.people.model import Person, Role
from personalization.proposal.change import AgreementChange
from personalization.proposal.model import Agreement, Proposal


def ideas_of(choice: Choice) -> list[Proposal]:
    """All of them, oldest first."""
    return list(db.session.scalars(select(Proposal).where(Proposal.choice_id == choice.id).order_by(Proposal.id)))


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
