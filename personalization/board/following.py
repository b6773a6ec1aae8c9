"""What lies with students, and what may go wrong soon if nobody looks: the two other lists of the queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from engine.db import db
from personalization.activity.model import Activity
from personalization.board import overview
from personalization.board.live import answered, watch_of
from personalization.board.waiting import SOON, Kind, Row, counts, has_open_idea, idea_row, ideas_for, in_order
from personalization.board.watch import Seen, stuck
from personalization.choice.asking import open_help
from personalization.choice.model import Choice
from personalization.people.access import in_class
from personalization.people.model import Person
from personalization.proposal.clockwork import ends_at
from personalization.proposal.decision import STUDENTS_MOVE
from personalization.proposal.model import Proposal, Status, Version
from personalization.submission.model import Submission

WHOLE = (contains_eager(Choice.student), contains_eager(Choice.activity))
VERSIONS = joinedload(Proposal.versions).load_only(Version.number, Version.title, Version.sent_at)


def with_students(me: Person, now: datetime) -> list[Row]:
    """Whose move it is: ideas that students write, change, may agree to, or may follow with a new one; who picks."""
    talks = db.session.scalars(_talks(me, now).options(contains_eager(Proposal.choice).options(*WHOLE), VERSIONS))
    picks = db.session.scalars(_picks(me).options(*WHOLE))
    return in_order([*map(_talk_row, talks.unique()), *map(_pick_row, picks)])


def at_risk(
    me: Person, now: datetime, ideas: Sequence[Proposal] | None = None, theirs: Sequence[Row] | None = None
) -> list[Row]:
    """Each student once in an activity, by the first of: unanswered, a reply that ends within a day, a way to pick
    within a day, stuck as this teacher understands it. `ideas`: those of `ideas_for`, `theirs`: the rows of
    `with_students`, where they were read before."""
    ideas = ideas_for(me) if ideas is None else ideas
    theirs = with_students(me, now) if theirs is None else theirs
    found: dict[int, Row] = {}
    for row in (*_silent(ideas, now), *_ending(theirs, now), *_near(me, now), *_stuck(me, now)):
        found.setdefault(row.choice, row)
    return in_order(list(found.values()))


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


def _near(me: Person, now: datetime) -> Iterator[Row]:
    """No way yet, nothing with the teacher, and the time for picking ends within a day."""
    joined = select(Choice).join(Choice.student).join(Choice.activity)
    query = joined.where(
        counts(me),
        Choice.option_id.is_(None),
        Choice.pick_by >= now,
        Choice.pick_by < now + SOON,
        ~has_open_idea(Status.SUBMITTED),
    )
    return map(_pick_row, db.session.scalars(query.options(*WHOLE)))


def _stuck(me: Person, now: datetime) -> Iterator[Row]:
    """By this teacher's own thresholds, of the activities that go on."""
    watch = watch_of(me)
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
    where = and_(Choice.activity_id.in_(going_on), Choice.excused_at.is_(None), in_class(me), or_(looks_around, draft))
    lines = overview.lines(where)
    if not lines:
        return
    for look in stuck(lines, Seen(help=open_help(where), answered=answered(where)), watch, now):
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
