"""Who is in a course: LTI Names and Role Provisioning Services 2.0, read whole and written in one go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import select, update

from engine import clock, due
from engine.db import db
from engine.worker import backoff
from lti import quirks, tokens
from lti.claims import custom as filled_in
from lti.claims import part, text, texts, words
from lti.library import CLAIM
from lti.models import Context, Membership, Platform, User
from lti.outgoing import NotAllowed, Unreachable, json_of, open_session
from lti.records import add_missing
from lti.storable import MOST_CHARACTERS
from lti.wiring import wiring

log = structlog.get_logger()

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
GONE = {"Inactive", "Deleted"}
MOST_ATTEMPTS = 5


class RosterFailed(Exception):
    """The roster could not be read whole; `message` says why, `again` whether waiting may help."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.message, self.again = message, again


def refresh_roster(context: Context, now: datetime) -> None:
    """Have the members read soon, whatever their age. The caller commits."""
    if context.memberships_url:
        due.schedule(db.session, "roster", str(context.id), now, lane=f"platform:{context.platform.id}")


def handle(task: due.Task) -> datetime | None:
    """Read one context's members and tell on_roster. A roster that ended in error marks nobody as left."""
    context = db.session.get(Context, int(task.key))
    if context is None or not context.memberships_url:
        return None
    now = clock.real_now()
    if context.platform.paused_until and context.platform.paused_until > now:
        return context.platform.paused_until
    client, url = tokens.Client.of(context.platform), context.memberships_url
    db.session.rollback()  # nothing is held over the network
    try:
        members = _read(client, url)
    except RosterFailed as failed:
        log.info("roster not read", context=task.key, why=failed.message)
        context.roster_error = failed.message
        db.session.commit()
        again = failed.again and task.attempts < MOST_ATTEMPTS
        return clock.real_now() + backoff(task.attempts) if again else None
    _write(context, members, clock.real_now())
    wiring().on_roster(context)
    db.session.commit()
    return None


def _read(client: tokens.Client, url: str) -> list[dict[str, Any]]:
    """All members, by their id; the last of two entries for one person wins.

    Raises:
        RosterFailed
    """
    members: dict[str, dict[str, Any]] = {}
    try:
        with open_session() as http:
            for answer in tokens.pages(client, http, [tokens.ROSTER], url, headers={"Accept": MEDIA_TYPE}):
                members |= {text(member, "user_id"): member for member in _members(answer)}
    except tokens.NoToken as refused:
        raise RosterFailed(refused.message, again=refused.again) from refused
    except Unreachable as away:
        raise RosterFailed(away.message, again=not isinstance(away, NotAllowed)) from away
    members.pop("", None)
    if not members:  # whoever launched is in the course, so this is no roster to believe
        raise RosterFailed(str(_("The LMS gave an empty class list.")), again=False)
    return list(members.values())


def _members(answer: Any) -> Iterable[dict[str, Any]]:
    said = json_of(answer)
    found = said.get("members") if isinstance(said, dict) else None
    if not answer.ok or not isinstance(found, list):
        status = answer.status_code
        raise RosterFailed(
            str(_("The LMS did not give its class list (answer %(status)s).", status=status)),
            again=status in {403, 429} or status >= 500,
        )
    members = [member for member in found if isinstance(member, dict)]
    return [member for member in members if len(text(member, "user_id")) <= MOST_CHARACTERS]


def _write(context: Context, members: list[dict[str, Any]], now: datetime) -> None:
    """Bring users and memberships up to what a whole roster says; who is no longer named has left."""
    session, platform = db.session, context.platform
    subs = [text(member, "user_id") for member in members]
    add_missing(session, User, [{"platform_id": platform.id, "sub": sub} for sub in subs])
    users = _users(platform, set(subs))
    new = [{"context_id": context.id, "user_id": user.id} for user in users.values()]
    add_missing(session, Membership, new)
    query = select(Membership).where(Membership.context_id == context.id)
    memberships = {membership.user_id: membership for membership in session.scalars(query)}
    for member in members:
        user = users[text(member, "user_id")]
        _rename(user, member, platform)
        _list(memberships[user.id], member, now)
    listed = {user.id for user in users.values()}
    left = [row.id for row in memberships.values() if row.user_id not in listed and row.listed_at and not row.left_at]
    if left:
        session.execute(update(Membership).where(Membership.id.in_(left)).values(left_at=now))
    context.roster_synced_at, context.roster_error = now, ""
    session.flush()


def _users(platform: Platform, subs: set[str]) -> dict[str, User]:
    """{sub: user}, a few hundred at a time."""
    found: dict[str, User] = {}
    wanted = sorted(subs)
    for start in range(0, len(wanted), 500):
        query = select(User).where(User.platform_id == platform.id, User.sub.in_(wanted[start : start + 500]))
        found |= {user.sub: user for user in db.session.scalars(query)}
    return found


def _rename(user: User, member: dict[str, Any], platform: Platform) -> None:
    for name in ("name", "given_name", "family_name", "email"):
        value = quirks.plain_name(text(member, name), platform)
        if value and value != getattr(user, name):
            setattr(user, name, value)


def _list(membership: Membership, member: dict[str, Any], now: datetime) -> None:
    status = text(member, "status") or "Active"
    membership.roster_roles = sorted({quirks.full_role(role) for role in texts(member.get("roles"))})
    membership.status, membership.listed_at = status[:40], now
    membership.left_at = (membership.left_at or now) if status in GONE else None
    messages = member.get("message")
    for message in messages if isinstance(messages, list) else []:
        custom = filled_in(message) if isinstance(message, dict) and part(message, CLAIM + "custom") else {}
        if "section_ids" in custom:
            membership.sections = words(custom["section_ids"])
        if "section_restricted" in custom:
            membership.section_restricted = custom["section_restricted"] == "true"
