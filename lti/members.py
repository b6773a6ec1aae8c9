"""The people of a course as a roster names them: one entry read, and all of them written at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select, update

from engine.db import db
from lti import quirks
from lti.claims import MOST_ROLES, part, sourcedid, text, texts, words
from lti.claims import custom as filled_in
from lti.id_token import CLAIM
from lti.models import Context, Membership, Platform, User
from lti.records import CHUNK, add_missing

GONE = {"Inactive", "Deleted"}
NAMES = ("name", "given_name", "family_name", "email", "sourcedid")
WRITTEN = (
    Membership.roster_roles,
    Membership.status,
    Membership.listed_at,
    Membership.left_at,
    Membership.sections,
    Membership.section_restricted,
    Membership.is_test_student,
)


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


def member_of(sub: str, said: dict[str, Any]) -> Member:
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


def write(context: Context, members: Sequence[Member], now: datetime) -> None:
    """Bring users and memberships up to what a whole roster says; who is no longer named has left.

    Plain rows are compared and only what differs is written: a class list that says nothing new changes nothing.
    """
    session, platform = db.session, context.platform
    known = _known(context)
    if new := [member for member in members if member.sub not in known]:
        known = _known(context) if _add(context, platform, new, now) else known
    users, memberships = [], []
    for member in members:
        if (was := known.pop(member.sub, None)) is None:
            continue  # made a moment ago
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


def _add(context: Context, platform: Platform, new: Sequence[Member], now: datetime) -> bool:
    """Make those whom nobody knows in this course yet; whether the platform knew some of them from another one."""
    known = dict(_user_ids(platform, [member.sub for member in new]))
    nobody = SimpleNamespace(**dict.fromkeys(NAMES, ""))
    strangers = [member for member in new if member.sub not in known]
    rows = [{"platform_id": platform.id, "sub": m.sub, **_names(nobody, m, platform)} for m in strangers]
    add_missing(db.session, User, rows)
    ids = known | dict(_user_ids(platform, [member.sub for member in strangers]))
    blank = SimpleNamespace(**{c.key: None for c in WRITTEN}, launched_at=None)
    blank.sections, blank.section_restricted = [], False
    key = {"tenant_id": platform.id, "context_id": context.id}
    there = [{**key, "user_id": ids[m.sub], **_membership(blank, m, platform, now)} for m in new]
    add_missing(db.session, Membership, there)
    return bool(known)


def _known(context: Context) -> dict[str, Any]:
    """{sub: what a roster may change of them} for everybody who was ever in the course."""
    names = [getattr(User, name) for name in NAMES]
    query = (
        select(User.sub, Membership.id, Membership.user_id, Membership.launched_at, *names, *WRITTEN)
        .join(Membership.user)
        .where(Membership.context_id == context.id)
    )
    return {row.sub: row for row in db.session.execute(query)}


def _user_ids(platform: Platform, subs: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Pairs of `sub` and id, a few hundred at a time."""
    for start in range(0, len(subs), CHUNK):
        some = subs[start : start + CHUNK]
        query = select(User.sub, User.id).where(User.platform_id == platform.id, User.sub.in_(some))
        yield from ((sub, user_id) for sub, user_id in db.session.execute(query))


def _names(was: Any, member: Member, platform: Platform) -> dict[str, Any]:
    """Names are updated and never emptied: a platform may withhold them today."""
    return {name: quirks.plain_name(member.names[name], platform) or getattr(was, name) for name in NAMES}


def _membership(was: Any, member: Member, platform: Platform, now: datetime) -> dict[str, Any]:
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


def _kept(was: Any) -> dict[str, Any]:
    return {column.key: getattr(was, column.key) for column in WRITTEN}


def _changed(was: Any, row_id: int, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The row to write, or none where it says what stands there."""
    same = all(getattr(was, name) == value for name, value in values.items())
    return [] if same else [{"id": row_id, **values}]
