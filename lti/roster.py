"""Who is in a course: LTI Names and Role Provisioning Services 2.0, read whole and written in one go.

At a launch where the last time is an hour ago, when somebody asks, and once a day in a course that is used: its row of
engine/due.py comes round by itself, so that nothing has to look through all courses for those whose time it is.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import exists, select

from engine import clock, due, metrics
from engine.db import db
from engine.worker import backoff
from lti import quirks, tokens
from lti.claims import text
from lti.members import Member, member_of, write
from lti.models.context import Context, Membership
from lti.outgoing import NotAllowed, Unreachable, host_of, json_of, open_session
from lti.reasons import Reason
from lti.storable import MOST_CHARACTERS, MOST_PEOPLE
from lti.wiring import wiring

log = structlog.get_logger()

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MOST_ATTEMPTS = 5
IN_USE = timedelta(days=30)  # since the last launch; then a course rests until the next one
DAY = timedelta(days=1)
LEAST = DAY / 2  # from one reading to the next that nobody asked for
JITTER = 600  # seconds


class RosterFailed(Exception):
    """The roster could not be read whole; `message` says why, `again` whether waiting may help, `answered` whether the
    platform answered, with something that is no list."""

    def __init__(self, message: str, *, again: bool, answered: bool = False) -> None:
        super().__init__(message)
        self.message, self.again, self.answered = message, again, answered


def refresh_roster(context: Context, now: datetime) -> None:
    """Have the members read soon, whatever their age. The caller commits."""
    if context.memberships_url:
        due.schedule(db.session, "roster", str(context.id), now, lane=f"platform:{context.platform.id}")


def handle(task: due.Task) -> datetime | None:
    """Read one context's members and tell on_roster. A roster that ended in error marks nobody as left."""
    context = db.session.get(Context, int(task.key))
    if context is None or not context.memberships_url:
        return None
    now, platform = clock.real_now(), context.platform
    if platform.paused_until and platform.paused_until > now:
        return platform.paused_until
    client, url = tokens.Client.of(platform), context.memberships_url
    urls = [quirks.roster_url(platform, url, context.context_id), url]
    db.session.rollback()  # nothing is held over the network
    try:
        members = _read(client, urls)
    except RosterFailed as failed:
        return _failed(context, task, failed)
    write(context, members, clock.real_now())
    wiring().on_roster(context)
    _come_round(context, task)
    db.session.commit()
    metrics.roster("read")
    return None


def daily(context_id: int, after: datetime) -> datetime:
    """The first moment after an instant at which this course is read every day: ten thousand courses spread over the
    day, each a little later or less, so that no two fall together for ever."""
    digest = hashlib.sha256(f"roster {context_id}".encode()).digest()
    own = timedelta(seconds=int.from_bytes(digest[:4]) % int(DAY.total_seconds()))
    at = after.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + own
    return (at if at > after else at + DAY) + timedelta(seconds=secrets.randbelow(JITTER))


def _failed(context: Context, task: due.Task, failed: RosterFailed) -> datetime | None:
    """Try again where that may help, not before the platform wants to be asked; else another day."""
    log.info("roster not read", context=task.key, why=failed.message)
    context.roster_error = failed.message
    again = failed.again and task.attempts < MOST_ATTEMPTS
    if not again:
        _come_round(context, task)
    paused_until = context.platform.paused_until
    db.session.commit()
    metrics.roster("waits" if again else "failed")
    at = clock.real_now() + backoff(task.attempts)
    return max(at, paused_until or at) if again else None


def _come_round(context: Context, task: due.Task) -> None:
    now = clock.real_now()
    is_used = exists().where(Membership.context_id == context.id, Membership.launched_at > now - IN_USE)
    if db.session.scalar(select(is_used)):
        due.come_round(db.session, task, daily(context.id, now + LEAST))


def _read(client: tokens.Client, urls: Iterable[str]) -> list[Member]:
    """All members, from the first of these addresses that gives a list.

    Raises:
        RosterFailed
    """
    *others, last = dict.fromkeys(urls)
    for url in others:
        try:
            return _read_from(client, url)
        except RosterFailed as failed:
            if failed.again or not failed.answered:
                raise
            log.info("no roster at this address; asking at the plain one", why=failed.message)
    return _read_from(client, last)


def _read_from(client: tokens.Client, url: str) -> list[Member]:
    members: dict[str, Member] = {}
    try:
        with open_session() as http:
            for answer in tokens.pages(client, http, [tokens.ROSTER], url, headers={"Accept": MEDIA_TYPE}):
                for member in _members(answer):
                    before = members.get(member.sub)
                    members[member.sub] = before.joined(member) if before else member
                if len(members) > MOST_PEOPLE:
                    raise RosterFailed(Reason("too_large", {"host": host_of(url)}).said(), again=False, answered=True)
    except tokens.NoToken as refused:
        raise RosterFailed(refused.message, again=refused.again) from refused
    except Unreachable as away:
        raise RosterFailed(away.message, again=not isinstance(away, NotAllowed)) from away
    if not members:  # whoever launched is in the course, so this is no roster to believe
        raise RosterFailed(str(_("The LMS gave an empty class list.")), again=False, answered=True)
    return list(members.values())


def _members(answer: Any) -> Iterator[Member]:
    said = json_of(answer)
    found = said.get("members") if isinstance(said, dict) else None
    if not answer.ok or not isinstance(found, list):
        status = answer.status_code
        raise RosterFailed(
            str(_("The LMS did not give its class list (answer %(status)s).", status=status)),
            again=status in {403, 429} or status >= 500,
            answered=True,
        )
    for one in found:
        sub = text(one, "user_id") if isinstance(one, dict) else ""
        if sub and len(sub) <= MOST_CHARACTERS:
            yield member_of(sub, one)
