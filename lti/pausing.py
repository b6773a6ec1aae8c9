"""When a platform is left alone for a while, and a course until somebody says otherwise. On their rows, so that every
worker, page and restart knows: a paused platform gets no request at all, not one per score.

Each function that writes has a short transaction of its own: whoever talks to a platform holds none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import requests
import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import clock, due
from engine.db import db
from engine.worker import backoff
from lti import quirks, reasons
from lti.models.context import Context
from lti.models.platform import Platform
from lti.outgoing import LONGEST_WAIT, retry_after, text_of
from lti.reasons import Reason
from lti.refusals import Do, refusal_of

log = structlog.get_logger()

LONGEST_STEP = 3  # of engine/worker.py's: ten minutes. A teacher waits for grades, and one request costs an LMS nothing
SOON = timedelta(seconds=5)  # after a press; many presses are then one request
ASKED = "asked"  # in the reason of a pause: its length is the platform's own word
NO_ANSWER = {"late", "unreached", "certificate"}  # of the ways in which an answer can be of no use


@dataclass(frozen=True)
class Pause:
    """Why nothing goes out now, in words, and when it goes on by itself; `until` None: when somebody says so.

    `held_at`: since when it is a teacher who wants it so. `slowly`: the platform is well, and asked for slower calls.
    """

    why: str
    until: datetime | None
    held_at: datetime | None = None
    slowly: bool = False


def pause_of(context: Context) -> Pause | None:
    """What keeps the scores of a course waiting: a teacher, the course itself, or its platform."""
    platform = context.platform
    name = reasons.lms_name(platform.product_family)
    if context.held_at is not None:
        return Pause(Reason("held").said(name), None, context.held_at)
    if context.paused_at is not None:
        return Pause(reasons.say(context.paused_why, name), None)
    if is_paused(platform):
        why = reasons.of(platform.paused_why)
        slowly = why is not None and why.key == "throttled"
        return Pause(reasons.say(platform.paused_why, name), platform.paused_until, slowly=slowly)
    return None


def why_slowly(context: Context) -> str:
    """Why fewer scores than usual go to a course at once, "" if as many as ever do."""
    platform = context.platform
    return Reason("throttled").said(reasons.lms_name(platform.product_family)) if platform.slowed_to is not None else ""


def is_paused(platform: Platform) -> bool:
    return platform.paused_until is not None and platform.paused_until > clock.real_now()


def limit_of(platform: Platform) -> int:
    """How many calls a platform bears at once, as whoever runs the tool says, or else as we know of its kind."""
    return platform.at_once or quirks.calls_at_once(platform)


def room(lane: str) -> int:
    """How many calls a platform's lane has room for now, over all machines; one for any other lane. It reads alone."""
    kind, _colon, platform_id = lane.partition(":")
    platform = db.session.get(Platform, int(platform_id)) if kind == "platform" and platform_id.isdecimal() else None
    if platform is None:
        return 1
    limit = limit_of(platform)
    return limit if platform.slowed_to is None else max(1, min(limit, platform.slowed_to))


def answered(platform_id: int, answer: requests.Response, *, wrote: bool, troubled: bool) -> None:
    """Note what an answer says of its platform: it wants slower calls, is down, or is well again after some trouble."""
    refusal = None if answer.ok else refusal_of(answer.status_code, text_of(answer))
    if refusal is not None and refusal.reason == "throttled":
        throttled(platform_id, retry_after(answer))
    elif refusal is not None and refusal.do is Do.WAIT:
        away(platform_id, refusal.why(answer.status_code), at_least=retry_after(answer))
    elif troubled and refusal is None:
        well(platform_id, wrote=wrote)


def well(platform_id: int, *, wrote: bool) -> None:
    """It answers again, and what waits for it need not wait for the end of the pause. One may well be read and yet take
    no score: then reading alone ends no trouble that is younger than an hour."""
    now = clock.real_now()
    mine = update(Platform).where(Platform.id == platform_id)
    if not wrote:
        mine = mine.where(Platform.paused_until < now - LONGEST_WAIT)
    with Session(db.engine) as own:
        over = own.scalar(mine.values(failures=0, paused_until=None, paused_why="").returning(Platform.id))
        if over is not None:
            due.wake(own, f"platform:{platform_id}", now, now)
        own.commit()


def throttled(platform_id: int, wait: timedelta, grown: int = 0) -> int:
    """It turned calls away: half as many at once from now on, which it returns, and none for as long as it said.

    That is no failure, unless it did not say how long: then it is left alone ever longer. Where it is left alone
    already, another run was told of the same. `grown`: how many more it bore since its row was written.
    """
    with Session(db.engine) as own:
        platform = own.get_one(Platform, platform_id, with_for_update=True)
        limit, news = limit_of(platform), not is_paused(platform)
        bore = min(limit, (platform.slowed_to or limit) + grown)
        platform.slowed_to = slowed_to = max(1, bore // 2) if news else bore
        until = clock.real_now() + (wait or (_alone(platform.failures) if news else wait))
        if not wait and news:
            platform.failures += 1
        platform.paused_until = max(platform.paused_until or until, until)
        platform.paused_why = Reason("throttled").stored
        own.commit()
    log.info("platform throttled", platform=platform_id, slowed_to=slowed_to, seconds=wait.total_seconds())
    return slowed_to


def bears_more(platform_id: int, grown: int) -> int | None:
    """It took scores again: how many calls at once it bears by now, None if as many as ever."""
    with Session(db.engine) as own:
        platform = own.get_one(Platform, platform_id, with_for_update=True)
        bears = (platform.slowed_to or limit_of(platform)) + grown
        platform.slowed_to = slowed_to = bears if bears < limit_of(platform) else None
        own.commit()
    return slowed_to


def away(platform_id: int, why: Reason, *, at_least: timedelta = timedelta(0)) -> None:
    """Leave a platform alone: longer at each failure in a row, ten minutes at most, and as long as it asked for.

    Where it is left alone already, this call was on its way then: the same failure once more, which counts once.
    """
    with Session(db.engine) as own:
        platform = own.get_one(Platform, platform_id, with_for_update=True)
        now = clock.real_now()
        if news := not is_paused(platform):
            platform.failures += 1
        until = now + max(_alone(platform.failures - 1) if news else at_least, at_least)
        if platform.paused_until is None or until >= platform.paused_until:
            said = Reason(why.key, {**why.detail, ASKED: 1}) if at_least else why
            platform.paused_until, platform.paused_why = until, said.stored
        failures = platform.failures
        own.commit()
    log.info("platform paused", platform=platform_id, failures=failures, why=why.key)


def try_soon(platform_id: int) -> None:
    """Somebody has pressed: a platform that failed is tried again in a moment. What it asked for itself stands, with
    slower calls too. The caller commits."""
    platform = db.session.get_one(Platform, platform_id, with_for_update=True, populate_existing=True)
    why, now = reasons.of(platform.paused_why), clock.real_now()
    soon = now + SOON
    asked = why is not None and (why.key == "throttled" or ASKED in why.detail)
    if platform.paused_until is not None and platform.paused_until > soon and not asked:
        platform.paused_until = soon
        due.wake(db.session, f"platform:{platform_id}", now, soon)


def hold(context: Context) -> None:
    """Send nothing to this course until a teacher lets it go (grades.let_go): nothing is refused meanwhile, what is to
    be sent waits. The caller commits."""
    context.held_at = context.held_at or clock.real_now()


def _alone(failures: int) -> timedelta:
    return backoff(min(failures, LONGEST_STEP))


def lift(context: Context) -> str:
    """Send to this course again; what had stopped it, "" if nothing had. The caller commits."""
    why = context.paused_why if context.paused_at is not None else ""
    context.paused_at, context.paused_why = None, ""
    return why
