"""What lies with students, and what may go wrong soon if nobody looks: the two other lists of the queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from personalization.activity.model import Activity
from personalization.board import overview
from personalization.board.gathering import Found
from personalization.board.selecting import counts, has_open_idea
from personalization.board.waiting import SOON, Kind, Row, idea_row, in_order
from personalization.board.watch import Seen, Watch, stuck
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.people.sight import in_class
from personalization.proposal.clockwork import ends_at
from personalization.proposal.decision import STUDENTS_MOVE
from personalization.proposal.model import Proposal, Status
from personalization.submission.model import Submission


def asked(me: Person, now: datetime) -> dict[str, Select[Any]]:
    """What `gather` has to find for these lists, beside what waits."""
    return {
        "talks": _talks(me, now),
        "picks": _picks(me),
        "near": _near(me, now),
    }


def with_students(found: Found) -> list[Row]:
    """Whose move it is: ideas that students write, change, may agree to, or may follow with a new one; who picks."""
    return in_order([*map(_talk_row, found.talks), *map(_pick_row, found.picks)])


def at_risk(me: Person, now: datetime, watch: Watch, found: Found) -> list[Row]:
    """Each student once in an activity, by the first of: unanswered, a reply that ends within a day, a way to pick
    within a day, stuck as this teacher understands it."""
    rows: dict[int, Row] = {}
    silent, ending = _silent(found.ideas, now), _ending(with_students(found), now)
    for row in (*silent, *ending, *map(_pick_row, found.near), *_stuck(me, now, watch, found)):
        rows.setdefault(row.choice, row)
    return in_order(list(rows.values()))


def _talks(me: Person, now: datetime) -> Select[Proposal]:
    """The newest idea of each, where the student's move is next."""
    newer = aliased(Proposal)
    window = and_(Proposal.window_until.is_not(None), or_(Proposal.window_until >= now, Choice.accept_by >= now))
    is_newest = ~exists().where(newer.choice_id == Proposal.choice_id, newer.id > Proposal.id)
    may_begin_anew = and_(Proposal.status == Status.SENT_BACK, window, Choice.option_id.is_(None), is_newest)
    joined = select(Proposal).join(Proposal.choice).join(Choice.student).join(Choice.activity)
    return joined.where(counts(me), or_(Proposal.status.in_(STUDENTS_MOVE), may_begin_anew))


def _picks(me: Person) -> Select[Choice]:
    """Who has to pick, and has no way and no open idea."""
    joined = select(Choice).join(Choice.student).join(Choice.activity)
    return joined.where(
        counts(me),
        Choice.option_id.is_(None),
        Choice.must_pick_at.is_not(None),
        Choice.unplaced_at.is_(None),
        ~has_open_idea(),
    )


def _talk_row(proposal: Proposal) -> Row:
    words = {
        Status.DRAFT: _("Writes an idea: %(title)s", title=proposal.choice.activity.title),
        Status.REVISING: _("Asked to change: %(title)s", title=proposal.title),
        Status.OFFERED: _("Offered with edits: %(title)s", title=proposal.title),
        Status.SENT_BACK: _("New idea wanted after: %(title)s", title=proposal.title),
    }
    answered = proposal.latest.sent_at or proposal.started_at
    return Row(
        kind=Kind.TALK,
        id=proposal.id,
        person=proposal.choice.student,
        what=words[proposal.status],
        href=_where(proposal),
        due=proposal.until if proposal.status in STUDENTS_MOVE else proposal.reply_until,
        since=answered,
        choice=proposal.choice_id,
    )


def _where(proposal: Proposal) -> str:
    """A draft is the student's own: their line is shown instead."""
    if proposal.status is Status.DRAFT:
        return url_for("board.line", choice_id=proposal.choice_id)
    return url_for("board.decision", proposal_id=proposal.id)


def _pick_row(choice: Choice) -> Row:
    return Row(
        kind=Kind.PICK,
        id=choice.id,
        person=choice.student,
        what=_("Has to pick a way: %(title)s", title=choice.activity.title),
        href=url_for("board.line", choice_id=choice.id),
        due=choice.pick_by,
        since=choice.must_pick_at or choice.activity.saved_at,
        choice=choice.id,
    )


def _silent(ideas: Sequence[Proposal], now: datetime) -> Iterator[Row]:
    """Ideas past their promise, and those that silence ends within a day."""
    for idea in ideas:
        end = ends_at(idea)
        if idea.choice.unanswered_at is not None or (end is not None and end < now + SOON):
            yield idea_row(idea)


def _ending(theirs: Sequence[Row], now: datetime) -> Iterator[Row]:
    return (row for row in theirs if row.due is not None and row.due < now + SOON)


def _near(me: Person, now: datetime) -> Select[Choice]:
    """No way yet, nothing with the teacher, and the time for picking ends within a day."""
    joined = select(Choice).join(Choice.student).join(Choice.activity)
    return joined.where(
        counts(me),
        Choice.option_id.is_(None),
        Choice.pick_by >= now,
        Choice.pick_by < now + SOON,
        ~has_open_idea(Status.SUBMITTED),
    )


def _lookable(me: Person, now: datetime, watch: Watch) -> ColumnElement[bool]:
    """About Choice and Person: who may be stuck, in the activities that go on."""
    going_on = select(Activity.id).where(
        Activity.course_id == me.course_id,
        Activity.published_at.is_not(None),
        or_(Activity.opens.is_(None), Activity.opens <= now),
        or_(Activity.lock.is_(None), Activity.lock > now),
    )
    still = now - timedelta(minutes=watch.still_minutes)
    draft = exists().where(
        Submission.choice_id == Choice.id, Submission.handed_in_at.is_(None), Submission.saved_at <= still
    )
    # An idea that waits for an answer is nobody's being stuck: of most classes' lines that leaves few to read.
    looks_around = and_(Choice.option_id.is_(None), Choice.opened_at.is_not(None), ~has_open_idea(Status.SUBMITTED))
    return and_(Choice.activity_id.in_(going_on), Choice.excused_at.is_(None), in_class(me), or_(looks_around, draft))


def _stuck(me: Person, now: datetime, watch: Watch, found: Found) -> Iterator[Row]:
    """By this teacher's own thresholds, of the activities that go on."""
    lines = overview.lines(_lookable(me, now, watch))
    calls = {message.choice_id: message for message in found.calls}
    for look in stuck(lines, Seen(help=calls, answered=found.answered), watch, now):
        choice = look.line.choice
        yield Row(
            kind=Kind.STUCK,
            id=choice.id,
            person=choice.student,
            what=look.why,
            href=url_for("board.line", choice_id=choice.id),
            due=choice.pick_by if choice.option_id is None else choice.work_due,
            since=look.since,
            choice=choice.id,
        )
