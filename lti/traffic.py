"""How fast one run may go, and whether it goes on: what the answers say of the column, the course and the platform.

What they say of one row is lti/outcome.py's matter. All is noted where other machines see it, in short transactions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from engine import clock, due
from engine.db import db, reason
from lti import pausing, tokens
from lti.column import ColumnFailed
from lti.outcome import Run
from lti.outgoing import NotAllowed, Unreachable, retry_after
from lti.pace import Pace
from lti.refusals import Do, Refusal
from lti.senders import Outcome

log = structlog.get_logger()

T = TypeVar("T")

RUN_SECONDS = 10.0  # then another column of the platform has its turn, if one waits
LOOK_SECONDS = 1.0  # how often it is asked whether one does
TOKEN_SECONDS = 20.0  # how often it is asked whether the token lasts; a token is renewed a minute before its end
LONGEST_HOLD = timedelta(seconds=5)  # a pause that is waited for; after a longer one another run goes on
FAULTS_IN_A_ROW = 3  # by then it is the server, not the score
DATABASE_SECONDS = 20.0  # how long a database that is away is waited for, so that what came back is not forgotten


class End(IntEnum):
    """Why no request leaves any more in this run, the strongest last."""

    FAULTS = 1  # the rows that failed say when to go on
    TURN = 2  # at once, after whoever waits
    PAUSE = 3  # when the platform may be asked again
    NEVER = 4  # when somebody says so


@dataclass
class Traffic:
    """`fresh_until`: how long what was read of the gradebook may be gone by. `given_up`: the refusal by which nothing
    goes to this column any more, with its status. `unread`, `no_leave`: what kept the run from going on."""

    run: Run
    task: due.Task
    pace: Pace
    fresh_until: datetime | None
    end: End | None = None
    given_up: tuple[Refusal, int] | None = None
    forbidden: NotAllowed | None = None
    unread: ColumnFailed | None = None
    no_leave: tokens.NoToken | Unreachable | None = None
    hold: datetime | None = None
    token: str = ""
    _faults: int = 0
    _troubled: bool = False
    _began: float = field(default_factory=time.monotonic)
    _looked: float = field(default_factory=time.monotonic)
    _asked: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._troubled = self.run.client.troubled

    def free(self, flying: int) -> int:
        """How many more requests may leave now."""
        return 0 if self.end or self.hold else max(0, self.pace.allowed - flying)

    def hold_left(self) -> float:
        """Seconds till requests may leave again; 0: now."""
        if self.hold and self.hold <= clock.real_now():
            self.hold = None
        return (self.hold - clock.real_now()).total_seconds() if self.hold else 0.0

    def stop(self, end: End) -> None:
        self.end = max(self.end or end, end)

    def wait_until(self, until: datetime) -> None:
        """Send nothing before then: a short while is waited for here, a longer one ends the run."""
        if until - clock.real_now() > LONGEST_HOLD:
            self.stop(End.PAUSE)
        self.hold = max(self.hold or until, until)

    def renew(self, came: Iterable[Outcome], renewed: set[int]) -> list[Outcome]:
        """Those whose token was refused, and for the first time: they go again as they are, with a new one.

        The token is renewed once, by whoever comes first. Where it cannot be, or the run ends, they were not heard.
        """
        again = []
        for one in came:
            if one.status != 401 or one.request.row_id in renewed:
                continue
            if one.token == self.token and not self.end:
                try:
                    self.token = tokens.bearer(self.run.client, [tokens.SCORES], refused=one.token)
                except (tokens.NoToken, Unreachable) as failed:
                    self.no_leave = failed
                    self.stop(End.PAUSE)
            if self.end:
                one.unheard = True
            else:
                again.append(one)
        return again

    def hear(self, came: Iterable[Outcome]) -> None:
        """What these answers say of more than their own row."""
        throttled = [one for one in came if one.is_throttled]
        for one in came:
            if one.answer is not None and (breath := self.pace.hears(one.answer.headers)):
                self.wait_until(clock.real_now() + breath)
            if one.unread is not None:
                self.unread = one.unread
                self.stop(End.PAUSE)
            elif one.failed is not None:
                self._no_answer(one.failed)
            elif one.refusal is None:
                self._well()
            elif not one.unheard and not one.is_throttled:
                self._refused(one, one.refusal)
        if throttled:
            self._throttled(throttled)

    def look_around(self) -> None:
        """Now and then: whether somebody else's turn has come, and whether what we know is still good."""
        now = time.monotonic()
        if self.end or now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        patiently(self.remember)
        stale = self.fresh_until is not None and self.fresh_until < clock.real_now()
        if stale or patiently(lambda: self._is_over(long=now - self._began > RUN_SECONDS)):
            self.stop(End.TURN)
        elif now - self._asked > TOKEN_SECONDS:
            self._asked = now
            with suppress(tokens.NoToken, Unreachable):  # the old one lasts a while yet
                self.token = tokens.bearer(self.run.client, [tokens.SCORES])

    def remember(self) -> None:
        """Tell the other machines how much the platform bears again."""
        if grown := self.pace.grown:
            self.pace.slowed_to = pausing.bears_more(self.run.platform.id, grown) or self.pace.limit
            self.pace.grown = 0

    def _is_over(self, *, long: bool) -> bool:
        """Whether somebody else has this row by now, or this process stops; or it was `long` enough, and another row of
        the lane waits, or there is room for more than this run was given."""
        now = clock.real_now()
        over = not due.renew(db.session, self.task, now) or self.task.stops.is_set()
        if long and not over:
            over = due.others_wait(db.session, self.task, now) or pausing.room(self.task.lane) > self.pace.slots
        db.session.commit()
        return over

    def _well(self) -> None:
        self._faults = 0
        self.pace.took_one()
        if self._troubled:
            self._troubled = False
            patiently(lambda: pausing.well(self.run.platform.id, wrote=True))

    def _no_answer(self, failed: Unreachable) -> None:
        if isinstance(failed, NotAllowed):
            self.forbidden = failed
            self.stop(End.NEVER)
            return
        if failed.reason.key in pausing.NO_ANSWER and self.end is not End.PAUSE:  # many at once fail once
            patiently(lambda: pausing.away(self.run.platform.id, failed.reason))
        self.stop(End.PAUSE)

    def _refused(self, one: Outcome, refusal: Refusal) -> None:
        if refusal.do in {Do.STOP_COLUMN, Do.STOP_COURSE}:
            self.given_up = self.given_up or (refusal, one.status)
            self.stop(End.NEVER)
        elif refusal.do is Do.WAIT:
            self._is_down(one, refusal)
        elif refusal.do is Do.TRY_AGAIN:
            self._faults += 1
            if self._faults >= FAULTS_IN_A_ROW:
                self.stop(End.FAULTS)
        else:
            self._faults = 0

    def _is_down(self, one: Outcome, refusal: Refusal) -> None:
        wait = retry_after(one.answer) if one.answer is not None else timedelta(0)
        if self.end is not End.PAUSE:
            patiently(lambda: pausing.away(self.run.platform.id, refusal.why(one.status), at_least=wait))
        self.stop(End.PAUSE)

    def _throttled(self, turned_away: list[Outcome]) -> None:
        """Too many at once: fewer from now on, and none for as long as the platform said."""
        now = time.monotonic()
        news = self.pace.turned_away(max(one.left_at for one in turned_away), now)
        wait = max(retry_after(one.answer) for one in turned_away if one.answer is not None)
        if not wait and not news and self.end:
            return
        slowed_to = patiently(lambda: pausing.throttled(self.run.platform.id, wait, self.pace.grown))
        self.pace.grown = 0
        if news:
            self.pace.slowed_to = slowed_to
        if wait:
            self.wait_until(clock.real_now() + wait)
        else:
            self.stop(End.PAUSE)


def patiently(work: Callable[[], T]) -> T:
    """Do this in the database, again and again for a while where that is away, or where two waited for each other."""
    until, told = time.monotonic() + DATABASE_SECONDS, False
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError) as away:
            db.session.rollback()
            if time.monotonic() > until:
                raise
            if not told:
                log.warning("the database is away amid a run; waiting", why=reason(away))
            told = True
            time.sleep(0.2)
