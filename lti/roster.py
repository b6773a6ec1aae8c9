"""Who is in a course: LTI Names and Role Provisioning Services 2.0, read whole and written in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import Row, select, update

from engine import clock, due, metrics
from engine.db import db
from engine.worker import backoff
from lti import quirks, tokens
from lti.claims import MOST_ROLES, part, sourcedid, text, texts, words
from lti.claims import custom as filled_in
from lti.id_token import CLAIM
from lti.models import Context, Membership, Platform, User
from lti.outgoing import NotAllowed, Unreachable, host_of, json_of, open_session
from lti.reasons import Reason
from lti.records import CHUNK, add_missing
from lti.storable import MOST_CHARACTERS, MOST_PEOPLE
from lti.wiring import wiring

log = structlog.get_logger()

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
GONE = {"Inactive", "Deleted"}
MOST_ATTEMPTS = 5
NAMES = ("name", "given_name", "family_name", "email", "sourcedid")


class RosterFailed(Exception):
    """The roster could not be read whole; `message` says why, `again` whether waiting may help, `answered` whether the
    platform answered, with something that is no list."""

    def __init__(self, message: str, *, again: bool, answered: bool = False) -> None:
        super().__init__(message)
        self.message, self.again, self.answered = message, again, answered


@dataclass(frozen=True)
class Member:
    """One entry of a roster, as far as we keep it. None: the entry does not say."""

    sub: str
    names: dict[str, str]
    roles: frozenset[str]
    status: str
    sections: list[str] | None
    section_restricted: bool | None
    is_test_student: bool

    @property
    def is_gone(self) -> bool:
        return self.status in GONE

    def joined(self, other: Member) -> Member:
        """Both entries of one person: an LMS may name them once per enrolment, and who is active in one is there."""
        if self.is_gone != other.is_gone:
            return other if self.is_gone else self
        known = [one.sections for one in (self, other) if one.sections is not None]
        return Member(
            sub=self.sub,
            names={**self.names, **{name: value for name, value in other.names.items() if value}},
            roles=self.roles | other.roles,
            status=other.status,
            sections=sorted({section for sections in known for section in sections}) if known else None,
            section_restricted=other.section_restricted if self.section_restricted is None else self.section_restricted,
            is_test_student=self.is_test_student or other.is_test_student,
        )


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
        log.info("roster not read", context=task.key, why=failed.message)
        context.roster_error = failed.message
        db.session.commit()
        again = failed.again and task.attempts < MOST_ATTEMPTS
        metrics.roster("waits" if again else "failed")
        return clock.real_now() + backoff(task.attempts) if again else None
    _write(context, members, clock.real_now())
    wiring().on_roster(context)
    db.session.commit()
    metrics.roster("read")
    return None


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
            yield _member(sub, one)


def _member(sub: str, said: dict[str, Any]) -> Member:
    custom: dict[str, str] = {}
    messages = said.get("message")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and part(message, CLAIM + "custom"):
            custom = filled_in(message)
    return Member(
        sub=sub,
        names={**{name: text(said, name) for name in NAMES}, "sourcedid": sourcedid(said)},
        roles=frozenset(quirks.full_role(role) for role in texts(said.get("roles"))[:MOST_ROLES]),
        status=text(said, "status")[:40] or "Active",
        sections=words(custom["section_ids"]) if "section_ids" in custom else None,
        section_restricted=custom["section_restricted"] == "true" if "section_restricted" in custom else None,
        is_test_student=custom.get("student_view") == "true",
    )


def _write(context: Context, members: Sequence[Member], now: datetime) -> None:
    """Bring users and memberships up to what a whole roster says; who is no longer named has left.

    Plain rows are compared and only what differs is written: a class list that says nothing new changes nothing.
    """
    session, platform = db.session, context.platform
    known = _known(context)
    if new := [member.sub for member in members if member.sub not in known]:
        add_missing(session, User, [{"platform_id": platform.id, "sub": sub} for sub in new])
        key = {"tenant_id": platform.id, "context_id": context.id}
        there = [{**key, "user_id": user_id} for user_id in _user_ids(platform, new)]
        add_missing(session, Membership, there)
        known = _known(context)
    users, memberships = [], []
    for member in members:
        was = known.pop(member.sub)
        users += _changed(was, was.user_id, _names(was, member, platform))
        memberships += _changed(was, was.id, _membership(was, member, platform, now))
    for was in known.values():
        if was.listed_at is not None:
            memberships.append({"id": was.id, **_kept(was), "listed_at": None, "left_at": was.left_at or now})
    for kind, rows in ((User, users), (Membership, memberships)):
        if rows:
            session.execute(update(kind), rows)
    context.roster_synced_at, context.roster_error = now, ""
    session.flush()


WRITTEN = (
    Membership.roster_roles,
    Membership.status,
    Membership.listed_at,
    Membership.left_at,
    Membership.sections,
    Membership.section_restricted,
    Membership.is_test_student,
)


def _known(context: Context) -> dict[str, Row[Any]]:
    """{sub: what a roster may change of them} for everybody who was ever in the course."""
    names = [getattr(User, name) for name in NAMES]
    query = (
        select(User.sub, Membership.id, Membership.user_id, Membership.launched_at, *names, *WRITTEN)
        .join(Membership.user)
        .where(Membership.context_id == context.id)
    )
    return {row.sub: row for row in db.session.execute(query)}


def _user_ids(platform: Platform, subs: Sequence[str]) -> Iterator[int]:
    """A few hundred at a time."""
    for start in range(0, len(subs), CHUNK):
        some = subs[start : start + CHUNK]
        yield from db.session.scalars(select(User.id).where(User.platform_id == platform.id, User.sub.in_(some)))


def _names(was: Row[Any], member: Member, platform: Platform) -> dict[str, Any]:
    """Names are updated and never emptied: a platform may withhold them today."""
    return {name: quirks.plain_name(member.names[name], platform) or getattr(was, name) for name in NAMES}


def _membership(was: Row[Any], member: Member, platform: Platform, now: datetime) -> dict[str, Any]:
    values = _kept(was)
    values |= {
        "roster_roles": sorted(member.roles),
        "status": member.status,
        "listed_at": was.listed_at or now,
        "left_at": (was.left_at or now) if member.is_gone else None,
    }
    if member.sections is not None:
        values["sections"] = member.sections
    if member.section_restricted is not None:
        values["section_restricted"] = member.section_restricted
    if was.launched_at is None:  # else their launch told
        name, email = member.names["name"], member.names["email"]
        values["is_test_student"] = member.is_test_student or quirks.is_test_student(platform, name, email)
    return values


def _kept(was: Row[Any]) -> dict[str, Any]:
    return {column.key: getattr(was, column.key) for column in WRITTEN}


def _changed(was: Row[Any], row_id: int, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The row to write, or none where it says what stands there."""
    same = all(getattr(was, name) == value for name, value in values.items())
    return [] if same else [{"id": row_id, **values}]
