"""What waits for whoever answers and marks in a course, nearest promise first, then age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager

from engine.db import db
from personalization.activity.model import Activity
from personalization.board import selecting
from personalization.board.badges import Badge
from personalization.board.gathering import Found, gather
from personalization.choice.message import Message
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.people.model import Course, Person
from personalization.people.sight import visible
from personalization.proposal.change import AgreementChange
from personalization.proposal.model import Decision, Proposal
from personalization.submission.model import Submission
from ui.dates import relative

SOON = timedelta(days=1)


class Kind(StrEnum):
    """What a row is about: the first seven wait for the teacher, the others for a student."""

    IDEA = "idea"
    CHANGE = "change"
    WORK = "work"
    SCORE = "score"
    HELP = "help"
    UNPLACED = "unplaced"
    CLOSED = "closed"
    TALK = "talk"
    PICK = "pick"
    STUCK = "stuck"


@dataclass(frozen=True)
class Row:
    """One thing that waits. `due`: what was promised, if anything; `since`: when it came; `id`: its own, of the choice
    where it is about no one record; `choice`: whose line it is, 0 where a grade is not about one."""

    kind: Kind
    id: int
    person: Person
    what: str
    href: str
    due: datetime | None
    since: datetime
    choice: int = 0

    def badge(self, now: datetime) -> Badge:
        """When it has to happen, or why it is here where that says more."""
        if self.kind in SAID:
            return SAID[self.kind]()
        if self.kind is Kind.WORK:
            return Badge("quiet", "tray", relative(self.since, now))
        if self.due is None:
            return Badge("quiet", "clock", _("no date"))
        if self.due < now:
            return Badge("alarm", "clock", _("overdue"))
        return Badge("alarm" if self.due < now + SOON else "wait", "clock", relative(self.due, now))


SAID = {
    Kind.CHANGE: lambda: Badge("own", "agree", _("Your turn")),
    Kind.SCORE: lambda: Badge("alarm", "warn", _("Grade")),
    Kind.HELP: lambda: Badge("alarm", "hand", _("Asks for help")),
    Kind.UNPLACED: lambda: Badge("alarm", "ask", _("No way yet")),
    Kind.CLOSED: lambda: Badge("alarm", "clock", _("Nothing handed in")),
    Kind.STUCK: lambda: Badge("wait", "clock", _("Stuck")),
}


def waiting(me: Person, now: datetime, found: Found | None = None) -> list[Row]:
    """All of it that I may see: ideas and changes to answer, work to mark, calls for help, who has no way or handed
    nothing in, and grades that did not arrive as they were sent. As many statements for many rows as for few.
    `found`: what `selecting.waiting` asks for, where it was gathered before."""
    found = gather(selecting.waiting(me, now)) if found is None else found
    return in_order([
        *map(idea_row, found.ideas), *map(_change_row, found.changes), *map(_work_row, found.works),
        *_calls(found.calls), *map(_unsettled_row, found.unsettled), *_scores(me),
    ])  # fmt: skip


def count(me: Person, now: datetime) -> int:
    """The `number` of the rows that `waiting` has, without reading them; one statement."""
    return sum(db.session.execute(select(*counted(me, now))).one())


def counted(me: Person, now: datetime) -> list[ColumnElement[int]]:
    """The parts of that sum, as parts of a statement."""
    asked = [
        selecting.ideas(me).with_only_columns(Proposal.id),
        selecting.changes(me).with_only_columns(AgreementChange.id),
        selecting.works(me).with_only_columns(Submission.id),
        selecting.calls(me).with_only_columns(Message.choice_id).distinct(),
        selecting.unsettled(me, now).with_only_columns(Choice.id),
    ]
    return [*(_number(query.where(Person.is_test.is_(False))) for query in asked), gradebook.count_troubles(me)]


def number(rows: Sequence[Row]) -> int:
    """How many of them count: what a test student does is shown, marked as such, and never counted."""
    return sum(1 for row in rows if not row.person.is_test)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """What has a date comes first, nearest date on top; the rest by age."""
    return sorted(rows, key=lambda r: (r.due is None, r.due or r.since, r.since, r.kind, r.id))


def answered_since(me: Person, moment: datetime) -> list[tuple[Decision, Proposal]]:
    """Answers given since then to students whom I may see, newest first."""
    query = (
        select(Decision, Proposal)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .join(Proposal.choice)
        .join(Choice.student)
        .join(Choice.activity)
        .where(Activity.course_id == me.course_id, Decision.at >= moment, visible(me))
        .options(contains_eager(Proposal.choice).contains_eager(Choice.student))
        .order_by(Decision.at.desc(), Decision.id.desc())
    )
    return [(decision, proposal) for decision, proposal in db.session.execute(query)]


def next_promise(course: Course, now: datetime) -> datetime | None:
    """The next date by which answers are due, for when nothing waits."""
    return db.session.scalar(
        select(func.min(Activity.answer_by)).where(
            Activity.course_id == course.id,
            Activity.published_at.is_not(None),
            Activity.own_idea.is_(True),
            Activity.answer_by > now,
        )
    )


def _number(query: Select[Any]) -> ColumnElement[int]:
    return select(func.count()).select_from(query.subquery()).scalar_subquery()


def idea_row(proposal: Proposal) -> Row:
    sent_at = proposal.latest.sent_at or proposal.started_at
    return Row(
        kind=Kind.IDEA,
        id=proposal.id,
        person=proposal.choice.student,
        what=proposal.title,
        href=url_for("board.decision", proposal_id=proposal.id),
        due=proposal.choice.promised(sent_at),
        since=sent_at,
        choice=proposal.choice_id,
    )


def _change_row(change: AgreementChange) -> Row:
    return Row(
        kind=Kind.CHANGE,
        id=change.id,
        person=change.agreement.choice.student,
        what=_("Asks to change: %(title)s", title=change.title),
        href=url_for("proposal.agreement", agreement_id=change.agreement_id),
        due=None,
        since=change.asked_at,
        choice=change.agreement.choice_id,
    )


def _work_row(submission: Submission) -> Row:
    return Row(
        kind=Kind.WORK,
        id=submission.id,
        person=submission.choice.student,
        what=_("Handed in: %(title)s", title=submission.choice.activity.title),
        href=url_for("grading.mark", submission_id=submission.id),
        due=None,
        since=submission.handed_in_at or submission.saved_at,
        choice=submission.choice_id,
    )


def _calls(messages: Sequence[Message]) -> list[Row]:
    """Who asks for help, each once, with the newest words; help is due from when it was asked for first."""
    found: dict[int, list[Message]] = {}
    for message in messages:
        found.setdefault(message.choice_id, []).append(message)
    return [
        Row(
            kind=Kind.HELP,
            id=choice_id,
            person=calls[0].choice.student,
            what=next((c.text for c in reversed(calls) if c.text), "") or _("Put a hand up"),
            href=url_for("board.line", choice_id=choice_id),
            due=calls[0].at,
            since=calls[0].at,
            choice=choice_id,
        )
        for choice_id, calls in found.items()
    ]


def _unsettled_row(choice: Choice) -> Row:
    """Due since the date that passed without it."""
    nowhere = choice.option_id is None
    since = (choice.unplaced_at if nowhere else choice.closed_at or choice.lock) or choice.activity.saved_at
    return Row(
        kind=Kind.UNPLACED if nowhere else Kind.CLOSED,
        id=choice.id,
        person=choice.student,
        what=choice.activity.title,
        href=url_for("board.line", choice_id=choice.id),
        due=(choice.pick_by if nowhere else choice.lock) or since,
        since=since,
        choice=choice.id,
    )


def _scores(me: Person) -> list[Row]:
    """Grades that were refused, or changed in the LMS."""
    return [
        Row(
            kind=Kind.SCORE,
            id=state.id,
            person=person,
            what=f"{state.word}: {activity.title}",
            href=url_for("board.activity", activity_id=activity.id),
            due=None,
            since=state.at or activity.saved_at,
        )
        for person, activity, state in gradebook.troubles(me)
    ]
