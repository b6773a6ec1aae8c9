"""Every student's line of an activity, in as many statements for a thousand students as for ten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from engine.db import db
from engine.plain import Plain
from personalization.activity.model import Activity, Option
from personalization.board.standing import Brief, Line
from personalization.choice.message import Message
from personalization.choice.model import Choice
from personalization.grading.model import Grade, Release
from personalization.people.model import Person
from personalization.proposal.model import Proposal, Version
from personalization.submission.model import Submission

Row = TypeVar("Row", Proposal, Submission)
BY_NAME = (Person.sort_name, Person.full_name, Person.id, Choice.activity_id)

# What pages of a whole class read; no texts.
ACTIVITY = Plain(
    Activity,
    Activity.id, Activity.title, Activity.course_id, Activity.created_by_id, Activity.published_at, Activity.graded,
    Activity.own_idea, Activity.silence, Activity.opens, Activity.answer_by, Activity.work_due, Activity.lock,
)  # fmt: skip
CHOICE = Plain(
    Choice,
    Choice.id, Choice.activity_id, Choice.student_id, Choice.opened_at, Choice.option_id, Choice.option_since,
    Choice.way, Choice.rule, Choice.propose_by, Choice.accept_by, Choice.pick_by, Choice.work_due, Choice.lock,
    Choice.reply_until, Choice.unanswered_at, Choice.must_pick_at, Choice.last_call_at, Choice.unplaced_at,
    Choice.excused_at, Choice.excuse_reason, Choice.lms_due_at,
)  # fmt: skip
STUDENT = Plain(
    Person,
    Person.id, Person.course_id, Person.user_id, Person.role, Person.given_name, Person.full_name, Person.is_test,
    Person.first_seen_at, Person.left_at, Person.erased_at,
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
CALL = Plain(Message, Message.id, Message.text, Message.at)
KINDS: tuple[Plain[Any], ...] = (CHOICE, STUDENT, OPTION, IDEA, VERSION, GO, GRADE, RELEASE, CALL)
ENDS = list(accumulate(len(kind) for kind in KINDS))
# Where in a row each of them stands, its id first.
CHOICE_AT, STUDENT_AT, OPTION_AT, IDEA_AT, VERSION_AT, GO_AT, GRADE_AT, RELEASE_AT, CALL_AT = (
    slice(end - len(kind), end) for kind, end in zip(KINDS, ENDS, strict=True)
)
WIDTH = ENDS[-1]  # from there on it is of an activity, where that was not read before

# By names of their own, so that what `lines` is asked for may look at ideas, work and activities too.
_option, _idea, _version = aliased(Option), aliased(Proposal), aliased(Version)
_go, _grade, _release, _call = aliased(Submission), aliased(Grade), aliased(Release), aliased(Message)
_activity = aliased(Activity)
_LINES = (
    select(
        *CHOICE.columns, *STUDENT.columns, *OPTION.of(_option), *IDEA.of(_idea),
        *VERSION.of(_version), *GO.of(_go), *GRADE.of(_grade), *RELEASE.of(_release), *CALL.of(_call),
    )
    .select_from(Choice)
    .join(Person, Person.id == Choice.student_id)
    .outerjoin(_option, _option.id == Choice.option_id)
    .outerjoin(_idea, and_(_idea.choice_id == Choice.id, Choice.option_id.is_(None)))
    .outerjoin(_version, _version.proposal_id == _idea.id)
    .outerjoin(_go, _go.choice_id == Choice.id)
    .outerjoin(_grade, _grade.submission_id == _go.id)
    .outerjoin(_release, and_(_release.grade_id == _grade.id, _release.withdrawn_at.is_(None)))
    .outerjoin(_call, and_(_call.choice_id == Choice.id, _call.waits))
    .order_by(*BY_NAME, _idea.id, _version.number, _go.number, _go.id, _release.id, _call.id)
)  # fmt: skip
_LINES_OF_ACTIVITIES = _LINES.add_columns(*ACTIVITY.of(_activity)).join(_activity, _activity.id == Choice.activity_id)


def lines(where: ColumnElement[bool], activities: Iterable[Activity] | None = None) -> list[Brief]:
    """The lines of all choices for which `where` (about Choice and its student) holds, by name; test students, and who
    left, included. `activities`: all that they are of, where the page has read them.

    To look at only: of plain rows, without texts; what a page must not ask for one by one raises. One statement.
    """
    reading = _Reading({activity.id: activity for activity in activities or []})
    query = _LINES if activities is not None else _LINES_OF_ACTIVITIES
    for row in db.session.connection().execute(query.where(where)).all():
        reading.take(row)
    return list(reading.found.values())


def calls(of: Iterable[Brief]) -> dict[int, Message]:
    """{choice id: the newest message of a student that nobody answered} of these lines."""
    return {line.choice.id: line.call for line in of if line.call is not None}


class _Reading:
    """Lines in the making. A line of several records is several rows, which say all else of it again."""

    def __init__(self, activities: dict[int, Activity]) -> None:
        self.found: dict[int, Brief] = {}
        self._activities = activities
        self._options: dict[int | None, Option | None] = {None: None}
        self._ideas: dict[int, Proposal] = {}
        self._grades: dict[int, Grade | None] = {}  # of each go
        self._versions, self._releases = set[int](), set[int]()

    def take(self, row: Sequence[Any]) -> None:
        line = self.found.get(row[0]) or self._begin(row)
        if row[VERSION_AT.start] is not None:
            self._take_idea(line, row)
        if row[GO_AT.start] is not None:
            self._take_go(line, row)
        if row[CALL_AT.start] is not None:
            line.call = CALL.made(row[CALL_AT])

    def _begin(self, row: Sequence[Any]) -> Brief:
        activity_id, option_id = row[1], row[OPTION_AT.start]
        if activity_id not in self._activities:
            self._activities[activity_id] = ACTIVITY.made(row[WIDTH:])
        if option_id not in self._options:  # most of a class are on the same few
            self._options[option_id] = OPTION.made(row[OPTION_AT])
        choice = CHOICE.bare(row[CHOICE_AT])
        choice.__dict__ = {
            "activity": self._activities[activity_id],
            "student": STUDENT.bare(row[STUDENT_AT]),
            "option": self._options[option_id],
        }
        line = self.found[row[0]] = Brief(choice)
        return line

    def _take_idea(self, line: Brief, row: Sequence[Any]) -> None:
        idea = self._ideas.get(row[IDEA_AT.start])
        if idea is None:
            idea = self._ideas[row[IDEA_AT.start]] = IDEA.made(row[IDEA_AT], choice=line.choice, versions=[])
            line.proposals.append(idea)
        if row[VERSION_AT.start] not in self._versions:
            self._versions.add(row[VERSION_AT.start])
            idea.versions.append(VERSION.made(row[VERSION_AT]))

    def _take_go(self, line: Brief, row: Sequence[Any]) -> None:
        number, release_id = row[GO_AT.start], row[RELEASE_AT.start]
        if number not in self._grades:
            go, grade = GO.bare(row[GO_AT]), None
            go.__dict__ = {"choice": line.choice}
            line.submissions.append(go)
            if row[GRADE_AT.start] is not None:
                grade = GRADE.bare(row[GRADE_AT])
                grade.__dict__ = {"submission": go, "releases": []}
                line.grades.append(grade)
            self._grades[number] = grade
        if release_id is not None and release_id not in self._releases:
            self._releases.add(release_id)
            grade = self._grades[number]
            assert grade is not None  # noqa: S101  # nothing else is released
            grade.releases.append(RELEASE.bare(row[RELEASE_AT]))


def _chosen(where: ColumnElement[bool], what: Any = Choice.id) -> Select[Any]:
    return select(what).join(Choice.student).where(where)


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
