"""Every student's line of an activity, in as many statements for a thousand students as for ten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from engine.db import db
from engine.plain import Plain
from personalization.activity.model import Activity, Option
from personalization.board.standing import Brief, Line
from personalization.choice.model import Choice
from personalization.grading.model import Grade, Release
from personalization.people.model import Person
from personalization.proposal.model import Proposal, Version
from personalization.submission.model import Submission

Row = TypeVar("Row", Proposal, Submission)
BY_NAME = (Person.sort_name, Person.full_name, Person.id, Choice.activity_id)

# What pages of a whole class read; no texts.
CHOICE = Plain(
    Choice,
    Choice.id, Choice.activity_id, Choice.student_id, Choice.opened_at, Choice.option_id, Choice.option_since,
    Choice.way, Choice.rule, Choice.propose_by, Choice.accept_by, Choice.pick_by, Choice.work_due, Choice.lock,
    Choice.reply_until, Choice.unanswered_at, Choice.must_pick_at, Choice.last_call_at, Choice.unplaced_at,
    Choice.closed_at, Choice.excused_at, Choice.excuse_reason, Choice.lms_due_at,
)  # fmt: skip
STUDENT = Plain(
    Person,
    Person.id, Person.course_id, Person.user_id, Person.role, Person.given_name, Person.full_name, Person.is_test,
    Person.first_seen_at, Person.left_at,
)  # fmt: skip
OPTION = Plain(Option, Option.id, Option.title, Option.only_for_id)
IDEA = Plain(
    Proposal,
    Proposal.id, Proposal.choice_id, Proposal.status, Proposal.started_at, Proposal.window_until, Proposal.expired_from,
)  # fmt: skip
VERSION = Plain(Version, Version.id, Version.number, Version.title, Version.saved_at, Version.sent_at)
GO = Plain(
    Submission,
    Submission.id, Submission.choice_id, Submission.number, Submission.saved_at, Submission.handed_in_at,
    Submission.late, Submission.is_nothing, Submission.returned_at,
)  # fmt: skip
GRADE = Plain(Grade, Grade.id, Grade.submission_id, Grade.status, Grade.points, Grade.out_of)
RELEASE = Plain(
    Release, Release.id, Release.points, Release.out_of, Release.released_at, Release.withdrawn_at
)  # fmt: skip


def lines(where: ColumnElement[bool], activities: Iterable[Activity] | None = None) -> list[Line]:
    """The lines of all choices for which `where` (about Choice and its student) holds, by name; test students, and who
    left, included. `activities`: those that they are of, where the page has read them.

    To look at only: of plain rows, without texts; what a page must not ask for one by one raises.
    """
    if activities is None:
        activities = db.session.scalars(select(Activity).where(Activity.id.in_(_chosen(where, Choice.activity_id))))
    named = {activity.id: activity for activity in activities}
    return lines_of(_choices(where, named), where)


def lines_of(choices: Iterable[Choice], where: ColumnElement[bool]) -> list[Line]:
    """The same of all choices for which `where` holds, where the page has read them."""
    found: dict[int, Line] = {choice.id: Brief(choice) for choice in choices}
    if not found:
        return []
    for idea in _ideas(where, found):
        found[idea.choice_id].proposals.append(idea)
    for go, grade in _goes(where, found):
        line = found[go.choice_id]
        line.submissions.append(go)
        line.grades += [grade] if grade is not None else []
    return list(found.values())


def _chosen(where: ColumnElement[bool], what: Any = Choice.id) -> Select[Any]:
    return select(what).join(Choice.student).where(where)


def _choices(where: ColumnElement[bool], activities: dict[int, Activity]) -> Iterable[Choice]:
    plan_b = aliased(Option)
    query = (
        select(*CHOICE.columns, *STUDENT.columns, *OPTION.columns, *OPTION.of(plan_b))
        .join(Choice.student)
        .outerjoin(Option, Option.id == Choice.option_id)
        .outerjoin(plan_b, plan_b.id == Choice.plan_b_id)
        .where(where)
        .order_by(*BY_NAME)
    )
    parts = _parts(CHOICE, STUDENT, OPTION, OPTION)
    options: dict[int | None, Option] = {}
    for row in db.session.execute(query):
        own, student, option, planned = [row[part] for part in parts]
        for one in (option, planned):
            if one[0] is not None and one[0] not in options:
                options[one[0]] = OPTION.made(one)
        yield CHOICE.made(
            own,
            activity=activities[own[1]],
            student=STUDENT.made(student),
            option=options.get(option[0]),
            plan_b=options.get(planned[0]),
        )


def _ideas(where: ColumnElement[bool], known: dict[int, Line]) -> list[Proposal]:
    """All of these choices, oldest first, each with its versions."""
    query = (
        select(*IDEA.columns, *VERSION.columns)
        .join(Version, Version.proposal_id == Proposal.id)
        .where(Proposal.choice_id.in_(_chosen(where)))
        .order_by(Proposal.id, Version.number)
    )
    found: dict[int, Proposal] = {}
    ideas, versions = _parts(IDEA, VERSION)
    for row in db.session.execute(query):
        own, version = row[ideas], row[versions]
        if own[0] not in found:
            found[own[0]] = IDEA.made(own, choice=known[own[1]].choice, versions=[])
        found[own[0]].versions.append(VERSION.made(version))
    return list(found.values())


def _goes(where: ColumnElement[bool], known: dict[int, Line]) -> list[tuple[Submission, Grade | None]]:
    """All of these choices, oldest first, each with its marks and what of them the student sees."""
    live = and_(Release.grade_id == Grade.id, Release.withdrawn_at.is_(None))
    query = (
        select(*GO.columns, *GRADE.columns, *RELEASE.columns)
        .outerjoin(Grade, Grade.submission_id == Submission.id)
        .outerjoin(Release, live)
        .where(Submission.choice_id.in_(_chosen(where)))
        .order_by(Submission.number, Submission.id, Release.id)
    )
    found: dict[int, tuple[Submission, Grade | None]] = {}
    goes, grades, releases = _parts(GO, GRADE, RELEASE)
    for row in db.session.execute(query):
        own, marks, shown = row[goes], row[grades], row[releases]
        if own[0] not in found:
            go = GO.made(own, choice=known[own[1]].choice)
            found[own[0]] = go, GRADE.made(marks, submission=go, releases=[]) if marks[0] is not None else None
        grade = found[own[0]][1]
        if grade is not None and shown[0] is not None:
            grade.releases.append(RELEASE.made(shown))
    return list(found.values())


def _parts(*kinds: Plain[Any]) -> list[slice]:
    """Where in a row the values of each kind stand."""
    parts, at = [], 0
    for kind in kinds:
        parts.append(slice(at, at + len(kind)))
        at += len(kind)
    return parts


def whole_lines(where: ColumnElement[bool]) -> list[Line]:
    """As `lines`, with texts, histories and marks: for the page of one student, and for exports."""
    chosen = _chosen(where)
    choices = db.session.scalars(
        select(Choice)
        .join(Choice.student)
        .where(where)
        .options(
            contains_eager(Choice.student),
            selectinload(Choice.activity),  # few, and each asked for once
            joinedload(Choice.option),
            joinedload(Choice.plan_b),
            selectinload(Choice.events),
        )
        .order_by(*BY_NAME)
    ).all()
    proposals, submissions = _by_choice(_proposals(chosen)), _by_choice(_submissions(chosen))
    grades: dict[int, list[Grade]] = defaultdict(list)
    for grade in _grades(chosen):
        grades[grade.submission.choice_id].append(grade)
    return [Line(c, proposals[c.id], submissions[c.id], grades[c.id]) for c in choices]


def _proposals(chosen: Select[int]) -> Sequence[Proposal]:
    versions = selectinload(Proposal.versions)
    query = select(Proposal).where(Proposal.choice_id.in_(chosen)).order_by(Proposal.id)
    query = query.options(
        versions.selectinload(Version.lines), versions.joinedload(Version.by), selectinload(Proposal.decisions)
    )
    return db.session.scalars(query).all()


def _submissions(chosen: Select[int]) -> Sequence[Submission]:
    query = select(Submission).where(Submission.choice_id.in_(chosen)).order_by(Submission.number)
    return db.session.scalars(query.options(selectinload(Submission.evidence))).all()


def _grades(chosen: Select[int]) -> Sequence[Grade]:
    query = (
        select(Grade)
        .join(Grade.submission)
        .where(Submission.choice_id.in_(chosen))
        .options(joinedload(Grade.releases), selectinload(Grade.marks))
        .order_by(Submission.number)
    )
    return db.session.scalars(query).unique().all()


def _by_choice(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.choice_id].append(row)
    return found
