"""Whom a person may see, as a condition on a query or of one person: some see only their own sections. Pure."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, select, true

from personalization.people.model import Person, PersonSection, Role


def visible(me: Person) -> ColumnElement[bool]:
    """About `Person`, in a query that has it: those whom I may see. Whoever is limited to sections that nobody named
    sees nobody."""
    if not me.sees_only_sections:
        return true()
    if not me.sections:
        return false()
    there = select(PersonSection.person_id).where(PersonSection.section.in_(sorted(me.sections)))
    return Person.id.in_(there)


def in_class(me: Person) -> ColumnElement[bool]:
    """About `Person`: the students who are still in the class, of those whom I may see; test students too."""
    return and_(visible(me), Person.role == Role.STUDENT, Person.left_at.is_(None))


def may_see(me: Person, student: Person) -> bool:
    """As `visible`, of one person."""
    return not me.sees_only_sections or bool(me.sections & student.sections)
