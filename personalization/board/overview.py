"""Every student's line of an activity, in as many statements for a thousand students as for ten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager, defer, joinedload, load_only, raiseload, selectinload

from engine.db import db
from personalization.activity.model import Option
from personalization.board.standing import Line
from personalization.choice.model import Choice
from personalization.grading.model import Grade
from personalization.people.model import Person
from personalization.proposal.model import Proposal, Version
from personalization.submission.model import Submission

Row = TypeVar("Row", Proposal, Submission)


def lines(where: ColumnElement[bool], whole: bool = False) -> list[Line]:
    """The lines of all choices for which `where` (about Choice and its student) holds, by name; test students, and who
    left, included.

    Texts stay in the database unless `whole`, and what a page must not ask for one by one raises instead of loading.
    """
    chosen = select(Choice.id).join(Choice.student).where(where)
    shown = (Option.title, Option.only_for_id, Option.activity_id, Option.archived_at)
    choices = db.session.scalars(
        select(Choice)
        .join(Choice.student)
        .where(where)
        .options(
            contains_eager(Choice.student),
            selectinload(Choice.activity),  # few, and each asked for once
            joinedload(Choice.option).load_only(*shown),
            joinedload(Choice.plan_b).load_only(*shown),
        )
        .options(*([selectinload(Choice.events)] if whole else []))
        .order_by(Person.sort_name, Person.full_name, Person.id, Choice.activity_id)
    ).all()
    proposals = _by_choice(_proposals(chosen, whole))
    submissions = _by_choice(_submissions(chosen, whole))
    grades: dict[int, list[Grade]] = defaultdict(list)
    for grade in _grades(chosen, whole):
        grades[grade.submission.choice_id].append(grade)
    return [Line(c, proposals[c.id], submissions[c.id], grades[c.id]) for c in choices]


def _proposals(chosen: Select[int], whole: bool) -> Sequence[Proposal]:
    query = select(Proposal).where(Proposal.choice_id.in_(chosen)).order_by(Proposal.id)
    if whole:
        versions = selectinload(Proposal.versions)
        query = query.options(
            versions.selectinload(Version.lines), versions.joinedload(Version.by), selectinload(Proposal.decisions)
        )
    else:
        shown = load_only(Version.number, Version.title, Version.saved_at, Version.sent_at, Version.proposal_id)
        query = query.options(joinedload(Proposal.versions).options(shown), raiseload(Proposal.decisions))
    return db.session.scalars(query).unique().all()


def _submissions(chosen: Select[int], whole: bool) -> Sequence[Submission]:
    query = select(Submission).where(Submission.choice_id.in_(chosen)).order_by(Submission.number)
    if whole:
        query = query.options(selectinload(Submission.evidence))
    else:
        query = query.options(
            defer(Submission.text, raiseload=True),
            defer(Submission.reflection, raiseload=True),
            raiseload(Submission.evidence),
        )
    return db.session.scalars(query).all()


def _grades(chosen: Select[int], whole: bool) -> Sequence[Grade]:
    query = (
        select(Grade)
        .join(Grade.submission)
        .where(Submission.choice_id.in_(chosen))
        .options(joinedload(Grade.releases), selectinload(Grade.marks) if whole else raiseload(Grade.marks))
        .order_by(Submission.number)
    )
    return db.session.scalars(query).unique().all()


def _by_choice(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.choice_id].append(row)
    return found
