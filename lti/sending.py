"""Sends the rows of one column, as many at once as the platform bears.

One thread notes and decides, in rounds: in one short transaction it writes down what came back and what leaves next.
The busier the platform is kept, the more a round has to write, and the less each row costs. What is noted as leaving is
never more than what may be in flight, so a crash leaves no more than that in doubt.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from engine import clock, metrics
from engine.db import db
from lti import score_request, tokens
from lti.models.context import Context, User
from lti.models.platform import Deployment, Platform
from lti.models.score import Delivery, OutgoingScore
from lti.outcome import SETTLED, Noted, Run, end_of_pause, give_up, leave_theirs, note, refuse_waiting
from lti.score_request import Request
from lti.senders import Outcome, Senders
from lti.traffic import End, Traffic, patiently

ROUND = 16  # rows that come back in one round: with more, the first would wait for the last
SECOND = timedelta(seconds=1)

Made = Request | datetime | None


@dataclass
class Sending:
    """One run over the rows `todo`. `again`: when those that could not be sent want to be tried again."""

    run: Run
    traffic: Traffic
    todo: deque[int]
    again: list[datetime] = field(default_factory=list)
    _flying: set[int] = field(default_factory=set)
    _renewed: set[int] = field(default_factory=set)
    _as_no_attempt: set[int] = field(default_factory=set)

    def send_all(self) -> datetime | None:
        """When to come again, None if nothing is left to do.

        Raises:
            ColumnFailed: what the gradebook holds for one person had to be known, and could not be read.
            NoToken, Unreachable: there is no leave to write.
        """
        self.traffic.token = tokens.bearer(self.run.client, [tokens.SCORES])
        with Senders(self.run.client, self.run.url, self.traffic.pace.slots) as senders:
            while self._flying or (self.todo and not self.traffic.end):
                self._turn(senders)
        patiently(self.traffic.remember)
        if failed := self.traffic.unread or self.traffic.no_leave:
            raise failed
        return self._next()

    def _next(self) -> datetime | None:
        end = self.traffic.end
        if end is End.NEVER:
            return None
        if end is End.PAUSE:
            return end_of_pause(self.run.platform.id)
        return clock.real_now() if end is End.TURN else min(self.again, default=None)

    def _turn(self, senders: Senders) -> None:
        came = self._wait(senders)
        resent = self.traffic.renew(came, self._renewed)
        heard = [one for one in came if one not in resent]
        self.traffic.hear(heard)
        self.traffic.look_around()
        leaving = patiently(lambda: self._round(heard))
        for request in [one.request for one in resent] + leaving:
            self._flying.add(request.row_id)
            senders.send(request, self.traffic.token)
        self._renewed.update(one.request.row_id for one in resent)

    def _wait(self, senders: Senders) -> list[Outcome]:
        """What came back; where nothing may leave, something is waited for."""
        held = self.traffic.hold_left()
        if held and not self._flying:
            time.sleep(held)
            self.traffic.hold = None
            return []
        busy = not self.todo or not self.traffic.free(len(self._flying))
        return senders.outcomes(ROUND, (held or None) if busy else 0)

    def _round(self, came: Sequence[Outcome]) -> list[Request]:
        """Write down what came back and what leaves now, in one transaction; the latter."""
        now = clock.real_now()
        free = self.traffic.free(len(self._flying) - len(came))
        begin = [self.todo[n] for n in range(min(free, len(self.todo)))] if self._may_begin(now) else []
        rows = _locked([one.request.row_id for one in came] + begin)
        noted = {
            one: note(self.run, rows[one.request.row_id][0], one, now) for one in came if one.request.row_id in rows
        }
        made = [self._prepare(*rows[row_id], now) for row_id in begin if row_id in rows]
        self._give_up()
        db.session.commit()
        return self._go_on(came, noted, begin, made)

    def _go_on(
        self, came: Sequence[Outcome], noted: dict[Outcome, Noted], begun: Sequence[int], made: Sequence[Made]
    ) -> list[Request]:
        """What is committed counts: what is left to do, and what leaves."""
        for _row in begun:
            self.todo.popleft()
        for one in came:
            metrics.delivery(one.counted)
            row_id, after = one.request.row_id, noted.get(one, SETTLED)
            self._flying.discard(row_id)
            self._renewed.discard(row_id)
            self._as_no_attempt.discard(row_id)
            if not after.new_attempt:
                self._as_no_attempt.add(row_id)
            if after.on:
                self.todo.appendleft(row_id)
            if after.at:
                self.again.append(after.at)
        self.again += [at for at in made if isinstance(at, datetime)]
        return [request for request in made if isinstance(request, Request)]

    def _may_begin(self, now: datetime) -> bool:
        """Whether no teacher, and no other run, has stopped the course or the platform meanwhile."""
        if self.traffic.end or not self.todo:
            return False
        kept = (Context.held_at, Context.paused_at, Context.paused_why, Platform.paused_until)
        query = select(*kept).join_from(Context, Deployment).join(Platform).where(Context.id == self.run.context_id)
        held, stopped, why, until = db.session.execute(query).one()
        if held or stopped:
            self.traffic.stop(End.NEVER)
        if stopped and not held:
            refuse_waiting(self.run.line_item_id, why, None)
        if until and until > now:
            self.traffic.wait_until(until)
        return not self.traffic.end and not self.traffic.hold

    def _give_up(self) -> None:
        """Refuse what waits where nothing goes any more."""
        if self.traffic.given_up:
            give_up(self.run, *self.traffic.given_up)
        if self.traffic.forbidden:
            refuse_waiting(self.run.line_item_id, self.traffic.forbidden.reason.stored, None)

    def _prepare(self, row: OutgoingScore, sub: str, now: datetime) -> Made:
        """A row's next request, noted as leaving; or when to come again; or None, with the row settled."""
        made: Made = None
        if score_request.is_hand_in_waiting(self.run.platform, row):
            fresh = row.id not in self._as_no_attempt
            made = score_request.hand_in(self.run.platform, row, sub, now, new_attempt=fresh) or now + SECOND
        elif score_request.is_grade_waiting(row):
            made = self._next_grade(row, sub, now)
        if made is None and row.status is Delivery.QUEUED:
            row.status = Delivery.SENT if row.sent_at else Delivery.NOTED
        return made

    def _next_grade(self, row: OutgoingScore, sub: str, now: datetime) -> Made:
        if row.withdrawn and row.tried_given is None:
            row.sent_version = row.wanted_version  # it never left, so there is nothing to take back
            return None
        if self.run.began is None or (row.queued_at and row.queued_at > self.run.began):
            return max(now, row.queued_at or now)  # wanted since the gradebook was read: the next run reads it anew
        held = score_request.held(row)
        if not score_request.may_overwrite(held, row):
            leave_theirs(row, held)
            return None
        return score_request.grade(self.run.platform, row, sub, now) or now + SECOND


def _locked(ids: Collection[int]) -> dict[int, tuple[OutgoingScore, str]]:
    """{id: (row, the person's `sub`)}, of those that are still there, in one statement."""
    if not ids:
        return {}
    query = select(OutgoingScore, User.sub).join(User, User.id == OutgoingScore.user_id)
    query = query.where(OutgoingScore.id.in_(ids)).order_by(OutgoingScore.id).with_for_update(of=OutgoingScore)
    found = db.session.execute(query.execution_options(populate_existing=True))
    return {row.id: (row, sub) for row, sub in found}
